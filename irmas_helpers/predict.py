"""Which instrument plays in a file: windows of three seconds, a network's probabilities for each, one answer.

A file is read as a stream, so that a two-hour recording needs no more memory than a short one. Loud windows count more
than quiet ones, probabilities are brought to the model's temperature, and an answer that is not sure says so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from . import audio, features, models
from . import calibration as calibrations
from .audio import CLIP_SAMPLES, CLIP_SECONDS, SAMPLE_RATE
from .calibration import Calibration
from .instruments import CODES, NAMES

HOP_SECONDS = 1.5
WEIGHT_RANGE_DB = 30.0
NOISE_FLATNESS_DB = -7.0
DRUMS_PERCUSSIVENESS = 1.2
LONE_DARKNESS = 0.3
LONE_SHARE = 0.7
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
    weight : float
        How much it counts in the answer for the file, 0 to 1; see `weights`.
    """

    start: float
    end: float
    probabilities: dict[str, float]
    weight: float = 1.0


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
        Mean probability a code over the windows, by their weights.
    windows : tuple of Window
        The windows that hold sound, in order.
    notes : tuple of str
        One line for each odd thing: cut short, padded, silent parts, noise, drums.
    threshold : float or None
        The smallest top probability that counts as sure; None where the model has no calibration.
    timings : dict of str to float
        Seconds that ``decoding``, ``features`` and ``network`` took.
    """

    file: str
    seconds: float
    instrument: str
    probabilities: dict[str, float]
    windows: tuple[Window, ...]
    notes: tuple[str, ...] = ()
    threshold: float | None = None
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def sure(self) -> bool:
        """Whether the top probability reaches the threshold; without one every answer passes."""
        return self.threshold is None or self.probabilities[self.instrument] >= self.threshold

    def __str__(self) -> str:
        ranked = sorted(self.probabilities, key=self.probabilities.get, reverse=True)[:3]
        words = ", ".join(f"{NAMES[code]} {self.probabilities[code]:.0%}" for code in ranked)
        if self.threshold is None:
            return f"{self.file}: {words} (not calibrated)"
        return f"{self.file}: {words}" if self.sure else f"{self.file}: not sure ({words})"

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


def load(model_file: str | os.PathLike = models.DEFAULT_MODEL) -> dict:
    """A network with what lies beside it, to be asked about many files: ``predict(file, **load())``.

    Parameters
    ----------
    model_file : path
        A `.keras` file; by default the one that comes with the package.

    Returns
    -------
    dict
        `predict`'s arguments ``model``, ``calibration`` and ``lone``; the last two are None where there is no such
        file.

    Raises
    ------
    ModelError
        If a file is missing or damaged.
    """
    return {
        "model": models.load(model_file),
        "calibration": calibrations.load(model_file),
        "lone": models.load_lone(model_file),
    }


def predict(
    path: str | os.PathLike,
    model=None,
    *,
    calibration: Calibration | None = None,
    lone=None,
    hop_seconds: float = HOP_SECONDS,
) -> Prediction:
    """Name the instrument that leads in a recording.

    The calibration was fitted to single clips of three seconds. A longer recording gets the weighted mean of its
    windows' probabilities, which is rather too careful than too sure. A shorter one is heard in silence.

    A window that is darker than 0.3, see `features.darkness`, holds a lone note rather than music. There the answer is
    seven parts of the network for lone notes and three of the usual one: the largest share that cost nothing on songs
    of real IRMAS that neither had heard (`results/measured/lone.json`).

    Two notes say where the network was asked about something that it was not trained for. The sound is nearer to noise
    than to music where its spectral flatness, see `features.flatness`, lies above -7 dB. None of the 5,388 clips of
    real IRMAS that the models were trained on does; white, pink and blue noise and clicks (20 synthetic clips each)
    all do. Brown noise and mains hum do not, but are answered "not sure".

    It sounds like drums alone where its log-mel changes more along time than along frequency, see
    `features.percussiveness`, by a factor above 1.2. So do 35 of those 5,388 clips (0.6 %, 22 of them organs), and
    none of 90 from Freesound, which had a say in the choice of the measure. Of 200 rendered drum loops of 3 s, 156 get
    one of the notes (78 %): nearly all but those with a ringing ride cymbal, in jazz, of which 16 of 50 do. 29 loops
    get a sure answer, which is wrong, 4 of them without a note. No recorded drums and no speech were at hand.

    Parameters
    ----------
    path : path
        An audio file of any length.
    model : keras.Model
        A network as `models.load` returns it; None loads the default one with all that belongs to it, see `load`.
    calibration : Calibration
        The network's own, as `calibration.load` returns it; None leaves the probabilities as they are.
    lone : keras.Model
        The network for lone notes, as `models.load_lone` returns it; None asks `model` about them as about all else.
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
        If the default model or its calibration cannot be loaded.
    """
    info = audio.info(path)
    if model is None:
        return predict(path, **load(), hop_seconds=hop_seconds)
    reader = WindowReader(audio.stream(path), round(hop_seconds * SAMPLE_RATE), _filling(model))
    batches, clock, heard = _batches(reader.windows()), _Clock(), _Heard()
    while batch := clock.time("decoding", next, batches, []):
        spectrograms = clock.time("features", _log_mels, batch)
        heard.add(batch, spectrograms, clock.time("network", listen, model, lone, spectrograms))
    audio.require_sound(path, reader.samples, silent=not heard.starts)
    seconds, shares = reader.samples / SAMPLE_RATE, weights(np.array(heard.levels))
    probabilities = np.concatenate(heard.probabilities)
    if calibration:
        probabilities = calibrations.temper(probabilities, calibration.temperature)
    mean = np.average(probabilities, axis=0, weights=shares)
    return Prediction(
        file=os.fspath(path),
        seconds=seconds,
        instrument=CODES[int(mean.argmax())],
        probabilities=_by_code(mean),
        windows=tuple(
            Window(start, min(start + CLIP_SECONDS, seconds), _by_code(row), float(share))
            for start, row, share in zip(heard.starts, probabilities, shares, strict=True)
        ),
        notes=(*_notes(path, info, reader), *_unlike_music(path, heard, shares)),
        threshold=calibration and calibration.threshold,
        timings=clock.seconds,
    )


def listen(model, lone, spectrograms: np.ndarray) -> np.ndarray:
    """Probabilities for windows; about those with a lone note two networks are asked, where there are two.

    Parameters
    ----------
    model, lone : keras.Model
        See `predict`; the second one may be None.
    spectrograms : numpy.ndarray [shape=(windows, 128, 130)]
        Log-mels in dB relative to each window's maximum.

    Returns
    -------
    numpy.ndarray [shape=(windows, 11)]
    """
    heard = models.predict_log_mel(model, spectrograms)
    if lone is None:
        return heard
    alone = features.darkness(spectrograms) > LONE_DARKNESS
    if alone.any():
        heard[alone] = LONE_SHARE * models.predict_log_mel(lone, spectrograms[alone]) + (1 - LONE_SHARE) * heard[alone]
    return heard


def _filling(model) -> Callable:
    """What makes a window of a recording that is shorter: silence around it, or repeating for means over time.

    The middle half second of test clips of real IRMAS was named rightly for 63 % in silence and for 60 % repeated, a
    quarter of a second for 52 and 46 % (five folds by song, `results/measured/short.json`).
    """
    return audio.surround if models.feature_of(model) == "log_mel" else audio.fit_length


def level(signal: np.ndarray) -> float:
    """Root mean square of a window [shape=(samples,)] in dB, by which `weights` weighs it."""
    return float(10 * np.log10(np.mean(np.square(signal, dtype=np.float64))))


def weights(levels: np.ndarray) -> np.ndarray:
    """How much each window counts: 1 for the loudest, falling with the level in dB to 0 for one 30 dB below it.

    The network sees each window relative to its own maximum. One that holds but the end of a note or a room's noise
    looks as loud to it as any, and gets an answer that means nothing.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(windows,)]
        Root mean squares in dB.

    Returns
    -------
    numpy.ndarray [shape=(windows,)]
        In [0, 1].
    """
    return np.maximum(0, 1 - (levels.max() - levels) / WEIGHT_RANGE_DB)


def by_second(prediction: Prediction) -> np.ndarray:
    """The answer second by second: the mean of the windows that reach into it, by their weights.

    Parameters
    ----------
    prediction : Prediction

    Returns
    -------
    numpy.ndarray [shape=(seconds, 11)]
        A row a second that has begun, in the order of `instruments.CODES`; NaN where nothing is heard.
    """
    windows = prediction.windows
    starts, ends = np.array([window.start for window in windows]), np.array([window.end for window in windows])
    rows = np.array([list(window.probabilities.values()) for window in windows])
    second = np.arange(int(np.ceil(prediction.seconds)))[:, None]
    reaching = (starts < second + 1) & (ends > second)
    shares = np.array([window.weight for window in windows]) * reaching
    total = shares.sum(axis=1, keepdims=True)
    return np.divide(shares @ rows, total, out=np.full((len(second), len(CODES)), np.nan), where=total > 0)


class _Clock:
    """Adds up the seconds that calls of each kind take."""

    def __init__(self):
        self.seconds: dict[str, float] = {}

    def time(self, kind: str, function: Callable, *arguments):
        started = time.perf_counter()
        result = function(*arguments)
        self.seconds[kind] = self.seconds.get(kind, 0.0) + time.perf_counter() - started
        return result


@dataclass
class _Heard:
    """What is kept of the windows when their samples are gone."""

    starts: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    flatness: list[float] = field(default_factory=list)
    percussiveness: list[float] = field(default_factory=list)
    probabilities: list[np.ndarray] = field(default_factory=list)

    def add(self, batch: list, spectrograms: np.ndarray, probabilities: np.ndarray) -> None:
        self.starts += [start for start, _ in batch]
        self.levels += [level(signal) for _, signal in batch]
        self.flatness += map(features.flatness, spectrograms)
        self.percussiveness += map(features.percussiveness, spectrograms)
        self.probabilities.append(probabilities)


def _log_mels(batch: list) -> np.ndarray:
    return np.stack([features.log_mel(signal) for _, signal in batch])


def _by_code(row: np.ndarray) -> dict[str, float]:
    return {code: float(p) for code, p in zip(CODES, row, strict=True)}


def _notes(path, info: audio.AudioInfo, reader: WindowReader) -> tuple[str, ...]:
    notes, seconds = [info.note] if info.note else [], reader.samples / SAMPLE_RATE
    if seconds < CLIP_SECONDS:
        how = "with silence" if reader.filling is audio.surround else "by repeating the recording"
        notes.append(f"{path}: {seconds:.2f} s is less than one window of {CLIP_SECONDS:g} s; padded {how}")
    if reader.silent:
        notes.append(f"{path}: {reader.silent} windows hold nothing but silence and were left out")
    return tuple(notes)


def _unlike_music(path, heard: _Heard, shares: np.ndarray) -> Iterator[str]:
    """A note on what the network was not trained for, if it is found; see `predict`."""
    if np.average(heard.flatness, weights=shares) > NOISE_FLATNESS_DB:
        yield f"{path}: noise or clicks rather than music; the answer says nothing"
    elif np.average(heard.percussiveness, weights=shares) > DRUMS_PERCUSSIVENESS:
        yield f"{path}: sounds like drums alone; then the answer says nothing"


class WindowReader:
    """Cuts a stream of blocks into windows and counts what it saw.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray [shape=(samples,), dtype=float32]
        Consecutive pieces of a mono signal at 22,050 Hz, such as `audio.stream` yields.
    hop : int
        Samples from the start of one window to the start of the next.
    filling : callable
        Makes a window of a file that is shorter than one.

    Attributes
    ----------
    samples : int
        How many were read so far.
    silent : int
        How many windows were left out so far because they hold nothing but silence.
    """

    def __init__(self, blocks: Iterable[np.ndarray], hop: int, filling: Callable = audio.surround):
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


def _batches(windows: Iterator, size: int = _WINDOWS_AT_ONCE) -> Iterator[list]:
    batch: list = []
    for window in windows:
        batch.append(window)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
