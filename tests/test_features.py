"""Features are librosa's, which is the reference, and 256 levels lose next to nothing."""

from __future__ import annotations

import sys

import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from irmas_helpers.sound import features

RATE = 22_050
TIME = np.arange(3 * RATE) / RATE
NOISE = np.random.default_rng(0).standard_normal(len(TIME))
CLICK = np.zeros(len(TIME))
CLICK[RATE] = 1
SIGNALS = {
    "noise": 0.1 * NOISE,
    "low tone": np.sin(2 * np.pi * 55 * TIME),
    "high tone": np.sin(2 * np.pi * 9_000 * TIME),
    "chord": sum(np.sin(2 * np.pi * hertz * TIME) for hertz in (220, 277, 330)) / 3,
    "chirp": scipy.signal.chirp(TIME, 30, 3, 11_000, "logarithmic"),
    "click in silence": CLICK,
    "tone, then silence": np.sin(2 * np.pi * 440 * TIME) * (TIME < 1),
    "quiet": 1e-4 * NOISE,
    "clipped": np.clip(3 * NOISE, -1, 1),
    "constant": np.full(len(TIME), 0.5),
    "short": 0.1 * NOISE[: RATE // 3],
    "shorter than a frame": 0.1 * NOISE[:700],
    "one sample": np.array([0.5]),
    "long": np.tile(0.1 * NOISE, 4),
}


@pytest.fixture(params=SIGNALS)
def signal(request):
    return SIGNALS[request.param].astype(np.float32)


def librosas_log_mel(signal):
    return librosa.power_to_db(librosa.feature.melspectrogram(y=signal, sr=RATE), ref=np.max)


def test_the_log_mel_is_librosas_within_a_thousandth_of_a_db(signal):
    ours, theirs = features.log_mel(signal), librosas_log_mel(signal)
    assert ours.shape == theirs.shape == (128, 1 + len(signal) // 512)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-3)


def test_where_scipy_is_not_installed_the_log_mel_is_librosas_too(signal, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.fft", None)
    numpys = features._rfft.__wrapped__()
    assert numpys is np.fft.rfft
    monkeypatch.setattr(features, "_rfft", lambda: numpys)
    np.testing.assert_allclose(features.log_mel(signal), librosas_log_mel(signal), rtol=0, atol=1e-3)


def test_mfccs_are_librosas(signal):
    np.testing.assert_allclose(
        features.mfcc(signal), librosa.feature.mfcc(y=signal, sr=RATE, n_mfcc=40), rtol=1e-5, atol=5e-3
    )


@pytest.mark.parametrize("n_mfcc", [1, 13, 20, 128])
def test_mfccs_of_a_log_mel_are_librosas(n_mfcc):
    decibels = librosas_log_mel(SIGNALS["chord"].astype(np.float32))
    ours, theirs = features.mfcc_of_log_mel(decibels, n_mfcc), librosa.feature.mfcc(S=decibels, n_mfcc=n_mfcc)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-3)


def test_the_filter_bank_is_librosas():
    np.testing.assert_array_equal(features.mel_filter_bank(), librosa.filters.mel(sr=RATE, n_fft=2048))


def test_the_mel_power_is_librosas_before_decibels(signal):
    theirs = librosa.feature.melspectrogram(y=signal, sr=RATE)
    np.testing.assert_allclose(features.mel_power(signal), theirs, rtol=1e-4, atol=1e-6 * max(theirs.max(), 1e-6))


def test_level_moves_no_mfcc_of_a_relative_log_mel_but_the_loudness_itself():
    quiet, loud = (features.mfcc_mean(features.log_mel((a * NOISE).astype(np.float32))) for a in (0.01, 0.1))
    np.testing.assert_allclose(quiet, loud, atol=1e-2)


def test_statistics_are_numpys_over_time():
    decibels = np.stack([librosas_log_mel(SIGNALS[name].astype(np.float32)) for name in ("noise", "chirp")])
    # At the nominal level, 19.3 dB, which moves nothing but coefficient 0.
    coefficients = np.stack([librosa.feature.mfcc(S=one + 19.3, n_mfcc=40) for one in decibels])
    np.testing.assert_allclose(features.mfcc_mean(decibels), coefficients.mean(axis=-1), atol=1e-3)
    expected = np.hstack([coefficients.mean(axis=-1), coefficients.std(axis=-1)])
    np.testing.assert_allclose(features.mfcc_mean_sd(decibels), expected, atol=1e-3)


@pytest.mark.parametrize("name", features.FROM_LOG_MEL)
def test_every_feature_of_a_network_has_its_said_shape(name):
    batch = features.FROM_LOG_MEL[name](np.zeros((3, features.N_MELS, features.CLIP_FRAMES), dtype=np.float32))
    assert batch.shape == (3, *features.SHAPES[name])
    assert batch.dtype == np.float32


def test_a_clip_of_three_seconds_has_130_frames():
    assert features.log_mel(SIGNALS["noise"].astype(np.float32)).shape == (128, 130)
    assert features.SHAPES["log_mel"] == (128, 130)


def test_256_levels_are_at_most_half_a_level_off(signal):
    decibels = features.log_mel(signal)
    levels = features.quantise(decibels)
    assert levels.dtype == np.uint8
    np.testing.assert_allclose(features.dequantise(levels), decibels, rtol=0, atol=80 / 255 / 2 + 1e-4)


@given(st.integers(0, 255))
def test_levels_to_decibels_and_back_are_the_same_levels(level):
    decibels = features.dequantise(np.array([level], dtype=np.uint8))
    assert decibels[0] == pytest.approx(-80 + 80 * level / 255, abs=1e-4)
    assert features.quantise(decibels)[0] == level


def test_no_samples_is_an_error():
    with pytest.raises(features.AudioError, match="without samples"):
        features.log_mel(np.empty(0, dtype=np.float32))


def test_flatness_is_geometric_over_arithmetic_mean_of_each_frames_bands_by_the_frames_power():
    decibels = np.array([[0.0, -30.0], [-20.0, -30.0]])
    # Frame 1: mean -10 dB against 10 log10(.505) dB, power 1.01; frame 2 is flat, power .002.
    first = -10 - 10 * np.log10(0.505)
    assert features.spectral_flatness(decibels) == pytest.approx(first * 1.01 / 1.012)


def test_flatness_is_librosas_on_one_frame():
    power = np.random.default_rng(0).random((128, 1)).astype(np.float32) + 0.01
    expected = librosa.feature.spectral_flatness(S=power, power=1)
    assert features.spectral_flatness(10 * np.log10(power)) == pytest.approx(10 * np.log10(expected.item()), abs=1e-4)


def test_anisotropy_is_the_change_along_time_over_that_along_frequency():
    bands, frames = np.mgrid[:128, :130]
    assert features.anisotropy(3.0 * frames - bands) == pytest.approx(3)
    lines = np.where(bands % 4 < 2, -80.0, 0.0 * frames)
    assert features.anisotropy(lines) == 0  # they are held
    assert features.anisotropy(np.where(frames < 60, -80.0, lines)) == 0  # silence before is not theirs
    assert features.anisotropy(np.full((128, 130), -80.0)) == 0
    assert features.anisotropy(np.full((128, 130), -10.0)) == 0  # nothing changes
    assert features.anisotropy(-1.0 * frames % 80) == np.inf  # nothing but clicks
    along_both = np.where(bands < 64, -80.0, 0.0) + np.where(frames < 65, -10.0, 0.0)
    assert features.anisotropy(along_both) == pytest.approx((10 * 2 / 128) / (80 * 2 / 126))


def test_sparsity_is_the_share_of_cells_60_db_down_in_frames_that_sound():
    bands, frames = np.mgrid[:128, :130]
    line = np.where(bands == 40, 0.0, -61.0)
    halves = np.where(bands < 64, -59.0, -80.0)
    ends = np.where(frames < 60, line, -80.0)  # silence behind a tone is not what is empty around it
    np.testing.assert_allclose(features.sparsity(np.stack([line, halves, ends])), [127 / 128, 1 / 2, 127 / 128])


def test_the_sound_keeps_what_the_mask_points_at():
    time = np.arange(66_150) / 22_050
    low, high = (np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (300, 4000))
    lower = np.where(np.arange(128)[:, None] < 40, 1.0, 0.0) * np.ones(130)  # bands up to 1,100 Hz
    kept = features.audible(low + high, lower)
    assert kept.shape == low.shape
    inner = slice(4096, -4096)
    np.testing.assert_allclose(kept[inner], low[inner], atol=0.01)


def test_where_nothing_is_kept_nothing_is_heard():
    assert not features.audible(np.ones(66_150, dtype=np.float32), np.zeros((128, 130))).any()
