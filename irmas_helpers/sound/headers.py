"""What the headers of sound files say beyond what decoders tell: where the sound begins, how long it is, what follows.

Each function is given a file that is open for reading, and may leave it anywhere.
"""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

_CONTAINERS = re.compile(rb"RIFF|RIFX|RF64|FORM|fLaC|OggS|caff|\.snd|\x1aE\xdf\xa3|....ftyp", re.DOTALL)
# A first frame of wv, tta, adts, latm, ac3, dts, truehd or amr: decoders take tags for damage there.
_FRAMES = re.compile(rb"wvpk|TTA1|\xff[\xf0\xf1\xf8\xf9]|\x56[\xe0-\xff]|\x0b\x77|\x7f\xfe\x80\x01|"
                     rb".{4}\xf8\x72\x6f[\xba\xbb]|#!AMR", re.DOTALL)  # fmt: skip
_TAGS = (b"TAG", b"ID3", b"APETAGEX")
_TAG_HEAD = 10  # bytes
_APE_FOOTER = 32  # bytes, as many as its header
_PADDING = 1 << 20  # bytes in which padding is looked through
_LONGEST_PAGE = 27 + 255 + 255 * 255  # of an ogg file, in bytes
_FIRST_FRAME = 2_000  # bytes that hold the first of an mp3
_MOST_LOST = 100  # times that the next page of an ogg file is looked for
_MOST_CHUNKS = 1_000  # of a file that is none there is no end
_SIZES = {b"RIFF": "<I", b"RIFX": ">I", b"FORM": ">I"}  # how each writes the size of a chunk
_SOUND = {b"data", b"SSND"}
_SOUND_OR_FILE = _SOUND | _SIZES.keys()
_WITH_CHUNKS = {b"WAVE", b"AIFF", b"AIFC"}
_FIRST_OF_STREAM = 2  # a flag of an ogg file's pages
_FIRST_HEADERS = 1 << 16  # bytes
_ASF_FILE_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")  # begins what an asf file says of itself
# How files begin that hide another one of their kind.
_SEVERAL_IN_ONE = (
    rb"fLaC[\0\x80]\0\0\x22",
    rb"caff\0\x01\0\0desc",
    rb"(?:RF64|BW64)....WAVEds64",
    rb"FLV\x01[\x01\x04\x05]\0\0\0\x09",
    rb"TTA1\x01\0",
    rb"\xf0\x7e.\x01.{16}\xf7",  # a sample dump by MIDI
    re.escape(_ASF_FILE_HEADER),
)
_LONGEST_SIGNATURE = 21  # bytes
# What no noise looks like: a file's beginning that may lie behind anything.
_SURE = re.compile(
    rb"RIF[FX]....(?:WAVE|AVI )|FORM....(?:AIF[FC]|8SVX|16SV)|OggS\0\x02\0{8}....\0{4}|\0\0\0.ftyp[ -~]{4}|"
    rb"\x1aE\xdf\xa3.{1,40}?(?:matroska|webm)|\.snd\0\0.{6}\0\0\0.\0.{3}\0\0\0.|riff\x2e\x91\xcf\x11|"
    rb"wvpk.{4}[\0-\x20]\x04|NIST_1A\n|Creative Voice File\x1a|#!AMR|" + rb"|".join(_SEVERAL_IN_ONE),
    re.DOTALL,
)
# What else people take for sound: how it begins, what it is, and what helps.
_OTHER_FILES = (
    (
        rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*|RIFF....WEBP|BM.{4}\0{4}|....ftyp(?:hei[cx]|mif1|avif)",
        "a picture",
        "name the sound itself",
    ),
    (
        rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh[1-9]|\xfd7zXZ|.{257}ustar",
        "an archive",
        "unpack it, name what is in it",
    ),
    (rb"MThd|RIFF....RMID", "MIDI, notes without sound", "play it with a synthesizer and record that as wav"),
    (rb"%PDF|\xd0\xcf\x11\xe0|\{\\rtf", "a document", "name the sound itself"),
    (rb"\x93NUMPY|\x89HDF|PAR1|SQLite format", "data of another program", "write the sound in it as wav"),
)
_UNKNOWN = (0, 0xFFFFFFFF)  # what programs that write to a pipe say instead of a size
_MPEG_RATES = (44_100, 48_000, 32_000)  # Hz; of later versions, by their numbers, half or a quarter of it
_MPEG_VERSIONS = {3: 0, 2: 1, 0: 2}
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
    if _CONTAINERS.match(first := file.read(8)) or _FRAMES.match(first):
        return at
    file.seek(at)
    rest = file.read(_PADDING)
    padding = len(rest) - len(rest.lstrip(b"\0"))
    first = rest[padding : padding + 8]
    return at + padding if _CONTAINERS.match(first) or _FRAMES.match(first) else 0


def ending(file: BinaryIO) -> int:
    """The byte where the last frame ends, before ID3v1 and APE tags, in a file of nothing but frames; or its end."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not _FRAMES.match(file.read(8)):
        return end
    while True:
        file.seek(max(0, end - 128))
        tail = file.read(min(end, 128))
        if tail[:3] == b"TAG":
            end -= len(tail)
        elif tail[-32:-24] == b"APETAGEX":
            size, _, flags = struct.unpack("<III", tail[-20:-8])
            end -= min(end, max(size, _APE_FOOTER) + _APE_FOOTER * (flags >> 31))  # damaged, it may say less
        else:
            return end


def hidden_beginning(file: BinaryIO) -> int:
    """The byte where a sound begins behind others that no decoder understands; 0 where there is none."""
    file.seek(0)
    start = file.read(_PADDING)
    if _CONTAINERS.match(start) or any(re.match(form, start, re.DOTALL) for form, _, _ in _OTHER_FILES):
        return 0
    found = _SURE.search(start)
    return found.start() if found else 0


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


def last_page(file: BinaryIO) -> int | None:
    """Flags of an ogg file's last page, 0 where a part of it is missing; None where there is none near its end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_PAGE))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if not 0 <= at < len(tail) - 5:
        return None
    segments = tail[at + 27 : at + 27 + int.from_bytes(tail[at + 26 : at + 27], "big")]
    return tail[at + 5] if at + 27 + len(segments) + sum(segments) <= len(tail) else 0


def recordings(file: BinaryIO) -> list[int]:
    """Where the recordings of a chained ogg file begin, or of several flac, mp4, caf, rf64, wma, flv, tta or sds.

    Of other formats, decoders go on with the next one by themselves, or it is found by `says_too_little`.
    """
    file.seek(0)
    head = file.read(_LONGEST_SIGNATURE)
    if head[:4] == b"OggS":
        return _ogg_recordings(file)
    if head[4:8] == b"ftyp":
        return [at for name, at in _boxes(file) if name == b"ftyp"]
    signature = next((form for form in _SEVERAL_IN_ONE if re.match(form, head, re.DOTALL)), None)
    return sorted(_places(file, re.compile(signature, re.DOTALL))) if signature else [0]


def _places(file: BinaryIO, signature: re.Pattern) -> set[int]:
    """Where such bytes stand in a file."""
    at, rest, found = 0, b"", set()
    file.seek(0)
    while block := file.read(_PADDING):
        block = rest + block
        found.update(at + match.start() for match in signature.finditer(block))
        rest = block[1 - _LONGEST_SIGNATURE :]
        at += len(block) - len(rest)
    return found


def _ogg_recordings(file: BinaryIO) -> list[int]:
    found, at, last, first_pages, lost = [], 0, 0, False, 0
    while lost < _MOST_LOST:
        file.seek(at)
        page = file.read(27)
        if page[:4] != b"OggS" or len(page) < 27:  # the one before it is damaged
            file.seek(last + 4)
            after = file.read(_LONGEST_PAGE).find(b"OggS")
            if after < 0:
                break
            at = last = last + 4 + after
            lost += 1
            continue
        if page[5] & _FIRST_OF_STREAM and not first_pages:
            found.append(at)
        first_pages, last = bool(page[5] & _FIRST_OF_STREAM), at
        at += 27 + page[26] + sum(file.read(page[26]))
    return found or [0]


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """What an mp4 file consists of: names, and where each begins."""
    at = 0
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        yield head[4:8], at
        size = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:], "big") if size == 1 else size
        if size < 8:  # it goes on to the end, or is none
            return
        at += size


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
    start = file.read(_PADDING)
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
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or not head[0]:
            return
        at += 4 + int.from_bytes(head[1:], "little")
        yield at


def why_not(file: BinaryIO) -> tuple[str, str] | None:
    """Why no decoder takes the file, and what helps, where its first bytes tell that better than decoders do."""
    file.seek(_behind_tags(file))
    head = file.read(_FIRST_FRAME)
    for form, what, cure in _OTHER_FILES:
        if re.match(form, head, re.DOTALL):
            return f"it is {what}", cure
    if (head[4:8] == b"ftyp" and b"moov" not in dict(_boxes(file))) or (
        head[:4] == b"caff" and not _places(file, re.compile(rb"pakt\0\0"))
    ):
        return "it was cut off before its index, which stands at its end", "copy or download it again"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and not head[2] >> 4:
        return "mp3 in free format, without a bit rate", "convert it with the program that made it (lame --decode)"
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = head.decode("utf-16" if wide else "utf-8", "replace").rstrip("\ufffd")  # its last sign may have been cut
    if len(text) > 3 and "\ufffd" not in text and all(sign.isprintable() or sign.isspace() for sign in text):
        return "it is text, such as a web page or a list", "get the sound itself, as wav, flac, ogg or mp3"
    return None


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
    rest = file.read(_PADDING)
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
    for _ in range(_MOST_CHUNKS):
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
