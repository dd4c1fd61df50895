"""The site: built once from what is there, then read in Chromium as from a web server, below a path of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from browser import give_up, web_server

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import launch  # noqa: E402
import site_links  # noqa: E402
import site_notebooks  # noqa: E402

from irmas_helpers import exercises  # noqa: E402

# Which colours meet is looked up by axe for each element, for seconds on a long page. Elements that have the same tags,
# classes and styles around them look alike: the first of them is enough, and the others lose their text. In code, whose
# words are most of a notebook's elements, they go altogether.
ONE_OF_EACH_LOOK = """() => {
    const seen = new Set(), all = [...document.querySelectorAll('body *')];
    const look = ({tagName, className, style, parentElement: parent}) =>
        `${tagName}.${className}.${style.cssText}` + (parent ? look(parent) : '');
    for (const element of all) {
        if (!element.children.length && element.textContent && element.style) {
            const own = look(element) + (element.closest('tr')?.rowIndex % 2);
            if (seen.has(own)) element.closest('pre') ? element.remove() : element.textContent = '';
            seen.add(own);
        }
    }
}"""
FAULTS = """async only => (await axe.run(document, {resultTypes: ['violations'], ...only})).violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes.length}, such as ${nodes[0].html.slice(0, 200)}`)"""
BUT_COLOURS, COLOURS = {"rules": {"color-contrast": {"enabled": False}}}, {"runOnly": ["color-contrast"]}
LAPTOP, TELEPHONE = {"width": 1300, "height": 1000}, {"width": 390, "height": 844}
# Of a deck all slides at once, with their answers and notes, and everywhere what is behind a click.
OPEN = """() => {
    for (const slide of document.querySelectorAll('main > section:has(> aside)')) slide.classList.add('shown', 'open');
    if (document.querySelector('main > section > aside')) document.body.classList.add('notes');
    for (const fold of document.querySelectorAll('details')) fold.open = true;
}"""
# A button that is still fading from one theme's colour to the other's has neither.
AT_ONCE = "*, ::before, ::after { transition: none !important; animation: none !important }"
LENGTH = """audio => new Promise(found => {
    audio.addEventListener('loadedmetadata', () => found(audio.duration));
    audio.preload = 'auto';
    audio.load();
})"""
TRACES = (
    "\x1b[",
    "Run this cell to hear",
    "No guess yet",
    "&lt;div",
    "&lt;IPython",
    "attachment:",
    "HTML(value",
    "VBox(children",
)


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The source of axe-core, from npm."""
    import npm_packages

    from irmas_helpers.errors import DownloadError

    try:
        (file,) = npm_packages.extract(npm_packages.AXE, ["axe.min.js"], tmp_path_factory.mktemp("axe"))
    except DownloadError as error:
        give_up(str(error))
    return file.read_text("utf-8")


@pytest.fixture(scope="session")
def builder():
    """What builds the site, which is not among what the course needs."""
    if find_spec("myst_nb") is None or find_spec("sphinx_book_theme") is None:
        give_up("python3 course.py site installs what builds the site")


@pytest.fixture(scope="session")
def site(builder, tmp_path_factory):
    """The site's folder, below the folder that is served: a copy of `IRMAS_SITE`, as CI has built it, or built here."""
    folder = tmp_path_factory.mktemp("served") / "some" / "path"
    if built := os.environ.get("IRMAS_SITE"):
        return shutil.copytree(built, folder)
    # In a process of its own: Sphinx forks, and Playwright's threads would not survive that.
    subprocess.run([sys.executable, ROOT / "tools" / "make_site.py", folder], check=True, timeout=600)
    return folder


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served."""
    with web_server(site.parents[1]) as server:
        yield f"{server}/some/path"


def test_no_page_has_a_fault_in_either_theme_or_is_wider_than_a_telephone(chromium, axe, site, address):
    # The page that answers forbids styles in the page, and AT_ONCE is one.
    context = chromium.new_context(color_scheme="light", viewport=LAPTOP, bypass_csp=True)
    context.add_init_script(axe)
    page, found, troubles = context.new_page(), set(), []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("response", lambda answer: answer.status >= 400 and troubles.append(answer.url))
    pages = site_links.pages_of(site)
    for file in pages:
        name = file.relative_to(site).as_posix()
        page.emulate_media(color_scheme="light")
        page.goto(f"{address}/{name}")
        page.add_style_tag(content=AT_ONCE)
        page.evaluate(OPEN)
        # Before the window changes: the theme looks only after a while which tables can be scrolled now.
        faults = page.evaluate(FAULTS, BUT_COLOURS)
        page.set_viewport_size(TELEPHONE)
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size(LAPTOP)
        page.evaluate(ONE_OF_EACH_LOOK)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            faults += [f"{theme}: {fault}" for fault in page.evaluate(FAULTS, COLOURS)]
        found |= {(name, fault) for fault in [*faults, *([f"{wide} px wide"] if wide > TELEPHONE["width"] else [])]}
    context.close()
    assert len(pages) > 60
    assert sorted(found) == []
    assert troubles == []


def test_axe_finds_what_is_wrong(chromium, axe):
    page = chromium.new_page()
    page.set_content(
        '<html lang="en"><title>x</title><main><h1>x</h1>'
        '<p style="color: #ccc">pale</p><p style="color: #ccc">again</p><p style="color: #ddd">paler</p><img src="x">'
        '<pre><span style="color: #bbb">pale = 1</span> <span style="color: #bbb">pale = 2</span></pre>'
    )
    page.add_script_tag(content=axe)
    assert [fault.split(":")[0] for fault in page.evaluate(FAULTS, BUT_COLOURS)] == ["image-alt"]
    page.evaluate(ONE_OF_EACH_LOOK)
    assert [fault.split(",")[0] for fault in page.evaluate(FAULTS, COLOURS)] == ["color-contrast: 3"]
    page.close()


def test_the_search_finds_a_page_and_the_theme_can_be_changed(chromium, address):
    page = chromium.new_page(viewport=LAPTOP)
    page.goto(f"{address}/docs/glossary.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("mel bands")
    page.keyboard.press("Enter")
    page.wait_for_selector("ul.search li a")
    assert page.locator("ul.search a[href*='notebooks/01_a_note']").count()
    for theme in ("dark", "light"):
        page.locator(".theme-switch-button:visible").click()
        page.locator(f".theme-change-button[data-mode={theme}]").click()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.close()


def neighbour(file: Path, which: str) -> Path | None:
    """The page that a page names as the one before or after it."""
    found = re.search(rf'class="{which}"\s+href="([^"]+)"', file.read_text("utf-8"))
    return (file.parent / found[1]).resolve() if found else None


def test_next_leads_through_all_pages_and_previous_back(site):
    way = [site / "index.html"]
    while (following := neighbour(way[-1], "right-next")) is not None:
        assert neighbour(following, "left-prev") == way[-1]
        way.append(following)
    in_line = {file for file in site_links.pages_of(site) if "prev-next-footer" in file.read_text("utf-8")}
    assert set(way) == in_line - {site / "search.html"}


def test_quizzes_and_solutions_are_folded_and_clips_can_be_played(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}/notebooks/09_other_rooms.html")
    answer = page.locator(".quiz details").first
    assert not answer.locator("p").is_visible()
    answer.locator("summary").click()
    assert answer.locator("p").is_visible()
    solution = page.locator("details", has_text="A solution, and what the check says to it").first
    assert not solution.locator("pre").first.is_visible()
    assert 2.5 < page.locator("audio").first.evaluate(LENGTH) < 3.5
    page.close()


def test_every_clip_is_there_and_loud_enough_to_be_heard(site):
    pages = [file for file in site_links.pages_of(site) if "_sounds/" in file.read_text("utf-8")]
    clips = {(file.parent / name).resolve() for file in pages
             for name in re.findall(r'<audio [^>]*src="([^"]+)"', file.read_text("utf-8"))}  # fmt: skip
    assert {file.name for file in clips} == {file.name for file in (site / "_sounds").iterdir()}
    for file in clips:
        sound, rate = soundfile.read(file)
        assert len(sound) >= 0.9 * rate, file.name
        assert 0.04 < np.abs(sound).max() <= 1.1, file.name


def test_no_notebook_shows_what_only_jupyterlab_or_a_terminal_understands(site):
    pages = sorted((site / "notebooks").glob("*.html"))
    assert len(pages) == len([*(ROOT / "notebooks").glob("*.ipynb")]) > 14
    for file in pages:
        text = re.sub(r"<(script|style).*?</\1>", "", file.read_text("utf-8"), flags=re.DOTALL)
        shown = re.sub(r"<[^>]*>", "", text)
        assert [trace for trace in TRACES if trace in shown] == [], file.relative_to(site)


def test_the_course_can_be_had_from_the_site_alone(site, tmp_path):
    assert 'href="course.zip"' in (site / "index.html").read_text("utf-8")
    shutil.unpack_archive(site / "course.zip", tmp_path)
    assert [folder.name for folder in tmp_path.iterdir()] == ["course"]
    assert {"course.py", "requirements.txt", "notebooks"} < {path.name for path in (tmp_path / "course").iterdir()}
    assert not [path for path in tmp_path.rglob("*") if path.name in (".git", ".venv", "__pycache__")]
    told = subprocess.check_output([sys.executable, tmp_path / "course" / "course.py", "--help"], text=True)
    assert "opens JupyterLab at the first notebook" in told


def test_without_npm_there_is_a_site_without_the_page_that_answers(builder, tmp_path):
    build = (
        f"import make_site; make_site.stage_predictor = lambda extra: False; make_site.main({str(tmp_path / 'site')!r})"
    )
    subprocess.run([sys.executable, "-c", build], check=True, cwd=ROOT / "tools", timeout=600)
    pages = site_links.pages_of(tmp_path / "site")
    assert len(pages) > 60
    assert not [file for file in pages if "which_instrument/index.html" in file.read_text("utf-8")]


def test_no_link_leads_to_an_address_that_was_not_set(site):
    for file in site_links.pages_of(site):
        links = re.findall(r'href="([^"]*)"', file.read_text("utf-8"))
        assert [link for link in links if launch.UNSET in link] == [], file.relative_to(site)


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"></p><a href="#here"></a><a href="b.html#x"></a><a href="b.html#y"></a><a href="c.html"></a>'
        '<a href="/a.html"></a><a href="http://nowhere"></a><a href="https://example.org/a"></a>'
        '<script src="https://example.org/x.js"></script><img src="data:image/png;base64,AA"><a href="../out.html"></a>'
    )
    (tmp_path / "b.html").write_text('<p id="x"></p>')
    assert {line.split(": ", 1)[1] for line in site_links.broken(tmp_path)} == {
        "'b.html#y' leads to no place on that page",
        "'c.html' leads nowhere",
        "'/a.html' holds at one address only",
        "'http://nowhere' is no address",
        "'../out.html' leads nowhere",
        "'https://example.org/x.js' is loaded from elsewhere",
    }


def test_a_page_says_what_came_out_without_asking_for_the_guess():
    told = f"{exercises.UNGUESSED}\nb is 3.0.\n\n{exercises.UNGUESSED}\nFive."
    assert site_notebooks.printed(told, "printed").endswith(">b is 3.0.\n\nFive.</pre>")


def test_a_sentence_that_was_broken_for_jupyterlab_is_whole_again_and_lines_of_their_own_stay():
    sentence = " ".join(["word"] * 30)
    filled = textwrap.fill(sentence, exercises.COLUMNS)
    assert site_notebooks.unfilled(f"{filled}\n\na: 1.0\nb: 2.0") == f"{sentence}\n\na: 1.0\nb: 2.0"
