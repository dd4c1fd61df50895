"""What the headers of sound files say beyond what decoders tell: where the sound begins, how long it is, what follows.

Each function is given a file that is open for reading, and may leave it anywhere.
"""

from __future__ import annotations

import os
import re
import struct
from typing import BinaryIO

_CONTAINERS = re.compile(rb"RIFF|RIFX|RF64|FORM|fLaC|OggS|caff|\.snd|\x1aE\xdf\xa3|....ftyp", re.DOTALL)
_TAG_HEAD = 10  # bytes
_PADDING = 1 << 20  # bytes in which padding is looked through
_LONGEST_PAGE = 27 + 255 + 255 * 255  # of an ogg file, in bytes
_FIRST_FRAME = 2_000  # bytes that hold the first of an mp3
_MOST_CHUNKS = 1_000  # of a file that is none there is no end
_SIZES = {b"RIFF": "<I", b"RIFX": ">I", b"FORM": ">I"}  # how each writes the size of a chunk
_SOUND_OR_FILE = {b"data", b"SSND", b"RIFF", b"RIFX", b"FORM"}
_UNKNOWN = (0, 0xFFFFFFFF)  # what programs that write to a pipe say instead of a size
# kbit/s by the number in an MPEG frame's header.
_KBPS = {
    "1, layer 3": (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    "1, layer 2": (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    "2": (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def beginning(file: BinaryIO) -> int:
    """The byte where a container begins behind tags and padding; 0 where there is none that is known."""
    at = _behind_tags(file)
    if at > file.seek(0, os.SEEK_END):
        return _TAG_HEAD  # the tag's size is wrong: decoders would skip all there is
    file.seek(at)
    if _CONTAINERS.match(file.read(8)):
        return at
    file.seek(at)
    rest = file.read(_PADDING)
    padding = len(rest) - len(rest.lstrip(b"\0"))
    return at + padding if _CONTAINERS.match(rest[padding : padding + 8]) else 0


def _behind_tags(file: BinaryIO) -> int:
    """The byte behind ID3 tags."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(_TAG_HEAD)
        if head[:3] != b"ID3" or len(head) < _TAG_HEAD:
            return at
        at += _TAG_HEAD + sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))


def tagged_frames(file: BinaryIO) -> int | None:
    """How many frames an mp3 says that it has; encoders that write to a pipe leave that out, or 0."""
    file.seek(_behind_tags(file))
    frame = file.read(_FIRST_FRAME)
    for tag, place in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        at = frame.find(tag)
        if at >= 0 and len(frame) >= at + place + 4:
            return int.from_bytes(frame[at + place : at + place + 4], "big")
    return None


def mpeg_frame_bytes(head: bytes, sample_rate: int) -> int:
    """How long an MPEG frame is that begins with these four bytes; 0 for layer 1 and for what is none.

    Examples
    --------
    >>> mpeg_frame_bytes(b"\\xff\\xfb\\x90\\x00", 44_100), mpeg_frame_bytes(b"TAG ", 44_100)
    (417, 0)
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0 or not 0 < head[2] >> 4 < 15:
        return 0
    first_version, layer = head[1] & 24 == 24, 4 - (head[1] >> 1 & 3)
    if layer not in (2, 3):
        return 0
    rates = _KBPS[f"1, layer {layer}" if first_version else "2"]
    samples = 1152 if first_version or layer == 2 else 576
    return samples // 8 * rates[(head[2] >> 4) - 1] * 1000 // sample_rate + (head[2] >> 1 & 1)


def last_page(file: BinaryIO) -> int | None:
    """Flags of an ogg file's last page; None where there is none near its end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_PAGE))
    tail = file.read()
    at = tail.rfind(b"OggS")
    return tail[at + 5] if 0 <= at < len(tail) - 5 else None


def says_too_little(file: BinaryIO) -> bool:
    """Whether a wav, aiff or au file holds more behind the sound that its header announces than chunks and padding.

    That is so where the length in the header is too small, and where another recording follows. A `ValueError` where
    chunks are so many that decoders would look through them for minutes: in a file that was laid out and never written.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] == b".snd" and len(head) == 12:
        begin, sound = struct.unpack(">II", head[4:])
        at = size if sound in _UNKNOWN else begin + sound
    else:
        at = _behind_chunks(file, head[:4], size)
    file.seek(min(at, size))
    return bool(file.read(_PADDING).strip(b"\0"))


def _behind_chunks(file: BinaryIO, kind: bytes, size: int) -> int:
    """The byte where, behind the sound, something begins that is no chunk beside it; the file's end without that."""
    if kind not in _SIZES:
        return size
    at, sound_seen = 12, False
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        name, length = file.read(4), file.read(4)
        if len(length) < 4 or (sound_seen and name[:3] in {b"ID3", b"TAG"}):
            break
        if sound_seen and (name in _SOUND_OR_FILE or not re.fullmatch(rb"[ -~]{4}", name)):
            return at
        (said,) = struct.unpack(_SIZES[kind], length)
        if name in {b"data", b"SSND"}:
            if said in _UNKNOWN:
                break
            sound_seen = True
        file.seek(at + 8 + said)
        at += 8 + said + (said % 2 and file.read(1) == b"\0")  # some programs leave out the padding
    else:
        if not sound_seen:
            raise ValueError("no sound among its first thousand chunks")
    return size
