"""El hub: un servidor de mentira que responde bien, a medias, tarde o nunca."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from grading.course import PROJECT_ROOT

REVISION = "0" * 39 + "1"
SCRIPT = """
import json, sys
from codigo.pretrained import hub, resolve_model, ModelUnavailableError
hub.PATIENCE = 2.0
answers = {}
for name in sys.argv[1:]:
    try:
        found = resolve_model(name, "auto")
        answers[name] = [str(found.folder), found.message]
    except ModelUnavailableError as error:
        answers[name] = ["", str(error)]
print(json.dumps(answers))
"""


def handler(model: Path, stop: threading.Event) -> type[BaseHTTPRequestHandler]:
    files = {path.name: path.read_bytes() for path in model.iterdir()}

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            if "hang" in self.path:
                stop.wait(30)
            elif "/tree/" in self.path:
                tree = [
                    {"type": "file", "path": name, "size": len(data), "oid": "0"}
                    for name, data in files.items()
                ]
                self._send(json.dumps(tree).encode(), {})
            elif self.path.startswith("/api/models/") and "nadie" not in self.path:
                siblings = [{"rfilename": name} for name in files]
                self._send(json.dumps({"id": "x", "sha": REVISION, "siblings": siblings}).encode(), {})
            elif "/resolve/" in self.path and (name := self.path.rpartition("/")[2]) in files:
                cut = 200 if name.endswith(".safetensors") and "half" in self.path else 0
                etag = f'"{hashlib.sha1(files[name]).hexdigest()}"'
                self._send(files[name], {"ETag": etag, "X-Repo-Commit": REVISION}, cut)
            else:
                self._send(b"", {"X-Error-Code": "RepoNotFound"}, status=404)

        def _send(self, body: bytes, headers: dict[str, str], cut: int = 0, status: int = 200) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[: len(body) - cut])  # con ``cut``, la conexión se cierra antes
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Sin líneas en la salida de las pruebas."""

    return Hub


@pytest.fixture
def server(tiny_gpt2: Path) -> Iterator[str]:
    stop = threading.Event()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler(tiny_gpt2, stop))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    stop.set()
    httpd.shutdown()
    httpd.server_close()


def ask(endpoint: str, home: Path, *names: str) -> dict[str, list[str]]:
    """Lo que resuelve un proceso nuevo, con su caché vacía y ``endpoint`` como hub."""
    removed = ("LAB11_MODELS", "HF_HUB_OFFLINE")
    environment = {name: value for name, value in os.environ.items() if name not in removed}
    environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)}
    environment |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1"}
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, *names], env=environment, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.slow
def test_downloads_falls_back_and_never_hangs(server: str, tmp_path: Path, tiny_gpt2: Path) -> None:
    answers = ask(server, tmp_path, "good/model", "half/model", "hang/model", "nadie/nada")
    folder, message = answers["good/model"]
    assert message == "Modelo good/model, del hub de Hugging Face."
    assert (Path(folder) / "model.safetensors").read_bytes() == (tiny_gpt2 / "model.safetensors").read_bytes()
    assert "la descarga del hub no terminó" in answers["half/model"][1]
    assert "el hub no contestó en 2 s" in answers["hang/model"][1]
    assert "el hub no tiene ese modelo" in answers["nadie/nada"][1]


@pytest.mark.slow
def test_an_unreachable_hub_gives_the_course_model_and_says_so(tmp_path: Path) -> None:
    folder, message = ask("http://127.0.0.1:9", tmp_path, "gpt2")["gpt2"]
    assert folder and "en lugar de gpt2" in message and "no se pudo llegar al hub" in message
