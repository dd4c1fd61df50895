"""Exercises on single sounds: a period, a tone, resolution; what is left of a sound rebuilt from its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Option, Quiz
from irmas_helpers.sound import features
from irmas_helpers.sound.audio import SAMPLE_RATE

CHECKS = Checks()
TONE_HZ = 220


@CHECKS.of("clarinet_pitch")
def note_pitch(value: Any, names: Mapping[str, Any]) -> str:
    pitch = SAMPLE_RATE / _period(np.asarray(names["moment"], dtype=float))
    guess = float(value)
    if np.isclose(guess, pitch, rtol=0.04):
        return f"Right: measured by the computer, it is {pitch:.0f} Hz."
    if np.isclose(guess, pitch * len(names["moment"]) / SAMPLE_RATE, atol=0.8):
        return "That is how many periods the picture shows; how many are there in a whole second?"
    if np.isclose(guess, 1000 / pitch, rtol=0.06) or np.isclose(guess, 1 / pitch, rtol=0.06):
        return "That is the length of one period; the frequency is how many of them fit into a second."
    if any(np.isclose(guess, times * pitch, rtol=0.04) for times in (2, 3, 4)):
        return "Too many: a period ends where the whole shape begins again, not at each of its bumps."
    return "Not yet: measure from one tall peak to another one some periods later, and divide by their number."


def _period(signal: np.ndarray) -> int:
    """Samples after which a signal with a clear pitch, some 70 to 1,100 Hz, is like itself for the first time."""
    lags = np.arange(19, min(330, len(signal) // 2))
    likeness = np.array([np.corrcoef(signal[:-lag], signal[lag:])[0, 1] for lag in lags])
    peaks = 1 + np.flatnonzero((likeness[1:-1] >= likeness[:-2]) & (likeness[1:-1] > likeness[2:]))
    # Two periods later it may be as much like itself, or a little more.
    return int(lags[peaks[likeness[peaks] > 0.95 * likeness[peaks].max()][0]])


@CHECKS.of("my_tone")
def my_tone(value: Any, names: Mapping[str, Any]) -> str:
    tone = np.asarray(value, dtype=float)
    if tone.shape != (SAMPLE_RATE,):
        return f"A second at {SAMPLE_RATE:,} Hz is a row of {SAMPLE_RATE:,} numbers; use the seconds of the sine above."
    if np.abs(tone).max() > 1:
        return "Some samples lie beyond 1 and would be cut off by a player; divide by the largest absolute value."
    levels = np.abs(np.fft.rfft(tone))  # one second: number 220 is 220 Hz
    partials = levels[TONE_HZ : 9 * TONE_HZ : TONE_HZ] / max(levels.max(), 1e-9)
    return _judged_partials(partials[::2], partials[1::2])


def _judged_partials(odd: np.ndarray, even: np.ndarray) -> str:
    """What is said to the levels of the partials 1, 3, 5, 7 and 2, 4, 6, 8, relative to the strongest frequency."""
    if odd[0] < 0.01:
        return f"There is nothing at {TONE_HZ} Hz, where the first partial belongs."
    if odd[1:].max() < 0.01:
        return "So far it has one partial, which makes it a sine; add the third, the fifth and the seventh."
    if even.max() > 0.02:
        return f"There is something at an even multiple of {TONE_HZ} Hz; the task asks for 1, 3, 5 and 7 times."
    if odd.min() < 0.01:
        return "One of the partials 1, 3, 5 and 7 is missing."
    if np.any(np.diff(odd) > -0.01):
        return "All four partials are there, but each is to be weaker than the one before."
    return "Right: four odd partials, each weaker than the one before. Does it remind you of a clarinet?"


@CHECKS.of("resolution")
def resolution(value: Any, names: Mapping[str, Any]) -> str:
    milliseconds, hertz = (float(number) for number in value)
    wanted = 1000 * 1024 / SAMPLE_RATE, SAMPLE_RATE / 1024
    if np.allclose((milliseconds, hertz), wanted, rtol=0.025):  # 46 and 22, if the learner rounds
        return "Right: half the window, half the time, and twice the distance between bins."
    if np.allclose((hertz, milliseconds), wanted, rtol=0.025):
        return "Those are the two numbers, the other way round: the milliseconds come first."
    if np.isclose(milliseconds, wanted[0] / 1000, rtol=0.025):
        return "The first number is in seconds; the task asks for milliseconds."
    return "Not yet: a window lasts n_fft / sample rate, and bins lie sample rate / n_fft apart."


@CHECKS.of("my_rebuilt")
def my_rebuilt(value: Any, names: Mapping[str, Any]) -> str:
    few, many = (np.asarray(sound, dtype=float) for sound in value)
    if few.ndim != 1 or many.ndim != 1:
        return "Those are tables; `rebuilt` makes sound of them, after `librosa.feature.inverse.mfcc_to_mel`."
    if len(few) != len(many):
        return f"One has {len(few):,} samples and the other {len(many):,}; rebuild both from the same recording."
    if any(np.array_equal(many, names[own]) for own in ("from_40", "from_13")):
        return "That is the clarinet's phrase again; now take a sound of your own."
    if np.allclose(few, many):
        return "Both are the same; the first takes `[:13]` of the coefficients, the second all forty."
    fine = [np.abs(features.mfcc(sound.astype(np.float32))[13:]).mean() for sound in (few, many)]
    if fine[0] > fine[1]:
        return "Those are the two sounds, the other way round: the one from 13 coefficients comes first."
    seconds = len(few) / SAMPLE_RATE
    return f"Right: {seconds:.1f} seconds, twice. Rhythm and vowels survive thirteen numbers; melody needs more."


EXPECTATIONS = {
    "rebuilt": Choice(
        question="A sound is rebuilt from its MFCCs, once from 40 of them per frame and once from the first 13. "
        "What will you still hear of the phrase?",
        variable="my_guess_rebuilt",
        numbers=lambda names: {"many": names["repeats"]["40 MFCCs"], "few": names["repeats"]["13 MFCCs"]},
        result="One period later the wave is like itself to {many:.1f} with 40 coefficients and to {few:.1f} with 13; "
        "1 would be an exact repetition.",
        options=(
            Option(
                "the melody in both",
                "Thirteen numbers per frame draw the outline of a spectrum too coarsely for single partials, and the "
                "pitch lies in the distances of the partials.",
            ),
            Option(
                "the melody with 40, only rhythm and timbre with 13",
                "You have seen what goes first: the distances of the partials, and with them the pitch.",
            ),
            Option(
                "the melody in neither",
                "Forty coefficients are enough for ripples as wide as the distance of this clarinet's low partials, "
                "so that the pitch comes through.",
            ),
        ),
    ),
}

QUIZZES = {
    "backwards": Quiz(
        "You play a recording backwards. Which of these stays the same?",
        (
            Answer(
                "Its log-mel spectrogram",
                "It is mirrored: the first column becomes the last. Each single column stays nearly as it was, which "
                "makes this tempting.",
            ),
            Answer(
                "The mean of its MFCCs over time",
                "A mean does not know in which order its frames came. Attack and decay change places, and the forty "
                "numbers stay as they were, but for the edges.",
                right=True,
            ),
            Answer(
                "Its waveform",
                "It is mirrored too. Over one period of a steady note you may hardly see it; over a whole note, which "
                "begins quickly and fades slowly, you do.",
            ),
            Answer(
                "Its MFCCs, frame by frame",
                "Each frame has nearly the numbers that it had, but the frames come in the other order, so the table "
                "is another one.",
            ),
        ),
    ),
    "half_the_rate": Quiz(
        "A recording at 44,100 Hz is brought to 22,050 Hz. What does a good program do?",
        (
            Answer(
                "It keeps every second sample",
                "That is quick, but tones above 11,025 Hz would come back as lower, wrong ones (aliasing): two "
                "samples per period are the least by which a tone can be told.",
            ),
            Answer(
                "It averages left and right",
                "That makes stereo into mono, which librosa does as well; the rate stays as it is.",
            ),
            Answer(
                "It plays the recording at half the speed",
                "The samples would be the same ones, only read out more slowly, and everything would sound an octave "
                "lower.",
            ),
            Answer(
                "It takes out all above 11,025 Hz, then keeps every second sample",
                "First the filter, so that nothing is left that the new rate cannot hold; then half of the samples "
                "can go.",
                right=True,
            ),
        ),
    ),
}
