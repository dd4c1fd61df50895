"""Build the course's site from what is there: executed notebooks, pages, cards and slides, without running anything.

    python3 course.py site                       # installs what this needs, and builds into site/
    python tools/make_site.py FOLDER             # into another folder

Sphinx makes the pages (`tools/site/conf.py`); `site_notebooks`, `site_sounds` and `site_links` do what it does not. The
practice recordings are made on first use, for the sounds. Warnings and broken links stop the build and leave the site
of before.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import launch
import make_slides
import nbformat
import pack_course
import site_links
import site_notebooks
import site_sounds
from sphinx.cmd.build import build_main

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
PARTS = ROOT / "tools" / "site"  # configuration, front page, look
PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "benchmarks/*.md", "research/*.md", "results/**/*.md",
         "irmas_helpers/pretrained/*.md")  # fmt: skip
DECK = re.compile(r"\[([^\]]+)\]\((slides/(?!README)\w+)\.md\)")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
ROW = re.compile(r"^\| \[([^\]]+)\]\(notebooks/(\w+)\.ipynb\) \| (.+?) \| (\d+) \|$", re.MULTILINE)
LINKS = re.compile(r"<!-- begin links -->.*<!-- end links -->", re.DOTALL)
READ = "This is the notebook with everything run. Where it tells you to change or assign something, run it yourself."
ONLINE = "Buttons on each notebook's page open it in Binder or Colab, where nothing has to be installed."
NO_LINKS = "This site was built without a public address of the course, so there are no links to these services here."
# Clips that the page which answers in the browser offers, besides the reader's own recordings, and how it calls them.
EXAMPLES = {"a_waltz": "02_dense_model_1.ogg", "a_string_player_alone": "09_other_rooms_3.ogg",
            "more_than_one": "10_polyphonic_music_2.ogg", "a_sitar": "12_your_own_instruments_2.ogg"}  # fmt: skip
GUESS = "04_dropout"  # whose clip is played on the front page
SECTIONS = {
    "To look up": ["docs/ways_in", "docs/glossary", "docs/command_line", "docs/bad_input"],
    "The networks": ["The network that ships <irmas_helpers/pretrained/cnn>",
                     "Its partner for lone instruments <irmas_helpers/pretrained/cnn_lone>",
                     "Several instruments at once <irmas_helpers/pretrained/cnn_several>",
                     "The dense network <irmas_helpers/pretrained/dense>",
                     "results/README"],
    "For teachers": ["docs/teaching/README", "docs/teaching/laptops", "docs/teaching/nbgrader",
                     "docs/teaching/slides/README"],
    "The project": ["README", "docs/how_it_works", "docs/performance", "docs/soundfont", "CONTRIBUTING",
                    "research/README"],
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A notebook's row of the README's table."""

    title: str
    name: str
    what: str
    minutes: int


def course() -> list[Row]:
    """The notebooks in their order."""
    found = ROW.findall((ROOT / "README.md").read_text("utf-8"))
    return [Row(title, name, what, int(minutes)) for title, name, what, minutes in found]


def numbered(rows: list[Row]) -> list[Row]:
    """The notebooks that belong to the hours, without the appendix."""
    return [row for row in rows if not row.title.startswith("Appendix")]


def below(rows: list[Row]) -> dict[str, list[str]]:
    """Pages that the list at the side shows below another one, when that is read."""
    notes = [f"{row.title} </docs/teaching/{row.name}>" for row in rows]
    return {
        "docs/performance.md": ["/benchmarks/*"],
        "docs/teaching/README.md": notes,
        "results/README.md": ["/results/seeds/README"],
    }


def has_address() -> bool:
    """Whether it was set where the course lies in public."""
    return launch.UNSET not in launch.address()


def launches(name: str) -> dict[str, str]:
    """Where a notebook can be opened in a browser, by the name of the service; nowhere without an address."""
    if not has_address():
        return {}
    path = f"notebooks/{name}.ipynb"
    return {"Open in Binder": launch.binder(path), "Open in Colab": launch.colab(path)}


def bar(row: Row, place: int, count: int) -> str:
    """What stands below a notebook's title: where one is, how long it takes, and where to get it."""
    where = f"{place} of {count}" if place <= count else "Appendix"
    files = {"The notebook as a file": f"{row.name}.ipynb", "The same with solutions": f"solutions/{row.name}.ipynb"}
    links = {
        "Run it yourself": "../index.html#run-it-yourself",
        **launches(row.name),
        **files,
        "Slides": f"../docs/teaching/slides/{row.name}.html",
    }
    kinds = {what: " download" if what in files else "" for what in links}
    shown = "".join(f'<a class="button" href="{links[what]}"{kind}>{what}</a>' for what, kind in kinds.items())
    progress = f'<progress max="{count}" value="{min(place, count)}" aria-label="{where}"></progress>'
    told = f"<p>{progress} {where} · about {row.minutes} minutes</p>"
    return f'<div class="bar">{told}<p class="buttons">{shown}</p><p class="how">{READ}</p></div>\n'


def stage_page(page: Path, sources: Path, children: list[str]) -> None:
    """Copy a page of the repository, and what it links, to where Sphinx reads it; decks of slides are pages by then."""
    text = page.read_text("utf-8")
    target = sources / page.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    shown = text if has_address() else LINKS.sub(NO_LINKS, text)
    shown = DECK.sub(r'<a href="\2.html">\1</a>', shown)
    if page == ROOT / "README.md":  # whose title is the front page's
        shown = re.sub("^# .+", "# In full: the README", shown)
    target.write_text(f"{shown}\n{toctree(children)}" if children else shown, "utf-8")
    for name in LINK.findall(text):
        linked = (page.parent / name).resolve()
        if linked.is_file() and linked.suffix not in (".md", ".ipynb") and linked.is_relative_to(ROOT):
            copy = sources / linked.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(linked, copy)


def stage_notebooks(rows: list[Row], sources: Path, extra: Path, sounds: site_sounds.Written, predictor: bool) -> None:
    """Write the notebooks as they are read, and beside them as they are downloaded."""
    (extra / "_figures").mkdir()
    shutil.copytree(ROOT / "images" / "widgets", extra / "_widgets")
    shutil.copyfile(ROOT / "images" / "page.png", extra / "_widgets" / "which_instrument.png")  # the same widget
    shutil.copytree(ROOT / "images", sources / "images", dirs_exist_ok=True)
    (sources / "notebooks").mkdir()
    count = len(numbered(rows))
    for place, row in enumerate(rows, 1):
        clips = {line: [(label, f"../_sounds/{file}") for label, file in made]
                 for line, made in sounds.get(row.name, {}).items()}  # fmt: skip
        answers = "../which_instrument/index.html" if predictor else ""
        around = site_notebooks.Surroundings(bar(row, place, count), clips, extra / "_figures", "../_figures", answers)
        solution = ROOT / "notebooks" / "solutions" / f"{row.name}.ipynb"
        page = site_notebooks.site_notebook(nbformat.read(solution, 4), around)
        nbformat.write(page, sources / "notebooks" / f"{row.name}.ipynb")
        for file in (ROOT / "notebooks" / f"{row.name}.ipynb", solution):
            copy = extra / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def stage_predictor(extra: Path) -> bool:
    """Make the page that answers in the browser, with clips to try; where that cannot be, its maker says why."""
    maker, folder = ROOT / "tools" / "make_browser_predictor.py", extra / "which_instrument"
    with tempfile.TemporaryDirectory() as named:
        clips = [shutil.copy(extra / "_sounds" / clip, Path(named, f"{name}.ogg")) for name, clip in EXAMPLES.items()]
        command = [sys.executable, str(maker), str(folder), *map(str, clips), "--home", "../index.html"]
        return subprocess.call(command) == 0


def stage_course(extra: Path) -> str:
    """Put the course itself beside the pages, for whoever has nothing but the site; return the link to it."""
    with tempfile.TemporaryDirectory() as made:
        pack_course.copy_course(str(Path(made, "course")))
        file = shutil.make_archive(str(extra / "course"), "zip", made, "course")
    return f'<a href="course.zip" download>course.zip</a> ({math.ceil(Path(file).stat().st_size / 1e6)} MB)'


def front_page(rows: list[Row], sounds: site_sounds.Written, predictor: bool, get: str) -> str:
    """The front page, and the order of all others."""
    lines = [f"| [{row.title}](notebooks/{row.name}.ipynb) | {row.what} | {row.minutes} |" for row in rows]
    page, command = '<a{}href="which_instrument/index.html">{}</a>', "[the program](README.md#your-own-recordings)"
    (((_, played),),) = sounds[GUESS].values()
    parts = {
        "predictor": page.format(' class="button" ', "Try it on a recording") if predictor else "",
        "ask": page.format(" ", "the page that answers") if predictor else command,
        "guess": site_notebooks.sound("three seconds of music", f"_sounds/{played}"),
        "hours": str(round(sum(row.minutes for row in numbered(rows)) / 60)),
        "count": str(len(numbered(rows))),
        "get": get,
        "online": ONLINE if has_address() else "",
        "table": "\n".join(["| notebook | what you can do after it | minutes |", "| --- | --- | ---: |", *lines]),
        "scores": scores(),
        "toctrees": toctrees(rows),
    }
    text = (PARTS / "index.md").read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def scores() -> str:
    """The README's table of results, as far as it fits a telephone: network, clips, accuracy and interval."""
    table = (ROOT / "README.md").read_text("utf-8").split("<!-- begin results -->\n")[1].split("\n<!-- end")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return "\n".join(f"| {network} | {clips} | {mean} | {interval} |" for network, _, _, clips, mean, interval in cells)


def toctrees(rows: list[Row]) -> str:
    """The order of the pages, in sections; Sphinx complains of a page that is in none."""
    sections = {"The course": [f"{row.title} <notebooks/{row.name}>" for row in rows], **SECTIONS}
    return "\n".join(toctree(pages, f":caption: {caption}") for caption, pages in sections.items())


def toctree(pages: list[str], *options: str) -> str:
    """A list of pages that Sphinx shows at the side and not in the text."""
    return "\n".join(["```{toctree}", ":hidden:", ":glob:", *options, "", *pages, "```", ""])


def build(folder: Path) -> None:
    """Build the site in `folder`, which is replaced when all is well."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as made:
        sources, pages = Path(made, "sources"), Path(made, "pages")
        extra = sources / "_site" / "extra"
        extra.mkdir(parents=True)
        shutil.copytree(PARTS / "templates", sources / "_site" / "templates")
        shutil.copytree(PARTS / "static", sources / "_site" / "static")
        shutil.copyfile(PARTS / "conf.py", sources / "conf.py")
        rows = course()
        children = below(rows)
        for pattern in PAGES:
            for page in ROOT.glob(pattern):
                if page.parent.name != "slides" or page.stem == "README":
                    stage_page(page, sources, children.get(page.relative_to(ROOT).as_posix(), []))
        sounds = site_sounds.written(extra / "_sounds")
        predictor = stage_predictor(extra)
        stage_notebooks(rows, sources, extra, sounds, predictor)
        decks = extra / "docs" / "teaching" / "slides"
        decks.mkdir(parents=True)
        for row in rows:
            page = make_slides.deck(row.name, f"../../../notebooks/{row.name}.html")
            (decks / f"{row.name}.html").write_text(page, "utf-8")
        (sources / "index.md").write_text(front_page(rows, sounds, predictor, stage_course(extra)), "utf-8")
        options = ["-q", "--fail-on-warning", "--keep-going", "-j", "2", "-d", str(Path(made, "read"))]
        if build_main([*options, str(sources), str(pages)]):
            sys.exit("The site was not built: each warning above is to be mended.")
        if problems := site_links.broken(pages):
            sys.exit("\n".join([*problems, "The site was not built: these links are broken."]))
        (pages / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with an underscore
        shutil.rmtree(folder, ignore_errors=True)
        pages.rename(folder)


def main(folder: str = str(SITE)) -> None:
    """Build, and say what was built and how long it took."""
    begun, target = time.monotonic(), Path(folder).resolve()
    if target.exists() and any(target.iterdir()) and not (target / ".nojekyll").exists():
        sys.exit(f"{target}: holds something else, which would be lost; name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    build(target)
    files = [file for file in target.rglob("*") if file.is_file()]
    megabytes = math.ceil(sum(file.stat().st_size for file in files) / 1e6)
    count = sum(file.suffix == ".html" for file in files)
    print(f"{count} pages, {megabytes} MB, in {time.monotonic() - begun:.0f} s: open {target / 'index.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
