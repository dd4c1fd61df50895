"""FFmpeg's decoders, through PyAV: one recording, or several that lie one behind the other in a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from . import headers, signatures

if TYPE_CHECKING:
    import av

# How far what is there may fall short of what was announced: encoders' delays, and the last block of a damaged file.
TOLERATED_SECONDS = 0.1
_END_OF_STREAM = 4  # a flag of an ogg file's last page
_LOWEST_OF_MPEG_1 = 32_000  # Hz; below it frames are half as long
_PIECE = 1 << 16  # frames that are joined at once
_PLANES = 8  # that FFmpeg keeps in a frame itself
# Playlists and scripts name other files and addresses; FFmpeg would open them, and answer with their sound.
_NOTHING_ELSE = {"protocol_whitelist": "none"}
# FFmpeg estimates the length of these from their bit rate.
_WITHOUT_LENGTH = {"aac", "ac3", "eac3", "dts", "amr", "loas", "mpeg"}
_ESTIMATED_WHERE_CUT = {"asf", "avi", "sds"}
_FAILS_AT_ITS_END = "sds"  # the file that FFmpeg says is damaged where it ends
_UNITS = {"truehd", "mlp"}  # of whose last, where it lacks a part, FFmpeg says nothing
_LONGEST_UNIT = 8_190  # bytes


def refusals() -> tuple[type[Exception], ...]:
    """What is raised where FFmpeg does not take a file."""
    import av

    return av.FFmpegError, OSError, ValueError, IndexError, MemoryError, OverflowError


class Recordings:
    """One recording, or several one behind the other, as the first has its rate and channels.

    Attributes
    ----------
    sample_rate, channels : int
        Of the first.
    announced : float
        Seconds that the headers announce, 0 where they do not; this and what follows is complete behind the end.
    tolerated : float
        How many of these may be missing.
    damaged : int
        How many pieces could not be decoded.
    cut : bool
        Whether its end is missing.
    others : int
        How many further streams of sound it holds beside the one that is heard.
    """

    def __init__(self, files: Iterator[BinaryIO]) -> None:
        self._files = files
        self.announced, self.damaged, self.cut = 0.0, 0, False
        self._first = self._now = self._next(None)
        if not self._first:
            raise self._refusal
        self.sample_rate, self.channels, self.others, self.tolerated = (
            self._first.sample_rate, self._first.channels, self._first.others, self._first.tolerated)  # fmt: skip

    def read(self, frames: int) -> np.ndarray:
        """The next frames [shape=(frames, channels)] as float32, fewer at the end."""
        pieces = [self._now.read(frames)]
        while (missing := frames - sum(map(len, pieces))) and self._go_on():
            pieces.append(self._now.read(missing))
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]

    def _go_on(self) -> bool:
        """To the next recording, if there is one."""
        self.close()
        self.announced += self._now.announced
        self.damaged += self._now.damaged
        self.cut, self.others = self.cut or self._now.cut, max(self.others, self._now.others)
        self._now.announced = self._now.damaged = 0  # it is asked once more where nothing follows
        following = self._next(self._first)
        if following:
            self._now = following
            self.tolerated += following.tolerated
        return bool(following)

    def _next(self, first: _Recording | None) -> _Recording | None:
        """The next one that FFmpeg takes."""
        for file in self._files:
            try:
                return _Recording(file, first)
            except refusals() as refusal:
                self.damaged += 1
                self._refusal = refusal
        return None

    def close(self) -> None:
        self._now.close()


class _Recording:
    def __init__(self, file: BinaryIO, first: _Recording | None = None) -> None:
        import av

        flags, self._tagged_frames, self._said = (
            signatures.last_page(file), headers.tagged_frames(file), headers.said_seconds(file))  # fmt: skip
        self._bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        lenient = {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}  # 19 always is
        self._container = av.open(file, options=_NOTHING_ELSE, **lenient)
        streams = [stream for stream in self._container.streams.audio if stream.codec_context]
        if not streams:
            self._container.close()
            raise ValueError("it holds no sound, or in a codec that is not known")
        self._stream, self.others, self._kind = streams[0], len(streams) - 1, self._container.format.name
        codec = self._stream.codec_context
        self._is_mpeg = codec.name.startswith(("mp2", "mp3"))
        # A codec's may be others later on.
        self.sample_rate, self.channels, self._layout = (
            (first.sample_rate, first.channels, first._layout) if first
            else (codec.sample_rate, codec.channels, codec.layout.name))  # fmt: skip
        self.tolerated = TOLERATED_SECONDS
        if codec.name == "flac":
            codec.options = {"err_detect": "crccheck+explode"}  # or damaged frames would be heard
            if self._kind == "flac":
                self.tolerated = 0.5 / max(self.sample_rate, 1)  # a frame that is left out may be shorter than that
        self.damaged = 0
        self.cut = self._kind == "ogg" and flags is not None and not flags & _END_OF_STREAM
        self._film_seconds = 0.0
        self.announced = 0.0 if self._kind == "ogg" and flags is None else self._said_seconds()
        self._blocks = self._decoded()
        self._rest = np.empty((0, self.channels), dtype=np.float32)

    def _said_seconds(self) -> float:
        """The stream's length as its header says it, 0 where it does not."""
        import av

        if self._kind in _WITHOUT_LENGTH:
            return 0.0
        if self._kind in _ESTIMATED_WHERE_CUT and self._said:
            return self._said
        said = self._stream.duration or 0
        if self._kind == "caf":
            said = max(said, self._stream.frames)  # the first is what the file holds
        if said:
            seconds = float(said * self._stream.time_base)
            return min(seconds, self._tagged_seconds()) if self._kind == "mp3" else seconds
        seconds = (self._container.duration or 0) / av.time_base
        if self._container.streams.video:
            self._film_seconds = seconds
        return seconds

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
        import av

        for _, frames in groupby(self._frames(), _kind):
            try:
                yield from map(self._array, _joined(frames))
            except (ValueError, av.FFmpegError):
                self.damaged += 1

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Packets that cannot be decoded are counted and left out."""
        import av

        anything, whole, lost, strange, end = False, 0, 0, 0, 0
        for packet in self._packets():
            end = packet.pos + packet.size if packet.size and packet.pos else end
            if self._is_mpeg and packet.size:  # each holds a frame; of the last, a part may be missing
                whole = headers.mpeg_frame_bytes(bytes(memoryview(packet)[:4]))
                self.cut = packet.size < whole
            try:
                for frame in packet.decode():
                    if frame.is_corrupt:
                        lost += 1
                    elif lost or strange:
                        self.damaged += lost + (strange if anything else 0)
                        lost = strange = 0
                    anything = True
                    yield frame
            except (av.FFmpegError, ValueError):
                if self._is_mpeg and not whole:  # it holds no frame: behind the sound that is no damage, nor is a tag
                    strange += bytes(memoryview(packet)[:3]) != b"ID3"
                else:
                    lost += packet.size > 0
        self.cut = self.cut or bool(lost) or (self._kind in _UNITS and 0 < self._bytes - end <= _LONGEST_UNIT)

    def _packets(self) -> Iterator[av.Packet]:
        """Those of the stream, the last one empty."""
        import av

        films, reached = self._container.streams.video if self._film_seconds else (), 0.0
        packets = self._container.demux(self._stream, *films)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.FFmpegError, OSError):
                self.damaged += self._kind != _FAILS_AT_ITS_END
                break
            if films and packet.pts is not None:
                reached = max(reached, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if not films or packet.stream_index == self._stream.index:
                yield packet
        if films and reached > self._film_seconds - self.tolerated:  # a film's sound may end before its picture does
            self.announced = 0.0

    def _array(self, block: av.AudioFrame) -> np.ndarray:
        same = (block.sample_rate, block.layout.nb_channels) == (self.sample_rate, self.channels)
        # PyAV makes no array of 64-bit integers, and of eight planes it reads beyond the last, which ends the process.
        if not same or block.format.name.startswith("s64") or (block.format.is_planar and self.channels >= _PLANES):
            return self._converted(block)
        samples = block.to_ndarray()
        return as_float(samples.T if block.format.is_planar else samples.reshape(-1, self.channels))

    def _converted(self, block: av.AudioFrame) -> np.ndarray:
        import av

        converter = av.AudioResampler("flt", self._layout, self.sample_rate)
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
