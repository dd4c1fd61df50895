"""Which instrument plays in a file: windows of three seconds, a network's probabilities for each, one answer.

A file is read as a stream, so that a two-hour recording needs no more memory than a short one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from . import audio, features, models
from .audio import CLIP_SAMPLES, CLIP_SECONDS, SAMPLE_RATE
from .instruments import CODES, NAMES

HOP_SECONDS = 1.5
_WINDOWS_AT_ONCE = 64


@dataclass(frozen=True)
class Window:
    """The answer for one window.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning of the file.
    probabilities : dict of str to float
        A probability a code; they sum to 1.
    """

    start: float
    end: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Prediction:
    """The answer for one file.

    Attributes
    ----------
    file : str
        Its path as given.
    seconds : float
        Its length.
    instrument : str
        The code with the largest mean probability.
    probabilities : dict of str to float
        Mean probability a code over the windows.
    windows : tuple of Window
        The windows that hold sound, in order.
    notes : tuple of str
        One line for each odd thing: cut short, padded, silent parts.
    """

    file: str
    seconds: float
    instrument: str
    probabilities: dict[str, float]
    windows: tuple[Window, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        ranked = sorted(self.probabilities, key=self.probabilities.get, reverse=True)[:3]
        return f"{self.file}: " + ", ".join(f"{NAMES[code]} {self.probabilities[code]:.0%}" for code in ranked)

    def as_dict(self) -> dict:
        """What ``predict --json`` prints."""
        return {
            "file": self.file,
            "seconds": round(self.seconds, 3),
            "instrument": self.instrument,
            "probabilities": _rounded(self.probabilities),
            "windows": [
                {"start": round(w.start, 3), "end": round(w.end, 3), "probabilities": _rounded(w.probabilities)}
                for w in self.windows
            ],
        }


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {code: round(p, 6) for code, p in probabilities.items()}


def predict(path: str | os.PathLike, model=None, *, hop_seconds: float = HOP_SECONDS) -> Prediction:
    """Name the instrument that leads in a recording.

    Parameters
    ----------
    path : path
        An audio file of any length.
    model : keras.Model
        A network as `models.load` returns it; None loads the default one.
    hop_seconds : float
        From the start of one window to the start of the next.

    Returns
    -------
    Prediction

    Raises
    ------
    AudioError
        If the file cannot be read, or holds nothing, only silence, or samples that are no finite numbers.
    ModelError
        If the default model cannot be loaded.
    """
    info = audio.info(path)
    model = model if model is not None else models.load()
    reader = WindowReader(audio.stream(path), round(hop_seconds * SAMPLE_RATE))
    starts, rows = [], []
    for batch in _batches(reader.windows()):
        starts += [start for start, _ in batch]
        rows.append(models.predict_log_mel(model, np.stack([features.log_mel(signal) for _, signal in batch])))
    audio.require_sound(path, reader.samples, silent=not rows)
    probabilities, seconds = np.concatenate(rows), reader.samples / SAMPLE_RATE
    windows = [
        Window(start, min(start + CLIP_SECONDS, seconds), _by_code(row))
        for start, row in zip(starts, probabilities, strict=True)
    ]
    mean = probabilities.mean(axis=0)
    notes = _notes(path, info, seconds, reader.silent)
    return Prediction(os.fspath(path), seconds, CODES[int(mean.argmax())], _by_code(mean), tuple(windows), notes)


def _by_code(row: np.ndarray) -> dict[str, float]:
    return {code: float(p) for code, p in zip(CODES, row, strict=True)}


def _notes(path, info: audio.AudioInfo, seconds: float, silent: int) -> tuple[str, ...]:
    notes = [info.note] if info.note else []
    if seconds < CLIP_SECONDS:
        notes.append(
            f"{path}: {seconds:.2f} s is less than one window of {CLIP_SECONDS:g} s; padded by repeating the recording"
        )
    if silent:
        notes.append(f"{path}: {silent} windows hold nothing but silence and were left out")
    return tuple(notes)


class WindowReader:
    """Cuts a stream of blocks into windows and counts what it saw.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray [shape=(samples,), dtype=float32]
        Consecutive pieces of a mono signal at 22,050 Hz, such as `audio.stream` yields.
    hop : int
        Samples from the start of one window to the start of the next.

    Attributes
    ----------
    samples : int
        How many were read so far.
    silent : int
        How many windows were left out so far because they hold nothing but silence.
    """

    def __init__(self, blocks: Iterable[np.ndarray], hop: int):
        self._blocks = blocks
        self._hop = hop
        self.samples = 0
        self.silent = 0

    def windows(self) -> Iterator[tuple[float, np.ndarray]]:
        """Windows of three seconds that hold sound, with their start in seconds.

        The last one ends where the file ends; a file shorter than one window is repeated to fill it.
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
            yield 0, audio.fit_length(tail)
        elif done < self.samples:
            yield self.samples - CLIP_SAMPLES, tail[-CLIP_SAMPLES:]


def _batches(windows: Iterator, size: int = _WINDOWS_AT_ONCE) -> Iterator[list]:
    batch: list = []
    for window in windows:
        batch.append(window)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
