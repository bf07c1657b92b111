"""Quién hay en la clase de muestra y qué entrega cada cual."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Student:
    """Una entrega: respuestas propias, de referencia o en blanco, y lo que le pasa al archivo.

    Las respuestas propias están en ``answers/NOMBRE/GRADE_ID.py`` (o ``.md``) y mandan sobre el resto.
    """

    name: str
    about: str
    uses_reference: bool = True
    deleted_cells: tuple[str, ...] = ()
    garbage: dict[str, str] = field(default_factory=dict)  # cuaderno -> contenido que no es un cuaderno


STUDENTS = (
    Student("a_medias", "hizo la mitad justa", uses_reference=False),
    Student("bucle_infinito", "un bucle sin fin en el ejercicio 3"),
    Student("celda_borrada", "borró una celda de prueba", deleted_cells=("test_ej1_valores",)),
    Student("mascara_invertida", "usa True = visible"),
    Student(
        "no_es_cuaderno",
        "entregó un texto con nombre de cuaderno",
        garbage={"parte2_multi_head": "Profe, no me dejaba guardarlo :(\n"},
    ),
    Student("otro_estilo", "todo bien, escrito de otra manera"),
    Student("perfecta", "las soluciones de referencia"),
    Student("ruidosa", "todo bien, con avisos, textos y barras de progreso"),
    Student("se_cae", "el proceso de Python se cierra a mitad del ejercicio 1"),
    Student("sin_tocar", "entregó la versión de estudiante tal cual", uses_reference=False),
    Student("tramposa", "escribió a mano los resultados del ejercicio 6, sin entrenar nada"),
)
