"""Configuración de nbgrader: la leen ``nbgrader …``, formgrader y ``python -m grading`` por igual."""

import os
from pathlib import Path

import nbgrader
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    GetGrades,
    IgnorePattern,
    IncludeHeaderFooter,
    InstantiateTests,
    LimitOutput,
    LockCells,
    SaveAutoGrades,
    SaveCells,
)

import grading
from grading.collect import EXTRACTED_NAME, NotebookExtractor
from grading.preprocessors import (
    EngineExecute,
    HideTests,
    NameGoals,
    RebuildFromSource,
    StripSourceMetadata,
)

ROOT = Path(__file__).resolve().parent

c = get_config()  # noqa: F821  (lo define nbgrader al leer este archivo)

c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "lab11"
if os.environ.get("DB"):
    c.CourseDirectory.db_url = os.environ["DB"]

# El .py emparejado lleva las soluciones, y un .py entregado podría ocultar un módulo del curso: nbgrader
# copiaría ambos, así que solo viajan los cuadernos y las imágenes.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "*.py", "*.md", "feedback"]

c.ClearSolutions.code_stub = {
    "python": '# ESCRIBE TU CÓDIGO AQUÍ (y borra la línea siguiente)\nraise NotImplementedError("Ejercicio por completar")'
}
c.ClearSolutions.text_stub = "*Escribe aquí tu respuesta y borra esta línea.*"

# El orden es el de nbgrader; al final se quita lo que ata el cuaderno a su pareja .py.
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    StripSourceMetadata,
]

# Las dos pasadas de nbgrader, con el motor del curso. LAB11_GRADER=nbgrader vuelve a las de nbgrader.
if os.environ.get("LAB11_GRADER") != "nbgrader":
    c.Autograde.sanitize_preprocessors = [RebuildFromSource]
    c.Autograde.autograde_preprocessors = [
        EngineExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]

# `nbgrader zip_collect`: de lo descargado solo se sacan cuadernos, y el zip o su carpeta dicen de quién son.
c.ZipCollectApp.extractor_plugin = NotebookExtractor
c.FileNameCollectorPlugin.named_regexp = EXTRACTED_NAME

# Segundos por celda, para `nbgrader validate` y para la corrección sin el motor.
c.Execute.timeout = int(os.environ.get("CELL_TIMEOUT", "30"))

# Para nbgrader, lo que una respuesta correcta escriba en `stderr` (un aviso, una barra) es un fallo de la prueba: el
# núcleo lo da como `stdout`. Y no avisa en la terminal de que usa TCP en la propia máquina, que sería ruido.
c.Execute.extra_arguments = [
    "--log-level=ERROR",
    "--IPKernelApp.exec_lines=import sys; sys.stderr = sys.stdout; del sys",
    "--IPKernelApp.capture_fd_output=False",
]

# `nbgrader validate` corta cada línea a este ancho, y los mensajes de las pruebas son frases enteras.
c.Validator.width = 160
c.Validator.failed_warning = (
    "Fallan {num_failed} celdas de prueba. Tal como está, no tendrás todos los puntos.\n"
)
c.Validator.changed_warning = (
    "Han cambiado {num_changed} celdas de prueba: al corregir se usan las originales.\n"
)
c.Validator.type_changed_warning = "Ha cambiado el tipo de {num_changed} celdas: al corregir se repone.\n"

c.GenerateFeedback.preprocessors = [GetGrades, NameGoals, HideTests, CSSHTMLHeaderPreprocessor]
# La plantilla «feedback» del curso va antes que la de nbgrader, que sigue dando las de formgrader.
NBGRADER_TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
c.HTMLExporter.extra_template_basedirs = [
    str(Path(grading.__file__).parent / "templates"),
    str(NBGRADER_TEMPLATES),
]

# En formgrader y en la devolución, lo que escribió el estudiante no se ejecuta.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "markdown2html": "grading.pages.safe_markdown",
    "clean_html": "grading.pages.safe_html",
}
