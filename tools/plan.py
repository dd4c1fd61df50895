"""The plan of the package for `CONTRIBUTING.md`: its wings from the ground up and their rooms, in their own words."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "irmas_helpers"
sys.path.insert(0, str(ROOT / "tests"))
from test_house import FLOORS  # noqa: E402


def wings() -> str:
    """A Markdown table with the ground at the bottom: each wing, what it is for, and what it may know."""
    lines = ["| wing | what it is for | what it may know |", "| --- | --- | --- |"]
    for wing, file in reversed([*_files()]):
        knows = "nothing of the package" if wing in FLOORS[0] else "the rows below"
        if match := re.search(r"\. (?:Knows|The wing knows) (.*?)\.(?: |$)", _said(file)):
            knows = match[1]
        name = f"{wing}/" if file.name == "__init__.py" else wing
        lines.append(f"| `{name}` | {_first_sentence(file)} | {knows} |")
    return "\n".join(lines)


def rooms() -> str:
    """A Markdown table: each module of each wing, and what it is for."""
    lines = ["| room | what it is for |", "| --- | --- |"]
    for wing, file in _files():
        if file.name == "__init__.py":
            modules = [module for module in sorted(file.parent.glob("*.py")) if module.name != "__init__.py"]
            lines += [f"| `{wing}/{module.stem}` | {_first_sentence(module)} |" for module in modules]
    return "\n".join(lines)


def _files() -> Iterator[tuple[str, Path]]:
    """The wings from the ground up, each with the file that says what it is for."""
    for wing in (name for floor in FLOORS for name in sorted(floor)):
        for file in (PACKAGE / wing / "__init__.py", PACKAGE / f"{wing}.py"):
            if file.exists():
                yield wing, file


def _said(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return " ".join(docstring.split()).replace("``", "`").replace("|", "/")


def _first_sentence(file: Path) -> str:
    return re.split(r"[.;](?: |$)", _said(file), maxsplit=1)[0]
