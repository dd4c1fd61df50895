"""Links that open the course without an installation, made from the one place that says where it lies in public.

That is `Repository` in pyproject.toml. After a change there, this writes the links into the notebooks, which need not
be executed again, and into the page on the ways in:

    python tools/launch.py
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
PAGE = ROOT / "docs" / "ways_in.md"
UNSET = "YOUR_NAME"  # no account of GitHub's can have this name, so nobody can wait there for learners
ABOVE = """[Open this notebook in Google Colab]({link}), where nothing has to be installed on your computer. The next
cell fetches the course there; anywhere else it does nothing."""
FETCH = """import sys

if "google.colab" in sys.modules:
    address = {address}
    !git clone --quiet --depth 1 {{address}} course
    %run course/tools/prepare_colab.py"""
ASK = 'input("Address of the course\'s git repository: ")'


def address() -> str:
    """Where the course lies in public (Python 3.10 has no tomllib)."""
    return re.search(r'^Repository = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]


def colab(path: str) -> str:
    """The link that opens a notebook in Colab, from its path in the repository."""
    return f"{_at_github('https://colab.research.google.com/github')}/blob/main/{path}"


def binder(path: str = "notebooks/01_a_note_in_numbers.ipynb") -> str:
    """The link that opens a notebook on Binder."""
    return f"{_at_github('https://mybinder.org/v2/gh')}/main?urlpath=lab/tree/{path}"


def codespace() -> str:
    """The link that makes a codespace."""
    return _at_github("https://codespaces.new")


def _at_github(service: str) -> str:
    return address().replace("https://github.com", service)


def with_launch(notebook: nbformat.NotebookNode, path: str) -> nbformat.NotebookNode:
    """A notebook whose second cell has the link to Colab, and whose third one fetches the course there."""
    if "google.colab" not in notebook.cells[2].source:
        raise SystemExit(f"{path}: its third cell is not the one for Google Colab; copy that and the one before it")
    where = ASK if UNSET in address() else f'"{address()}"'
    notebook.cells[1].source = ABOVE.format(link=colab(path))
    notebook.cells[2].source = FETCH.format(address=where)
    return notebook


def links() -> str:
    """The list of the page on the ways in."""
    ways = {"Binder": binder(), "GitHub Codespaces": codespace()}
    ways |= {f"Google Colab, notebook {file.stem}": colab(f"notebooks/{file.name}") for file in _learners()}
    return "\n".join(f"- [{name}]({link})" for name, link in ways.items())


def _learners() -> list[Path]:
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def main() -> None:
    """Write the links into all notebooks and into the page."""
    for file in [*_learners(), *sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))]:
        notebook = nbformat.read(file, as_version=4)
        nbformat.write(with_launch(notebook, file.relative_to(ROOT).as_posix()), file)
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- begin links -->\n")
    after = rest.partition("<!-- end links -->")[2]
    PAGE.write_text(f"{before}<!-- begin links -->\n{links()}\n<!-- end links -->{after}", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
