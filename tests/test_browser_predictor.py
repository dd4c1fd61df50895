"""The predictor in JupyterLab, in a real browser: choose, listen, click, upload, go on after a bad file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from browser import PATIENCE

from irmas_helpers.plots._prediction import LEFT, RIGHT

CELL = """from irmas_helpers import widgets
widgets.which_instrument({"a tone": "tone.wav"})"""


@pytest.fixture
def page(run_cell, jupyterlab, write_wav, tone):
    """JupyterLab's page with the widget on it."""
    shutil.copy(write_wav("tone.wav", tone(6)), jupyterlab[1])
    return run_cell(CELL)


def upload(page, file: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.locator("button:has-text('Upload')").click()
    chosen.value.set_files(str(file))


def test_a_reader_chooses_listens_clicks_and_uploads(page, tmp_path):
    from playwright.sync_api import expect

    sound = page.locator(".widget-vbox audio")
    said = page.locator(".widget-vbox [role=status]")
    picture = page.locator(".widget-vbox img[alt^=Waveform]")
    page.locator(".widget-dropdown select").select_option(index=1)
    expect(said).to_contain_text("tone.wav, 6.0 s", timeout=PATIENCE)
    expect(sound).to_have_attribute("aria-label", "tone.wav")
    assert sound.evaluate("player => new Promise(go => player.duration ? go(player.duration) : "
                          "player.onloadedmetadata = () => go(player.duration))") == pytest.approx(6)  # fmt: skip

    box = picture.bounding_box()
    inside_second_3 = (LEFT + 0.58 * (RIGHT - LEFT)) * box["width"]
    picture.click(position={"x": inside_second_3, "y": 0.4 * box["height"]})
    page.wait_for_function("!document.querySelector('.widget-vbox audio').paused")
    assert 2.9 < sound.evaluate("player => player.currentTime") < 5

    (tmp_path / "bad.wav").write_bytes(b"la la la")
    upload(page, tmp_path / "bad.wav")
    expect(page.locator(".widget-vbox [role=alert]")).to_contain_text(
        re.compile("bad.wav: no audio that can be decoded here"), timeout=PATIENCE
    )
    expect(sound).to_have_count(0)
    upload(page, tmp_path / "tone.wav")
    expect(said).to_contain_text("tone.wav, 6.0 s", timeout=PATIENCE)
    expect(sound).to_have_count(1)

    path = page.locator(".widget-text input")
    path.fill("none.wav")
    path.press("Enter")  # by keyboard
    expect(page.locator(".widget-vbox [role=alert]")).to_contain_text("none.wav: no such file", timeout=PATIENCE)
