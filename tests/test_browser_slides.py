"""The slides in a browser that is offline: keys, questions before answers, and all of a slide on the screen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_slides  # noqa: E402

DECKS = sorted(file.stem for file in make_slides.TEXTS.glob("*.md") if file.stem != "README")
# How far each slide's content sticks out of it, with its answer shown, and how tall its figure is.
FIT = """() => slides.map((slide, index) => {
    slides.forEach(other => other.classList.toggle('shown', other === slide));
    const tall = slide.querySelector('img')?.getBoundingClientRect().height ?? 999;
    return [index + 1, slide.scrollHeight - slide.clientHeight, slide.scrollWidth - slide.clientWidth, tall];
}).filter(([, below, beside, tall]) => below > 1 || beside > 1 || tall < 200)"""


@pytest.fixture
def opened(chromium, tmp_path):
    """A deck's page, opened from a file by a browser that is offline."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)

    def opened(name):
        file = tmp_path / f"{name}.html"
        file.write_text(make_slides.deck(name), "utf-8")
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield opened
    context.close()


@pytest.mark.parametrize("name", DECKS)
def test_every_slide_fits_a_projector(opened, name):
    assert opened(name).evaluate(FIT) == []


def test_keys_turn_pages_and_a_question_stands_alone_first(opened):
    page = opened("04_dropout")

    def seen():
        """The slide's number, and whether what is below its heading can be seen."""
        below = page.locator("section.shown > :not(h1, h2, aside)").first
        return page.inner_text("#place").split()[0], below.is_visible()

    assert seen() == ("1", True)
    keys = [("ArrowRight", ("2", True)), ("PageDown", ("3", False)), ("ArrowRight", ("3", True)),
            ("ArrowRight", ("4", False)), ("PageUp", ("3", True)), ("End", ("12", False)), ("ArrowRight", ("12", True)),
            ("ArrowRight", ("12", True)), ("Home", ("1", True)), ("ArrowLeft", ("1", True))]  # fmt: skip
    for key, wanted in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(50)  # the address changes first, then the slide
        assert seen() == wanted, key
    note = page.locator("section.shown aside")
    assert not note.is_visible()
    page.keyboard.press("n")
    assert note.is_visible()
