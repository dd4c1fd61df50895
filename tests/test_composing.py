"""The composed songs: playable, singable, varied, and the same everywhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irmas_helpers.data.clips import GENRES
from irmas_helpers.instruments import BY_CODE, CODES
from irmas_helpers.rendered import styles
from irmas_helpers.rendered.composing import compose
from irmas_helpers.rendered.dice import Dice
from irmas_helpers.rendered.excerpts import excerpt_starts
from irmas_helpers.rendered.harmony import PHRASE_BARS, SONG_SECONDS, Chord
from irmas_helpers.rendered.score import BEAT, DRUM_KIT

MELODY_ONLY = ("cla", "flu", "sax", "tru")
seeds = st.integers(0, 2**31)


@pytest.fixture(scope="module")
def songs():
    """Twenty songs of each class in all genres."""
    genres = list(GENRES)
    return [
        (code, compose((7, number, CODES.index(code)), [code], genres[number % 5], number % 2 == 0))
        for code in CODES
        for number in range(20)
    ]


@settings(max_examples=60, deadline=None)
@given(seed=seeds, code=st.sampled_from(CODES), genre=st.sampled_from(list(GENRES)), drums=st.booleans())
def test_any_song_can_be_played(seed, code, genre, drums):
    song = compose((seed,), [code], genre, drums)
    assert song.ticks / BEAT * 60 / song.bpm >= SONG_SECONDS - 0.1
    for part in song.leads + song.backing:
        assert part.notes
        assert list(part.notes) == sorted(part.notes)
        assert all(note.start >= 0 and note.length > 0 and 1 <= note.velocity <= 127 for note in part.notes)
    low, high = BY_CODE[code].pitch_range
    assert all(low <= note.pitch <= high for note in song.leads[0].notes)
    assert song.leads[0].program in BY_CODE[code].programs


@settings(max_examples=30, deadline=None)
@given(seed=seeds, code=st.sampled_from(CODES), genre=st.sampled_from(list(GENRES)), drums=st.booleans())
def test_drums_play_exactly_when_asked_and_no_backing_doubles_the_lead(seed, code, genre, drums):
    song = compose((seed,), [code], genre, drums)
    programs = [part.program for part in song.backing]
    assert (DRUM_KIT in programs) == drums
    assert not set(programs) & set(BY_CODE[code].programs)
    assert 30 <= song.backing_ddb <= 150


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_excerpts_come_from_different_places_within_the_song(seed):
    song = compose((seed,), ["vio"], "cla", False)
    span = 3 * song.bpm * BEAT / 60
    starts = excerpt_starts(song, [3, 3, 3], (seed,))
    assert np.all(np.diff(starts) >= span)
    assert starts[0] >= 0
    assert starts[-1] + span <= song.ticks + 1


def test_the_same_seed_gives_the_same_song_and_another_seed_another():
    assert compose((1, 2), ["sax"], "jaz_blu", True) == compose((1, 2), ["sax"], "jaz_blu", True)
    assert compose((1, 2), ["sax"], "jaz_blu", True) != compose((1, 3), ["sax"], "jaz_blu", True)


def test_progressions_reach_every_degree_chord_and_scale_of_the_tables(monkeypatch):
    """Nothing lies dead in the tables, and nothing is asked for that they lack."""

    class Read(dict):
        def __getitem__(self, key):
            read.add(key)
            return super().__getitem__(key)

    read = set()
    tables = {name: getattr(styles, name) for name in ("NUMERALS", "QUALITIES")}
    for name, table in tables.items():
        monkeypatch.setattr(styles, name, Read(table))
    for progression in (text for modes in styles.PROGRESSIONS.values() for texts in modes.values() for text in texts):
        chords = [Chord.from_numeral(numeral, 0) for numeral in progression.split()]
        assert len(chords) == PHRASE_BARS
    assert read == set(tables["NUMERALS"]) | set(tables["QUALITIES"])
    assert {mode for modes in styles.PROGRESSIONS.values() for mode in modes} == set(styles.SCALES)


def test_the_dice_follow_numpys_stable_bit_stream():
    dice = Dice(2012, 5)
    expected = np.random.PCG64(np.random.SeedSequence((2012, 5))).random_raw(4)
    assert [dice.below(1 << 64) for _ in range(4)] == [int(raw) for raw in expected]


def test_melodies_move_mostly_by_step_and_rarely_leap(songs):
    moves = np.concatenate(
        [np.abs(np.diff([note.pitch for note in song.leads[0].notes])) for code, song in songs if code in MELODY_ONLY]
    )
    assert np.mean(moves <= 2) > 0.5
    assert np.mean(moves <= 4) > 0.75
    assert np.mean(moves > 12) < 0.01


def test_melodies_repeat_their_motifs(songs):
    """The commonest rhythm of four beats comes back, a little uneven as players are."""
    for code, song in songs:
        if code in MELODY_ONLY:
            onsets = [note.start for note in song.leads[0].notes]
            bars = [
                tuple(round((onset - bar) / (BEAT / 4)) for onset in onsets if bar - 20 <= onset < bar + 3 * BEAT - 20)
                for beats in (3, 4)
                for bar in range(0, song.ticks, beats * BEAT)
            ]
            assert max(bars.count(bar) for bar in bars if bar) >= 4


def test_phrases_end_with_a_breath(songs):
    for code, song in songs:
        if code in MELODY_ONLY:
            gaps = [
                after.start - (note.start + note.length)
                for note, after in zip(song.leads[0].notes, song.leads[0].notes[1:], strict=False)
            ]
            assert sum(gap >= BEAT // 8 for gap in gaps) >= 3


def test_onsets_are_neither_too_few_nor_too_many(songs):
    for _, song in songs:
        onsets = {note.start // 60 for note in song.leads[0].notes}
        assert 0.4 <= len(onsets) / (song.ticks / BEAT * 60 / song.bpm) <= 13


def test_songs_of_a_class_differ_in_what_the_listener_hears(songs):
    for code in CODES:
        own = [song for other, song in songs if other == code]
        assert len({song.bpm for song in own}) > 10
        assert len({song.backing_ddb for song in own}) > 10
        assert len({song.recording for song in own}) == len(own)
        assert len({song.leads[0].program for song in own}) == len(BY_CODE[code].programs)
