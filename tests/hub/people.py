"""Lo que hacen en el navegador una estudiante y quien da el curso."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.formgrader_page import SECONDS_TO_GRADE, FormgraderPage
from tests.browser.lab_page import LabPage
from tests.hub.accounts import Account
from tests.hub.server import Hub, Seat

SECONDS_TO_START = 300


def log_in(page: Page, hub: Hub, account: Account) -> None:
    """Escribe la cuenta y la contraseña; no espera a que arranque el servidor."""
    page.goto(f"{hub.url}/hub/login")
    page.get_by_label("Cuenta").fill(account.name)
    page.get_by_label("Contraseña").fill(account.password)
    page.get_by_role("button", name="Entrar").click()


class StudentPage(LabPage):
    """JupyterLab con la lista de tareas de nbgrader, en una sola carga de la página."""

    def __init__(self, page: Page, seat: Seat) -> None:
        super().__init__(page, seat)
        page.wait_for_url(re.compile(rf"/user/{seat.name}/lab"), timeout=SECONDS_TO_START * 1000)
        page.wait_for_function("window.jupyterapp !== undefined")
        page.evaluate("window.jupyterapp.restored.then(() => null)")

    def open(self, path: str = "") -> StudentPage:
        self.command("docmanager:open", path=path)
        return self

    def assignments(self) -> Locator:
        """Abre la lista de tareas y la pone al día."""
        self.command("nbgrader:open-assignment-list")
        with self.page.expect_response(re.compile("/assignments[?]course_id=")):
            self.page.locator("#refresh_assignments_list").click()
        return self.page.locator("#assignments")

    def fetch(self) -> None:
        self.assignments().get_by_role("button", name="Fetch", exact=True).click()
        expect(self.page.get_by_role("button", name="Submit")).to_be_visible()

    def submit(self) -> None:
        self.assignments().get_by_role("button", name="Submit").click()
        expect(self.page.locator("#submitted_assignments_list")).to_contain_text("lab11")

    def fetch_feedback(self) -> None:
        """Recoge la devolución y lleva al explorador de archivos a su carpeta."""
        self.assignments().get_by_role("button", name="Fetch Feedback").click()
        self.page.locator("#submitted_assignments_list").get_by_text("(view feedback)").click()

    def read_feedback(self, notebook: str) -> str:
        """Abre la página de un cuaderno desde el explorador y devuelve lo que se lee en ella."""
        self.page.locator(".jp-DirListing-item", has_text=f"{notebook}.html").dblclick()
        frame = self.page.frame_locator(".jp-HTMLViewer iframe")
        expect(frame.locator("h1")).to_contain_text("Devolución")
        return frame.locator("body").inner_text()


class InstructorPage(FormgraderPage):
    """Formgrader en su propia página, con lo que va y viene por el intercambio."""

    def __init__(self, page: Page, seat: Seat) -> None:
        super().__init__(page, seat, "lab11")
        page.wait_for_url(re.compile(r"/formgrader/manage_assignments"), timeout=SECONDS_TO_START * 1000)

    def do(self, column: str) -> None:
        """Pulsa el icono de esa columna de la lista de tareas y espera a que diga que salió bien."""
        self.page.goto(self.server.at("formgrader/manage_assignments"))
        self.page.locator("#main-table tr").filter(has_text=self.assignment).locator(f".{column} a").click()
        answer = self.page.locator(".modal.in")
        expect(answer).to_be_visible(timeout=SECONDS_TO_GRADE * 1000)
        expect(answer.locator(".modal-title")).to_have_text("Success")

    def open_answer(self, student: str, notebook: str) -> None:
        super().open_answer(student, notebook)
        # La página pone los valores guardados al recibirlos: lo que se escriba antes se pierde.
        expect(self.page.locator(".comment[placeholder]").first).to_be_visible()
        expect(self.page.locator(".score[placeholder]").first).to_be_visible()
