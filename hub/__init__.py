"""Monta el curso en un JupyterHub de una sola máquina (``docs/jupyterhub.md``)."""
