"""El banco de pruebas: corrige una entrega y mira qué queda detrás y cuánta memoria gasta quien corrige."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import nbformat

from grading.course import ASSIGNMENT, PROJECT_ROOT
from grading.engine import processes
from grading.engine.grade import NotebookGrade, grade_notebook
from grading.engine.sandbox import Limits
from grading.leaks import secret_lines
from tests.attacks.model import MARK, NOTEBOOK, honest, source_path

LIMITS = Limits(
    cell_seconds=2,
    notebook_seconds=12,
    file_bytes=100_000_000,
    memory_bytes=1_000_000_000,
)
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", Path.home(), Path.home() / ".cache")
_LONG_ENOUGH = 12  # una línea más corta («continue») sale en cualquier traza


def engine(text: str, limits: Limits = LIMITS) -> NotebookGrade:
    """Lo que da el motor, con el encierro puesto."""
    return grade_notebook(source_path().read_text(encoding="utf-8"), text, limits, isolate=True)


def points(grade: NotebookGrade) -> float:
    """La suma de las pruebas."""
    return sum(grade.scores.values())


class Target:
    """Un curso de mentira que atacar: base de datos, otra entrega y la fuente con sus soluciones."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("source", "submitted/otra"):
            (root / folder / ASSIGNMENT).mkdir(parents=True)
        (root / "gradebook.db").write_bytes(b"SQLite format 3\0" + bytes(4096))
        (root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").write_bytes(source_path().read_bytes())
        nbformat.write(honest(), root / "submitted/otra" / ASSIGNMENT / f"{NOTEBOOK}.ipynb")

    def fingerprint(self) -> str:
        """Un resumen de todos sus archivos, y de los del código del curso."""
        digest = hashlib.sha256()
        for path in [*_files(self.root), *_files(PROJECT_ROOT / "codigo")]:
            digest.update(f"{path}\0{path.stat().st_mode}\0".encode() + path.read_bytes())
        return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


class Listeners:
    """Un puerto TCP, otro UDP y dos sockets Unix que anotan a quien llame."""

    def __init__(self, folder: Path) -> None:
        self.calls: list[str] = []
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        path, abstract = str(folder / "escucha"), f"\0{MARK}-{os.getpid()}"
        named, hidden = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        named.bind(path)
        hidden.bind(abstract)
        self._sockets = (tcp, udp, named, hidden)
        self.addresses = {"tcp": [tcp.getsockname()[1]], "unix": [path]}

    def __enter__(self) -> Listeners:
        for item in self._sockets:
            item.setblocking(False)
            if item.type == socket.SOCK_STREAM:
                item.listen()
        return self

    def heard(self) -> list[str]:
        """Quién ha llamado."""
        for item in self._sockets:
            with suppress(BlockingIOError):
                if item.type == socket.SOCK_STREAM:
                    item.accept()[0].close()
                else:
                    item.recv(1)
                self.calls.append(str(item.getsockname()))
        return self.calls

    def __exit__(self, *_: object) -> None:
        for item in self._sockets:
            item.close()


class MemoryWatch:
    """Lo más que ocupan este proceso, el servidor, el templado y el juez mientras corre el bloque (bytes).

    Lo que es solo de los jugadores no cuenta: tiene su propio límite.
    """

    def __enter__(self) -> MemoryWatch:
        self.peak, self._stop = 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            shared = sum(_own_bytes(pid, is_player=True) for pid in players())
            own = sum(map(_own_bytes, [os.getpid(), *_engine_processes()]))
            self.peak = max(self.peak, own + shared)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def _engine_processes() -> list[int]:
    """Los que corrigen: el servidor, sus niveles, los templados y los jueces; el código ajeno, no."""
    trusted = {processes.SERVER, processes.LEVEL, processes.WARM, processes.JUDGE}
    return [pid for pid in descendants() if processes.name_of(pid) in trusted]


def descendants() -> list[int]:
    """Los procesos que cuelgan de este, a cualquier distancia."""
    found = [os.getpid()]
    for pid in found:
        found += _children(pid)
    return found[1:]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # el proceso, o uno de sus hilos, puede acabar mientras se mira
        for task in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def players() -> list[int]:
    """Los jugadores vivos, se llamen como se llamen."""
    judges = [pid for pid in descendants() if processes.name_of(pid) == processes.JUDGE]
    return [child for judge in judges for child in _children(judge)]


def _own_bytes(pid: int, is_player: bool = False) -> int:
    """La memoria de ``pid`` que no es de archivos; la que comparte, a partes iguales con los demás (PSS).

    De un jugador cuenta solo su parte de lo compartido: así, lo que comparten todos suma entero.
    """
    sizes = dict.fromkeys(("Pss_Anon", "Pss_Shmem", "Private_Clean", "Private_Dirty"), 0)
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, size = line.split()[:2]
            sizes[name.rstrip(":")] = 1024 * int(size)
    everything = sizes["Pss_Anon"] + sizes["Pss_Shmem"]
    own = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return max(0, everything - own) if is_player else everything


def leftovers(before: set[str]) -> list[str]:
    """Carpetas privadas, archivos con la marca de los ataques y procesos que siguen ahí."""
    return [
        *_wait_until_gone(lambda: private_folders() - before),
        *_marked_files(),
        *_wait_until_gone(_processes),
    ]


def private_folders() -> set[str]:
    """Las carpetas privadas que hay ahora mismo."""
    root = Path(tempfile.gettempdir())
    alone = {str(path) for path in root.glob("lab11-*") if "templado" not in path.name}
    return alone | {str(path) for path in root.glob("lab11-templado-*/*/entrega-*")}


def _marked_files() -> list[str]:
    return [str(path) for folder in SHARED_FOLDERS for path in Path(folder).glob(f"{MARK}*")]


def _processes() -> set[str]:
    # Un jugador se puede cambiar el nombre: no puede quedar nada que cuelgue de un templado.
    warm = [pid for pid in descendants() if processes.name_of(pid) == processes.WARM]
    below = {child for pid in warm for child in _children(pid) if _state(child) != "Z"}
    alive = {f"sigue ahí {processes.name_of(pid)}: {pid}" for pid in below}
    return alive | {f"proceso con marca: {pid}" for pid in _pids() if processes.name_of(pid) == MARK}


def _pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").glob("[0-9]*"))


def _state(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


def _wait_until_gone(find: Callable[[], set[str]], seconds: float = 5.0) -> set[str]:
    deadline = time.monotonic() + seconds
    while (found := find()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def shown(grade: NotebookGrade) -> str:
    """Todo lo que la entrega consiguió enseñar: salidas, imágenes y errores."""
    node = nbformat.reads(grade.notebook, as_version=4)
    outputs = [output for cell in node.cells for output in cell.get("outputs", [])]
    return "\n".join(
        str(output.get("text", "")) + "\n".join(output.get("traceback", [])) for output in outputs
    )


def secrets() -> set[str]:
    """Las líneas ocultas, sin espacios, que no salen en lo que cualquiera puede leer."""
    public = "".join(p.read_text(encoding="utf-8") for p in (PROJECT_ROOT / "codigo").rglob("*.py"))
    public = "".join(public.split()).replace("\\", "")
    return {
        line
        for line in secret_lines(source_path().parent)
        if len(line) >= _LONG_ENOUGH and line not in public
    }
