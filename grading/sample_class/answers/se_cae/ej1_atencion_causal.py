import os

print("esto funcionaba en mi máquina")
os._exit(1)
