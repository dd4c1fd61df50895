"""The house: imports run downwards from wing to wing, read from the code and not by running it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "irmas_helpers"
# From the ground up; a wing may import those below it. A module outside the wings is a wing of its own.
FLOORS = (
    {"instruments", "errors", "choices"},
    {"paths", "workers"},
    {"data"},
    {"sound"},
    {"rendered"},
    {"dataset"},
    {"scoring"},
    {"learning"},
    {"answers"},
    {"plots"},
    {"widgets"},
    {"exercises"},
    {"commands"},
    {"__main__"},
)
FLOOR_OF = {wing: floor for floor, wings in enumerate(FLOORS) for wing in wings}
FILES = sorted(PACKAGE.rglob("*.py"))


def wing_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_wings(file: Path) -> set[str]:
    """The wings, other than its own, that a file imports from anywhere in its code."""
    package = ("irmas_helpers", *file.relative_to(PACKAGE).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("irmas_helpers.")}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            target = (*base, *(node.module or "").split(".")) if node.module else base
            if target[0] == "irmas_helpers":
                found |= {target[1]} if len(target) > 1 else {alias.name for alias in node.names}
    return found - {wing_of(file), "__version__"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_imports_run_downwards(file):
    if file.name == "__init__.py" and file.parent == PACKAGE:
        assert not imported_wings(file)
        return
    own = FLOOR_OF[wing_of(file)]
    upwards = {wing for wing in imported_wings(file) if FLOOR_OF[wing] >= own}
    assert not upwards, f"{file.name} of {wing_of(file)} must not know {sorted(upwards)}"


def test_an_upward_import_would_be_found(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    bad = tmp_path / "data" / "clips.py"
    bad.write_text("def f():\n    from ..learning.networks import dense\n")
    monkeypatch.setattr("test_house.PACKAGE", tmp_path)
    assert imported_wings(bad) == {"learning"}


@pytest.mark.parametrize("folder", ["irmas_helpers", "notebooks"])
def test_learners_code_never_imports_the_research(folder):
    sources = [*PACKAGE.rglob("*.py")] if folder == "irmas_helpers" else [*(PACKAGE.parent / folder).rglob("*.ipynb")]
    assert sources
    assert not [file.name for file in sources if "import research" in file.read_text("utf-8")]
