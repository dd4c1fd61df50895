"""Which instrument plays in a file: windows of three seconds, a network's probabilities for each, one answer.

A file is read as a stream, so that a two-hour recording needs no more memory than a short one. Loud windows count more
than quiet ones, probabilities are brought to the model's temperature, and an answer that is not sure says so.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import numpy as np

from ..errors import AudioError, ModelError
from ..instruments import name_of
from ..learning import models
from ..scoring import openset
from ..scoring.calibration import Calibration, load_calibration, temper
from ..sound import audio, features
from ..sound.audio import CLIP_SECONDS, SAMPLE_RATE
from ..sound.windows import HOP_SECONDS, WindowReader, level_weights, rms_level
from ..workers import threads

NOISE_FLATNESS_DB = -7.0
DRUMS_ANISOTROPY = 1.2
LONE_SPARSITY = 0.3
LONE_SHARE = 0.7
NOT_SURE = "not sure"
_IN_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WINDOWS_AT_ONCE = 64
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Window:
    """The answer for one window."""

    start: float  # seconds from the beginning of the file
    end: float
    probabilities: dict[str, float]  # one a class, in the network's order; they sum to 1
    weight: float = 1.0  # how much it counts in the answer for the file, 0 to 1; see `windows.level_weights`
    foreign: float | None = None  # log-odds that none of the instruments leads; see `openset`


@dataclass(frozen=True)
class Prediction:
    """The answer for one file."""

    file: str  # its path as given
    seconds: float  # its length
    instrument: str  # the class with the largest mean probability: one of the eleven codes, or the learner's own
    probabilities: dict[str, float]  # mean over the windows by their weights, one a class
    windows: tuple[Window, ...]  # those that hold sound, in order
    notes: tuple[str, ...] = ()  # one line for each odd thing: cut short, padded, silent parts, noise, drums
    threshold: float | None = None  # the smallest top probability that counts as sure, if the model has a calibration
    foreign: float | None = None  # mean over the windows by their weights, if the model has a head for it
    foreign_threshold: float = 0.0  # above which none of the instruments is named
    timings: dict[str, float] = field(default_factory=dict)  # seconds for decoding, features and network

    @property
    def sure(self) -> bool:
        """Whether it is one of the instruments and the top probability reaches the threshold, if there is one."""
        return self.known and (self.threshold is None or self.probabilities[self.instrument] >= self.threshold)

    @property
    def known(self) -> bool:
        """Whether it sounds like one of the instruments; without a head for that question everything does."""
        return is_known(self.foreign, self.foreign_threshold)

    @property
    def doubt(self) -> str:
        """What is said instead of a name: "not sure", or "none of the eleven"; empty if it is sure."""
        return "" if self.sure else NOT_SURE if self.known else none_of(len(self.probabilities))

    def __str__(self) -> str:
        ranked = sorted(self.probabilities, key=self.probabilities.get, reverse=True)[:3]
        words = ", ".join(f"{name_of(code)} {self.probabilities[code]:.0%}" for code in ranked)
        if not self.known:
            return f"{self.file}: {self.doubt}, as far as I can tell ({words})"
        if self.threshold is None:
            return f"{self.file}: {words} (not calibrated)"
        return f"{self.file}: {words}" if self.sure else f"{self.file}: {self.doubt} ({words})"

    def as_dict(self) -> dict:
        """What ``predict --json`` prints: all that a program needs to tell an answer from a guess."""
        return {
            "file": self.file,
            "seconds": round(self.seconds, 3),
            "instrument": self.instrument,
            "sure": self.sure,
            "threshold": self.threshold,
            "known": self.known,
            "foreign": _rounded_number(self.foreign),
            "foreign_threshold": self.foreign_threshold,
            "probabilities": _rounded(self.probabilities),
            "notes": list(self.notes),
            "windows": [
                {
                    "start": round(window.start, 3),
                    "end": round(window.end, 3),
                    "weight": round(window.weight, 6),
                    "foreign": _rounded_number(window.foreign),
                    "probabilities": _rounded(window.probabilities),
                }
                for window in self.windows
            ],
        }


def is_known(foreign: float | None, threshold: float) -> bool:
    """Whether a score of how foreign a sound is, if there is one, lets it pass as one of the instruments."""
    return foreign is None or foreign <= threshold


def none_of(instruments: int) -> str:
    """What is said of a sound that is none of so many instruments.

    Examples
    --------
    >>> none_of(11), none_of(20)
    ('none of the eleven', 'none of the 20')
    """
    return f"none of the {_IN_WORDS[instruments] if instruments < len(_IN_WORDS) else instruments}"


def _rounded_number(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {code: round(p, 6) for code, p in probabilities.items()}


@dataclass(frozen=True)
class Predictor:
    """A network with what belongs to it, to be asked about many recordings.

    The calibration was fitted to single clips of three seconds. A longer recording gets the weighted mean of its
    windows' probabilities, which is rather too careful than too sure. A shorter one is heard in silence.

    A window whose sparsity, see `features.sparsity`, lies above 0.3 holds a lone note rather than music. There the
    answer is seven parts of the network for lone notes and three of the usual one: the largest share that cost nothing
    on songs of real IRMAS that neither had heard (`results/measured/lone.json`).
    """

    model: models.Network  # a network as `models.load_model` returns it
    calibration: Calibration | None = None  # the network's own; None leaves the probabilities as they are
    lone: models.Network | None = None  # the network for lone notes; None asks `model` about them as about all else
    head: openset.OpenSet | None = None  # says how foreign a window is, from the features of `model`
    lone_head: openset.OpenSet | None = None  # and from those of `lone`

    def predict(
        self, path: str | os.PathLike, hop_seconds: float = HOP_SECONDS, most_seconds: float = math.inf
    ) -> Prediction:
        """Name the instrument that leads in a recording.

        Two notes say where the network was asked about something that it was not trained for. The sound is nearer to
        noise than to music where its spectral flatness, see `features.spectral_flatness`, lies above -7 dB. None of the
        5,388 clips of real IRMAS that the models were trained on does; white, pink and blue noise and clicks (20
        synthetic clips each) all do. Brown noise and mains hum do not, but are answered "not sure".

        It sounds like drums alone where its anisotropy, see `features.anisotropy`, lies above 1.2: its log-mel changes
        more along time than along frequency. So do 35 of those 5,388 clips (0.6 %, 22 of them organs), and none of 90
        from Freesound; that is no test, for the measure was chosen with those 90 in view, a use beside the looks at
        answers for them that the model's card counts. Of 200 rendered drum loops of 3 s, 156 get one of the notes
        (78 %): nearly all but those with a ringing ride cymbal, in jazz, of which 16 of 50 do. 29 loops get a sure
        answer, which is wrong, 4 of them without a note. That was before there were heads: with them each of
        these loops and noises is called none of the eleven, and 27 of 36 synthetic sentences.

        Parameters
        ----------
        path : path
            An audio file of any length.
        hop_seconds : float
            From the start of one window to the start of the next, a sample or more.
        most_seconds : float
            How long the recording may be. A file's size does not tell: a small one can hold days of clicks or silence.

        Raises
        ------
        AudioError
            If the file cannot be read, or holds too much, nothing, only silence, or samples that are no finite numbers.
        ModelError
            If the network answers with NaN or infinity.
        """
        clock, heard = _Clock(), _Heard()
        with audio.Recording(path) as sound:
            blocks = _up_to(most_seconds, sound.stream(), path)
            reader = WindowReader(blocks, round(hop_seconds * SAMPLE_RATE), _filling(self.model))
            windows = reader.windows()
            while batch := clock.time("decoding", list, islice(windows, _WINDOWS_AT_ONCE)):
                spectrograms = clock.time("features", _log_mels, batch)
                heard.add(batch, spectrograms, *clock.time("network", self.hear, spectrograms))
        audio.require_sound(path, reader.samples / SAMPLE_RATE, silent=sound.silent or not heard.starts)
        seconds, shares = reader.samples / SAMPLE_RATE, level_weights(np.array(heard.levels))
        probabilities = np.concatenate(heard.probabilities)
        models.check_finite(probabilities)
        if self.calibration:
            probabilities = temper(probabilities, self.calibration.temperature)
        mean, classes = np.average(probabilities, axis=0, weights=shares), models.classes_of(self.model)
        foreign = np.concatenate(heard.foreign).tolist() if self.head else [None] * len(shares)
        return Prediction(
            file=os.fspath(path),
            seconds=seconds,
            instrument=classes[int(mean.argmax())],
            probabilities=_by_class(classes, mean),
            windows=tuple(
                Window(start, min(start + CLIP_SECONDS, seconds), _by_class(classes, row), float(share), score)
                for start, row, share, score in zip(heard.starts, probabilities, shares, foreign, strict=True)
            ),
            notes=(*sound.notes, *_notes(path, reader), *_unlike_music(path, heard, shares)),
            threshold=self.calibration and self.calibration.threshold,
            foreign=float(np.average(foreign, weights=shares)) if self.head else None,
            foreign_threshold=self.head.threshold if self.head else 0.0,
            timings=clock.seconds,
        )

    def listen(self, spectrograms: np.ndarray) -> np.ndarray:
        """Probabilities for windows; about those with a lone note two networks are asked, where there are two.

        Parameters
        ----------
        spectrograms : numpy.ndarray [shape=(windows, 128, 130)]
            Log-mels in dB relative to each window's maximum.

        Returns
        -------
        numpy.ndarray [shape=(windows, classes)]
            Before calibration.
        """
        return self.hear(spectrograms)[0]

    def hear(self, spectrograms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `listen`, and how foreign each window is [shape=(windows,)]: nothing is, 0, where there is no head."""
        heard, foreign = _asked(self.model, self.head, spectrograms)
        alone = features.sparsity(spectrograms) > LONE_SPARSITY if self.lone else np.zeros(len(heard), dtype=bool)
        if alone.any():
            own, own_foreign = _asked(self.lone, self.lone_head, spectrograms[alone])
            heard[alone] = LONE_SHARE * own + (1 - LONE_SHARE) * heard[alone]
            if self.lone_head:
                foreign[alone] = LONE_SHARE * own_foreign + (1 - LONE_SHARE) * foreign[alone]
        return heard, foreign


def load_predictor(model_file: str | os.PathLike = models.DEFAULT_EXPORTED) -> Predictor:
    """A network, by default the one that comes with the package, with what lies beside its file.

    That is its calibration, its network for lone notes, and both networks' heads for what is none of the classes, each
    None where there is no such file. A `ModelError` if one is damaged, the first is missing, or the two networks have
    other classes.
    """
    network, lone = models.load_model(model_file), models.load_lone(model_file)
    if lone and models.classes_of(lone) != models.classes_of(network):
        raise ModelError(f"{model_file}: the network for lone notes beside it knows other classes; take it away")
    heads = openset.load(model_file), openset.load(models.lone_file(model_file))
    return Predictor(network, load_calibration(model_file), lone, *heads)


def _asked(
    network: models.Network, head: openset.OpenSet | None, spectrograms: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A network's probabilities, and how foreign its head finds each window."""
    if head is None:
        return models.predict_log_mel(network, spectrograms), np.zeros(len(spectrograms), np.float32)
    probabilities, summary = models.hear(network, spectrograms)
    if summary is None or summary.shape[1] != len(head.mean):
        raise ModelError("NAME_openset.npz beside the network is of another network; delete it, or fit it again")
    return probabilities, head.score(summary)


def _up_to(most_seconds: float, blocks: Iterator[np.ndarray], path: str | os.PathLike) -> Iterator[np.ndarray]:
    """A recording's blocks, and an `AudioError` as soon as they are longer than that."""
    samples = 0
    for block in blocks:
        samples += len(block)
        if samples > most_seconds * SAMPLE_RATE:
            raise AudioError(f"{path}: more than {most_seconds / 60:g} minutes of sound; take a part of it")
        yield block


def _filling(model: models.Network) -> Callable[[np.ndarray], np.ndarray]:
    """What makes a window of a recording that is shorter: silence around it, or repeating for means over time.

    The middle half second of test clips of real IRMAS was named rightly for 63 % in silence and for 60 % repeated, a
    quarter of a second for 52 and 46 % (five folds by song, `results/measured/short.json`).
    """
    return audio.surround if models.feature_of(model) == "log_mel" else audio.fit_length


class _Clock:
    """Adds up the seconds that calls of each kind take."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, kind: str, function: Callable[..., _Result], *arguments: object) -> _Result:
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
    anisotropy: list[float] = field(default_factory=list)
    probabilities: list[np.ndarray] = field(default_factory=list)
    foreign: list[np.ndarray] = field(default_factory=list)

    def add(self, batch: list, spectrograms: np.ndarray, probabilities: np.ndarray, foreign: np.ndarray) -> None:
        self.starts += [start for start, _ in batch]
        self.levels += [rms_level(signal) for _, signal in batch]
        self.flatness += map(features.spectral_flatness, spectrograms)
        self.anisotropy += map(features.anisotropy, spectrograms)
        self.probabilities.append(probabilities)
        self.foreign.append(foreign)


def _log_mels(batch: list) -> np.ndarray:
    with ThreadPoolExecutor(threads()) as pool:  # FFTs let others work meanwhile
        return np.stack([*pool.map(features.log_mel, [signal for _, signal in batch])])


def _by_class(classes: Sequence[str], row: np.ndarray) -> dict[str, float]:
    return {each: float(p) for each, p in zip(classes, row, strict=True)}


def _notes(path: str | os.PathLike, reader: WindowReader) -> Iterator[str]:
    seconds = reader.samples / SAMPLE_RATE
    if seconds < CLIP_SECONDS:
        how = "with silence" if reader.filling is audio.surround else "by repeating the recording"
        shown = audio.rounded_down(seconds, 2)
        yield f"{path}: {shown} s is less than one window of {CLIP_SECONDS:g} s; padded {how}"
    if reader.silent:
        yield f"{path}: {reader.silent} windows hold nothing but silence and were left out"


def _unlike_music(path: str | os.PathLike, heard: _Heard, shares: np.ndarray) -> Iterator[str]:
    """A note on what the network was not trained for, if it is found; see `Predictor.predict`."""
    if np.average(heard.flatness, weights=shares) > NOISE_FLATNESS_DB:
        yield f"{path}: noise or clicks rather than music; the answer says nothing"
    elif np.average(heard.anisotropy, weights=shares) > DRUMS_ANISOTROPY:
        yield f"{path}: sounds like drums alone; then the answer says nothing"
