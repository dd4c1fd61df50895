"""The predictor: examples, paths and uploads in, an answer to hear and see out; bad files leave it working."""

from __future__ import annotations

import base64
import datetime
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from browser import PATIENCE
from ipywidgets import HTML
from PIL import Image

from irmas_helpers import widgets
from irmas_helpers.answers.predict import Prediction, Predictor, Window
from irmas_helpers.instruments import NAMES
from irmas_helpers.scoring.calibration import Calibration
from irmas_helpers.sound import decoding
from irmas_helpers.widgets import _loopback, _predictor

LISTENING = _loopback._listening_of_the_server
NEVER_SURE = Calibration(1.5, 1.0, 0.1, 0.1, 0.7, 0.12, 0.02, 100, 40, "toys", "toy_song")


@pytest.fixture(autouse=True)
def on_this_computer(monkeypatch):
    """As if the server listened on the loopback address; the tests below change that."""
    monkeypatch.setattr(_loopback, "_listening_of_the_server", lambda: ["127.0.0.1", "::1"])
    for name in ("SERVER_NAME", "VOILA_PREHEAT"):
        monkeypatch.delenv(name, raising=False)


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


def test_an_error_that_nobody_foresaw_is_told_and_the_page_listens_no_more(song):
    predictor = widgets.which_instrument(predictor=Predictor(None))
    predictor.upload.value = uploaded("dir/mine.wav", song.read_bytes())
    assert "</b> mine.wav: stopped with AttributeError; please report it, with the file" in predictor.text.value
    assert predictor.upload.value == ()


def test_a_path_that_leads_nowhere_is_named(predictor, tmp_path):
    predictor.path.value = str(tmp_path / "none.wav")
    assert "none.wav: no such file; check the name and the folder" in predictor.text.value


ELSEWHERE = {
    "it listens on every address": (["0.0.0.0"], {}),
    "it listens on every address, IPv6": (["::"], {}),
    "it listens on another one, too": (["127.0.0.1", "192.168.1.7"], {}),
    "nothing is known of it": ([], {}),
    "a proxy hands on what was asked of it": (["127.0.0.1"], {"SERVER_NAME": "course.example.org"}),
    "a name begins like this computer's": (["127.0.0.1"], {"SERVER_NAME": "localhost.example.org"}),
    "the kernel was started beforehand": (["127.0.0.1"], {"VOILA_PREHEAT": "True"}),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_where_others_may_see_the_page_there_is_no_box_for_a_path(what, network, monkeypatch):
    listening, said = ELSEWHERE[what]
    monkeypatch.setattr(_loopback, "_listening_of_the_server", lambda: listening)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    predictor = widgets.which_instrument(predictor=Predictor(network))
    assert not hasattr(predictor, "path") and not hasattr(predictor, "ask")
    shown = [part.value for part in predictor.children[0].children if isinstance(part, HTML)]
    assert any("No file of this computer can be named here" in text for text in shown)


@pytest.mark.parametrize("asked_for", ["localhost", "127.0.0.1", "::1", "[::1]"])
def test_at_this_computers_own_names_there_is_a_box(asked_for, network, monkeypatch):
    monkeypatch.setenv("SERVER_NAME", asked_for)
    assert widgets.which_instrument(predictor=Predictor(network)).path.placeholder


@pytest.mark.parametrize(("address", "alone"), [("127.0.0.1", True), ("0.0.0.0", False), (None, False)])
def test_the_sockets_of_the_process_that_started_the_kernel_tell(address, alone):
    listens = f"server = socket.create_server(({address!r}, 0))" if address else ""
    kernel = "from irmas_helpers.widgets import _loopback; print(_loopback.only_this_computer())"
    server = f"import socket, subprocess, sys\n{listens}\nsubprocess.run([sys.executable, '-c', {kernel!r}])"
    said = subprocess.run([sys.executable, "-c", server], capture_output=True, text=True, check=True).stdout
    assert said == f"{alone}\n"


def test_more_than_can_be_uploaded_is_not_written_to_the_disk(predictor, song, monkeypatch):
    monkeypatch.setattr(_predictor, "_MOST_BYTES", 1_000)
    monkeypatch.setattr(tempfile, "mkdtemp", None)
    predictor.upload.value = uploaded("long.wav", song.read_bytes())
    assert "long.wav: 1 MB; 100 MB can be uploaded" in predictor.text.value
    assert predictor.upload.value == ()


def test_an_upload_of_more_than_three_hours_is_refused_and_a_path_of_any_length_is_not(predictor, song, monkeypatch):
    assert _predictor._MOST_SECONDS == 3 * 60 * 60
    monkeypatch.setattr(_predictor, "_MOST_SECONDS", 3)
    predictor.upload.value = uploaded("long.flac", song.read_bytes())
    assert "</b> long.flac: more than 0.05 minutes of sound; take a part of it" in predictor.text.value
    predictor.path.value = str(song)
    works(predictor, 5)


@pytest.fixture
def on_colab(monkeypatch, song):
    """As if this kernel were one of Colab's: open to others, and its user chooses a file of more than 1 MB."""
    monkeypatch.setattr(_loopback, "_listening_of_the_server", lambda: ["172.28.0.12"])
    long = soundfile.read(song)[0].repeat(4)
    soundfile.write(song, long, 44_100)
    chosen = {"dir/my song.wav": song.read_bytes()}
    assert len(chosen["dir/my song.wav"]) > 1e6

    def upload():
        for content in chosen.values():  # Colab's own leaves the files in the folder at hand
            Path("my song.wav").write_bytes(content)
        return chosen

    files = SimpleNamespace(upload=upload)
    colab = SimpleNamespace(files=files)
    modules = {"google": SimpleNamespace(colab=colab), "google.colab": colab, "google.colab.files": files}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return chosen


def test_on_colab_its_own_upload_is_answered_and_leaves_nothing(on_colab, network, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path / "temporary")
    predictor = widgets.which_instrument(predictor=Predictor(network))
    predictor.upload.ask.click()
    works(predictor, 20)
    assert "my song.wav, 20.0 s" in predictor.text.value
    assert (os.getcwd(), os.listdir(tempfile.tempdir)) == (tempfile.tempdir, [])
    on_colab.clear()  # somebody chooses nothing
    predictor.text.value = ""
    predictor.upload.ask.click()
    assert predictor.text.value == ""


def test_on_colab_a_path_can_be_named_and_recordings_stay_below_a_megabyte(on_colab, network, song):
    predictor = widgets.which_instrument(predictor=Predictor(network))
    predictor.path.value = str(song)
    works(predictor, 20)
    seconds = int(re.search(r"1000 \* (\d+)", html.unescape(predictor.microphone.children[0].value))[1])
    assert seconds >= 10
    assert len(base64.b64encode(bytes(2 * 22_050 * seconds))) < 1e6


def test_sockets_are_found_by_older_versions_of_psutil(monkeypatch):
    import psutil

    monkeypatch.delattr(psutil.Process, "net_connections")
    socket = SimpleNamespace(laddr=SimpleNamespace(ip="127.0.0.1"), status=psutil.CONN_LISTEN)
    monkeypatch.setattr(psutil.Process, "connections", lambda self, kind: [socket], raising=False)
    assert LISTENING() == ["127.0.0.1"]


def test_what_is_no_sound_is_refused_before_anything_is_decoded(predictor, monkeypatch):
    monkeypatch.setattr(decoding.Source, "read", None)
    predictor.upload.value = uploaded("a\0b.wav", b"<html>no sound</html>" * 1_000)
    assert "no audio that can be decoded here" in predictor.text.value


def test_nothing_of_an_upload_stays_not_even_where_a_kernel_was_killed(network, song, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    name = "f'irmas-upload-{os.getpid()}-'"
    listening = f"import os, sys, tempfile; tempfile.mkdtemp(prefix={name}, dir=sys.argv[1]); os._exit(0)"
    subprocess.run([sys.executable, "-c", listening, tempfile.tempdir], check=True)
    assert len(os.listdir(tempfile.tempdir)) == 1
    alive = Path(tempfile.mkdtemp(prefix=f"irmas-upload-{os.getpid()}-"))
    predictor = widgets.which_instrument(predictor=Predictor(network))
    assert os.listdir(tempfile.tempdir) == [alive.name]
    for content in (song.read_bytes(), b"no sound"):
        predictor.upload.value = uploaded("mine.wav", content)
        assert "mine.wav" in predictor.text.value
        assert os.listdir(tempfile.tempdir) == [alive.name]


@pytest.mark.parametrize("number", ["a", "", "9" * 30])
def test_folders_of_others_do_not_keep_the_page_from_opening(network, tmp_path, monkeypatch, number):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"irmas-upload-{number}-b").mkdir()
    widgets.which_instrument(predictor=Predictor(network))
    assert [each.name for each in tmp_path.iterdir()] == [f"irmas-upload-{number}-b"]


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


def test_seconds_that_are_none_of_the_eleven_or_not_sure_are_called_so(write_wav):
    noise = 0.1 * np.random.default_rng(0).standard_normal((44_100 * 3, 1))
    board = widgets.which_instrument({"noise": write_wav("noise.wav", noise)})
    board.example.value = board.example.options[1][1]
    assert "second 0: none of the eleven (" in html.unescape(board.picture.value)
    unsure = Prediction("a.wav", 1.0, "pia", {}, (Window(0.0, 1.0, {"pia": 0.6, "voi": 0.4}),), threshold=0.7)
    assert "second 0: not sure (piano 60%)" in html.unescape(_predictor._seconds_slider(unsure))


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
