"""Una clase de muestra, hecha a partir de ``source/`` para que nunca se quede atrás."""

from grading.sample_class.build import write_sample_class
from grading.sample_class.students import STUDENTS

__all__ = ["STUDENTS", "write_sample_class"]
