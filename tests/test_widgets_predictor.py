"""The predictor: examples, paths and uploads in, an answer to hear and see out; bad files leave it working."""

from __future__ import annotations

import base64
import datetime
import html
import io
import json
import re
import shutil

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from browser import PATIENCE
from PIL import Image

from irmas_helpers import widgets
from irmas_helpers.answers.predict import Predictor
from irmas_helpers.instruments import NAMES
from irmas_helpers.scoring.calibration import Calibration

NEVER_SURE = Calibration(1.5, 1.0, 0.1, 0.1, 0.7, 0.12, 0.02, 100, 40, "toys", "toy_song")


@pytest.fixture
def song(write_wav, tone):
    """A recording of five seconds."""
    return write_wav("my song.wav", tone(5))


@pytest.fixture
def predictor(network, song):
    """The widget with one example."""
    return widgets.which_instrument({"a tone": song}, Predictor(network))


def uploaded(name: str, content: bytes) -> tuple:
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    entry = {"name": name, "type": "", "size": len(content), "content": memoryview(content), "last_modified": now}
    return (entry,)


def embedded(value: str, kind: str) -> bytes:
    return base64.b64decode(re.search(rf"data:{kind};base64,([^\"]+)", value)[1])


def works(predictor, seconds: float) -> None:
    """The answer is there to read, hear and see."""
    sound, rate = soundfile.read(io.BytesIO(embedded(predictor.sound.value, "audio/wav")))
    assert len(sound) / rate == pytest.approx(seconds, abs=1e-3)
    assert Image.open(io.BytesIO(embedded(predictor.picture.value, "image/png"))).width == 800
    assert 'role="status"' in predictor.text.value
    assert f"{seconds:.1f} s: <b>{NAMES[predictor.answer.instrument]}" in predictor.text.value
    assert plt.get_fignums() == []


def test_at_first_nothing_is_asked(predictor):
    assert (predictor.text.value, predictor.sound.value, predictor.picture.value) == ("", "", "")


def test_an_example_is_answered_as_predict_does(predictor, song, network):
    predictor.example.value = song
    works(predictor, 5)
    expected = Predictor(network).predict(song)
    assert predictor.answer.probabilities == pytest.approx(expected.probabilities)
    best = sorted(expected.probabilities, key=expected.probabilities.get, reverse=True)[:3]
    shown = re.findall(r"</span> (\d+%)</div>", predictor.text.value)
    assert shown == [f"{expected.probabilities[code]:.0%}" for code in best]


def test_a_path_and_its_button_are_answered(predictor, song):
    predictor.path.value = str(song)
    works(predictor, 5)
    predictor.text.value = ""
    predictor.ask.click()
    works(predictor, 5)


def test_an_upload_is_answered_under_its_own_name_and_can_be_made_again(predictor, song):
    for _ in range(2):
        predictor.upload.value = uploaded("dir/Ärger <b>.wav", song.read_bytes())
        works(predictor, 5)
        assert "Ärger &lt;b&gt;.wav, 5.0 s" in predictor.text.value
        assert predictor.upload.value == ()
        predictor.text.value = ""


def test_an_upload_whose_name_is_longer_than_a_disk_takes_is_answered(predictor, song):
    predictor.upload.value = uploaded(f"x.{'y' * 253}", song.read_bytes())
    works(predictor, 5)


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "is empty (0 bytes)"), (b"la la la", "no audio that can be decoded here")]
)
def test_a_bad_upload_says_what_is_wrong_by_its_name_and_the_rest_goes_on_working(predictor, song, content, says):
    predictor.example.value = song
    predictor.upload.value = uploaded("holiday.wav", content)
    assert 'role="alert"' in predictor.text.value
    assert f"</b> holiday.wav: {says}" in predictor.text.value
    assert (predictor.sound.value, predictor.picture.value, predictor.answer) == ("", "", None)
    predictor.path.value = str(song)
    works(predictor, 5)


def test_a_path_that_leads_nowhere_is_named(predictor, tmp_path):
    predictor.path.value = str(tmp_path / "none.wav")
    assert "none.wav: no such file; check the name and the folder" in predictor.text.value


def test_what_is_odd_and_what_is_not_sure_is_said(network, write_wav, tone):
    predictor = widgets.which_instrument(predictor=Predictor(network, NEVER_SURE))
    predictor.path.value = str(write_wav(signal=tone(1)))
    assert "<b>not sure, perhaps " in predictor.text.value
    assert "<br>1.00 s is less than one window of 3 s; padded by repeating the recording" in predictor.text.value
    assert "not calibrated" not in predictor.text.value


@pytest.mark.parametrize("rate", [8_000, 22_050])
def test_the_player_holds_the_first_three_minutes_of_a_long_file(predictor, write_wav, tone, rate):
    predictor.path.value = str(write_wav("long.wav", tone(185, rate=rate), rate))
    sound, rate = soundfile.read(io.BytesIO(embedded(predictor.sound.value, "audio/wav")))
    assert len(sound) / rate == pytest.approx(180)
    assert "The player holds the first three minutes; later clicks play nothing." in predictor.sound.value


def test_a_click_on_the_picture_moves_the_slider_to_that_second(predictor, song):
    predictor.example.value = song
    script = html.unescape(re.search(r'onclick="([^"]+)"', predictor.picture.value)[1])
    assert "slider = this.nextElementSibling" in script
    assert "second = share * 5.000" in script
    # The share of the axes: pixels of the picture in which its columns differ from the white margin lie within.
    left, width = (float(number) for number in re.search(r"- ([\d.]+)\) / ([\d.]+),", script).groups())
    picture = np.asarray(Image.open(io.BytesIO(embedded(predictor.picture.value, "image/png"))).convert("L"))
    row = picture[round(0.2 * len(picture)) : round(0.3 * len(picture))]  # through the waveform
    columns = np.flatnonzero((row < 250).mean(axis=0) > 0.5)
    assert columns.min() == pytest.approx(800 * left, abs=3)
    assert columns.max() == pytest.approx(800 * (left + width), abs=8)


def test_the_slider_below_the_picture_says_what_is_heard_in_each_second(predictor, song):
    predictor.example.value = song
    slider = re.search(r"<input [^>]+>", predictor.picture.value)[0]
    attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', slider)}
    assert (attributes["type"], attributes["min"], attributes["max"]) == ("range", "0", "4")
    heard = json.loads(attributes["data-heard"])
    assert attributes["aria-valuetext"] == heard[0]
    # Windows of three seconds begin at 0, 1.5 and 2 s: only the first reaches into second 0, all three into second 2.
    first = predictor.answer.windows[0].probabilities
    best = max(first, key=first.get)
    assert heard[0] == f"second 0: {NAMES[best]} {first[best]:.0%}"
    assert [text.split(":")[0] for text in heard] == [f"second {n}" for n in range(5)]


def test_a_second_in_which_nothing_is_heard_is_called_so(predictor, write_wav, tone):
    predictor.path.value = str(write_wav("pause.wav", np.concatenate([tone(3), np.zeros((44_100 * 6, 1)), tone(3)])))
    assert "second 5: nothing heard" in html.unescape(predictor.picture.value)


def test_in_a_browser_the_keyboard_moves_the_slider_and_plays(run_cell, jupyterlab, write_wav, tone):
    from playwright.sync_api import expect

    shutil.copy(write_wav("six.wav", tone(6)), jupyterlab[1])
    page = run_cell("from irmas_helpers import widgets\nwidgets.which_instrument({'a tone': 'six.wav'})")
    page.locator(".widget-dropdown select").select_option(index=1)
    slider, sound = page.get_by_role("slider"), page.locator(".widget-vbox audio")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^second 0: "), timeout=PATIENCE)
    for key, second in (("End", 5), ("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        slider.press(key)
        expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^second {second}: "))
    for key in ("Enter", " "):
        sound.evaluate("player => { player.pause(); player.currentTime = 0; }")
        slider.press(key)
        page.wait_for_function("!document.querySelector('.widget-vbox audio').paused")
        assert 1 <= sound.evaluate("player => player.currentTime") < 3
