"""Zips of which a few bytes are damaged, each kind of which Python meets with another exception."""

from __future__ import annotations

_HEADER = b"PK\x01\x02"  # of each entry in the directory at a zip's end
_WAYS = {  # where in that, and what is put there
    "a password": (8, b"\1"),
    "an unknown compression": (10, b"\x63"),
    "too long": (20, b"\xff\xff\xff\0" * 2),
}
UNREAD = ("a password", "an unknown compression")  # what keeps also those from reading who read no entry to its end
ALL = tuple(_WAYS)


def spoil(content: bytes, way: str) -> bytes:
    """The bytes of a whole zip, damaged in one of these ways."""
    place, value = _WAYS[way]
    first, *entries = content.split(_HEADER)
    place -= len(_HEADER)
    return _HEADER.join([first, *(entry[:place] + value + entry[place + len(value) :] for entry in entries)])
