"""The glossary holds every term that notebooks link, and each is linked where it appears first."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "glossary.md").read_text("utf-8")
TERMS = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(\.\./\.\./docs/glossary\.md#([^)]+)\)")
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
PAGES = [path for path in SOLUTIONS if path.name < "06" or LINK.search(path.read_text("utf-8"))]


def anchor(term: str) -> str:
    """What a Markdown viewer calls a heading."""
    return re.sub(r"[^\w\- ]", "", term.lower()).replace(" ", "-")


def body(path: Path) -> list[str]:
    """The Markdown cells from the first section on: what stands before it lists what is to come, as "Next" does."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    first = next(number for number, source in enumerate(cells) if re.match(r"## 1\b", source))
    return [re.sub(r"^## Next$.*", "", source, flags=re.MULTILINE | re.DOTALL) for source in cells[first:]]


def prose(source: str) -> str:
    """A cell without code, pictures and addresses, and without the heading of the questions at the end."""
    source = re.sub(r"^## Recall$", "", source, flags=re.MULTILINE)
    source = re.sub(r"```.*?```|`[^`]*`|!\[[^\]]*\]\([^)]*\)", " ", source, flags=re.DOTALL)
    return source


def test_terms_are_explained_once_and_never_by_nothing():
    assert len({anchor(term) for term in TERMS}) == len(TERMS)
    for term in TERMS:
        explanation = TEXT.split(f"\n### {term}\n", 1)[1].split("\n#", 1)[0]
        assert len(explanation.split()) >= 5, term


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_leads_to_a_term(path):
    linked = {link[1] for source in body(path) for link in LINK.findall(source)}
    assert linked
    assert linked <= {anchor(term) for term in TERMS}


def test_subjects_stand_in_the_order_of_the_notebooks():
    linked = [{link[1] for source in body(path) for link in LINK.findall(source)} for path in PAGES]
    subjects = [re.findall(r"^### (.+)$", subject, re.MULTILINE) for subject in TEXT.split("\n## ")[1:]]
    first = [
        [min(number for number, there in enumerate(linked) if anchor(term) in there) for term in terms]
        for terms in subjects
    ]
    middle = [statistics.median(numbers) for numbers in first]
    assert middle == sorted(middle)


@pytest.fixture(scope="module")
def cells() -> list[tuple[str, set[str], str]]:
    """The notebook, the terms linked and the prose of every cell, in the course's order."""
    every = [(path.name, source) for path in PAGES for source in body(path)]
    return [(name, {link[1] for link in LINK.findall(source)}, prose(source)) for name, source in every]


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_linked_where_it_appears_first(term, cells):
    uses = re.compile(rf"\b{re.escape(term)}s?\b", re.IGNORECASE)
    linked = [number for number, (_, anchors, _) in enumerate(cells) if anchor(term) in anchors]
    assert linked, f"no notebook links {term}"
    used = [number for number, (_, _, said) in enumerate(cells) if uses.search(said)]
    assert linked[0] <= min(used, default=linked[0]), f"{term} appears in {cells[min(used)][0]} before its link"
