"""El curso dentro de JupyterLab: en español, con un índice y con un botón que valida y explica.

``python -m codigo.lab`` lo abre. Todo son ajustes y extensiones que se pasan a JupyterLab al arrancar
(``settings/`` y ``labextensions/``): nada cambia en los ajustes de la persona.
"""
