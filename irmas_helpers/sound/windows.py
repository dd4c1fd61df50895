"""Windows of three seconds, cut from a stream of sound, and how much each counts in the answer for a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from . import audio
from .audio import CLIP_SAMPLES, SAMPLE_RATE

HOP_SECONDS = 1.5
WEIGHT_RANGE_DB = 30.0
LEAST_WEIGHT = 0.3  # windows of a recording that count less in its answer hold the end of a tone or nothing


class WindowReader:
    """Cuts a stream of blocks into windows and counts what it saw.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray [shape=(samples,), dtype=float32]
        Consecutive pieces of a mono signal at 22,050 Hz, such as `audio.stream` yields.
    hop : int
        Samples from the start of one window to the start of the next; a `ValueError` if there is none.
    filling : callable
        Makes a window of a file that is shorter than one.

    Attributes
    ----------
    samples : int
        How many were read so far.
    silent : int
        How many windows were left out so far because they hold nothing but silence.

    Examples
    --------
    >>> reader = WindowReader([np.arange(5 * SAMPLE_RATE, dtype=np.float32)], round(1.5 * SAMPLE_RATE))
    >>> [start for start, _ in reader.windows()]
    [0.0, 1.5, 2.0]
    """

    def __init__(
        self, blocks: Iterable[np.ndarray], hop: int, filling: Callable[[np.ndarray], np.ndarray] = audio.surround
    ) -> None:
        if hop < 1:
            raise ValueError(f"windows that start {hop} samples apart never end; give a hop of at least one sample")
        self._blocks = blocks
        self._hop = hop
        self.filling = filling
        self.samples = 0
        self.silent = 0

    def windows(self) -> Iterator[tuple[float, np.ndarray]]:
        """Windows of three seconds that hold sound, with their start in seconds.

        The last one ends where the file ends.
        """
        for start, signal in self._all_windows():
            if audio.is_silent(signal):
                self.silent += 1
            else:
                yield start / SAMPLE_RATE, signal

    def _all_windows(self) -> Iterator[tuple[int, np.ndarray]]:
        # `tail` always holds the last window's worth of samples, so that the last window can end with the file.
        tail, start, done = np.empty(0, dtype=np.float32), 0, 0
        for block in self._blocks:
            tail = np.concatenate([tail, block])
            first = self.samples + len(block) - len(tail)  # position of tail[0] in the file
            self.samples += len(block)
            while start + CLIP_SAMPLES <= self.samples:
                yield start, tail[start - first : start - first + CLIP_SAMPLES]
                done = start + CLIP_SAMPLES
                start += self._hop
            tail = tail[max(0, min(start - first, len(tail) - CLIP_SAMPLES)) :]
        if 0 < self.samples < CLIP_SAMPLES:
            yield 0, self.filling(tail)
        elif done < self.samples:
            yield self.samples - CLIP_SAMPLES, tail[-CLIP_SAMPLES:]


def windows_of(path: str | os.PathLike) -> Iterator[tuple[float, np.ndarray]]:
    """The windows of a file, as `predict` cuts it, with their start in seconds.

    An `AudioError` if it cannot be read, and at its end if it holds nothing to hear.
    """
    heard = False
    with audio.Recording(path) as sound:
        reader = WindowReader(sound.stream(), round(HOP_SECONDS * SAMPLE_RATE))
        for window in reader.windows():
            heard = True
            yield window
    audio.require_sound(path, reader.samples / SAMPLE_RATE, silent=sound.silent or not heard)


def rms_level(signal: np.ndarray) -> float:
    """Root mean square of a window [shape=(samples,)] in dB, by which `level_weights` weighs it.

    Examples
    --------
    >>> round(rms_level(np.full(9, 0.1)), 6)
    -20.0
    """
    return float(10 * np.log10(np.mean(np.square(signal, dtype=np.float64))))


def level_weights(levels: np.ndarray) -> np.ndarray:
    """How much each window counts: 1 for the loudest, falling with the level in dB to 0 for one 30 dB below it.

    The network sees each window relative to its own maximum. One that holds but the end of a note or a room's noise
    looks as loud to it as any, and gets an answer that means nothing.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(windows,)]
        Root mean squares in dB.

    Examples
    --------
    >>> level_weights(np.array([-20.0, -35.0, -70.0])).tolist()
    [1.0, 0.5, 0.0]
    """
    return np.maximum(0, 1 - (levels.max() - levels) / WEIGHT_RANGE_DB)
