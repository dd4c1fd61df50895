"""Where the excerpts of a song start: in different places, and where the leads play."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .dice import Dice
from .score import BEAT, Song


def excerpt_starts(song: Song, seconds: Sequence[float], seed: Sequence[int]) -> tuple[int, ...]:
    """Where in a song its excerpts, so many seconds long each, start, in ticks.

    One lies in each equal stretch, at a place where the leads play most of the time.

    Examples
    --------
    >>> from irmas_helpers.rendered.composing import compose
    >>> excerpt_starts(compose((1,), ["flu"], "cla", drums=False), [3, 3, 3], (1,))
    (8538, 10240, 26777)
    """
    dice = Dice(*seed, 4)
    busy = _busy(song)
    starts = []
    for number, length in enumerate(seconds):
        span = round(length * song.bpm * BEAT / 60)
        first = song.ticks * number // len(seconds)
        last = max(song.ticks * (number + 1) // len(seconds) - span, first)
        last = min(last, max(song.ticks - span, 0))
        tries = [dice.between(min(first, last), last) for _ in range(6)]
        starts.append(max(tries, key=lambda start: (_liveliness(song, busy, start, span), -start)))
    return tuple(starts)


def _liveliness(song: Song, busy: np.ndarray, start: int, span: int) -> int:
    """How much of a stretch the leads sound, and whether they begin a few notes in it."""
    onsets = sum(start <= note.start < start + span for part in song.leads for note in part.notes)
    return int(busy[start // 60 : (start + span) // 60].sum()) * min(onsets, 5)


def _busy(song: Song) -> np.ndarray:
    """In how many of the leads something sounds, every 60 ticks."""
    busy = np.zeros(song.ticks // 60 + 1, int)
    for part in song.leads:
        sounding = np.zeros(len(busy), bool)
        for note in part.notes:
            sounding[note.start // 60 : (note.start + note.length) // 60] = True
        busy += sounding
    return busy
