"""El juez: ejecuta las pruebas fuera del encierro y es el único que da un veredicto.

Una prueba se cumple si corre entera aquí, sin error. Silencio, caída o respuesta sin sentido son 0.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from codigo.fresh import use_seed
from grading.engine.job import CellResult, CellTask, Job
from grading.engine.names import bound_names, used_names
from grading.engine.outputs import NOT_RUN, OutputCap, captured, error_output, safe_outputs
from grading.engine.remote import PlayerStopped, RemotePlayer, StudentError
from grading.engine.wire import WireError


class Judge:
    """Recorre las celdas de un encargo.

    Parameters
    ----------
    namespace
        Lo que dejaron las celdas comunes, ejecutadas por este proceso: nada suyo viene del estudiante.
    player
        El proceso del estudiante.
    job
        El encargo.
    """

    def __init__(self, namespace: dict[str, Any], player: RemotePlayer, job: Job) -> None:
        self.namespace, self.player, self.job = namespace, player, job
        self.tainted = set(job.student_names)
        self.cap = OutputCap(job.limits.output_bytes, job.limits.notebook_output_bytes)

    def results(self) -> Iterator[CellResult]:
        """El resultado de cada celda, según se va sabiendo."""
        handlers: dict[str, Callable[[CellTask], CellResult]] = {
            "course": self._course,
            "student": self._student,
            "test": self._test,
        }
        for cell in self.job.cells:
            try:
                yield handlers[cell.kind](cell)
            except Exception as error:  # algo del estudiante que nadie previó: es un fallo suyo, no del juez
                yield CellResult(cell.index, [self._error("CeldaSinJuzgar", type(error).__name__)])

    def _student(self, cell: CellTask) -> CellResult:
        try:
            reply = self.player.run(cell.source)
        except PlayerStopped as stopped:
            shown = self._error("Detenido", _sentence(stopped))
            return CellResult(cell.index, [shown], stopped=str(stopped))
        outputs = safe_outputs(reply, self.cap)
        error = reply.get("error")
        if isinstance(error, list) and len(error) == 3 and all(isinstance(part, str) for part in error):
            outputs.append(self._error(*error))
        return CellResult(cell.index, outputs)

    def _course(self, cell: CellTask) -> CellResult:
        """Una celda de la fuente: la ejecuta el jugador, y también el juez si no usa nada del estudiante."""
        code = _compile(cell.source)
        if code is not None and self.tainted.isdisjoint(used_names(code)):
            with captured(self.job.limits.output_bytes):
                exec(code, self.namespace)
        else:
            self.tainted |= bound_names(code) if code else set()
        return self._student(cell)

    def _error(self, name: str, message: str, trace: str = "") -> dict[str, Any]:
        return self.cap.error(error_output(name, message, trace))

    def _test(self, cell: CellTask) -> CellResult:
        why = self._why_failed(cell)
        return CellResult(cell.index, [self._error(*why)] if why else [], passed=why is None)

    def _why_failed(self, cell: CellTask) -> tuple[str, ...] | None:
        """Nombre, mensaje y traza de lo que impidió que se cumpliera; ``None`` si se cumplió."""
        code = compile(cell.source, f"<{cell.grade_id}>", "exec")
        use_seed(self.job.seed)
        self.player.begin_test()
        try:
            names = used_names(code) & self.tainted
            namespace = self.namespace | self.player.fetch(names)
            with captured(self.job.limits.output_bytes):
                exec(code, namespace)
        except PlayerStopped as stopped:
            return "PruebaNoEjecutada", f"{NOT_RUN}: {_sentence(stopped)}"
        except WireError as error:
            return "ValorIlegible", str(error)
        except StudentError as error:
            return str(error).partition(": ")[::2]
        except Exception as error:
            return type(error).__name__, str(error), _last_line(error)
        return None


def _sentence(stopped: PlayerStopped) -> str:
    return f"{str(stopped)[:1].lower()}{str(stopped)[1:]}." if str(stopped)[:6] != "Python" else f"{stopped}."


def _last_line(error: Exception) -> str:
    # Solo el error: las líneas de la prueba oculta no deben llegar al estudiante.
    return "".join(traceback.format_exception_only(error))


def _compile(source: str) -> CodeType | None:
    try:
        return compile(source, "<curso>", "exec")
    except SyntaxError:  # una orden de IPython
        return None
