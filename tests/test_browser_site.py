"""The site: built once from what is there, then read in Chromium as from a web server, below a path of its own."""

from __future__ import annotations

import functools
import http.server
import re
import sys
import threading
from pathlib import Path

import pytest
from browser import give_up

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import site_links  # noqa: E402

# axe looks at each element by itself, for seconds on a long page; of what only repeats itself some is enough: of a
# page's code one token of each colour, of a long table five rows. All else stays.
THIN = """() => {
    const seen = new Set();
    document.querySelectorAll('.highlight pre span[class]').forEach(token => {
        if (seen.has(token.className)) token.replaceWith(token.textContent);
        seen.add(token.className);
    });
    document.querySelectorAll('article tbody tr:nth-child(n + 6)').forEach(row => row.remove());
}"""
FAULTS = """async only => (await axe.run(document, {resultTypes: ['violations'], ...only})).violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes.length}, such as ${nodes[0].html.slice(0, 200)}`)"""


LENGTH = """audio => new Promise(found => {
    audio.addEventListener('loadedmetadata', () => found(audio.duration));
    audio.preload = 'auto';
    audio.load();
})"""
TRACES = ("\x1b[", "Run this cell to hear", "&lt;div", "&lt;IPython", "attachment:", "HTML(value", "VBox(children")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        pass


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
def site(tmp_path_factory):
    """The site's folder, below the folder that is served."""
    make_site = pytest.importorskip("make_site", reason="python3 course.py site installs what builds the site")
    folder = tmp_path_factory.mktemp("served") / "some" / "path"
    make_site.main(str(folder))
    return folder


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served."""
    handler = functools.partial(Quiet, directory=site.parents[1])
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/some/path"
    server.shutdown()


def test_no_page_has_a_fault_in_either_theme_or_is_wider_than_a_telephone(chromium, axe, site, address):
    context = chromium.new_context(color_scheme="light")
    context.add_init_script(axe)
    page, found, troubles = context.new_page(), {}, []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("response", lambda answer: answer.status >= 400 and troubles.append(answer.url))
    pages = site_links.pages_of(site)
    for file in pages:
        name = file.relative_to(site).as_posix()
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="light")
        page.goto(f"{address}/{name}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": 1300, "height": 1000})
        page.evaluate(THIN)
        faults = page.evaluate(FAULTS, {})
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate(FAULTS, {"runOnly": ["color-contrast"]})  # nothing else depends on the theme
        found[name] = [*faults, *(f"dark: {fault}" for fault in dark), *([f"{wide} px wide"] if wide > 390 else [])]
    context.close()
    assert len(pages) > 60
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert troubles == []


def test_axe_finds_what_is_wrong(chromium, axe):
    page = chromium.new_page()
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><p style="color: #ccc">pale</p><img src="x.png">')
    page.add_script_tag(content=axe)
    found = "\n".join(page.evaluate(FAULTS, {}))
    assert "color-contrast" in found
    assert "image-alt" in found
    page.close()


def test_the_search_finds_a_page_and_the_theme_can_be_changed(chromium, address):
    page = chromium.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(f"{address}/docs/glossary.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("mel bands")
    page.keyboard.press("Enter")
    page.wait_for_selector("ul.search li a")
    assert page.locator("ul.search a[href*='notebooks/01_a_note']").count()
    before = page.evaluate("document.documentElement.dataset.theme")
    for _ in range(2):
        page.locator(".theme-switch-button:visible").click()
    assert page.evaluate("document.documentElement.dataset.theme") != before
    page.close()


def test_next_leads_through_all_pages_and_previous_back(chromium, site, address):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(f"{address}/index.html")
    way = [page.url]
    while (following := page.locator(".prev-next-footer a.right-next")).count():
        page.goto(following.evaluate("link => link.href"))
        assert page.locator(".prev-next-footer a.left-prev").evaluate("link => link.href").split("#")[0] == way[-1]
        way.append(page.url)
    names = [url.removeprefix(f"{address}/") for url in way]
    in_line = [file for file in site_links.pages_of(site) if "prev-next-footer" in file.read_text("utf-8")]
    assert set(names) == {file.relative_to(site).as_posix() for file in in_line} - {"search.html", "genindex.html"}
    page.close()


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


def test_no_page_shows_what_only_a_notebook_or_a_terminal_understands(site):
    pages = site_links.pages_of(site)
    for file in pages:
        text = re.sub(r"<(script|style).*?</\1>", "", file.read_text("utf-8"), flags=re.DOTALL)
        shown = re.sub(r"<[^>]*>", "", text)
        assert [trace for trace in TRACES if trace in shown] == [], file.relative_to(site)


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"></p><a href="#here"></a><a href="b.html#x"></a><a href="b.html#y"></a><a href="c.html"></a>'
        '<a href="/a.html"></a><a href="http://nowhere"></a><a href="https://example.org/a"></a>'
        '<script src="https://example.org/x.js"></script><img src="data:image/png;base64,AA"><a href="../out.html"></a>'
    )
    (tmp_path / "b.html").write_text('<p id="x"></p>')
    assert [line.split(": ", 1)[1] for line in site_links.broken(tmp_path)] == [
        "'b.html#y' leads to no place on that page",
        "'c.html' leads nowhere",
        "'/a.html' holds at one address only",
        "'http://nowhere' is no address",
        "'../out.html' leads nowhere",
        "'https://example.org/x.js' is loaded from elsewhere",
    ]
