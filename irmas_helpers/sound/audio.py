"""Any audio file as float32 mono at 22,050 Hz, whole or as a stream, with a clear error for what is no audio.

Channels are averaged before resampling, which is what `librosa.load` computes, at a fraction of its cost; where they
cancel each other, the loudest is heard alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

import numpy as np
import soxr

from ..errors import AudioError
from . import decoding, ffmpeg

SAMPLE_RATE = 22_050
CLIP_SECONDS = 3.0
CLIP_SAMPLES = int(CLIP_SECONDS * SAMPLE_RATE)
# Below this peak a recording is taken for silence: three steps of a 16-bit file, 80 dB under full scale.
SILENCE_PEAK = 1e-4
SHORTEST_SECONDS = decoding.SHORTEST_SECONDS
BLOCK_SECONDS = 20.0
# Below this share of the channels' mean power, -30 dB, their average is what is left where one is turned around.
_CANCELLED = 1e-3
# Floating-point files may go beyond full scale, some as far as 32-bit integers do; powers of more would overflow.
_LARGEST_SAMPLE = 1e10
_FADE_SAMPLES = SAMPLE_RATE // 100
_RESAMPLER = "HQ"  # librosa's default, soxr_hq


class Recording(decoding.Source):
    """An open sound file as one mono signal.

    Attributes
    ----------
    silent : bool
        Whether what was read so far holds nothing but silence, see `is_silent`.
    """

    _lowest, _highest = np.inf, -np.inf

    @property
    def silent(self) -> bool:
        return self._highest - self._lowest < 2 * SILENCE_PEAK

    def blocks(self, frames: int) -> Iterator[np.ndarray]:
        """The whole file at its own rate, its channels averaged.

        Parameters
        ----------
        frames : int
            Samples of a block; the last has fewer.

        Yields
        ------
        numpy.ndarray [shape=(samples,), dtype=float32]

        Raises
        ------
        AudioError
            If samples are no finite numbers.
        """
        last, alone = False, None
        while not last:
            block = self.read(frames)
            last = len(block) < frames
            mono = mix_down(block if alone is None else block[:, alone : alone + 1])
            if alone is None and self.channels > 1 and _may_cancel(block, mono):
                alone = self._loudest_if_cancelling(block)
                mono = mono if alone is None else mix_down(block[:, alone : alone + 1])
            _check_finite(mono, self.path)
            self._lowest, self._highest = (min(self._lowest, mono.min(initial=np.inf)),
                                           max(self._highest, mono.max(initial=-np.inf)))  # fmt: skip
            yield mono

    def _loudest_if_cancelling(self, block: np.ndarray) -> int | None:
        """The channel to hear from here on instead of the average; None where that is right, or all are silent."""
        with np.errstate(all="ignore"):
            powers = np.square(block, dtype=np.float64).mean(axis=0)
            power = float(np.square(block.mean(axis=1, dtype=np.float64)).mean())
        loudest = int(powers.argmax())
        full_scale = 2.0**15 if block.dtype == np.int16 else 1.0
        if not np.sqrt(powers[loudest]) > SILENCE_PEAK * full_scale or power > _CANCELLED * powers.mean():
            return None
        self.notes.append(
            f"{self.path}: its channels cancel each other, as if one were wired the wrong way round; "
            f"heard from channel {loudest + 1} alone"
        )
        return loudest

    def stream(self, block_seconds: float = BLOCK_SECONDS) -> Iterator[np.ndarray]:
        """The whole file, resampled, in blocks; see `stream`."""
        frames = self.frames_of(block_seconds)
        if self.sample_rate == SAMPLE_RATE:
            yield from self.blocks(frames)
            return
        resampler = soxr.ResampleStream(self.sample_rate, SAMPLE_RATE, 1, quality=_RESAMPLER)
        for block in self.blocks(frames):
            yield resampler.resample_chunk(block, last=len(block) < frames)


def _may_cancel(block: np.ndarray, mono: np.ndarray) -> bool:
    """Whether little is left of a block's channels in their average; a hundred times faster than to know for sure."""
    if not len(block):
        return False
    samples = block.ravel().astype(np.float32, copy=False)
    full_scale = 2.0**15 if block.dtype == np.int16 else 1.0
    with np.errstate(all="ignore"):
        return not np.dot(mono, mono) > 2 * _CANCELLED * np.dot(samples, samples) / block.shape[1] / full_scale**2


def load_audio(path: str | os.PathLike, *, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Decode a whole file, average its channels and resample it.

    The numbers are those of ``librosa.load(path, sr=sample_rate)``, but where channels cancel each other: there the
    loudest is heard. What is missing of the file is not said here; `Recording.notes` has it.

    Parameters
    ----------
    path : path
        An audio file of any rate, length and number of channels.
    sample_rate : int
        Wanted rate in Hz.

    Returns
    -------
    numpy.ndarray [shape=(samples,), dtype=float32]
        The mono signal, in [-1, 1] for fixed-point files.

    Raises
    ------
    AudioError
        If the file cannot be read, is shorter than `SHORTEST_SECONDS`, or has only silence, or samples that are no
        finite numbers.
    """
    with Recording(path) as sound:
        rate = sound.sample_rate
        signal = np.concatenate([*sound.blocks(sound.frames_of(BLOCK_SECONDS))])
    require_sound(path, len(signal) / rate, sound.silent)
    if rate == sample_rate:
        return signal
    resampled = soxr.resample(signal, rate, sample_rate, quality=_RESAMPLER)
    return _fix_length(resampled, -(-len(signal) * sample_rate // rate))


def load_channels(path: str | os.PathLike, *, start: float = 0.0, stop: float | None = None) -> tuple[np.ndarray, int]:
    """Decode a stretch of a file as it is: all channels, at its own rate.

    Parameters
    ----------
    path : path
        An audio file.
    start, stop : float
        Seconds; `stop` None reads to the end.

    Returns
    -------
    signal : numpy.ndarray [shape=(samples, channels), dtype=float32]
        One column a channel.
    sample_rate : int
        The file's rate in Hz.

    Raises
    ------
    AudioError
        If the file cannot be read or has no samples between `start` and `stop`.
    ValueError
        If the stretch begins before 0 or ends where it begins or before.
    """
    if not (start >= 0 and (stop is None or stop > start)):
        raise ValueError(f"{start} s to {stop} s is no stretch of a file; it begins at 0 or later and ends after that")
    with decoding.Source(path) as sound:
        rate = sound.sample_rate
        first = round(start * rate)
        signal = np.concatenate([*_stretch(sound, first, None if stop is None else round(stop * rate))])
    if not len(signal):
        end = "its end" if stop is None else f"{stop} s"
        raise AudioError(f"{path}: has no samples between {start} s and {end}; is the file empty?")
    return signal, rate


def stream(path: str | os.PathLike, *, block_seconds: float = BLOCK_SECONDS) -> Iterator[np.ndarray]:
    """Decode a file of any length in blocks, mono and resampled, in bounded memory.

    Parameters
    ----------
    path : path
        An audio file.
    block_seconds : float
        Length of the decoded blocks.

    Yields
    ------
    numpy.ndarray [shape=(samples,), dtype=float32]
        Consecutive pieces of the mono signal; put together they are `load_audio`'s (to rounding).

    Raises
    ------
    AudioError
        If the file cannot be read or holds samples that are no finite numbers.
    """
    with Recording(path) as sound:
        yield from sound.stream(block_seconds)


def peaks(path: str | os.PathLike, *, step_seconds: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """The largest absolute sample of each stretch of a file of any length, to draw its waveform from.

    Parameters
    ----------
    path : path
        An audio file.
    step_seconds : float
        Length of a stretch; the last of each decoded block may be shorter.

    Returns
    -------
    starts : numpy.ndarray [shape=(stretches,)]
        In seconds.
    peaks : numpy.ndarray [shape=(stretches,)]
        In [0, 1] for fixed-point files.

    Raises
    ------
    AudioError
        See `stream`; and if the file is shorter than `SHORTEST_SECONDS`.
    """
    starts, largest, done = [], [], 0
    for block in stream(path):
        if len(block):
            firsts = np.arange(0, len(block), max(1, round(step_seconds * SAMPLE_RATE)))
            starts.append(done + firsts)
            largest.append(np.maximum.reduceat(np.abs(block), firsts))
            done += len(block)
    require_sound(path, done / SAMPLE_RATE, silent=False)
    return np.concatenate(starts) / SAMPLE_RATE, np.concatenate(largest)


def mix_down(signal: np.ndarray) -> np.ndarray:
    """Average the channels of float32 or int16 audio [shape=(samples, channels)], as libsndfile returns it.

    One matrix product is some ten times faster than ``mean(axis=1)`` over the interleaved rows.

    Returns
    -------
    numpy.ndarray [shape=(samples,), dtype=float32]
        In [-1, 1] for 16-bit input; the same numbers as from the float32 version of it.

    Examples
    --------
    >>> mix_down(np.array([[0.5, 0.0], [0.25, 0.75]], dtype=np.float32)).tolist()
    [0.25, 0.5]
    """
    channels = signal.shape[1]
    full_scale = 2**15 if signal.dtype == np.int16 else 1
    weights = np.full(channels, 1 / (channels * full_scale), dtype=np.float32)
    with np.errstate(all="ignore"):  # infinities are found, and named, by `_check_finite`
        return signal.astype(np.float32, copy=False) @ weights


def fit_length(signal: np.ndarray, samples: int = CLIP_SAMPLES) -> np.ndarray:
    """Cut a signal to a length, or repeat it until it has that length.

    Repeating keeps a short recording's average spectrum as it is; silence around it, see `surround`, would not.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(n, ...)]
        A signal with at least one sample; channels, if any, in columns.
    samples : int
        Wanted number of samples.

    Examples
    --------
    >>> fit_length(np.array([1, 2, 3]), 7).tolist()
    [1, 2, 3, 1, 2, 3, 1]
    """
    return np.resize(signal, (samples, *signal.shape[1:])) if len(signal) < samples else signal[:samples]


def surround(signal: np.ndarray, samples: int = CLIP_SAMPLES) -> np.ndarray:
    """Put a signal of at most so many samples in the middle of silence.

    It is faded in and out within 10 ms, or its ends would click.

    Examples
    --------
    >>> surround(np.ones(3, dtype=np.float32), 7).round(2).tolist()
    [0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """
    n, before = len(signal), (samples - len(signal)) // 2
    # scipy.signal.windows.tukey(n + 2, min(1, 2 * _FADE_SAMPLES / n)) without the zeros at its ends; see `features`.
    from_its_end = np.minimum(np.arange(1, n + 1), np.arange(n, 0, -1)) / min((n + 1) / 2, _FADE_SAMPLES * (n + 1) / n)
    fade = 0.5 - 0.5 * np.cos(np.pi * np.minimum(1, from_its_end))
    return np.pad(signal * fade.astype(np.float32), (before, samples - n - before))


def is_silent(signal: np.ndarray) -> bool:
    """Whether no sample is `SILENCE_PEAK` away from the middle: a constant is no sound either.

    Examples
    --------
    >>> is_silent(np.full(100, 0.3)), is_silent(np.array([0.0, 0.1]))
    (True, False)
    """
    return not len(signal) or bool(float(signal.max()) - float(signal.min()) < 2 * SILENCE_PEAK)


def _stretch(sound: decoding.Source, first: int, end: int | None) -> Iterator[np.ndarray]:
    """The frames from `first` up to `end`, None for all, as float32; what lies before is decoded and dropped."""
    position = 0
    yield np.empty((0, sound.channels), dtype=np.float32)
    size = sound.frames_of(BLOCK_SECONDS)
    while end is None or position < end:
        block = sound.read(size if end is None else min(size, end - position))
        yield ffmpeg.as_float(block[max(0, first - position) :])
        position += len(block)
        if len(block) < size and (end is None or position < end):
            return


def _fix_length(signal: np.ndarray, samples: int) -> np.ndarray:
    """Cut, or pad with zeros: soxr may return one sample more or less than ``ceil(n * ratio)``."""
    return signal[:samples] if len(signal) >= samples else np.pad(signal, (0, samples - len(signal)))


def require_sound(path: str | os.PathLike, seconds: float, silent: bool) -> None:
    """Refuse a file of so many seconds, all silent or not, that holds nothing to hear, by an `AudioError`.

    Examples
    --------
    >>> require_sound("note.wav", 0.05, silent=False)
    Traceback (most recent call last):
    irmas_helpers.errors.AudioError: note.wav: holds 0.0500 s; nothing can be told by less than 0.1 s, record more
    """
    if not seconds:
        raise AudioError(f"{path}: holds no samples; export or record it again")
    if seconds < SHORTEST_SECONDS:
        least = f"nothing can be told by less than {SHORTEST_SECONDS:g} s"
        raise AudioError(f"{path}: holds {rounded_down(seconds, 4)} s; {least}, record more")
    if silent:
        raise AudioError(f"{path}: holds nothing but silence; is it the right file or channel?")


def rounded_down(seconds: float, digits: int) -> str:
    """Seconds that are too few, in words: rounded up, they would seem to be enough.

    Examples
    --------
    >>> rounded_down(2.9999, 2), rounded_down(0.29, 2)
    ('2.99', '0.29')
    """
    scale = 10**digits
    return f"{math.floor(round(seconds * scale, 6)) / scale:.{digits}f}"  # 0.29 * 100 is a little less than 29


def _check_finite(signal: np.ndarray, path: str | os.PathLike) -> None:
    # One sum tells: a NaN, an infinity or a huge sample anywhere makes it NaN or huge. Only then look closer.
    with np.errstate(all="ignore"):
        if np.dot(signal, signal) < _LARGEST_SAMPLE**2:
            return
        bad = np.count_nonzero(~(np.abs(signal) < _LARGEST_SAMPLE))
    if bad:
        raise AudioError(f"{path}: {bad} samples are NaN, infinite or huge; export it again as 16-bit wav")
