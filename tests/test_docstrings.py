"""Docstrings hold what they promise: their examples run, the names they point to are there, parameters have types."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

import irmas_helpers

PACKAGE = Path(irmas_helpers.__file__).parent
GROUND = [PACKAGE / f"{name}.py" for name in ("instruments", "errors", "paths", "dataset")]
WINGS = ("data", "sound", "scoring", "answers")
FILES = [*GROUND, *sorted(file for wing in WINGS for file in (PACKAGE / wing).glob("[a-z]*.py"))]
BY_NAME = {file.stem: file for file in sorted(PACKAGE.rglob("[a-z]*.py"))}

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())


def module_of(file: Path):
    return importlib.import_module(".".join(("irmas_helpers", *file.relative_to(PACKAGE).with_suffix("").parts)))


def is_there(name: str, module) -> bool:
    """Whether a name means something in a module or, with its module's name before it, elsewhere in the package."""
    first, *rest = name.split(".")
    found = getattr(module, first, None) or (module_of(BY_NAME[first]) if first in BY_NAME else None)
    for part in rest:
        found = getattr(found, part, None)
    return found is not None


@each_file
def test_examples_in_docstrings_give_what_they_show(file):
    assert doctest.testmod(module_of(file)).failed == 0


@each_file
def test_names_that_docstrings_point_to_are_there(file):
    module = module_of(file)
    names = re.findall(r"[Ss]ee `([\w.]+)`", file.read_text("utf-8"))
    assert not [name for name in names if not is_there(name, module)]


def test_a_name_that_is_not_there_would_be_found():
    splits = module_of(PACKAGE / "data" / "splits.py")
    assert is_there("has_sibling", splits)
    assert is_there("packs.Pack.select", splits)
    assert not is_there("sibling_share", splits)
    assert not is_there("packs.Pack.choose", splits)


def untyped(tree: ast.AST, outer: str = "") -> list[str]:
    """Public functions and methods with a parameter, or a result, that has no type."""
    found = []
    for node in ast.iter_child_nodes(tree):
        name = f"{outer}{getattr(node, 'name', '')}"
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += untyped(node, f"{name}.")
        elif isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name == "__init__"):
            arguments = ast.walk(node.args)
            bare = [a.arg for a in arguments if isinstance(a, ast.arg) and not a.annotation and a.arg != "self"]
            found += [f"{name}({argument})" for argument in bare]
            found += [] if node.returns else [f"{name} ->"]
    return found


@each_file
def test_public_functions_are_typed(file):
    assert not untyped(ast.parse(file.read_text("utf-8")))


def test_an_untyped_parameter_would_be_found():
    code = (
        "class A:\n    def f(self, x, y: int) -> None: ...\n    def g(self) -> int: ...\ndef h(): ...\ndef _i(x): ..."
    )
    assert untyped(ast.parse(code)) == ["A.f(x)", "h ->"]
