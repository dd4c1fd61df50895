"""Ten clips of five songs, and what may be said about them."""

from __future__ import annotations

import numpy as np

from irmas_helpers.data import clips

from . import Answer

SONGS = [("sax", "jaz_blu"), ("sax", "cla"), ("voi", "pop_roc"), ("cel", "cla"), ("voi", "cou_fol")]
CLIPS = clips.table(
    f"{code}/[{code}][{genre}]{number:04d}__{excerpt}.wav"
    for number, (code, genre) in enumerate(SONGS)
    for excerpt in (1, 2)
)
BY_SONG, BY_CLIP = (np.arange(2, 10), np.array([0, 1])), (np.arange(1, 9), np.array([0, 9]))

NAMES = {"clip_table": CLIPS, "right": np.array([1, 0, 0, 0]), "share": 0.125, "leaks": np.array([1, 1, 1, 0])}
ANSWERS = [
    Answer("jazz_saxophones", 2, 4, "genre"),
    Answer("resolution", (46.44, 21.53), (0.0464, 21.53), "milliseconds"),
    Answer("my_split", BY_SONG, BY_CLIP, "songs have clips on both sides"),
]
