"""Make slides from the texts in `docs/teaching/slides` and the figures of the executed notebooks.

    python tools/make_slides.py                  # all notebooks, into build/slides
    python tools/make_slides.py 01               # those whose name begins with 01

Each deck becomes one HTML file that needs nothing else: figures, style and the few lines that turn pages are in it, so
it opens from a stick. (nbconvert's slides fetch reveal.js from the network, or want a copy of it beside them.) A deck
is Markdown; `---` parts its slides, `Figure:` names a figure by the beginning of its description, and what follows
`Note:` is for the speaker.
"""

from __future__ import annotations

import html
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
TEXTS = ROOT / "docs" / "teaching" / "slides"
BUILT = ROOT / "build" / "slides"


@dataclass(frozen=True)
class Slide:
    """One slide, as it was written."""

    text: str  # Markdown
    figure: str  # the beginning of the figure's description; empty for none
    note: str


def slides(text: str) -> list[Slide]:
    """The slides of a deck's text.

    Examples
    --------
    >>> slides("# Sound\\n\\nFigure: A wave\\n\\nNote: Play it.\\n\\n---\\n\\n## Next")[0]
    Slide(text='# Sound', figure='A wave', note='Play it.')
    """
    return [_slide(part) for part in re.split(r"^---$", text, flags=re.MULTILINE)]


def _slide(part: str) -> Slide:
    part, _, note = part.partition("\nNote: ")
    figure = re.search(r"^Figure: (.+)$", part, re.MULTILINE)
    shown = re.sub(r"^Figure: .+$", "", part, flags=re.MULTILINE)
    return Slide(shown.strip(), figure[1].strip() if figure else "", " ".join(note.split()))


def figures(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """The pictures of a notebook, as base64, by their descriptions."""
    found = {}
    for cell in notebook.cells:
        for alt, name in re.findall(r"!\[(.+?)\]\(attachment:(.+?)\)", cell.source, re.DOTALL):
            found[" ".join(alt.split())] = cell.attachments[name]["image/png"]
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                found[output.metadata["image/png"]["alt"]] = output.data["image/png"]
    return found


def named(beginning: str, found: dict[str, str]) -> str:
    """The description of the one figure that begins so."""
    fitting = [alt for alt in found if alt.startswith(beginning)]
    if len(fitting) != 1:
        raise SystemExit(f"{beginning!r}: {len(fitting)} figures are described so; name exactly one by its beginning")
    return fitting[0]


def deck(name: str, notebook: str = "") -> str:
    """A notebook's slides as a page, with a link to the notebook's page where that has an address."""
    from nbconvert.filters import markdown2html

    found = figures(nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4))
    written, parts = slides((TEXTS / f"{name}.md").read_text("utf-8")), []
    for slide in written:
        # On a narrow screen code is scrolled, by those who have no mouse, too.
        shown = markdown2html(slide.text).replace("<pre>", '<pre tabindex="0">')
        if slide.figure:
            alt = named(slide.figure, found)
            shown += f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{found[alt].strip()}">'
        # A question is shown by itself first; the next key brings the answer.
        asks = ' class="asks"' if slide.text.splitlines()[0].endswith("?") else ""
        parts.append(f"<section{asks}>{shown}<aside>{html.escape(slide.note)}</aside></section>")
    title = html.escape(written[0].text.removeprefix("# "))
    page = (ROOT / "tools" / "slides.html").read_text("utf-8")
    home = f'<a href="{notebook}">Notebook</a>' if notebook else ""
    return page.replace("{title}", title).replace("{home}", home).replace("{slides}", "\n".join(parts))


def main(beginning: str = "") -> None:
    """Write the decks whose name begins so."""
    names = sorted(file.stem for file in TEXTS.glob(f"{beginning}*.md") if file.stem != "README")
    if not names:
        raise SystemExit(f"no slides begin with {beginning!r}; there are texts in {TEXTS.relative_to(ROOT)}")
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in names:
        target = BUILT / f"{name}.html"
        target.write_text(deck(name), "utf-8")
        print(target.relative_to(ROOT))


if __name__ == "__main__":
    main(*sys.argv[1:2])
