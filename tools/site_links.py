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
    return [
        f"{file.relative_to(folder)}: {link!r} {problem}"
        for file, page in pages.items()
        for link, problem in [
            *((link, _problem(link, file, folder, pages)) for link in page.links),
            *((link, _problem(link, file, folder, pages, loaded=True)) for link in page.loaded),
        ]
        if problem
    ]


def _problem(link: str, file: Path, folder: Path, pages: dict[Path, Page], loaded: bool = False) -> str:
    parts = urlsplit(link)
    if parts.scheme == "data" and loaded:
        return ""
    if parts.scheme or parts.netloc:
        if loaded:
            return "is loaded from elsewhere"
        return "" if _OUTER.fullmatch(link) else "is no address"
    if parts.path.startswith("/"):
        return "holds at one address only"
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file() or not target.is_relative_to(folder):
        return "leads nowhere"
    anchors = {parts.fragment, unquote(parts.fragment)}  # browsers try both
    if parts.fragment and target in pages and not anchors & pages[target].anchors:
        return "leads to no place on that page"
    return ""
