"""What the headers of sound files say beyond what decoders tell: how long the sound is, and whether more follows.

Each function is given a file that is open for reading, and may leave it anywhere.
"""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from .signatures import MOST_CHUNKS, PADDING, behind_tags

_TAGS = (b"TAG", b"ID3", b"APETAGEX")
_FIRST_FRAME = 2_000  # bytes that hold the first of an mp3
_SAYS_FRAMES = 1  # a flag of the tag in it, which may say other things alone
_SIZES = {b"RIFF": "<I", b"RIFX": ">I", b"FORM": ">I"}  # how each writes the size of a chunk
_SOUND = {b"data", b"SSND"}
_SOUND_OR_FILE = _SOUND | _SIZES.keys()
_WITH_CHUNKS = {b"WAVE", b"AIFF", b"AIFC"}
_FIRST_HEADERS = 1 << 16  # bytes
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")  # begins what an asf file says of itself
_UNKNOWN = (0, 0xFFFFFFFF)  # what programs that write to a pipe say instead of a size
_MPEG_RATES = (44_100, 48_000, 32_000)  # Hz; of later versions, by their numbers, half or a quarter of it
_MPEG_VERSIONS = {3: 0, 2: 1, 0: 2}
# kbit/s by the number in an MPEG frame's header.
_KBPS = {
    "1, layer 3": (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    "1, layer 2": (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    "2": (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def tagged_frames(file: BinaryIO) -> int | None:
    """How many frames an mp3 says that it has; encoders that write to a pipe leave that out, or 0."""
    file.seek(behind_tags(file))
    frame = file.read(_FIRST_FRAME)
    for tag, place in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        at = frame.find(tag)
        if at >= 0 and len(frame) >= at + place + 4 and (tag == b"VBRI" or frame[at + 7] & _SAYS_FRAMES):
            return int.from_bytes(frame[at + place : at + place + 4], "big")
    return None


def mpeg_frame_bytes(head: bytes) -> int:
    """How long an MPEG frame is that begins with these four bytes; 0 for layer 1 and for what is none.

    Examples
    --------
    >>> mpeg_frame_bytes(b"\\xff\\xfb\\x90\\x00"), mpeg_frame_bytes(b"TAG ")
    (417, 0)
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0 or not 0 < head[2] >> 4 < 15:
        return 0
    version, layer, which = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 2 & 3
    if layer not in (2, 3) or version not in _MPEG_VERSIONS or which == 3:
        return 0
    sample_rate = _MPEG_RATES[which] >> _MPEG_VERSIONS[version]
    rates = _KBPS[f"1, layer {layer}" if version == 3 else "2"]
    samples = 1152 if version == 3 or layer == 2 else 576
    return samples // 8 * rates[(head[2] >> 4) - 1] * 1000 // sample_rate + (head[2] >> 1 & 1)


def mended(file: BinaryIO) -> tuple[bytes, int]:
    """What decoders are shown instead of a header in which they would not find the sound.

    They do not where chunks of an odd size before it lack their byte of padding or say a wrong size, nor in an au file
    of 0 bytes, nor in an htk file of another length than it says: that is shown as au.

    Returns
    -------
    header : bytes
        Empty where nothing has to be mended.
    begin : int
        The byte from which on the file follows behind it.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] == b".snd" and head[8:] == bytes(4):
        return head[:8] + b"\xff" * 4, 12
    if (htk := _htk(head)) and 12 + 2 * htk[0] != size:
        return struct.pack(">4s5I", b".snd", 24, 0xFFFFFFFF, 3, 10**7 // htk[1], 1), 12
    if head[:4] not in _SIZES or head[8:] not in _WITH_CHUNKS:
        return b"", 0
    if any(name in _SOUND for name, _, _ in _chunks(file, always_padded=True)):
        return b"", 0
    file.seek(0)
    start = file.read(PADDING)
    # Not where the same letters are of a text: of a chunk they are followed by a number.
    places = {match[0]: match.start() for match in re.finditer(rb"(?:fmt |COMM|data|SSND)(?=.{4})(?![ -~]{5})",
                                                               start, re.DOTALL)}  # fmt: skip
    description = places.get(b"fmt ", places.get(b"COMM"))
    sound = places.get(b"data", places.get(b"SSND"))
    if description is None or sound is None:
        return b"", 0
    (size,) = struct.unpack(_SIZES[head[:4]], start[description + 4 : description + 8])
    needed = start[description : description + 8 + size] + b"\0" * (size % 2)
    return head + needed + start[sound : sound + 8], sound + 8


def said_form(file: BinaryIO) -> tuple[float, int] | None:
    """Samples per second and channels as the header of a wav, aiff or au file says them; decoders may change them."""
    file.seek(0)
    head = file.read(24)
    if head[:4] == b".snd" and len(head) == 24:
        return struct.unpack(">II", head[16:])
    if head[:4] not in _SIZES:
        return None
    for name, at, _ in _chunks(file):
        file.seek(at)
        content = file.read(18)
        if name == b"fmt " and len(content) >= 8:
            channels, rate = struct.unpack(_SIZES[head[:4]][0] + "HI", content[2:8])
            return rate, channels
        if name == b"COMM" and len(content) == 18:
            return _extended(content[8:]), int.from_bytes(content[:2], "big")
    return None


def _extended(number: bytes) -> float:
    """A floating-point number of 80 bits.

    >>> _extended(bytes.fromhex("400eac44000000000000"))
    44100.0
    """
    sign, exponent = 1 - (number[0] >> 7) * 2, int.from_bytes(number[:2], "big") & 0x7FFF
    if exponent == 0x7FFF:
        return math.nan
    try:
        return sign * math.ldexp(int.from_bytes(number[2:], "big"), exponent - 16_383 - 63)
    except OverflowError:
        return sign * math.inf


def said_seconds(file: BinaryIO) -> float:
    """The length of an asf (wma), avi, sds or htk file as its header says it, 0 without.

    Of a cut one, decoders estimate it from what is there, or refuse it.
    """
    file.seek(0)
    head = file.read(_FIRST_HEADERS)
    samples, rate, before = 0, 1, 0.0
    if htk := _htk(head):
        samples, rate = htk[0], 1e7 / htk[1]
    elif head[:2] == b"\xf0\x7e" and head[3:4] == b"\1" and len(head) > 12:  # sds: three bytes of seven bits a number
        period, samples = (head[at] | head[at + 1] << 7 | head[at + 2] << 14 for at in (7, 10))
        rate = 1e9 / max(period, 1)
    elif 0 <= (at := head.find(_ASF_FILE)) <= len(head) - 88:
        samples, _, before = struct.unpack("<QQQ", head[at + 64 : at + 88])
        rate, before = 1e7, before / 1e3
    elif head[:4] == b"RIFF" and head[8:12] == b"AVI " and 0 <= (at := head.find(b"auds")) <= len(head) - 36:
        scale, rate, _, samples = struct.unpack("<IIII", head[at + 20 : at + 36])
        samples *= scale
    return max(0.0, samples / rate - before) if rate > 0 else 0.0


def _htk(head: bytes) -> tuple[int, int] | None:
    """How many samples an htk file says that it has, and how long each lasts, in units of 100 ns."""
    if head[4:6] != bytes(2) or head[8:12] != b"\0\2\0\0":
        return None
    samples, period = struct.unpack(">II", head[:8])
    return (samples, period) if period else None


def is_cut(file: BinaryIO) -> bool:
    """Whether the last block of a voc file, or the last frame of a paf, pvf or ircam file, lacks a part.

    How many there should be, none of them says.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(64)

    def number(at: int) -> int:  # in either byte order: it is a small one
        return min(int.from_bytes(head[at : at + 4], order) for order in ("little", "big"))

    if head.startswith(b"Creative Voice File\x1a"):
        return any(at > size for at in _voc_blocks(file, int.from_bytes(head[20:22], "little")))
    if head[:4] in (b" paf", b"fap "):
        begin, frame = 2_048, number(20) * {0: 2, 1: 32}.get(number(16), 1)  # of 24 bits, ten are packed
    elif re.match(rb"\x64\xa3[\x01-\x04]\0|\0[\x01-\x04]\xa3\x64", head):
        begin, frame = 1_024, number(8) * (number(12) & 0xFFFF)
    elif said := re.match(rb"PVF1\n(\d+) \d+ (\d+)\n", head):
        begin, frame = said.end(), int(said[1]) * int(said[2]) // 8
    else:
        return False
    return (size - begin) % max(frame, 1) != 0


def _voc_blocks(file: BinaryIO, at: int) -> Iterator[int]:
    """Where each block of a voc file ends as it says."""
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or not head[0]:
            return
        at += 4 + int.from_bytes(head[1:], "little")
        yield at


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
        at = _behind_chunks(file, size) if head[:4] in _SIZES else size
    file.seek(min(at, size))
    rest = file.read(PADDING)
    return bool(rest.strip(b"\0")) and not rest.startswith(_TAGS)


def _behind_chunks(file: BinaryIO, size: int) -> int:
    """The byte where, behind the sound, something begins that is no chunk beside it; the file's end without that."""
    sound_seen = False
    for name, at, said in _chunks(file):
        if sound_seen and name[:3] in {b"ID3", b"TAG"}:
            break
        if sound_seen and (name in _SOUND_OR_FILE or not re.fullmatch(rb"[ -~]{4}", name)):
            return at - 8
        if name in _SOUND:
            if said in _UNKNOWN:
                break
            sound_seen = True
    return size


def _chunks(file: BinaryIO, always_padded: bool = False) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a RIFF or FORM file: name, where its content begins, and how long it says that that is.

    Behind an odd one decoders expect a byte of padding, which some programs leave out. A `ValueError` where no sound is
    among the first thousand.
    """
    file.seek(0)
    order, at, sound_seen = _SIZES[file.read(4)], 12, False
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        name, length = file.read(4), file.read(4)
        if len(length) < 4:
            return
        (said,) = struct.unpack(order, length)
        sound_seen = sound_seen or name in _SOUND
        yield name, at + 8, said
        at += 8 + said
        file.seek(at)
        at += said % 2 and (always_padded or file.read(1) == b"\0")
    if not sound_seen:
        raise ValueError("no sound among its first thousand chunks")
