"""The page that Voila makes of a notebook, in a real browser: no code, an example, uploads, a bad file between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import PATIENCE

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "page" / "which_instrument.ipynb"
_DURATION = """player => new Promise(go => player.duration ? go(player.duration)
                                                          : player.onloadedmetadata = () => go(player.duration))"""


@pytest.fixture
def page(chromium, serve):
    """The page, ready."""
    address, _ = serve("voila", str(NOTEBOOK))
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_selector(".widget-vbox select")
    yield page
    page.close()


def upload(page, path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Upload").click()
    chosen.value.set_files(str(path))


def test_somebody_who_reads_no_code_gets_an_answer(page, write_wav, tone):
    from playwright.sync_api import expect

    said, player = page.get_by_role("status"), page.locator("audio")
    assert "import" not in page.inner_text("body")
    page.get_by_label("Example").select_option(index=1)
    expect(said).to_contain_text("Amber Harbour-1.wav, 5.0 s")
    assert player.evaluate(_DURATION) == pytest.approx(5)

    bad = write_wav("holiday.wav")
    bad.write_text("la la la")
    upload(page, bad)
    expect(page.get_by_role("alert")).to_contain_text("holiday.wav: no audio that can be decoded here")
    expect(player).to_have_count(0)

    upload(page, write_wav("mine.wav", tone(4)))
    expect(said).to_contain_text("mine.wav, 4.0 s")
    expect(page.get_by_alt_text("Waveform and probabilities of each second")).to_be_visible()
    assert player.evaluate(_DURATION) == pytest.approx(4)
