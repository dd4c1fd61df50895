"""Opens any sound file by its content, decodes all that is in it, and says what is missing.

libsndfile decodes what is stored as it is (wav, aiff, ...), FFmpeg's libraries (PyAV) all else. Neither is shown the
file's name: both would guess from it, and FFmpeg takes some for addresses.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import soundfile

from ..errors import AudioError
from ..paths import check_readable
from . import headers

if TYPE_CHECKING:
    import av

LOWEST_RATE = 4_000  # Hz; half of it holds the lowest partials alone, and nothing can be told by them
_HIGHEST_RATE, _MOST_CHANNELS = 1_000_000, 64  # beyond them a header is damaged
# How far what is there may fall short of what was announced: encoders' delays, and the last block of a damaged file.
_TOLERATED_SECONDS = 0.1
_END_OF_STREAM = 4  # a flag of an ogg file's last page
_UNKNOWN_SIZE = 0x7FFF0000
_LOWEST_OF_MPEG_1 = 32_000  # Hz; below it frames are half as long
_PIECE = 1 << 16  # frames that are decoded at once
# Playlists and scripts name other files and addresses; FFmpeg would open them, and answer with their sound.
_NOTHING_ELSE = {"protocol_whitelist": "none"}
# FFmpeg estimates the length of these from their bit rate.
_WITHOUT_LENGTH = {"aac", "ac3", "eac3", "dts", "amr", "loas", "mpeg"}


class Source:
    """An open sound file.

    Attributes
    ----------
    sample_rate : int
        Its own rate in Hz.
    channels : int
        Number of channels.
    notes : list of str
        One line for each thing that is missing; complete when `read` has come to the end.

    Raises
    ------
    AudioError
        If there is no such file, it is no audio, or what its header says is impossible.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = path
        self.notes: list[str] = []
        self._frames = 0
        self._ended = False
        check_readable(path, AudioError)
        with ExitStack() as opened:
            self._file = opened.enter_context(_File(io.FileIO(path)))
            self._file.begin_at(headers.beginning(self._file))
            self._decoder = self._first_decoder()
            self.sample_rate, self.channels = self._decoder.sample_rate, self._decoder.channels
            self._check_header()
            opened.pop_all()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()
        self._file.close()

    def _first_decoder(self) -> _Sndfile | _Ffmpeg:
        try:
            self._goes_on = headers.says_too_little(self._file)
        except ValueError as reason:
            raise self._refusal(reason) from None
        self._file.seek(0)
        head = self._file.read(4)
        # Of a FLAC file libsndfile gives no more than its header says, and nothing behind a damage.
        compressed = head[:3] == b"ID3" or head in (b"OggS", b"fLaC") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")
        if not compressed:
            try:
                decoder = _Sndfile(self._file)
            except (soundfile.LibsndfileError, TypeError, ValueError):
                pass
            else:
                if decoder.has_all:
                    return decoder
                decoder.close()
        return self._ffmpeg()

    def _ffmpeg(self) -> _Ffmpeg:
        import av

        try:
            return _Ffmpeg(self._file)
        except (av.FFmpegError, OSError, ValueError, IndexError, MemoryError, OverflowError) as refusal:
            raise self._refusal(refusal) from None

    def _refusal(self, refusal: Exception) -> AudioError:
        reason = getattr(refusal, "strerror", None) or str(refusal) or type(refusal).__name__
        return AudioError(
            f"{self.path}: no audio that can be decoded here ({reason.strip().rstrip('.')}); "
            "convert it to wav, flac, ogg or mp3"
        )

    def _check_header(self) -> None:
        if not LOWEST_RATE <= self.sample_rate <= _HIGHEST_RATE:
            raise AudioError(
                f"{self.path}: its header says {self.sample_rate:,} samples per second; nothing can be told below "
                f"{LOWEST_RATE:,}, and more than {_HIGHEST_RATE:,} are no sound; export it again at 44,100"
            )
        if not 1 <= self.channels <= _MOST_CHANNELS:
            raise AudioError(f"{self.path}: its header says {self.channels} channels; export it again in stereo")

    def read(self, frames: int) -> np.ndarray:
        """The next frames, fewer at the end.

        Parameters
        ----------
        frames : int
            How many.

        Returns
        -------
        numpy.ndarray [shape=(frames, channels), dtype=float32 or int16]
            16-bit files decode five times faster as integers.
        """
        block = self._decoder.read(frames)
        self._frames += len(block)
        if len(block) < frames and not self._ended:
            self._ended = True
            self.notes += self._missing()
        return block

    def _missing(self) -> Iterator[str]:
        seconds, announced = self._frames / self.sample_rate, self._decoder.announced
        if announced and seconds < announced - self._decoder.tolerated:
            shares = f"{seconds:.2f} s of the {announced:.2f} s that its header announces"
            yield f"{self.path}: cut short or damaged, {shares} are there; using those"
        elif self._decoder.damaged:
            yield f"{self.path}: damaged, some of it could not be decoded; using the {seconds:.2f} s that could"
        elif self._decoder.cut:
            yield f"{self.path}: cut short, its end is missing; using the {seconds:.2f} s that are there"
        elif self._goes_on:
            yield (
                f"{self.path}: holds more than the {seconds:.2f} s that its header announces; those alone are heard, "
                "is the rest another recording?"
            )
        if self._decoder.others:
            yield f"{self.path}: holds {self._decoder.others + 1} streams of sound; using the first"


class _File(io.BufferedReader):
    """A file without a name, in which damaged headers may send the decoders anywhere: they print what Python raises."""

    name = ""
    _begin = 0

    def begin_at(self, byte: int) -> None:
        """Hide what lies before a byte, and go there."""
        self._begin = byte
        self.seek(0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return super().seek(offset + (self._begin if whence == os.SEEK_SET else 0), whence) - self._begin
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        return super().tell() - self._begin


class _Sndfile:
    """libsndfile's decoder."""

    others = 0
    cut = False
    tolerated = _TOLERATED_SECONDS

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        self._sound = soundfile.SoundFile(file)
        self.sample_rate, self.channels = self._sound.samplerate, self._sound.channels
        self._dtype = "int16" if self._sound.subtype in {"PCM_16", "PCM_S8", "PCM_U8"} else "float32"
        self.damaged = 0
        self.announced = self._said_frames() / max(self.sample_rate, 1)

    @property
    def has_all(self) -> bool:
        """Whether it can be trusted with this file: not if it sees nothing, nor with MPEG; of SDS it prints damages."""
        return self._sound.frames > 0 and not self._sound.subtype.startswith("MPEG") and self._sound.format != "SDS"

    def _said_frames(self) -> float:
        """How many frames the header says that there are: libsndfile believes what the file holds."""
        log = self._sound.extra_info
        said = re.findall(r"^ *(?:data|SSND|BODY|Data Size|Riff size|riff) *: (\d+) \(should be (\d+)\)",
                          log, re.MULTILINE)  # fmt: skip
        # Programs that write to a pipe announce the largest number that there is.
        longer = max((int(a) / max(int(b), 1) for a, b in said if int(a) < _UNKNOWN_SIZE), default=1.0)
        columns = re.findall(r"Cols *: (\d+)", log)  # of Matlab's
        return max(self._sound.frames * longer, *map(int, columns), 0)

    def read(self, frames: int) -> np.ndarray:
        pieces = []
        while frames > 0 and not self.damaged:
            try:
                # Small pieces: nothing of one in which decoding stops is returned.
                piece = self._sound.read(min(frames, _PIECE), dtype=self._dtype, always_2d=True)
            except (soundfile.LibsndfileError, ValueError):
                self.damaged = 1
                break
            pieces.append(piece)
            frames -= len(piece)
            if not len(piece):
                break
        return np.concatenate(pieces) if pieces else np.empty((0, self.channels), dtype=self._dtype)

    def close(self) -> None:
        self._sound.close()


class _Ffmpeg:
    """FFmpeg's decoders, through PyAV."""

    def __init__(self, file: BinaryIO) -> None:
        import av

        flags, self._tagged_frames = headers.last_page(file), headers.tagged_frames(file)
        file.seek(0)
        lenient = {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}  # 19 always is
        self._container = av.open(file, options=_NOTHING_ELSE, **lenient)
        streams = [stream for stream in self._container.streams.audio if stream.codec_context]
        if not streams:
            self._container.close()
            raise ValueError("it holds no sound, or in a codec that is not known")
        self._stream, self.others = streams[0], len(streams) - 1
        self.sample_rate, self.channels = self._stream.codec_context.sample_rate, self._stream.codec_context.channels
        self.tolerated = _TOLERATED_SECONDS
        if self._stream.codec_context.name == "flac":
            self._stream.codec_context.options = {"err_detect": "crccheck+explode"}  # or damaged frames would be heard
            self.tolerated = 0.5 / max(self.sample_rate, 1)  # a frame that is left out may be shorter than that
        self.damaged = 0
        self._kind = self._container.format.name
        self.cut = self._kind == "ogg" and flags is not None and not flags & _END_OF_STREAM
        self.announced = 0.0 if self._kind == "ogg" and flags is None else self._said_seconds()
        self._blocks = self._decoded()
        self._rest = np.empty((0, self.channels), dtype=np.float32)

    def _said_seconds(self) -> float:
        """The stream's length as its header says it, 0 where it does not."""
        import av

        if self._kind in _WITHOUT_LENGTH:
            return 0.0
        said = self._stream.duration or 0
        if self._kind == "caf":
            said = max(said, self._stream.frames)  # the first is what the file holds
        if said:
            seconds = float(said * self._stream.time_base)
            return min(seconds, self._tagged_seconds()) if self._kind == "mp3" else seconds
        # A film's sound may end before its picture does.
        return 0.0 if self._container.streams.video else (self._container.duration or 0) / av.time_base

    def _tagged_seconds(self) -> float:
        """An mp3's length as its first frame says it, 0 where it does not: FFmpeg estimates one also then."""
        samples = 1152 if self.sample_rate >= _LOWEST_OF_MPEG_1 else 576
        return (self._tagged_frames or 0) * samples / max(self.sample_rate, 1)

    def read(self, frames: int) -> np.ndarray:
        pieces, count = [self._rest], len(self._rest)
        while count < frames and (block := next(self._blocks, None)) is not None:
            pieces.append(block)
            count += len(block)
        signal = np.concatenate(pieces)
        self._rest = signal[frames:]
        return signal[:frames]

    def _decoded(self) -> Iterator[np.ndarray]:
        """Blocks of float32, as the first part of the file has its rate and channels."""
        for _, frames in groupby(self._frames(), _kind):
            try:
                yield from map(self._array, _joined(frames))
            except ValueError:  # a format that NumPy does not have
                self.damaged += 1

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Packets that cannot be decoded are counted and left out."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self.damaged += 1
                return
            if packet.size and self._kind == "mp3":  # each holds a frame; of the last a part may be missing
                self.cut = packet.size < headers.mpeg_frame_bytes(bytes(memoryview(packet)[:4]), self.sample_rate)
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                self.damaged += 1

    def _array(self, block: av.AudioFrame) -> np.ndarray:
        if (block.sample_rate, block.layout.nb_channels) != (self.sample_rate, self.channels):
            return self._converted(block)
        samples = block.to_ndarray()
        return as_float(samples.T if block.format.is_planar else samples.reshape(-1, self.channels))

    def _converted(self, block: av.AudioFrame) -> np.ndarray:
        """A later part of the file with another rate or other channels."""
        import av

        converter = av.AudioResampler("flt", self._stream.codec_context.layout.name, self.sample_rate)
        pieces = [piece.to_ndarray() for piece in (*converter.resample(block), *converter.resample(None))]
        return np.concatenate(pieces, axis=1).reshape(-1, self.channels)

    def close(self) -> None:
        self._container.close()


def _kind(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _joined(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """Frames alike, joined: to make an array of each one of an mp3 takes half as long as to decode it."""
    import av

    fifo = av.AudioFifo()
    for frame in frames:
        frame.pts = None  # damage makes times leap
        fifo.write(frame)
        if fifo.samples >= _PIECE:
            yield fifo.read()
    if fifo.samples:
        yield fifo.read()


def as_float(samples: np.ndarray) -> np.ndarray:
    """Samples of any type as float32 in [-1, 1].

    Examples
    --------
    >>> as_float(np.array([-32768, 0, 16384], dtype=np.int16)).tolist(), as_float(np.array([128], np.uint8)).item()
    ([-1.0, 0.0, 0.5], 0.0)
    """
    if samples.dtype.kind == "f":
        return samples.astype(np.float32, copy=False)
    full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
    middle = full_scale if samples.dtype.kind == "u" else 0
    return ((samples.astype(np.float64) - middle) / full_scale).astype(np.float32)
