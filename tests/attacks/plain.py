"""nbgrader a secas, con sus preprocesadores y su configuración, en un curso de usar y tirar.

Cada entrega se corrige dentro de un espacio de procesos propio, con límites y con tiempo tasado: estos
ataques funcionan de verdad contra él.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from grading.course import ASSIGNMENT, PROJECT_ROOT
from tests.attacks.model import NEIGHBOUR, NOTEBOOK, Attack, honest, source_path

SECONDS = 60
_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "curso"
c.Execute.timeout = 10
"""


class PlainCourse:
    """Un curso de nbgrader con un cuaderno y una entrega ajena."""

    def __init__(self, root: Path) -> None:
        self.root = root
        target = root / "source" / ASSIGNMENT / source_path().name
        target.parent.mkdir(parents=True)
        shutil.copy(source_path(), target)
        shutil.copytree(PROJECT_ROOT / "codigo", root / "python" / "codigo")
        (root / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
        self.submit(NEIGHBOUR, nbformat.writes(honest()))
        self._run("generate_assignment", ASSIGNMENT)
        self._clean = (root / "gradebook.db").read_bytes()

    def submit(self, student: str, text: str, attack: Attack | None = None) -> None:
        """Pone una entrega en su sitio, con lo que el ataque haga en su carpeta."""
        folder = self.root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NOTEBOOK}.ipynb").write_text(text, encoding="utf-8", errors="replace")
        if attack and attack.place:
            attack.place(folder)

    def grade(self, student: str) -> str:
        """Los puntos que nbgrader guarda, o qué pasó si no guarda ninguno."""
        (self.root / "gradebook.db").write_bytes(self._clean)
        ended = self._run("autograde", ASSIGNMENT, f"--student={student}")
        try:
            score = self._score(student)
        except (MissingEntry, Exception) as error:
            return f"se pierde ({type(error).__name__})"
        done = (self.root / "autograded" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb").exists()
        if not done:
            return "la corrección muere" if ended < 0 or ended > 100 else "se pierde la entrega"
        return score

    def _score(self, student: str) -> str:
        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as gradebook:
            notebook = gradebook.find_submission_notebook(NOTEBOOK, ASSIGNMENT, student)
            waiting = any(g.auto_score is None and g.needs_manual_grade for g in notebook.grades)
            return f"{notebook.score:g}" + (", y queda «por corregir»" if waiting else "")

    def _run(self, *arguments: str) -> int:
        # La orden no es el proceso 1 del espacio: el kernel protegería a ese de las señales de los demás.
        command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"]
        nbgrader = f"'{sys.executable}' -m nbgrader {' '.join(arguments)}; exit $?"
        try:
            return subprocess.run(
                [*command, nbgrader],
                cwd=self.root,
                env=self._environment(),
                timeout=SECONDS,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=_limit,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return -1

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "PYTHONPATH": str(self.root / "python"),
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
        }


def _limit() -> None:
    for kind, value in (
        (resource.RLIMIT_AS, 8 << 30),
        (resource.RLIMIT_FSIZE, 200_000_000),
        (resource.RLIMIT_CPU, 2 * SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
