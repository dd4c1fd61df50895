"""Where sounds begin and end in a file, by how their formats begin, and what a file is that holds none.

Each function is given a file that is open for reading, and may leave it anywhere.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

PADDING = 1 << 20  # bytes in which padding is looked through
MOST_CHUNKS = 1_000  # of a file that is none there is no end
_CONTAINERS = re.compile(rb"RIFF|RIFX|RF64|FORM|fLaC|OggS|caff|\.snd|\x1aE\xdf\xa3|....ftyp", re.DOTALL)
# A first frame of wv, tta, adts, latm, ac3, dts, truehd or amr: decoders take tags for damage there.
_FRAMES = re.compile(rb"wvpk|TTA1|\xff[\xf0\xf1\xf8\xf9]|\x56[\xe0-\xff]|\x0b\x77|\x7f\xfe\x80\x01|"
                     rb".{4}\xf8\x72\x6f[\xba\xbb]|#!AMR", re.DOTALL)  # fmt: skip
_TAG_HEAD = 10  # bytes
_APE_FOOTER = 32  # bytes, as many as its header
_LONGEST_PAGE = 27 + 255 + 255 * 255  # of an ogg file, in bytes
_MOST_LOST = 100  # times that the next page of an ogg file is looked for
_FIRST_OF_STREAM = 2  # a flag of an ogg file's pages
_ASF_FILE_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_FIRST_BYTES = 2_000  # of a file, by which text is known
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


def beginning(file: BinaryIO) -> int:
    """The byte where a container begins behind tags and padding; 0 where there is none that is known."""
    at = behind_tags(file)
    if at > file.seek(0, os.SEEK_END):
        return _TAG_HEAD  # the tag's size is wrong: decoders would skip all there is
    file.seek(at)
    if _CONTAINERS.match(first := file.read(8)) or _FRAMES.match(first):
        return at
    file.seek(at)
    rest = file.read(PADDING)
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
    start = file.read(PADDING)
    if _CONTAINERS.match(start) or any(re.match(form, start, re.DOTALL) for form, _, _ in _OTHER_FILES):
        return 0
    found = _SURE.search(start)
    return found.start() if found else 0


def behind_tags(file: BinaryIO) -> int:
    """The byte behind ID3 tags, 0 where there are none."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(_TAG_HEAD)
        if head[:3] != b"ID3" or len(head) < _TAG_HEAD:
            return at
        at += _TAG_HEAD + sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))


def recordings(file: BinaryIO) -> list[int]:
    """Where the recordings of a chained ogg file begin, or of several flac, mp4, caf, rf64, wma, flv, tta or sds.

    Of other formats, decoders go on with the next one by themselves, or it is found by `headers.says_too_little`.
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
    while block := file.read(PADDING):
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
    for _ in range(MOST_CHUNKS):
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


def why_not(file: BinaryIO) -> tuple[str, str] | None:
    """Why no decoder takes the file, and what helps, where its first bytes tell that better than decoders do."""
    file.seek(behind_tags(file))
    head = file.read(_FIRST_BYTES)
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
