"""The lead sheet of a song: tempo and form, and for every bar a chord and the notes that fit it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from . import styles
from .dice import Dice
from .score import BEAT

PHRASE_BARS = 4
SONG_SECONDS = 30  # at least this long, so that three excerpts come from different places


class Chord(NamedTuple):
    """Pitch classes of a chord, root first.

    Examples
    --------
    >>> Chord.from_numeral("bVII", tonic=0).voicing(low=60, voices=4)
    [62, 65, 70, 74]
    """

    tones: tuple[int, ...]

    @classmethod
    def from_numeral(cls, numeral: str, tonic: int) -> Chord:
        """A chord on a degree of the scale over a tonic: ``bVII``, ``iim7``, ``V7``; small letters are minor."""
        letters = numeral.removeprefix("b")
        degree = letters.rstrip("567mMb")
        quality = letters[len(degree) :]
        if degree.islower() and not quality.startswith("m"):
            quality = "m" + quality
        root = tonic + styles.NUMERALS[degree.upper()] - numeral.startswith("b")
        return cls(tuple((root + step) % 12 for step in styles.QUALITIES[quality]))

    @property
    def root(self) -> int:
        return self.tones[0]

    def voicing(self, low: int, voices: int) -> list[int]:
        """So many MIDI notes of the chord, upwards from a lowest one."""
        return pitches(self.tones, low, low + 36)[:voices]


class Bar(NamedTuple):
    """One bar: where it starts, its chord, and the pitch classes a melody may use in it."""

    start: int
    chord: Chord
    scale: tuple[int, ...]


@dataclass(frozen=True)
class Sheet:
    """What all players of a song agree on."""

    genre: str  # a code of `clips.GENRES`
    bpm: int  # quarter notes a minute
    beats: int  # quarter notes a bar
    bars: tuple[Bar, ...]  # the harmony, bar by bar
    form: tuple[int, ...]  # which section each phrase of four bars belongs to; equal numbers share their motifs
    density: int  # 0 (slow, long notes) to 2 (running notes)
    loudness: int  # basic MIDI velocity
    gate_percent: int  # how much of its time a note sounds: 58 staccato, 86 to 96 normal, 102 legato
    swing: bool  # whether off-beat quavers come late

    @property
    def bar_ticks(self) -> int:
        return self.beats * BEAT


def lead_sheet(dice: Dice, genre: str) -> Sheet:
    """Draw a song's tempo, form and harmony: two sections, whose bars come again as the form says, 30 s or longer.

    Examples
    --------
    >>> sheet = lead_sheet(Dice(1, 0), "cou_fol")
    >>> sheet.bpm, len(sheet.bars), sheet.bars[0].chord.tones
    (89, 16, (11, 3, 6))
    """
    mode = dice.pick(tuple(styles.PROGRESSIONS[genre]))
    tonic = dice.below(12)
    bpm = dice.between(*styles.TEMPI[genre])
    beats = 3 if dice.chance({"cla": 30, "cou_fol": 20}.get(genre, 0)) else 4
    sections = [_section(dice, genre, mode, tonic) for _ in range(2)]
    phrases = -(-SONG_SECONDS * bpm // (60 * beats * PHRASE_BARS))
    form = tuple((dice.pick(styles.FORMS) * 8)[: max(phrases, 4)])
    harmony = [bar for section in form for bar in sections[section]]
    density = dice.weighted({1: 4, 2: 3} if bpm < 92 else {0: 2, 1: 4, 2: 2} if bpm < 130 else {0: 5, 1: 5})
    return Sheet(
        genre=genre,
        bpm=bpm,
        beats=beats,
        bars=tuple(Bar(n * beats * BEAT, chord, scale) for n, (chord, scale) in enumerate(harmony)),
        form=form,
        density=density,
        loudness=dice.between(62, 108),
        gate_percent=dice.weighted({58: 1, 86: 4, 96: 3, 102: 4}),
        swing=genre == "jaz_blu" and dice.chance(70),
    )


def _section(dice: Dice, genre: str, mode: str, tonic: int) -> list[tuple[Chord, tuple[int, ...]]]:
    """Four bars of chords, each with the scale that fits it."""
    chords = [Chord.from_numeral(numeral, tonic) for numeral in dice.pick(styles.PROGRESSIONS[genre][mode]).split()]
    return [(chord, _scale(chord, mode, tonic)) for chord in chords]


def _scale(chord: Chord, mode: str, tonic: int) -> tuple[int, ...]:
    """The mode's notes, with those given up that a chord tone alters (the leading note of a minor key)."""
    notes = {(tonic + step) % 12 for step in styles.SCALES[mode]}
    for tone in set(chord.tones) - notes:
        notes.discard((tone + (1 if mode in ("major", "mixolydian") else -1)) % 12)
    return tuple(sorted(notes | set(chord.tones)))


def pitches(classes: Iterable[int], low: int, high: int) -> list[int]:
    """All MIDI notes of some pitch classes (C is 0) from `low` to `high`, rising.

    Examples
    --------
    >>> pitches([0, 4, 7], 60, 72)
    [60, 64, 67, 72]
    """
    wanted = set(classes)
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in wanted]
