"""Las herramientas de quien corrige: versión de estudiante, corrección, devolución y notas.

Se usan con ``make`` o con ``python -m grading``. Todo pasa por nbgrader y por sus puntos de extensión:
lo que aquí se hace también ocurre con ``nbgrader generate_assignment``, ``nbgrader autograde`` y el
botón de formgrader, porque ``nbgrader_config.py`` registra los mismos preprocesadores.
"""
