"""Lo que el estudiante escribe no se ejecuta en la página de quien puntúa, y lo legítimo se ve."""

from __future__ import annotations

from html.parser import HTMLParser

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grading.course import Course
from grading.pages import MAX_CHARACTERS, safe_html, safe_markdown

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HARMLESS = {"href": ("http://", "https://", "mailto:"), "src": ("data:image/",), "style": ("", "text-align:")}
SCRIPTS = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<img/src=x/onerror={}>",
    '<svg onload="{}"><script>{}</script></svg>',
    '<iframe srcdoc="<script>parent.{}</script>"></iframe>',
    "<details open ontoggle={}>x</details>",
    "<input autofocus onfocus={}>",
    "<style onload={}>.score { display: none }</style>",
    "<video><source onerror={}></video>",
    '<object data="data:text/html,<script>{}</script>"></object>',
    '<a href="javascript:{}">x</a> <a href="&#106;avascript:{}">x</a> <a href="java&#10;script:{}">x</a>',
    '<a href="data:text/html,<script>{}</script>">x</a>',
    "[x](javascript:{}) <javascript:{}> ![x](javascript:{})",
    '![x"onerror="{}](y) [x](http://a "onmouseover={}")',
    "$<img src=x onerror={}>$ $$<script>{}</script>$$",
    "\\begin{{a}}<img src=x onerror={}>\\end{{a}}",
    '```python "><img/src=x/onerror={}>\nx\n```',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={}&gt;">',
    '<noscript><p title="</noscript><img src=x onerror={}>"></noscript>',
    '<form action="/formgrader/api"><button formaction="javascript:{}">Full credit</button></form>',
    '<meta http-equiv="refresh" content="0;url=javascript:{}"><base href="//x/"><link rel=import href="//x">',
    '<img src="data:image/svg+xml,<svg onload={}>"> ![x](http://espia.example/x.png) <img src="/logout">',
    '<p style="background:url(javascript:{})" onclick={}>x</p>',
)
IMITATIONS = (
    '</div></div></div><div class="nbgrader_cell"><input class="score" id="ej2_reflexion" value="5"></div>',
    "# ej2_reflexion\n\n## test-ej2",
    '<span id="ej2_reflexion" class="pull-right">5 / 5.0</span>',
    "- [x] completa",
)
PIECES = [*"<>/\"'=` $\\!-[](){}#&;:\n|*_ab", "<script>", "<img src=x onerror=", "javascript:", "<!--", "</"]
ATTRIBUTES = {
    "href",
    "src",
    "style",
    "alt",
    "class",
    "open",
    "width",
    "height",
    "start",
    "colspan",
    "rowspan",
}
ACTIVE = "script style iframe object embed form input button svg math link meta base video audio textarea"


class Elements(HTMLParser):
    """Las etiquetas de una página, con sus atributos, y el texto que se ve."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert tag not in ACTIVE.split()
        assert set(attributes) <= ATTRIBUTES
        for name in HARMLESS.keys() & attributes.keys():
            assert attributes[name].startswith(HARMLESS[name])
        assert "svg" not in attributes.get("src", "")


@pytest.mark.parametrize("text", SCRIPTS)
def test_nothing_runs(text: str) -> None:
    text = text.replace("{}", "alert(1)")
    assert_harmless(safe_markdown({}, text))
    assert_harmless(safe_html(text))


@pytest.mark.parametrize("text", IMITATIONS)
def test_nothing_can_be_taken_for_a_score(text: str) -> None:
    for html in (safe_markdown({}, text), safe_html(text)):
        assert_harmless(html)
        assert html.count("</div>") <= html.count("<div")


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_nothing_runs_whatever_is_written(text: str) -> None:
    assert_harmless(safe_markdown({}, text))
    assert_harmless(safe_html(text))


def test_what_is_not_accepted_is_read_as_text() -> None:
    assert "<script>alert(1)</script>" in Elements(safe_markdown({}, "Hola <script>alert(1)</script>")).text


def test_what_is_legitimate_is_kept() -> None:
    text = f"""Con $a<b$ y $$x \\ne \\frac{{1}}{{2}} & y$$, **sí**.

<details open><summary>Tabla</summary>

| a | b |
|:-:|---|
| `x<1` | 2 |

</details>

```python
def f(x): return x < 1
```

![mapa](data:image/png;base64,{PNG}) [nota](https://example.org/a?b=1&c=2)
"""
    page = Elements(safe_markdown({}, text))
    tags = [tag for tag, _ in page.found]
    assert {"details", "summary", "table", "th", "td", "code", "strong"} <= set(tags)
    assert "$a<b$" in page.text and "$$x \\ne \\frac{1}{2} & y$$" in page.text and "x<1" in page.text
    assert ("img", {"alt": "mapa", "src": f"data:image/png;base64,{PNG}"}) in page.found
    assert ("a", {"href": "https://example.org/a?b=1&c=2"}) in page.found
    assert ("th", {"style": "text-align:center;"}) in page.found
    assert ("span", {"class": "k"}) in page.found


def test_pasted_images_are_shown_and_a_missing_one_breaks_nothing() -> None:
    cell = new_markdown_cell("![x](attachment:a.png)", attachments={"a.png": {"image/png": PNG}})
    assert f"data:image/png;base64,{PNG}" in safe_markdown({"cell": cell}, cell.source)
    assert safe_markdown({}, "![x](attachment:a.png)") == "<pre>![x](attachment:a.png)</pre>"


@pytest.mark.parametrize("text", ["<div>" * MAX_CHARACTERS, ">" * MAX_CHARACTERS, "[" * MAX_CHARACTERS])
def test_a_long_or_deep_text_ends(text: str) -> None:
    assert_harmless(safe_markdown({}, text))


def formgrader_page(*cells: NotebookNode) -> str:
    """La página de formgrader, con la configuración del curso."""
    config = Course().config.copy()
    config.HTMLExporter.template_name = "formgrade"
    names = ("base_url", "submission_id", "notebook_id", "assignment_id", "notebook_path", "student")
    resources = dict.fromkeys(names, "x") | {"index": 0, "total": 1, "last_name": None, "first_name": None}
    return HTMLExporter(config=config).from_notebook_node(
        new_notebook(cells=list(cells)), resources=resources
    )[0]


def answer(source: str) -> NotebookNode:
    nbgrader = {"grade": True, "solution": True, "grade_id": "ej2_reflexion", "points": 5, "task": False}
    return new_markdown_cell(source, metadata={"nbgrader": nbgrader})


def active(html: str) -> list[tuple[str, dict[str, str]]]:
    """Lo que una página podría ejecutar."""
    return [
        (tag, attributes)
        for tag, attributes in Elements(html).found
        if tag in {"script", "iframe", "object", "embed", "form", "input"}
        or any(name.startswith("on") for name in attributes)
    ]


def figure(alt: str) -> NotebookNode:
    """Una figura con ese texto alternativo, que escribe el código de quien entrega."""
    metadata = {"image/png": {"alt": alt}}
    return new_output("display_data", data={"image/png": "iVBORw0K"}, metadata=metadata)


def described(html: str) -> list[str]:
    """Los textos alternativos de las imágenes de una página."""
    return [attributes.get("alt", "") for tag, attributes in Elements(html).found if tag == "img"]


def test_formgrader_shows_answers_and_outputs_without_running_them() -> None:
    data = [
        {"text/html": "<script>alert(1)</script><table class='dataframe'><tr><td>7</td></tr></table>"},
        {"image/svg+xml": "<svg onload='alert(1)'></svg>"},
        {"application/javascript": "alert(1)"},
        {"text/markdown": "<img src=x onerror=alert(1)>"},
    ]
    outputs = [new_output("display_data", data=item) for item in data]
    outputs.append(figure('"><script>alert(1)</script>'))
    outputs.append(new_output("stream", name="stdout", text="<script>alert(1)</script>"))
    outputs.append(new_output("error", ename="E", evalue="x", traceback=["<img src=x onerror=alert(1)>"]))
    code, scripts = "x = '<script>alert(1)</script>'", "\n\n".join(SCRIPTS).replace("{}", "alert(1)")
    loud = formgrader_page(answer(scripts), new_code_cell(code, outputs=outputs))
    quiet = formgrader_page(answer("Bien."), new_code_cell(code))
    assert active(loud) == active(quiet)
    assert '"><script>alert(1)</script>' in described(loud)
    assert "<td>7</td>" in loud and "data:image/svg+xml;base64," in loud


@pytest.mark.parametrize(("penalty", "told"), [(0, False), (2.25, True)])
def test_feedback_says_what_being_late_costs(penalty: float, told: bool) -> None:
    text = Elements(feedback_page(score=2.75, late_penalty=penalty)).text
    assert "2.75 de 5 puntos" in text
    assert ("descontados 2.25 por entregar tarde" in text) is told and ("tarde" in text) is told


def feedback_page(*cells: NotebookNode, **meta: object) -> str:
    """La página de devolución, con la configuración del curso."""
    config = Course().config.copy()
    config.HTMLExporter.template_name = "feedback"
    known = {"notebook": "n", "assignment": "a", "student": "<script>", "score": 0, "max_score": 5}
    resources = {"nbgrader": known | {"late_penalty": 0} | meta, "inlining": {"css": []}}
    notebook = new_notebook(cells=list(cells))
    return HTMLExporter(config=config).from_notebook_node(notebook, resources=resources)[0]


def test_feedback_shows_answers_as_text() -> None:
    cell = nbformat.from_dict(answer("<script>alert(1)</script>") | {"id": "a"})
    cell.metadata.nbgrader |= {"score": 0, "comment": "<img src=x onerror=alert(1)>"}
    code = new_code_cell("x = 1", outputs=[figure("' onload='alert(1)\"><script>")])
    code.metadata.nbgrader = {
        "grade": False,
        "solution": True,
        "grade_id": "ej2_comparar_cabezas",
        "task": False,
    }
    html = feedback_page(cell, code)
    assert active(html) == []
    assert described(html) == []
    assert "<script>alert(1)</script>" in Elements(html).text
