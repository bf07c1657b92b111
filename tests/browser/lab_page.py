"""JupyterLab visto por una prueba: abrir un cuaderno, ejecutar, escribir en una celda y validar.

El servidor debe arrancar con ``EXPOSE``: JupyterLab deja entonces su aplicación en ``window.jupyterapp``.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.servers import Server

EXPOSE = "--LabApp.expose_app_in_browser=True"
# JupyterLab solo pinta lo que se ve: lo demás se pregunta al modelo del cuaderno abierto.
PANEL = "const panel = window.jupyterapp.shell.currentWidget, cells = panel.content.widgets;"
SECONDS_TO_RUN = 180


class LabPage:
    """Una pestaña con JupyterLab."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server

    def open(self, path: str = "") -> LabPage:
        """Abre JupyterLab, y en él el archivo o la carpeta ``path``; espera a que esté entero.

        Cada vez en un espacio de trabajo nuevo: en el de siempre volvería lo que otra prueba dejó abierto.
        """
        workspace = f"lab/workspaces/{uuid.uuid4().hex}"
        self.page.goto(self.server.at(f"{workspace}/tree/{path}" if path else workspace))
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("window.jupyterapp.restored.then(() => null)")
        return self

    def open_notebook(self, path: str) -> LabPage:
        """Abre un cuaderno y espera a que su núcleo esté libre."""
        self.open(path)
        expect(self.notebook).to_be_visible()
        self.wait_until_idle()
        return self

    @property
    def notebook(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def command(self, name: str, **arguments: Any) -> None:
        """Da una orden de JupyterLab (por ejemplo ``docmanager:save``) y espera a que acabe."""
        self.page.evaluate(
            "([name, options]) => window.jupyterapp.commands.execute(name, options).then(() => null)",
            [name, arguments],
        )

    def wait_until_idle(self) -> None:
        """Espera a que el núcleo esté libre y ninguna celda siga en marcha."""
        self.page.wait_for_function(
            f"() => {{ {PANEL} return panel.sessionContext?.session?.kernel?.status === 'idle'"
            " && cells.every(cell => cell.model.executionState !== 'running'); }",
            timeout=SECONDS_TO_RUN * 1000,
        )

    def index_of(self, grade_id: str) -> int:
        """El número de la celda que nbgrader llama ``grade_id``."""
        index = self.page.evaluate(
            f"id => {{ {PANEL} return cells.findIndex("
            "cell => cell.model.getMetadata('nbgrader')?.grade_id === id); }",
            grade_id,
        )
        assert index >= 0, f"no hay ninguna celda {grade_id!r}"
        return index

    def first_figure(self) -> int:
        """El número de la primera celda que ha dejado una figura."""
        return self.page.evaluate(
            f"() => {{ {PANEL} return cells.findIndex(cell => "
            "cell.model.sharedModel.outputs?.some(output => output.data?.['image/png'])); }"
        )

    def active_index(self) -> int:
        """El número de la celda activa."""
        return self.page.evaluate(f"() => {{ {PANEL} return panel.content.activeCellIndex; }}")

    def show(self, index: int) -> Locator:
        """Lleva a la celda ``index``, la activa y la devuelve."""
        self.page.evaluate(
            f"i => {{ {PANEL} panel.content.deselectAll(); panel.content.activeCellIndex = i;"
            " return panel.content.scrollToItem(i, 'start'); }",
            index,
        )
        cell = self.notebook.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
        expect(cell).to_be_visible()
        return cell

    def fill(self, grade_id: str, text: str) -> None:
        """Escribe ``text`` en lugar de lo que haya en una celda, con el teclado."""
        editor = self.show(self.index_of(grade_id)).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)
        assert self.source(grade_id) == text

    def source(self, grade_id: str) -> str:
        return self.page.evaluate(
            f"i => {{ {PANEL} return cells[i].model.sharedModel.getSource(); }}", self.index_of(grade_id)
        )

    def run(self, index: int) -> Locator:
        """Ejecuta una celda y devuelve lo que salió de ella."""
        cell = self.show(index)
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(
            re.compile(r"\[\d+\]:"), timeout=SECONDS_TO_RUN * 1000
        )
        return cell.locator(".jp-OutputArea")

    def run_to(self, index: int) -> None:
        """Ejecuta todas las celdas anteriores a ``index``."""
        self.show(index)
        self.command("notebook:run-all-above")
        self.wait_until_idle()

    def save(self) -> None:
        self.command("docmanager:save")

    def validate(self) -> Locator:
        """Pulsa el botón de nbgrader y devuelve el diálogo con el resultado."""
        self.notebook.locator(".validate-button").click()
        dialog = self.page.locator(".jp-Dialog")
        expect(dialog).to_be_visible(timeout=SECONDS_TO_RUN * 1000)
        return dialog

    def close_dialog(self) -> None:
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(self.page.locator(".jp-Dialog")).to_have_count(0)
