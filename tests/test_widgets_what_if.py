"""The what-if lab: each slider does to the sound what it says, and the answer follows."""

from __future__ import annotations

import librosa
import matplotlib.pyplot as plt
import numpy as np
import pytest

from irmas_helpers import widgets
from irmas_helpers.instruments import CODES, NAMES
from irmas_helpers.learning import models
from irmas_helpers.sound import features
from irmas_helpers.widgets import Changes, change

RATE = 22_050


@pytest.fixture(scope="module")
def clip():
    time = np.arange(3 * RATE) / RATE
    return (0.2 * np.sin(2 * np.pi * 440 * time) + 0.1 * np.sin(2 * np.pi * 5000 * time)).astype(np.float32)


def rms(signal) -> float:
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))


def loudest_hertz(signal) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(signal))) * RATE / len(signal))


def test_sliders_at_rest_change_nothing(clip):
    np.testing.assert_allclose(change(clip, Changes()), clip)


def test_gain_is_in_decibels_and_does_not_move_the_log_mel(clip):
    quiet = change(clip, Changes(gain=-20))
    np.testing.assert_allclose(quiet, clip / 10, rtol=1e-5)
    np.testing.assert_allclose(features.log_mel(quiet), features.log_mel(clip), atol=1e-2)


def test_noise_is_relative_to_the_sound(clip):
    added = change(clip, Changes(noise=-20)) - clip
    assert rms(added) / rms(clip) == pytest.approx(0.1, rel=0.02)


def test_a_low_pass_takes_the_high_partial_and_leaves_the_low_one(clip):
    dull = change(clip, Changes(low_pass=2000))
    assert rms(dull) == pytest.approx(0.2 / np.sqrt(2), rel=0.01)


def test_a_room_rings_on_when_the_sound_has_ended():
    burst = np.zeros(3 * RATE, dtype=np.float32)
    burst[:RATE] = np.random.default_rng(0).standard_normal(RATE)
    wet = change(burst, Changes(reverb=1.0))
    assert rms(wet) == pytest.approx(rms(burst), rel=1e-3)
    early, late = (rms(wet[round(at * RATE) :][: RATE // 10]) for at in (1.1, 1.6))
    assert 20 * np.log10(early / late) == pytest.approx(30, abs=3)  # 60 dB in a second


@pytest.mark.parametrize(("semitones", "hertz"), [(12, 880), (-12, 220)])
def test_pitch_moves_by_semitones(clip, semitones, hertz):
    assert loudest_hertz(change(clip, Changes(pitch=semitones))) == pytest.approx(hertz, rel=0.02)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_keeps_length_and_pitch(clip, speed):
    changed = change(clip, Changes(speed=speed))
    assert len(changed) == len(clip)
    assert loudest_hertz(changed) == pytest.approx(440, rel=0.02)


def test_speed_brings_the_second_click_nearer():
    clicks = np.zeros(3 * RATE, dtype=np.float32)
    clicks[[RATE // 2, 5 * RATE // 2]] = 1
    onsets = librosa.onset.onset_detect(y=change(clicks, Changes(speed=2.0))[: 3 * RATE // 2], sr=RATE, units="time")
    assert onsets[1] - onsets[0] == pytest.approx(1.0, abs=0.1)


def test_the_answer_is_that_of_the_changed_clip(clip, network):
    lab = widgets.what_if(clip, network)
    *_, pitch, _ = lab.controls
    pitch.value = 12.0
    row = models.predict_log_mel(network, features.log_mel(change(clip, Changes(pitch=12)))[None])[0]
    assert f"<b>{NAMES[CODES[int(row.argmax())]]}</b>" in lab.text.value
    assert f"{row.max():.0%}" in lab.text.value
    assert "data:audio/wav" in lab.text.value
    assert "data:image/png" in lab.picture.value
    assert plt.get_fignums() == []
