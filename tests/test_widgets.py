"""Widgets driven by their controls' values, without a browser."""

from __future__ import annotations

import base64
import io
import re

import librosa
import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from PIL import Image

from irmas_helpers import widgets
from irmas_helpers.data import clips, splits
from irmas_helpers.sound import audio
from irmas_helpers.widgets._sound import lab_log_mel

RATE = 44_100
NAMES = [
    *(f"cel/[cel][nod][cla]0001__{i}.wav" for i in (1, 2, 3)),
    "cel/008__[cel][dru][pop_roc]0002__1.wav",
    *(f"voi/[voi][jaz_blu]0003__{i}.wav" for i in (1, 2)),
]


def tone(hz: float, rate: int = RATE, seconds: float = 3.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("irmas")
    for number, name in enumerate(NAMES):
        (root / name).parent.mkdir(exist_ok=True)
        soundfile.write(root / name, np.stack([tone(220 + 50 * number), tone(440)], axis=1), RATE)
    return root


@pytest.fixture(scope="module")
def table():
    return clips.table(NAMES)


@pytest.fixture(scope="module")
def many():
    return clips.table(
        f"[{code}][pop_roc]{100 * i + song:04d}__{excerpt}.wav"
        for i, code in enumerate(clips.CODES)
        for song in range(1, 7)
        for excerpt in (1, 2, 3)
    )


def embedded(value: str, kind: str) -> bytes:
    return base64.b64decode(re.search(rf"data:{kind};base64,([^\"]+)", value)[1])


def picture_size(widget) -> tuple[int, int]:
    return Image.open(io.BytesIO(embedded(widget.picture.value, "image/png"))).size


@pytest.fixture
def undrawn(monkeypatch):
    """For tests that look at texts and sounds only: no picture is drawn, which takes most of the time."""
    monkeypatch.setattr(widgets._sound, "picture_html", lambda *_: "<img>")


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    assert plt.get_fignums() == []


def test_the_player_holds_stereo_as_16_bit():
    signal = np.stack([tone(220), tone(440)], axis=1)
    data = embedded(widgets.player(signal, RATE).value, "audio/wav")
    back, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    assert (rate, soundfile.info(io.BytesIO(data)).subtype) == (RATE, "PCM_16")
    np.testing.assert_allclose(back, signal, atol=1 / 2**15)


def test_the_player_clips_what_is_too_loud_instead_of_wrapping_it():
    back, _ = soundfile.read(io.BytesIO(widgets.wav_bytes(np.array([2.0, -2.0]), 8000)))
    assert back == pytest.approx([1, -1], abs=1e-4)


def test_six_channels_are_played_as_one():
    back, _ = soundfile.read(io.BytesIO(widgets.wav_bytes(np.tile([[0.1, 0.2, 0.3, 0, 0, 0]], (10, 1)), 8000)))
    assert back.shape == (10,)
    assert back == pytest.approx(0.1, abs=1e-4)


def test_the_players_label_cannot_break_out_of_its_attribute():
    assert 'aria-label="&lt;b&gt;&quot;"' in widgets.player(np.zeros(10), 8000, label='<b>"').value


@pytest.mark.usefixtures("undrawn")
def test_the_browser_starts_at_the_first_clip(folder, table):
    browser = widgets.clip_browser(folder, table)
    assert (browser.instrument.value, browser.song.value, browser.excerpt.value) == ("cel", "0001", 0)
    assert browser.instrument.options == (("cello", "cel"), ("human singing voice", "voi"))
    assert browser.song.options == ("0001", "0002")
    for fact in ("classical", "no drums", "0001", "2 (excerpt 2 of cel 0001, 3 of cel 0001)"):
        assert fact in browser.facts.value


@pytest.mark.usefixtures("undrawn")
def test_choosing_an_instrument_offers_its_songs(folder, table):
    browser = widgets.clip_browser(folder, table)
    browser.instrument.value = "voi"
    assert (browser.song.options, browser.song.value) == (("0003",), "0003")
    assert [label for label, _ in browser.excerpt.options] == ["1 of 2", "2 of 2"]
    assert "jazz and blues" in browser.facts.value


def test_choosing_song_and_excerpt_changes_sound_and_picture(folder, table):
    browser = widgets.clip_browser(folder, table)
    before = browser.sound.value, browser.picture.value
    browser.excerpt.value = browser.excerpt.options[1][1]
    assert browser.sound.value != before[0]
    assert browser.picture.value != before[1]
    browser.song.value = "0002"
    assert "pop and rock" in browser.facts.value
    assert "siblings: <b>none</b>" in browser.facts.value


@pytest.mark.usefixtures("undrawn")
def test_the_browser_plays_the_file_itself(folder, table):
    browser = widgets.clip_browser(folder, table)
    heard, _ = soundfile.read(io.BytesIO(embedded(browser.sound.value, "audio/wav")), dtype="int16")
    written, _ = soundfile.read(folder / NAMES[0], dtype="int16")
    assert np.abs(heard.astype(int) - written).max() <= 1


@pytest.mark.usefixtures("undrawn")
def test_next_and_previous_walk_through_all_clips_and_round(folder, table):
    browser = widgets.clip_browser(folder, table)
    seen = []
    for _ in NAMES:
        seen.append(re.search(r"file: <b>(.*?)</b>", browser.facts.value)[1])
        browser.following.click()
    assert seen == NAMES
    assert browser.excerpt.value == 0
    browser.previous.click()
    assert (browser.instrument.value, browser.excerpt.label) == ("voi", "2 of 2")


def test_one_choice_draws_one_picture(folder, table, monkeypatch):
    browser = widgets.clip_browser(folder, table)
    drawn = []
    monkeypatch.setattr(browser, "_show", lambda clip: drawn.append(clip["path"]))
    browser.instrument.value = "voi"
    browser.following.click()
    assert drawn == [NAMES[4], NAMES[5]]


def test_a_clip_that_is_gone_is_named_in_a_sentence(tmp_path, table):
    browser = widgets.clip_browser(tmp_path, table)
    assert "no such file" in browser.picture.value
    assert browser.sound.value == ""


def test_a_silent_clip_can_be_heard_and_the_missing_picture_is_explained(tmp_path, table):
    (tmp_path / "cel").mkdir()
    soundfile.write(tmp_path / NAMES[0], np.zeros((RATE, 2)), RATE)
    browser = widgets.clip_browser(tmp_path, table.iloc[:1])
    assert "silence" in browser.picture.value


def test_an_empty_table_is_said_to_be_empty(tmp_path, table):
    browser = widgets.clip_browser(tmp_path, table.iloc[:0])
    browser.following.click()
    assert "no clips" in browser.facts.value


def test_the_lab_computes_librosas_log_mel():
    signal = tone(440, 22_050) + 0.1 * np.random.default_rng(0).normal(size=66_150).astype(np.float32)
    lab = widgets.LabSettings(len(signal), 22_050, 1024, 256, 64)
    power = librosa.feature.melspectrogram(y=signal, sr=22_050, n_fft=1024, hop_length=256, n_mels=64)
    got = lab_log_mel(signal, lab)
    np.testing.assert_allclose(got, librosa.power_to_db(power, ref=np.max), atol=1e-3)
    assert got.shape == (lab.n_mels, lab.frames)


def test_the_lab_says_shape_and_resolution_and_keeps_its_size():
    lab = widgets.spectrogram_lab(tone(440, 22_050))
    n_fft, hop, mels = lab.controls
    assert "128 bands x 130 frames = 16,640 numbers" in lab.text.value
    assert "10.8 Hz" in lab.text.value  # 22,050 / 2,048
    assert "92.9 ms" in lab.text.value
    assert "23.2 ms" in lab.text.value
    size, before = picture_size(lab), lab.picture.value
    n_fft.value, hop.value, mels.value = 4096, 1024, 64
    assert "64 bands x 65 frames = 4,160 numbers" in lab.text.value
    assert "5.4 Hz" in lab.text.value
    assert lab.picture.value != before
    assert picture_size(lab) == size


def test_the_lab_warns_of_empty_bands_and_of_gaps(recwarn):
    lab = widgets.spectrogram_lab(tone(440, 22_050))
    lab.controls[0].value, lab.controls[1].value, lab.controls[2].value = 256, 512, 128
    empty = re.search(r"(\d+) mel bands", lab.text.value)
    assert int(empty[1]) > 10
    assert "what sounds in between" in lab.text.value
    assert not [warning for warning in recwarn if "mel" in str(warning.message).lower()]


def test_the_lab_takes_a_file_and_names_one_that_it_cannot_read(folder, tmp_path):
    lab = widgets.spectrogram_lab(folder / NAMES[0])
    assert f"{audio.CLIP_SAMPLES // 512 + 1} frames" in lab.text.value
    missing = widgets.spectrogram_lab(tmp_path / "gone.wav")
    missing.controls[0].value = 512
    assert "gone.wav: no such file" in missing.text.value
    assert missing.picture.value == ""


def test_the_explorer_counts_siblings_as_splits_does(many):
    explorer = widgets.split_explorer(many)
    train, test = splits.random_split(many, 5, 0)
    siblings = splits.has_sibling(many, train, test).sum()
    assert f"{len(test)} of {len(many)} clips" in explorer.text.value
    assert f"{siblings} of them" in explorer.text.value
    explorer.controls[0].value = "song"
    assert "0 of them (0.0 %)" in explorer.text.value


def test_seed_and_share_change_the_split(many):
    explorer = widgets.split_explorer(many)
    _, share, seed = explorer.controls
    before = explorer.picture.value
    seed.value = 5
    assert explorer.picture.value != before
    share.value = 2
    assert "99 of 198 clips" in explorer.text.value


def test_too_few_songs_for_a_split_are_explained_and_mended_by_another_choice(many):
    explorer = widgets.split_explorer(many[many["instrument"] == "cel"].head(12))
    explorer.controls[0].value = "song"
    assert "5 folds need at least 5 songs" in explorer.text.value
    assert explorer.picture.value == ""
    explorer.controls[0].value = "random"
    assert "<img" in explorer.picture.value


@pytest.mark.usefixtures("undrawn")
def test_every_control_has_a_label_and_a_tooltip(folder, table, many):
    browser = widgets.clip_browser(folder, table)
    explorer, lab = widgets.split_explorer(many), widgets.spectrogram_lab(tone(440))
    for control in (browser.instrument, browser.song, browser.excerpt, browser.previous, browser.following):
        assert control.description
        assert control.tooltip
    for control in (*explorer.controls[1:], *lab.controls):
        assert control.description
        assert control.tooltip
    assert [label for label, _ in explorer.controls[0].options] == ["split by clip", "split by song"]
    assert all(explorer.controls[0].tooltips)


def test_pictures_have_alt_text_and_messages_are_announced(folder, table, many):
    for widget in (widgets.clip_browser(folder, table), widgets.split_explorer(many)):
        assert re.search(r'<img alt="[^"]{20,}"', widget.picture.value)
    assert 'role="status"' in widget.text.value


def test_pictures_look_the_same_whatever_the_notebook_has_set(many):
    first = widgets.split_explorer(many).picture.value
    with plt.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert widgets.split_explorer(many).picture.value == first
