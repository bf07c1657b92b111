"""Lo que dicen el README y ``docs/`` existe: órdenes, archivos y enlaces."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from grading.course import PROJECT_ROOT

PAGES = [
    PROJECT_ROOT / "README.md",
    PROJECT_ROOT / "CONTRIBUTING.md",
    *sorted((PROJECT_ROOT / "docs").glob("*.md")),
]
MAKEFILE = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"`make ([a-z -]+)", text) + re.findall(
        r"^make ([a-z -]+)", text, flags=re.MULTILINE
    )
    assert {target for command in commands for target in command.split()} <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_images_have_alternative_text(page: Path) -> None:
    assert all(len(alt) > 20 for alt in re.findall(r"!\[([^\]]*)\]", page.read_text(encoding="utf-8")))


def test_make_help_lists_every_documented_target() -> None:
    output = subprocess.run(["make", "help"], cwd=PROJECT_ROOT, capture_output=True, text=True).stdout
    documented = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE))
    required = {
        "demo",
        "setup",
        "test",
        "release",
        "autograde",
        "feedback",
        "grades",
        "formgrader",
        "lab",
        "help",
    }
    assert required <= documented
    assert all(f"make {target} " in output for target in documented)
