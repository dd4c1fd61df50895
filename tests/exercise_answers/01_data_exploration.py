"""Ten clips of five songs, and what may be said about them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from exercise_answers import Answer
from irmas_helpers.data import clips
from irmas_helpers.sound import features

SONGS = [("sax", "jaz_blu"), ("sax", "cla"), ("voi", "pop_roc"), ("cel", "cla"), ("voi", "cou_fol")]
CLIPS = clips.table(
    f"{code}/[{code}][{genre}]{number:04d}__{excerpt}.wav"
    for number, (code, genre) in enumerate(SONGS)
    for excerpt in (1, 2)
)
BY_SONG, BY_CLIP = (np.arange(2, 10), np.array([0, 1])), (np.arange(1, 9), np.array([0, 9]))

TONE = 0.5 * np.sin(2 * np.pi * 220 * np.arange(22_050) / 22_050)


def bars(lengths, xlabel="genre", ylabel="songs", across=False):
    """Axes with bars of these lengths, as a learner would draw them."""
    ax = Figure().subplots()
    draw = ax.barh if across else ax.bar
    draw([str(number) for number in range(len(lengths))], lengths)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


# The songs lie along the first column: both of the saxophone together, both of the voice, the cello near a voice.
SPREAD = np.zeros((10, 40))
SPREAD[:, 0] = np.repeat([0, 1, 10, 20, 11], 2) + np.tile([0, 0.1], 5)
LOG_MEL = features.log_mel(TONE.astype(np.float32))
NAMES = {
    "clip_table": CLIPS, "right": np.array([1, 0, 0, 0]), "share": 0.125, "leaks": np.array([1, 1, 1, 0]),
    "by_nearest": 0.8, "by_stranger": 0.3, "spread": SPREAD,
    "songs": CLIPS["song"].to_numpy(), "labels": CLIPS["instrument"].to_numpy(),
}  # fmt: skip
ANSWERS = [
    Answer("my_figure", bars([2, 1, 1, 1]), bars([4, 2, 2, 2]), "counts once"),
    Answer("my_figure", bars([1, 1, 1, 2], across=True), bars([2, 1, 1]), "one per genre"),
    Answer("my_figure", bars([2, 1, 1, 1]), bars([2, 1, 1, 1], ylabel=""), "on both axes"),
    Answer("my_figure", bars([2, 1, 1, 1]), bars([1, 2, 1, 1]), "sort them"),
    Answer("my_figure", bars([2, 1, 1, 1]), Figure(), "assign the axes"),
    Answer("my_sound", (TONE, LOG_MEL), (np.stack([TONE, TONE], 1), LOG_MEL), "several channels"),
    Answer("my_sound", (TONE, LOG_MEL), (TONE, LOG_MEL.T), "on its side"),
    Answer("my_sound", (TONE, LOG_MEL), (TONE, LOG_MEL[:40]), "128 bands by 44 frames"),
    Answer("my_sound", (TONE, LOG_MEL), (TONE, 10 ** (LOG_MEL / 10)), "above 0"),
    Answer("my_sound", (TONE, LOG_MEL), (TONE, LOG_MEL[:, ::-1] / 2), "was it another one"),
    Answer("jazz_saxophones", 2, 4, "genre"),
    Answer("my_split", BY_SONG, BY_CLIP, "songs have clips on both sides"),
    Answer("my_split", BY_SONG, BY_SONG[::-1], "other way round"),
    Answer("my_split", BY_SONG, (np.arange(10) > 1, np.arange(10) < 2), "flatnonzero"),
    Answer("my_sound", (TONE, LOG_MEL), (LOG_MEL, TONE), "other way round"),
    Answer("by_thirteen", 0.8, 1.0, "siblings may still be asked"),
    Answer("by_thirteen", 0.8, 80, "percentage"),
    Answer("by_thirteen", 0.8, 0.3, "all forty"),
    Answer("by_thirteen", 0.8, 0.5, "siblings out"),
]
