"""What if it had been quieter, noisier, duller, in a hall, higher, faster? The answer follows the sliders."""

from __future__ import annotations

import functools
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import plots
from ..instruments import name_of
from ..learning import models
from ..scoring import calibration as calibrations
from ..sound import audio, features
from ._common import Explorer, audio_html, picture_html, say, slider
from ._predictor import bars

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Changes:
    """The positions of the sliders; those of a new one change nothing."""

    gain: float = 0.0  # dB
    noise: float = -np.inf  # level of white noise in dB relative to the sound
    low_pass: float = np.inf  # Hz above which everything is cut off
    reverb: float = 0.0  # seconds in which a room's echo falls by 60 dB; 0 for none
    pitch: float = 0.0  # semitones up
    speed: float = 1.0  # 1 for as it is, 2 for twice as fast at the same pitch


def change(signal: np.ndarray, changes: Changes) -> np.ndarray:
    """A sound as it might have been recorded.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,), dtype=float32]
        Mono at 22,050 Hz.
    changes : Changes
        In this order: speed, pitch, room, low-pass, noise, gain.

    Returns
    -------
    numpy.ndarray [shape=(samples,), dtype=float32]
        Of the same length; a faster one is repeated, a slower one cut.

    Examples
    --------
    >>> change(np.ones(3, dtype=np.float32), Changes(gain=-20.0))
    array([0.1, 0.1, 0.1], dtype=float32)
    """
    import librosa

    length = len(signal)
    if changes.speed != 1:
        signal = audio.fit_length(librosa.effects.time_stretch(signal, rate=changes.speed), length)
    if changes.pitch:
        signal = librosa.effects.pitch_shift(signal, sr=audio.SAMPLE_RATE, n_steps=changes.pitch)
    if changes.reverb:
        signal = _in_a_room(signal, changes.reverb)
    if changes.low_pass < audio.SAMPLE_RATE / 2:
        signal = _without_highs(signal, changes.low_pass)
    if changes.noise > -np.inf:
        noise = np.random.default_rng(0).standard_normal(length)
        signal = signal + noise * np.sqrt(np.mean(signal**2)) * 10 ** (changes.noise / 20)
    return (signal * 10 ** (changes.gain / 20)).astype(np.float32)


def _in_a_room(signal: np.ndarray, seconds: float) -> np.ndarray:
    """As loud as before, half of it echo: noise that falls by 60 dB in so many seconds."""
    import scipy.signal

    time = np.arange(round(seconds * audio.SAMPLE_RATE)) / audio.SAMPLE_RATE
    echo = np.random.default_rng(0).standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    wet = scipy.signal.fftconvolve(signal, echo)[: len(signal)]
    mixed = signal / np.sqrt(np.mean(signal**2)) + wet / np.sqrt(np.mean(wet**2))
    return mixed * np.sqrt(np.mean(signal**2) / np.mean(mixed**2))


def _without_highs(signal: np.ndarray, hertz: float) -> np.ndarray:
    import scipy.signal

    sections = scipy.signal.butter(8, hertz, fs=audio.SAMPLE_RATE, output="sos")
    return scipy.signal.sosfiltfilt(sections, signal)


def what_if(signal: np.ndarray, model: keras.Model, *, calibration: calibrations.Calibration | None = None) -> Explorer:
    """Change a clip as rooms, telephones and players do, hear it, and see the answer move.

    Its `controls` are the sliders, in the order of `Changes`.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,), dtype=float32]
        Mono at 22,050 Hz; its first three seconds are used.
    model : keras.Model
        A network as `models.load_model` returns it.
    calibration : calibration.Calibration
        The network's own; None leaves the probabilities as they are.
    """
    controls = (
        slider("gain", [(f"{db} dB", float(db)) for db in (-60, -40, -20, 0)], 0.0, "Louder or quieter as a whole"),
        slider("noise", [("none", -np.inf), *((f"{db} dB", float(db)) for db in (-40, -30, -20, -10, 0))], -np.inf,
               "White noise, relative to the sound"),
        slider("low-pass", [("none", np.inf), *((f"{hz} Hz", float(hz)) for hz in (8000, 4000, 2000, 1000))], np.inf,
               "Everything above is cut off; a telephone ends at 3,400 Hz"),
        slider("room", [("none", 0.0), *((f"{s} s", s) for s in (0.3, 1.0, 3.0))], 0.0,
               "How long its echo takes to fall by 60 dB"),
        slider("pitch", [(f"{n:+d}", float(n)) for n in (-12, -7, -3, -1, 0, 1, 3, 7, 12)], 0.0, "Semitones"),
        slider("speed", [(f"{rate:g} x", rate) for rate in (0.5, 0.7, 1.0, 1.4, 2.0)], 1.0, "At the same pitch"),
    )  # fmt: skip
    clip = audio.fit_length(signal)
    return Explorer(controls, functools.partial(_render, clip, model, calibration))


def _render(
    clip: np.ndarray, model: keras.Model, calibration: calibrations.Calibration | None, *values: float
) -> tuple[str, str]:
    signal = change(clip, Changes(*values))
    decibels = features.log_mel(signal)
    row = models.predict_log_mel(model, decibels[None])[0]
    row = calibrations.temper(row, calibration.temperature) if calibration else row
    probabilities = dict(zip(models.classes_of(model), map(float, row), strict=True))
    top = max(probabilities, key=probabilities.get)
    unsure = calibration is not None and probabilities[top] < calibration.threshold
    verdict = html.escape(f"not sure, perhaps {name_of(top)}" if unsure else name_of(top))
    alt = f"Log-mel spectrogram of the changed clip; the answer is {verdict}"
    text = say(f"<b>{verdict}</b>{bars(probabilities)}") + audio_html(signal, audio.SAMPLE_RATE, "the changed clip")
    return text, picture_html(lambda figure: plots.log_mel(decibels, ax=figure.subplots()), 2.6, alt)
