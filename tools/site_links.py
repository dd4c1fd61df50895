"""Whether the links of a built site lead somewhere: inner ones to files and anchors, outer ones by their form.

A page may be served from any address, so that inner links have to be relative; and it must be whole without a network,
so that nothing that is loaded (scripts, styles, pictures, sounds) may come from elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_OUTER = re.compile(r"https?://([\w-]+\.)+[a-z]{2,}(:\d+)?([/?#][^\s<>\"]*)?")
_LOADED = {("link", "href")}


@dataclass
class Page(HTMLParser):
    """The anchors of a page, where it leads, and what it loads."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.anchors.add(value or "")
            elif name == "src" or (tag, name) in _LOADED:
                self.loaded.append(value or "")
            elif name == "href":
                self.links.append(value or "")


def pages_of(folder: Path) -> list[Path]:
    """The pages of a site, without the themes' templates among its files."""
    return [file for file in sorted(folder.rglob("*.html")) if "_static" not in file.parts]


def broken(folder: Path) -> list[str]:
    """What is wrong with the links of all pages below a folder, a line each."""
    pages = {}
    for file in pages_of(folder):
        pages[file] = Page()
        pages[file].feed(file.read_text("utf-8"))
    problems = []
    for file, page in pages.items():
        told = [(link, _form(link, loaded=False)) for link in page.links]
        told += [(link, _form(link, loaded=True)) for link in page.loaded]
        told += [(link, _target(link, file, folder, pages)) for link, problem in told if problem is None]
        problems += [f"{file.relative_to(folder)}: {link!r} {problem}" for link, problem in told if problem]
    return problems


def _form(link: str, loaded: bool) -> str | None:
    """What is wrong with a link, empty if nothing is; None for an inner one, which has to be looked up."""
    parts = urlsplit(link)
    if parts.scheme == "data" and loaded:
        return ""
    if parts.scheme or parts.netloc:
        return "is loaded from elsewhere" if loaded else "" if _OUTER.fullmatch(link) else "is no address"
    return "holds at one address only" if parts.path.startswith("/") else None


def _target(link: str, file: Path, folder: Path, pages: dict[Path, Page]) -> str:
    """What is wrong with where an inner link leads."""
    parts = urlsplit(link)
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    target = target / "index.html" if target.is_dir() else target
    if not (target.is_file() and target.is_relative_to(folder)):
        return "leads nowhere"
    anchors = {parts.fragment, unquote(parts.fragment)}  # browsers try both
    if parts.fragment and target in pages and not anchors & pages[target].anchors:
        return "leads to no place on that page"
    return ""
