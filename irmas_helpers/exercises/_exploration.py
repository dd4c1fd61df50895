"""Exercises on the clips themselves: counting, resolution, an honest split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..sound.audio import SAMPLE_RATE
from ._checks import Checks

CHECKS = Checks()


@CHECKS.of("jazz_saxophones")
def jazz_saxophones(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    jazz, saxophones = clips["genre"] == "jaz_blu", clips["instrument"] == "sax"
    if int(value) == (jazz & saxophones).sum():
        return f"Right: {int(value)} of the {saxophones.sum()} saxophone clips are tagged as jazz and blues."
    if int(value) == saxophones.sum():
        return "That is every saxophone clip; the genre has to be jaz_blu as well."
    return "Not yet: combine two conditions with & and count the rows where both are true."


@CHECKS.of("resolution")
def resolution(value: Any, names: Mapping[str, Any]) -> str:
    milliseconds, hertz = (float(number) for number in value)
    n_fft = 1024
    if np.isclose(milliseconds, 1000 * n_fft / SAMPLE_RATE, atol=0.1) and np.isclose(
        hertz, SAMPLE_RATE / n_fft, atol=0.1
    ):
        return "Right: half the window, half the time, and twice the distance between bins."
    if np.isclose(milliseconds, n_fft / SAMPLE_RATE, atol=1e-3):
        return "The first number is in seconds; the task asks for milliseconds."
    return "Not yet: a window lasts n_fft / sample rate, and bins lie sample rate / n_fft apart."


@CHECKS.of("my_split")
def my_split(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    train, test = (np.asarray(part, dtype=int) for part in value)
    if len(np.union1d(train, test)) < len(clips) or len(np.intersect1d(train, test)):
        return "Some clips are in neither part or in both: together the two must hold each clip once."
    songs = clips["song"].to_numpy()
    shared = len(np.intersect1d(songs[train], songs[test]))
    if shared:
        return f"{shared} songs have clips on both sides; let the song decide, not the clip."
    share = len(test) / len(clips)
    if not 0.15 <= share <= 0.25:
        return (
            f"No song is on both sides, but the test holds {share:.0%} of the clips; the task asks for about a fifth."
        )
    return f"Right: no song is on both sides, and the test holds {share:.0%} of the clips."
