"""The predictor in JupyterLab, in a real browser: choose, listen, click, upload, go on after bad files of all kinds."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from test_bad_input import BAD, TONE

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
    expect(said).to_contain_text("tone.wav, 6.0 s")
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
        re.compile("bad.wav: no audio that can be decoded here")
    )
    expect(sound).to_have_count(0)
    upload(page, tmp_path / "tone.wav")
    expect(said).to_contain_text("tone.wav, 6.0 s")
    expect(sound).to_have_count(1)

    path = page.locator(".widget-text input")
    path.fill("none.wav")
    path.press("Enter")  # by keyboard
    expect(page.locator(".widget-vbox [role=alert]")).to_contain_text("none.wav: no such file")


def cut_short(path: Path) -> None:
    soundfile.write(path, np.tile(TONE, 8), 44_100)
    path.write_bytes(path.read_bytes()[: 44 + 4 * 44_100 * 2])


def damaged_flac(path: Path) -> None:
    soundfile.write(path, np.tile(TONE, 9), 44_100, format="FLAC")
    path.write_bytes(path.read_bytes()[:20_000])


def written(signal: np.ndarray, rate: int = 44_100, **how):
    return lambda path: soundfile.write(path, signal, rate, **how)


REFUSED = {what: row for what, row in BAD.items() if what not in {"missing", "a folder"}}
ANSWERED = {  # how to make it, and what is said of it
    "cut short": (cut_short, "cut short or damaged, 4.00 s of the 8.00 s that its header announces are there"),
    "damaged flac": (damaged_flac, "cut short or damaged, 1.49 s of the 9.00 s that its header announces are there"),
    "short": (written(TONE), "1.00 s is less than one window of 3 s; padded with silence"),
    "silent in parts": (written(np.pad(np.tile(TONE, 4), (0, 6 * 44_100))), "windows hold nothing but silence"),
    "noise": (written(np.random.default_rng(0).uniform(-0.5, 0.5, 4 * 44_100)), "noise or clicks rather than music"),
    "six channels": (written(np.tile(TONE, (6, 4)).T), "4.0 s"),
    "8 kHz, 8 bits": (written(np.tile(TONE, 4), 8_000, subtype="PCM_U8"), "22.1 s"),
    "192 kHz, double": (written(np.tile(TONE, 16), 192_000, subtype="DOUBLE"), "3.7 s"),
    "Ärger 'с' <i>第1番 🎻": (written(np.tile(TONE, 4)), "4.0 s"),
    "x" * 250: (written(np.tile(TONE, 4)), "4.0 s"),
}  # fmt: skip


def test_what_is_wrong_with_an_upload_is_said_and_the_next_one_is_answered(page, tmp_path):
    from playwright.sync_api import expect

    said, alert, sound = (page.locator(f".widget-vbox {part}") for part in ("[role=status]", "[role=alert]", "audio"))
    for what, (make, says, cure) in REFUSED.items():
        make(tmp_path / f"{what}.wav")
        upload(page, tmp_path / f"{what}.wav")
        expect(alert).to_contain_text(re.compile(f"{re.escape(what)}.wav: .*{re.escape(says)}.*{re.escape(cure)}"))
        expect(sound).to_have_count(0)
        assert str(tmp_path) not in alert.inner_text()
    for what, (make, says) in ANSWERED.items():
        make(tmp_path / f"{what}.wav")
        upload(page, tmp_path / f"{what}.wav")
        expect(said).to_contain_text(re.compile(f"{re.escape(what)}.wav, .*{re.escape(says)}", re.DOTALL))
        expect(sound).to_have_attribute("aria-label", f"{what}.wav")
        expect(alert).to_have_count(0)
