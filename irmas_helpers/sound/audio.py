"""Any audio file as float32 mono at 22,050 Hz, whole or as a stream, with a clear error for what is no audio.

libsndfile decodes (wav of every depth, flac, ogg, mp3 and more); files that it does not know are handed to
`audioread` (ffmpeg, or the system's decoder), where there is one. Channels are averaged before resampling, which is
what `librosa.load` computes, at a fraction of its cost.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ..errors import AudioError
from ..paths import check_readable

SAMPLE_RATE = 22_050
CLIP_SECONDS = 3.0
CLIP_SAMPLES = int(CLIP_SECONDS * SAMPLE_RATE)
# Below this peak a recording is taken for silence: three steps of a 16-bit file, 80 dB under full scale.
SILENCE_PEAK = 1e-4
BLOCK_SECONDS = 20.0
# Floating-point files may go beyond full scale, some as far as 32-bit integers do; powers of more would overflow.
_LARGEST_SAMPLE = 1e10
_FADE_SAMPLES = SAMPLE_RATE // 100
_RESAMPLER = "HQ"  # librosa's default, soxr_hq


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself."""

    seconds: float  # length of what can be decoded
    sample_rate: int  # its own in Hz
    channels: int
    note: str = ""  # one line on what is odd (a file that was cut short)


def info(path: str | os.PathLike) -> AudioInfo:
    """Length, rate and channels of an audio file, without decoding it; an `AudioError` if it is none."""
    with _open(path) as sound:
        return AudioInfo(sound.frames / sound.samplerate, sound.samplerate, sound.channels, truncation_note(path))


def load_audio(path: str | os.PathLike, *, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Decode a whole file, average its channels and resample it.

    The numbers are those of ``librosa.load(path, sr=sample_rate)``.

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
        If the file cannot be read, or has no samples, only silence, or samples that are no finite numbers.
    """
    with _open(path) as sound:
        signal, rate = mix_down(_read(sound, path, -1, _exact_type(sound))), sound.samplerate
    _check_finite(signal, path)
    require_sound(path, len(signal), is_silent(signal))
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
    with _open(path) as sound:
        rate = sound.samplerate
        frames = -1 if stop is None else round(stop * rate) - round(start * rate)
        signal = _read(sound, path, frames, "float32", start=min(round(start * rate), sound.frames))
    if not len(signal):
        raise AudioError(f"{path}: has no samples between {start} s and {stop or 'its end'} s; is the file empty?")
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
    with _open(path) as sound:
        rate = sound.samplerate
        resampler = None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, quality=_RESAMPLER)
        frames = max(1, round(block_seconds * rate))
        last = False
        while not last:
            block = mix_down(_read(sound, path, frames, _exact_type(sound)))
            last = len(block) < frames
            _check_finite(block, path)
            yield block if resampler is None else resampler.resample_chunk(block, last=last)


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
        See `stream`.
    """
    starts, largest, done = [], [], 0
    for block in stream(path):
        if len(block):
            firsts = np.arange(0, len(block), max(1, round(step_seconds * SAMPLE_RATE)))
            starts.append(done + firsts)
            largest.append(np.maximum.reduceat(np.abs(block), firsts))
            done += len(block)
    require_sound(path, done, silent=False)
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
    from scipy.signal.windows import tukey

    share = min(1.0, 2 * _FADE_SAMPLES / len(signal))
    before = (samples - len(signal)) // 2
    faded = signal * tukey(len(signal) + 2, share)[1:-1].astype(np.float32)  # a Tukey window begins and ends with 0
    return np.pad(faded, (before, samples - len(signal) - before))


def is_silent(signal: np.ndarray) -> bool:
    """Whether no sample reaches `SILENCE_PEAK`."""
    return bool(max(signal.max(initial=0.0), -signal.min(initial=0.0)) < SILENCE_PEAK)


def truncation_note(path: str | os.PathLike) -> str:
    """One line if a wav file announces more audio than it holds, else an empty string."""
    announced, held = _wav_data_bytes(path)
    if held >= announced:
        return ""
    return f"{path}: cut short, {held / announced:.0%} of the audio that its header announces is there; using that"


def _wav_data_bytes(path: str | os.PathLike) -> tuple[int, int]:
    """Bytes of audio that a RIFF header announces, and those that the file holds; (0, 0) for other files."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        riff, _, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
        if (riff, wave) != (b"RIFF", b"WAVE"):
            return 0, 0
        while len(header := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", header)
            if name == b"data":
                unknown = length == 0xFFFFFFFF  # written by programs that stream to a pipe
                return (0 if unknown else length), size - file.tell()
            file.seek(length + length % 2, os.SEEK_CUR)
    return 0, 0


def _fix_length(signal: np.ndarray, samples: int) -> np.ndarray:
    """Cut, or pad with zeros: soxr may return one sample more or less than ``ceil(n * ratio)``."""
    return signal[:samples] if len(signal) >= samples else np.pad(signal, (0, samples - len(signal)))


def require_sound(path: str | os.PathLike, samples: int, silent: bool) -> None:
    """Refuse a file of so many samples, all of them silent or not, that holds nothing to hear, by an `AudioError`."""
    if not samples:
        raise AudioError(f"{path}: holds no samples; export or record it again")
    if silent:
        raise AudioError(f"{path}: holds nothing but silence; is it the right file or channel?")


def _check_finite(signal: np.ndarray, path: str | os.PathLike) -> None:
    # One sum tells: a NaN, an infinity or a huge sample anywhere makes it NaN or huge. Only then look closer.
    with np.errstate(all="ignore"):
        if np.dot(signal, signal) < _LARGEST_SAMPLE**2:
            return
        bad = np.count_nonzero(~(np.abs(signal) < _LARGEST_SAMPLE))
    if bad:
        raise AudioError(f"{path}: {bad} samples are NaN, infinite or huge; export it again as 16-bit wav")


def _exact_type(sound) -> str:
    """The smallest type that holds the file's samples exactly: 16-bit files decode five times faster as integers."""
    return "int16" if sound.subtype in {"PCM_16", "PCM_S8", "PCM_U8"} else "float32"


def _read(sound, path: str | os.PathLike, frames: int, dtype: str, start: int = 0) -> np.ndarray:
    """`frames` frames (all with -1), two-dimensional; with `start` from there on, else from where the last ones end."""
    try:
        if start:
            sound.seek(start)
        return sound.read(frames, dtype=dtype, always_2d=True)
    except (soundfile.LibsndfileError, ValueError) as error:
        raise AudioError(
            f"{path}: decoding stopped ({_reason(error)}); the file is damaged, export it again"
        ) from error


@contextmanager
def _open(path: str | os.PathLike):
    """An open sound file with `frames`, `samplerate`, `channels`, `seek` and `read`."""
    check_readable(path, AudioError)
    try:
        # As bytes where names are bytes: soundfile would refuse those that are in no encoding.
        sound = soundfile.SoundFile(os.fspath(path) if os.name == "nt" else os.fsencode(path))
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a name in .raw, which says no rate
        sound = _open_with_audioread(path, error)
    with sound:
        yield sound


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return text.strip().rstrip(".")


def _open_with_audioread(path: str | os.PathLike, refusal: Exception) -> _AudioreadFile:
    """Let audioread's decoders (ffmpeg, Core Audio, ...) try what libsndfile does not know."""
    no_audio = AudioError(
        f"{path}: no audio that can be decoded here ({_reason(refusal)}); "
        "convert it to wav, flac, ogg or mp3, or install ffmpeg"
    )
    # A name that promises wav and the like is libsndfile's to judge: ffmpeg would find "audio" in almost any bytes.
    if Path(path).suffix.lower().lstrip(".").upper() in soundfile.available_formats():
        raise no_audio from None
    try:
        import audioread
    except ImportError:
        raise no_audio from None
    try:
        return _AudioreadFile(audioread.audio_open(path))
    except (OSError, EOFError, audioread.DecodeError):
        raise no_audio from None


class _AudioreadFile:
    """The part of `soundfile.SoundFile` that this module needs, over an audioread decoder (16-bit samples)."""

    subtype = "PCM_16"

    def __init__(self, decoder) -> None:
        self._decoder = decoder
        self.samplerate = decoder.samplerate
        self.channels = decoder.channels
        self.frames = int(decoder.duration * decoder.samplerate)
        self._blocks = iter(decoder)
        self._rest = np.empty((0, self.channels), dtype=np.int16)

    def __enter__(self) -> _AudioreadFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()

    def seek(self, frame: int) -> None:
        """Skip forward; an audioread decoder only runs one way."""
        self.read(frame)

    def read(self, frames: int = -1, dtype: str = "int16", **_: object) -> np.ndarray:
        """Like `soundfile.SoundFile.read`, always two-dimensional."""
        pieces, count = [self._rest], len(self._rest)
        while frames < 0 or count < frames:
            block = next(self._blocks, None)
            if block is None:
                break
            pieces.append(np.frombuffer(block, "<i2").reshape(-1, self.channels))
            count += len(pieces[-1])
        signal = np.concatenate(pieces)
        cut = len(signal) if frames < 0 else frames
        self._rest = signal[cut:]
        return signal[:cut] if dtype == "int16" else signal[:cut].astype(np.float32) / 2**15
