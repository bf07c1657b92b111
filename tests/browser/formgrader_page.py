"""formgrader visto por una prueba: corregir, puntuar a mano, comentar y devolver."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.servers import Server

SECONDS_TO_GRADE = 300
FONT_PROBE = "about:blank"  # MathJax pide un tipo de letra que no existe para saber si hay otros


class FormgraderPage:
    """Una pestaña con el formgrader de una tarea."""

    def __init__(self, page: Page, server: Server, assignment: str) -> None:
        self.page = page
        self.server = server
        self.assignment = assignment

    def open_submissions(self) -> None:
        """De la lista de tareas a la tabla de entregas de esta."""
        self.page.goto(self.server.at("formgrader/manage_assignments"))
        row = self.page.locator("#main-table tr").filter(has_text=self.assignment)
        row.locator(".num-submissions a").click()
        expect(self.page).to_have_title("nbgrader formgrade")
        expect(self.page.locator(".student-id").first).to_be_visible()

    def row(self, student: str) -> Locator:
        """La fila de un estudiante en la tabla de entregas."""
        name = self.page.locator(".student-id").get_by_text(student, exact=True)
        return self.page.locator("#main-table tr").filter(has=name)

    def autograde(self, student: str) -> None:
        self._press(student, ".autograde")

    def generate_feedback(self, student: str) -> None:
        self._press(student, ".generate-feedback")

    def _press(self, student: str, button: str) -> None:
        """Pulsa un botón de la fila y espera a que formgrader diga que ha ido bien."""
        self.row(student).locator(f"{button} a").click()
        modal = self.page.locator(".modal.in")
        expect(modal).to_be_visible(timeout=SECONDS_TO_GRADE * 1000)
        expect(modal.locator(".modal-title")).to_have_text("Success")
        modal.locator(".modal-footer button").click()
        expect(modal).to_have_count(0)

    def open_answer(self, student: str, notebook: str) -> None:
        """Abre el cuaderno de un estudiante para puntuarlo."""
        self.page.goto(self.server.at(f"formgrader/gradebook/{self.assignment}/{notebook}"))
        row = self.page.locator("#main-table tr").filter(
            has=self.page.locator(".name-shown", has_text=student)
        )
        row.locator(".glyphicon-eye-open").click()
        row.get_by_role("link", name=student).click()
        expect(self.page).to_have_title(notebook)

    def answer(self, grade_id: str) -> Locator:
        """El recuadro de una celda, con su respuesta, sus puntos y su comentario."""
        return self.page.locator(".nbgrader_cell").filter(has=self.page.locator(f"[id='{grade_id}']"))

    def give(self, grade_id: str, points: str, comment: str) -> None:
        """Puntúa y comenta una celda, y espera a que se guarde cada cosa."""
        for selector, value in ((f"[id='{grade_id}']", points), (f"[id='{grade_id}-comment']", comment)):
            field = self.page.locator(selector)
            with self.page.expect_response(lambda answer: answer.request.method in {"PUT", "POST"}) as saved:
                field.fill(value)
                field.dispatch_event("change")
            assert saved.value.ok
