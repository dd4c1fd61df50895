"""The mixing lab: what is heard is the sum, and adding powers comes near it."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
import soundfile

from irmas_helpers import widgets
from irmas_helpers.sound import audio, features
from irmas_helpers.widgets._mixing import mixed_powers


def tone(hertz, loudness=1.0):
    time = np.arange(audio.CLIP_SAMPLES) / audio.SAMPLE_RATE
    return (loudness * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def heard(lab):
    data = base64.b64decode(re.search(r'src="data:audio/wav;base64,([^"]+)"', lab.text.value)[1])
    return soundfile.read(io.BytesIO(data))[0]


def test_the_slider_moves_sound_picture_and_sentence():
    lab = widgets.mixing_lab(tone(440), tone(2_000, loudness=0.01))
    (share,) = lab.controls
    before = lab.text.value, lab.picture.value
    share.value = 0.9
    assert "<b>19 dB</b> weaker" in lab.text.value
    assert lab.picture.value != before[1]
    spectrum = np.abs(np.fft.rfft(heard(lab)))
    seconds = len(heard(lab)) / audio.SAMPLE_RATE
    first, second = (spectrum[round(hertz * seconds)] for hertz in (440, 2_000))
    # Both were brought to one level of their mel bands, which are not equally wide.
    assert 20 * np.log10(first / second) == pytest.approx(19.1, abs=4)


def test_one_sound_alone_is_not_called_weaker():
    lab = widgets.mixing_lab(tone(440), tone(2_000))
    lab.controls[0].value = 1.0
    assert "weaker" not in lab.text.value
    assert "<b>0.0 dB</b>" in lab.text.value


def test_sounds_without_relation_add_in_power():
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((2, audio.CLIP_SAMPLES)).astype(np.float32)
    of_sound = features.mel_power(0.5 * first + 0.5 * second).mean(axis=1)
    sum_of_powers = (0.25 * features.mel_power(first) + 0.25 * features.mel_power(second)).mean(axis=1)
    # Bands 100 to 128 average over thousands of cells.
    np.testing.assert_allclose((of_sound / sum_of_powers)[100:], 1, atol=0.1)
    shown = mixed_powers(first, second, 0.5)
    assert shown.max() == pytest.approx(0, abs=1e-4)
    quieter = mixed_powers(first, np.zeros_like(second), 0.1)
    np.testing.assert_allclose(quieter, features.log_mel(first), atol=1e-3)
