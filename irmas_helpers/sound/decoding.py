"""Opens any sound file by its content, decodes all that is in it, and says what is missing.

libsndfile decodes what is stored as it is (wav, aiff, ...), FFmpeg's libraries (PyAV) all else. Neither is shown the
file's name: both would guess from it, and FFmpeg takes some for addresses.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import BinaryIO

import numpy as np
import soundfile

from ..errors import AudioError
from ..paths import check_readable
from . import ffmpeg, headers, signatures

SHORTEST_SECONDS = 0.1
LOWEST_RATE = 4_000  # Hz; half of it holds the lowest partials alone, and nothing can be told by them
_HIGHEST_RATE, _MOST_CHANNELS = 1_000_000, 64  # beyond them a header is damaged
_UNKNOWN_SIZE = 0x7FFF0000
_PIECE = 1 << 16  # frames that are decoded at once
_BUFFER = 1 << 16  # bytes that are read at once
_MOST_SAMPLES = 1 << 24  # of a block; of sixty channels or at a megahertz, seconds of it would fill the memory
# Where libsndfile's log, or the header itself, says how many frames there should be.
_FRAMES_SAID = {"MAT4": r"Cols *: (\d+)", "MAT5": r"Cols *: (\d+)", "AVR": r"Frames *: (\d+)",
                "MPC2K": r"Frames *: (\d+)", "NIST": r"sample_count -i (\d+)",
                "XI": r"^ *size *: (\d+)"}  # fmt: skip
_HEADER = 1_024  # bytes


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
            self._whole = opened.enter_context(_Whole(path))
            try:
                self._open(signatures.beginning(_File(self._whole)))
            except AudioError:
                self._check_disk()
                if not (hidden := signatures.hidden_beginning(_File(self._whole))):
                    raise
                self._open(hidden)
            opened.callback(self._decoder.close)
            self._check_disk()
            self.sample_rate, self.channels = self._decoder.sample_rate, self._decoder.channels
            self._check_form(self.sample_rate, self.channels)
            self._opened = opened.pop_all()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _open(self, begin: int) -> None:
        self._file = self._laid_out(begin)
        self._decoder = self._first_decoder()

    def _laid_out(self, begin: int) -> _File:
        """The file as decoders see it: without what lies before it, with a header that they understand."""
        try:
            end = begin + signatures.ending(_File(self._whole, begin))
            as_it_is = _File(self._whole, begin, end=end)
            header, behind = headers.mended(as_it_is)
            self._said, self._cut = headers.said_seconds(as_it_is), headers.is_cut(as_it_is)
            file = _File(self._whole, begin + behind, header, end)
            self._goes_on = headers.says_too_little(file)
            if said := headers.said_form(file):
                self._check_form(*said)
        except ValueError as reason:
            raise self._refusal(str(reason)) from None
        return file

    def _first_decoder(self) -> _Sndfile | ffmpeg.Recordings:
        begins = signatures.recordings(self._file)
        self._file.seek(0)
        head = self._file.read(4)
        # Of FLAC libsndfile gives no more than the header says, and nothing behind a damage; those of SDS it prints.
        others = head[:3] == b"ID3" or head in (b"OggS", b"fLaC") or head[:2] == b"\xf0\x7e"
        if not (others or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")):
            try:
                decoder = _Sndfile(self._file, self._said)
            except (soundfile.LibsndfileError, TypeError, ValueError):
                pass
            else:
                if decoder.has_all:
                    self._goes_on = self._goes_on or len(begins) > 1
                    return decoder
                decoder.close()
        return self._ffmpeg(begins)

    def _ffmpeg(self, begins: list[int]) -> ffmpeg.Recordings:
        try:
            return ffmpeg.Recordings(self._file.parts(begins))
        except ffmpeg.refusals() as refusal:
            reason = getattr(refusal, "strerror", None) or str(refusal) or type(refusal).__name__
            raise self._refusal(*signatures.why_not(self._file) or (reason,)) from None

    def _refusal(self, reason: str, cure: str = "convert it to wav, flac, ogg or mp3") -> AudioError:
        return AudioError(f"{self.path}: no audio that can be decoded here ({reason.strip().rstrip('.')}); {cure}")

    def _check_disk(self) -> None:
        if failure := self._whole.failure:
            raise AudioError(
                f"{self.path}: cannot be read to its end ({failure.strerror or failure}); copy it again, from elsewhere"
            )

    def _check_form(self, rate: float, channels: int) -> None:
        if not LOWEST_RATE <= rate <= _HIGHEST_RATE:
            raise AudioError(
                f"{self.path}: its header says {rate:,.10g} samples per second; nothing can be told below "
                f"{LOWEST_RATE:,}, and more than {_HIGHEST_RATE:,} are no sound; export it again at 44,100"
            )
        if not 1 <= channels <= _MOST_CHANNELS:
            raise AudioError(f"{self.path}: its header says {channels:,} channels; export it again in stereo")

    def frames_of(self, seconds: float) -> int:
        """The size of a block of so many seconds, or of fewer where its channels are many."""
        return max(1, min(round(seconds * self.sample_rate), _MOST_SAMPLES // self.channels))

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
        self._check_disk()
        self._frames += len(block)
        if len(block) < frames and not self._ended:
            self._ended = True
            if (self._decoder.damaged or self._decoder.cut) and self._frames < SHORTEST_SECONDS * self.sample_rate:
                raise self._refusal("it is damaged, and next to nothing of it could be decoded")
            self.notes += self._missing()
        return block

    def _missing(self) -> Iterator[str]:
        seconds, announced = self._frames / self.sample_rate, self._decoder.announced
        if announced and seconds < announced - self._decoder.tolerated:
            shares = f"{seconds:.2f} s of the {announced:.2f} s that its header announces"
            yield f"{self.path}: cut short or damaged, {shares} are there; using those"
        elif self._decoder.damaged:
            yield f"{self.path}: damaged, some of it could not be decoded; using the {seconds:.2f} s that could"
        elif self._decoder.cut or self._cut:
            yield f"{self.path}: cut short, its end is missing; using the {seconds:.2f} s that are there"
        elif self._goes_on:
            yield (
                f"{self.path}: holds more than the {seconds:.2f} s that its header announces; those alone are heard, "
                "is the rest another recording?"
            )
        if self._decoder.others:
            yield f"{self.path}: holds {self._decoder.others + 1} streams of sound; using the first"


class _Whole(io.FileIO):
    """A file that ends where a bad disk, or a share that is gone, refuses to go on."""

    failure: OSError | None = None  # not raised: libsndfile's callbacks would print it and go on

    def read(self, size: int = -1) -> bytes:
        try:
            return super().read(size)
        except OSError as error:
            self.failure = error
            return b""


class _Stretch(io.RawIOBase):
    """A file from one byte up to another, with a header in front of that."""

    def __init__(self, whole: io.FileIO, begin: int, header: bytes, end: int) -> None:
        self._whole, self._begin, self._header, self._at = whole, begin, header, 0
        self._size = max(0, min(end, whole.seek(0, os.SEEK_END)) - begin) + len(header)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        at = offset + (0, self._at, self._size)[whence]
        if not 0 <= at <= sys.maxsize:
            raise ValueError(f"there is no byte {at}")
        self._at = at
        return at

    def readinto(self, buffer: memoryview) -> int:
        if self._at < len(self._header):
            piece = self._header[self._at : self._at + len(buffer)]
        elif self._at < self._size:
            self._whole.seek(self._begin + self._at - len(self._header))
            piece = self._whole.read(min(len(buffer), self._size - self._at))
        else:
            piece = b""
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class _File(io.BufferedReader):
    """A stretch of a file without a name, in which damaged headers may send decoders anywhere: they print errors."""

    name = ""

    def __init__(self, whole: io.FileIO, begin: int = 0, header: bytes = b"", end: int = sys.maxsize) -> None:
        self._whole, self._begin = whole, begin
        super().__init__(_Stretch(whole, begin, header, end), _BUFFER)

    def parts(self, begins: list[int]) -> Iterator[_File]:
        """The stretches that begin at these bytes, each up to the next."""
        if len(begins) < 2:
            yield self
            return
        for at, end in pairwise([*begins, sys.maxsize - self._begin]):
            yield _File(self._whole, self._begin + at, end=self._begin + end)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1


class _Sndfile:
    """libsndfile's decoder."""

    others = 0
    tolerated = ffmpeg.TOLERATED_SECONDS

    def __init__(self, file: BinaryIO, said_seconds: float) -> None:
        file.seek(0)
        self._header = file.read(_HEADER)
        file.seek(0)
        self._sound = soundfile.SoundFile(file)
        self.sample_rate, self.channels = self._sound.samplerate, self._sound.channels
        self._dtype = "int16" if self._sound.subtype in {"PCM_16", "PCM_S8", "PCM_U8"} else "float32"
        self.damaged, self.cut = 0, "Seems to be a truncated file" in self._sound.extra_info
        self.announced = max(self._said_frames() / max(self.sample_rate, 1), said_seconds)

    @property
    def has_all(self) -> bool:
        """Whether it can be trusted with this file: not if it sees nothing, nor with MPEG."""
        return self._sound.frames > 0 and not self._sound.subtype.startswith("MPEG")

    def _said_frames(self) -> float:
        """How many frames the header says that there are: libsndfile believes what the file holds."""
        log = self._sound.extra_info
        said = re.findall(r"^ *(?:data|SSND|BODY|Data Size|Riff size|riff|Data length) *:? (\d+) \(?should be (\d+)",
                          log, re.MULTILINE)  # fmt: skip
        # Programs that write to a pipe announce the largest number that there is.
        longer = max((int(a) / max(int(b), 1) for a, b in said if int(a) < _UNKNOWN_SIZE), default=1.0)
        if form := _FRAMES_SAID.get(self._sound.format):
            size = 2 if self._sound.subtype == "DPCM_16" else 1  # that of an xi file is in bytes
            said = re.findall(form, f"{log}\n{self._header!r}", re.MULTILINE)
            return max(self._sound.frames, *(int(number) / size for number in said), 0)
        return self._sound.frames * longer

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
