"""``python -m bench``: las mediciones.

No importa nada más: cada trabajador lee este archivo al arrancar, y no necesita lo de la línea de órdenes.
"""

if __name__ == "__main__":
    import sys

    from bench.cli import main

    sys.exit(main())
