"""Composes the songs of the rendered set: keys, chords, phrases and accompaniments from a seed, in whole numbers.

Everything is decided by integers drawn from a PCG64 bit generator, whose stream NumPy keeps stable, and every time is a
whole number of ticks: the same seed gives the same score on every machine. What it sounds like is `synthesis`'s job.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from ..instruments import BY_CODE

T = TypeVar("T")

BEAT = 480  # ticks a quarter note
PHRASE_BARS = 4
DRUM_KIT = -1  # stands where a General MIDI program stands


class Dice:
    """Whole random numbers that are the same on every platform and NumPy version.

    Parameters
    ----------
    *seed : int
        Non-negative integers; every tuple of them is a stream of its own.
    """

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed))

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return int(self._bits.random_raw()) * n >> 64

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in that many of a hundred throws."""
        return self.below(100) < percent

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def weighted(self, weights: dict[T, int]) -> T:
        """One of the keys, as often as its whole-number weight says."""
        throw = self.below(sum(weights.values()))
        for item, weight in weights.items():
            throw -= weight
            if throw < 0:
                return item
        raise AssertionError("weights are non-negative and one of them is positive")


class Note(NamedTuple):
    """One note: start and length in ticks, MIDI pitch and velocity."""

    start: int
    length: int
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """What one player plays.

    Attributes
    ----------
    program : int
        General MIDI program from 0, or `DRUM_KIT`.
    notes : tuple of Note
        Sorted by start.
    pan : int
        -100 (left) to 100 (right).
    vibrato_cents, vibrato_decihertz, scoop_cents : int
        Depth and rate of the vibrato; how far below its pitch a note starts.
    instrument : str
        Code of the class that the part is a lead of, or empty for accompaniment.
    """

    program: int
    notes: tuple[Note, ...]
    pan: int = 0
    vibrato_cents: int = 0
    vibrato_decihertz: int = 55
    scoop_cents: int = 0
    instrument: str = ""


@dataclass(frozen=True)
class Recording:
    """How a song was recorded; decibels in tenths.

    Attributes
    ----------
    tilt_ddb : int
        Level at 8 kHz against 250 Hz.
    bumps : tuple of (int, int)
        Centre in Hz and gain of broad resonances of the room, the microphone and the mixing desk.
    low_cut_hz, high_cut_hz : int
        Where the recording's band begins and ends.
    reverb_ms, wet_ddb : int
        Time to fall by 60 dB, and the reverberation's level against the direct sound.
    noise_ddb : int
        Level of the noise floor against the music.
    drive_percent : int
        How far the loudest moments are saturated.
    width_percent : int
        Stereo width; 0 is mono.
    loudness_ddb : int
        RMS against full scale, before the limiter.
    tuning_cents : int
        Offset from A = 440 Hz.
    seed : int
        For the room's and the noise's random numbers.
    """

    tilt_ddb: int
    bumps: tuple[tuple[int, int], ...]
    low_cut_hz: int
    high_cut_hz: int
    reverb_ms: int
    wet_ddb: int
    noise_ddb: int
    drive_percent: int
    width_percent: int
    loudness_ddb: int
    tuning_cents: int
    seed: int


@dataclass(frozen=True)
class Song:
    """A composed song with its recording.

    Attributes
    ----------
    bpm : int
        Quarter notes a minute.
    ticks : int
        Length.
    leads, backing : tuple of Part
        The predominant instruments, and the others.
    backing_ddb : int
        How far the backing's RMS lies below the leads', in tenths of a decibel.
    recording : Recording
        Tone, room, noise, level.
    """

    bpm: int
    ticks: int
    leads: tuple[Part, ...]
    backing: tuple[Part, ...]
    backing_ddb: int
    recording: Recording


class Chord(NamedTuple):
    """Pitch classes of a chord, root first."""

    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        return self.tones[0]


class Bar(NamedTuple):
    """One bar: where it starts, its chord, and the pitch classes a melody may use in it."""

    start: int
    chord: Chord
    scale: tuple[int, ...]


@dataclass(frozen=True)
class Sheet:
    """What all players of a song agree on.

    Attributes
    ----------
    genre : str
        A code of `clips.GENRES`.
    bpm, beats : int
        Quarter notes a minute and a bar.
    bars : tuple of Bar
        The harmony, bar by bar.
    form : tuple of int
        Which section each phrase of four bars belongs to; equal numbers share their motifs.
    density : int
        0 (slow, long notes) to 2 (running notes).
    loudness : int
        Basic MIDI velocity.
    gate_percent : int
        How much of its time a note sounds: about 55 staccato, 88 normal, 102 legato.
    swing : bool
        Whether off-beat quavers come late.
    """

    genre: str
    bpm: int
    beats: int
    bars: tuple[Bar, ...]
    form: tuple[int, ...]
    density: int
    loudness: int
    gate_percent: int
    swing: bool

    @property
    def bar_ticks(self) -> int:
        return self.beats * BEAT


SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
NUMERALS = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
QUALITIES = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "M7": (0, 4, 7, 11),
    "o": (0, 3, 6), "mo": (0, 3, 6), "m7b5": (0, 3, 6, 10), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "sus": (0, 5, 7),
}  # fmt: skip

# Four-bar progressions: a numeral a bar; small letters are minor chords.
PROGRESSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "cla": {
        "major": ("I IV V I", "I vi ii V", "I V I V7", "vi ii V7 I", "I iii IV V", "IV I V7 I", "I ii V7 vi"),
        "minor": ("i iv V7 i", "i bVI iv V", "i bVII bVI V", "iv i V7 i", "i V i V7", "bVI bIII iv V"),
    },
    "cou_fol": {
        "major": ("I I IV I", "I IV I V", "I V vi IV", "IV I V I", "I I V V", "vi IV I V"),
        "mixolydian": ("I bVII IV I", "I I bVII I", "I IV bVII I"),
        "dorian": ("i bVII i bVII", "i IV i bVII", "i i bVII i"),
    },
    "jaz_blu": {
        "major": ("iim7 V7 IM7 VI7", "IM7 vim7 iim7 V7", "iiim7 VI7 iim7 V7", "IM7 IV7 iiim7 VI7", "I6 I6 iim7 V7"),
        "dorian": ("im7 im7 IV7 IV7", "im7 bVII7 bVIM7 V7", "im6 im6 iim7b5 V7"),
        "blues": ("I7 I7 I7 I7", "IV7 IV7 I7 I7", "V7 IV7 I7 V7", "I7 IV7 I7 V7"),
    },
    "lat_sou": {
        "minor": ("i iv V7 i", "im7 iv7 V7 im7", "i bVII bVI V7", "i i V7 V7"),
        "major": ("I V7 V7 I", "I vi ii V7", "I IV V7 IV"),
    },
    "pop_roc": {
        "major": ("I V vi IV", "vi IV I V", "I IV vi V", "IV V I vi", "I vi IV V", "I iii IV V"),
        "minor": ("i bVI bIII bVII", "i bVII bVI bVII", "i iv bVI V", "i i bVI bVII"),
        "mixolydian": ("I bVII IV I", "I I bVII IV"),
    },
}
TEMPI = {"cla": (56, 144), "cou_fol": (76, 168), "jaz_blu": (64, 208), "lat_sou": (92, 176), "pop_roc": (66, 172)}
LOUDNESS = {
    "cla": (-200, -140),
    "cou_fol": (-170, -120),
    "jaz_blu": (-180, -120),
    "lat_sou": (-150, -110),
    "pop_roc": (-145, -100),
}
FORMS = ((0, 0, 1, 0), (0, 1, 0, 1), (0, 1, 1, 0), (0, 0, 1, 1))
SONG_SECONDS = 30  # at least this long, so that three excerpts come from different places

# What one beat of melody may be, in ticks; a negative length is a rest. Two-beat cells come first.
CELLS: tuple[dict[tuple[int, ...], int], ...] = (
    {(960,): 6, (720, 240): 4, (480, 480): 3, (1440, 480): 2, (480,): 2},
    {(480,): 5, (240, 240): 5, (720, 240): 4, (960,): 2, (-240, 240): 1, (240, 480, 240): 2},
    {(240, 240): 5, (120, 120, 120, 120): 4, (240, 120, 120): 3, (160, 160, 160): 2, (360, 120): 2, (480,): 2},
)

# Where each program plays a single line best, within its class's range (lowest and highest MIDI note).
LINE_RANGES = {
    40: (57, 93), 42: (40, 71), 52: (50, 74), 53: (52, 77), 56: (56, 82), 59: (56, 81), 64: (58, 86), 65: (51, 79),
    66: (46, 74), 67: (38, 66), 71: (52, 86), 73: (62, 93), 24: (48, 77), 25: (48, 78), 26: (48, 79), 27: (48, 80),
    28: (45, 72), 29: (50, 82), 30: (50, 84),
}  # fmt: skip
KEYBOARD_LINE = (60, 88)
CHORD_RANGES = {"gac": (43, 72), "gel": (43, 72), "org": (48, 76), "pia": (48, 79)}

TEXTURES: dict[str, dict[str, int]] = {
    "cel": {"line": 70, "double": 15, "arpeggio": 15},
    "gac": {"arpeggio": 35, "strum": 30, "melody": 20, "line": 15},
    "gel": {"line": 40, "riff": 25, "strum": 15, "arpeggio": 20},
    "org": {"sustain": 25, "melody": 55, "comp": 20},
    "pia": {"melody": 50, "arpeggio": 25, "comp": 25},
    "vio": {"line": 80, "double": 20},
    "voi": {"line": 80, "double": 20},
}
PROGRAM_WEIGHTS: dict[str, dict[str, dict[int, int]]] = {
    "gac": {"cla": {24: 1}, "lat_sou": {24: 1}, "cou_fol": {25: 3, 24: 1}, "": {24: 1, 25: 1}},
    "gel": {"jaz_blu": {26: 4, 27: 2, 29: 1}, "cou_fol": {27: 3, 26: 2, 28: 1}, "": {27: 1, 28: 1, 29: 3, 30: 3}},
    "org": {
        "cla": {19: 3, 20: 1}, "cou_fol": {20: 2, 16: 1}, "jaz_blu": {16: 3, 17: 3, 18: 2, 19: 1},
        "": dict.fromkeys(range(16, 21), 1),
    },
    "pia": {"cla": {0: 3, 1: 1}, "": {0: 3, 1: 2, 2: 2, 3: 1}},
    "tru": {"jaz_blu": {56: 2, 59: 1}, "": {56: 4, 59: 1}},
}  # fmt: skip
VIBRATO = {
    "cel": (12, 30), "cla": (0, 6), "flu": (8, 24), "org": (0, 8), "sax": (8, 24), "tru": (4, 16), "vio": (14, 34),
    "voi": (18, 45), "gel": (0, 10),
}  # fmt: skip
SCOOPS = {"gel": 60, "sax": 50, "voi": 60, "tru": 30, "vio": 20}

# Programs that accompany: chords by how they play, bass, and what the drummer plays.
BACKING_CHORDS: dict[str, dict[tuple[int, str], int]] = {
    "cla": {(48, "sustain"): 2, (0, "arpeggio"): 3, (6, "arpeggio"): 2, (46, "arpeggio"): 2, (19, "sustain"): 1},
    "cou_fol": {(25, "strum"): 4, (24, "arpeggio"): 2, (105, "arpeggio"): 2, (21, "sustain"): 1, (0, "comp"): 1},
    "jaz_blu": {(0, "comp"): 4, (26, "comp"): 3, (11, "comp"): 2, (16, "sustain"): 2, (4, "comp"): 1},
    "lat_sou": {(24, "strum"): 3, (0, "comp"): 3, (61, "comp"): 1, (4, "comp"): 1},
    "pop_roc": {
        (27, "strum"): 3, (25, "strum"): 2, (4, "comp"): 2, (89, "sustain"): 3, (29, "riff"): 2,
        (0, "comp"): 2, (16, "sustain"): 1,
    },
}  # fmt: skip
BASSES = {
    "cla": (43, 32),
    "cou_fol": (32, 33),
    "jaz_blu": (32, 32, 35),
    "lat_sou": (33, 32),
    "pop_roc": (33, 34, 36, 38),
}
BASS_RANGE = (29, 50)

# A bar of 4/4 in quavers, semiquaver off-beats as halves: (drum key, position in quavers, velocity).
KICK, SNARE, STICK, CLOSED_HAT, OPEN_HAT, RIDE, CRASH, CONGA_HIGH, CONGA_LOW, SHAKER = (
    36,
    38,
    37,
    42,
    46,
    51,
    49,
    63,
    64,
    70,
)
GROOVES: dict[str, tuple[tuple[tuple[int, tuple[int, ...], int], ...], ...]] = {
    "pop_roc": (
        ((KICK, (0, 8), 105), (SNARE, (4, 12), 100), (CLOSED_HAT, tuple(range(0, 16, 2)), 70)),
        ((KICK, (0, 6, 8), 105), (SNARE, (4, 12), 104), (CLOSED_HAT, tuple(range(16)), 58)),
        ((KICK, (0, 4, 8, 12), 105), (SNARE, (4, 12), 92), (OPEN_HAT, (2, 6, 10, 14), 62)),
        ((KICK, (0, 10), 108), (SNARE, (4, 12), 105), (RIDE, tuple(range(0, 16, 2)), 74)),
    ),
    "jaz_blu": (
        ((RIDE, (0, 4, 6, 8, 12, 14), 82), (CLOSED_HAT, (4, 12), 66), (KICK, (0,), 56)),
        ((RIDE, (0, 4, 6, 8, 12, 14), 80), (SNARE, (6, 14), 44), (CLOSED_HAT, (4, 12), 66)),
        ((KICK, (0, 8), 84), (SNARE, (4, 12), 84), (CLOSED_HAT, (0, 4, 6, 8, 12, 14), 66)),
    ),
    "cou_fol": (
        ((KICK, (0, 8), 92), (SNARE, (4, 12), 78), (SHAKER, tuple(range(0, 16, 2)), 56)),
        ((KICK, (0, 8), 86), (STICK, (4, 12), 84), (CLOSED_HAT, tuple(range(0, 16, 2)), 56)),
    ),
    "lat_sou": (
        ((KICK, (0, 6, 8, 14), 88), (STICK, (0, 6, 12), 84), (CONGA_HIGH, (4, 10), 84), (CONGA_LOW, (12, 14), 88)),
        ((KICK, (0, 8), 84), (SHAKER, tuple(range(16)), 56), (CONGA_HIGH, (4, 6), 86), (CONGA_LOW, (12, 14), 90)),
    ),
}  # fmt: skip
GROOVES["cla"] = GROOVES["cou_fol"]


def compose(seed: Sequence[int], instruments: Sequence[str], genre: str, drums: bool) -> Song:
    """Compose a song and choose how it is recorded.

    Parameters
    ----------
    seed : sequence of int
        Non-negative; the song's own stream of random numbers.
    instruments : sequence of str
        Codes of the lead instruments, the first with the melody.
    genre : str
        A code of `clips.GENRES`.
    drums : bool
        Whether drums play.

    Returns
    -------
    Song
        The same for the same arguments, on every machine.
    """
    sheet = _sheet(Dice(*seed, 0), genre)
    leads = tuple(_lead(Dice(*seed, 1, n), sheet, code, n) for n, code in enumerate(instruments))
    dice = Dice(*seed, 2)
    return Song(
        bpm=sheet.bpm,
        ticks=len(sheet.bars) * sheet.bar_ticks,
        leads=leads,
        backing=_backing(Dice(*seed, 3), sheet, instruments, drums),
        backing_ddb=dice.between(40, 145),
        recording=_recording(dice, genre),
    )


def _recording(dice: Dice, genre: str) -> Recording:
    """Draw a recording: from an old, dull, roomy one to a close, bright one."""
    bumps = tuple((dice.pick((160, 300, 500, 800, 1200, 1900, 3000, 4800)), dice.between(-30, 30)) for _ in range(3))
    return Recording(
        tilt_ddb=dice.between(-40, 25),
        bumps=bumps,
        low_cut_hz=dice.pick((25, 30, 40, 50, 70, 100)),
        high_cut_hz=dice.pick((9000, 13_000, 16_000, 18_000, 19_000)),
        reverb_ms=dice.pick((250, 350, 500, 700, 1000, 1400, 2000)),
        wet_ddb=dice.between(-220, -70),
        noise_ddb=dice.between(-620, -430),
        drive_percent=dice.pick((0, 0, 20, 50, 90)),
        width_percent=dice.pick((0, 40, 70, 100, 100, 130)),
        loudness_ddb=dice.between(*LOUDNESS[genre]),
        tuning_cents=dice.between(-25, 25),
        seed=dice.below(1 << 32),
    )


# --- harmony ---------------------------------------------------------------------------------------------------------


def _sheet(dice: Dice, genre: str) -> Sheet:
    mode = dice.pick(tuple(PROGRESSIONS[genre]))
    tonic = dice.below(12)
    bpm = dice.between(*TEMPI[genre])
    beats = 3 if dice.chance({"cla": 30, "cou_fol": 20}.get(genre, 0)) else 4
    sections = [_section(dice, genre, mode, tonic) for _ in range(2)]
    phrases = -(-SONG_SECONDS * bpm // (60 * beats * PHRASE_BARS))
    form = tuple((dice.pick(FORMS) * 8)[: max(phrases, 4)])
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
    chords = [_chord(numeral, tonic) for numeral in dice.pick(PROGRESSIONS[genre][mode]).split()]
    return [(chord, _scale(chord, mode, tonic)) for chord in chords]


def _chord(numeral: str, tonic: int) -> Chord:
    """A chord from its numeral: ``bVII``, ``iim7``, ``V7``."""
    flat = numeral.startswith("b")
    letters = numeral.removeprefix("b")
    degree = letters.rstrip("0123456789mMbo")
    quality = letters[len(degree) :]
    if degree.islower() and not quality.startswith("m"):
        quality = "m" + quality
    root = tonic + NUMERALS[degree.upper()] - flat
    return Chord(tuple((root + step) % 12 for step in QUALITIES[quality]))


def _scale(chord: Chord, mode: str, tonic: int) -> tuple[int, ...]:
    """The mode's notes, with those given up that a chord tone alters (the leading note of a minor key)."""
    notes = {(tonic + step) % 12 for step in SCALES[mode]}
    for tone in set(chord.tones) - notes:
        notes.discard((tone + (1 if mode in ("major", "mixolydian") else -1)) % 12)
    return tuple(sorted(notes | set(chord.tones)))


def _pitches(classes: Iterable[int], low: int, high: int) -> list[int]:
    """All MIDI notes of some pitch classes within a range, rising."""
    wanted = set(classes)
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in wanted]


def _nearest(pitches: Sequence[int], target: int) -> int:
    """The pitch closest to a target; of two the lower."""
    return min(pitches, key=lambda pitch: (abs(pitch - target), pitch))


def _voicing(chord: Chord, low: int, voices: int) -> list[int]:
    """A chord upwards from a lowest note."""
    return _pitches(chord.tones, low, low + 36)[:voices]


# --- melody ----------------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """One note of a motif: where in the bar, how long, and how many scale steps from the note before."""

    start: int
    length: int
    move: int


def _motif(dice: Dice, sheet: Sheet) -> list[Step]:
    """A bar of rhythm and contour: mostly steps, sometimes a leap, which the next step takes back."""
    steps, at, leap = [], 0, 0
    while at < sheet.bar_ticks:
        for length in dice.weighted(CELLS[sheet.density]):
            size = min(abs(length), sheet.bar_ticks - at)
            if size >= 100 and length > 0:
                move = -leap if leap else dice.weighted({-1: 6, 1: 6, 0: 2, 2: 3, -2: 3, 4: 1, -3: 1})
                leap = (1 if move > 0 else -1) if abs(move) > 2 else 0
                steps.append(Step(at, size, move))
            at += size
    return steps or [Step(0, sheet.bar_ticks, 0)]


def _varied(dice: Dice, motif: list[Step]) -> list[Step]:
    """The motif with its second half turned upside down, or ornamented."""
    middle = len(motif) // 2
    if dice.chance(60):
        return motif[:middle] + [step._replace(move=-step.move) for step in motif[middle:]]
    return [step._replace(move=step.move + dice.pick((-1, 0, 0, 1))) for step in motif]


def _cadence(dice: Dice, sheet: Sheet, motif: list[Step]) -> list[Step]:
    """The phrase's last bar: the motif's beginning, then a long note and a breath."""
    head = [step for step in motif if step.start + step.length <= BEAT] if dice.chance(60) else []
    start = head[-1].start + head[-1].length if head else 0
    breath = dice.pick((BEAT // 4, BEAT // 2, BEAT))
    return [*head, Step(start, max(sheet.bar_ticks - start - breath, BEAT), 0)]


def _line(dice: Dice, sheet: Sheet, low: int, high: int) -> list[Note]:
    """A melody over the whole song: phrases of four bars, built from one motif a section."""
    motifs = [_motif(dice, sheet) for _ in range(2)]
    notes: list[Note] = []
    lifts = (dice.between(-10, 10), dice.between(5, 35))  # percent of the range, by section
    pitch = low + (high - low) * 45 // 100
    for phrase, section in enumerate(sheet.form):
        motif = motifs[section]
        cells = [motif, motif, _varied(dice, motif), _cadence(dice, sheet, motif)]
        swell = dice.between(-14, 12) + (6 if section else 0)
        for number, cell in enumerate(cells):
            bar = sheet.bars[phrase * PHRASE_BARS + number]
            arch = (0, 3, 5, -1)[number]
            centre = low + (high - low) * (40 + lifts[section]) // 100 + arch
            bar_notes = _sing(dice, sheet, bar, cell, (pitch + centre) // 2, low, high)
            notes += [note._replace(velocity=note.velocity + swell + (0, 4, 8, -2)[number]) for note in bar_notes]
            pitch = bar_notes[-1].pitch
    return notes


def _sing(dice: Dice, sheet: Sheet, bar: Bar, cell: list[Step], pitch: int, low: int, high: int) -> list[Note]:
    """One bar of melody: the motif's contour on this bar's scale, beginning and ending long notes on chord tones."""
    scale, tones = _pitches(bar.scale, low, high), _pitches(bar.chord.tones, low, high)
    pitch, notes = _nearest(tones, pitch), []
    for number, step in enumerate(cell):
        if number:
            at = scale.index(_nearest(scale, pitch)) + step.move
            at = (
                -at if at < 0 else 2 * (len(scale) - 1) - at if at >= len(scale) else at
            )  # turn back at the range's ends
            pitch = scale[min(max(at, 0), len(scale) - 1)]
        if step.length >= 2 * BEAT or (step.start % (2 * BEAT) == 0 and step.length >= BEAT):
            pitch = _nearest(tones, pitch)
        accent = 8 if step.start == 0 else 3 if step.start % BEAT == 0 else -3
        notes.append(Note(bar.start + step.start, step.length, pitch, sheet.loudness + accent + dice.between(-4, 4)))
    return notes


def _doubled(notes: list[Note], sheet: Sheet, low: int, percent: int, dice: Dice) -> list[Note]:
    """A second voice a third to a sixth below the longer notes of a line."""
    added = []
    for note in notes:
        bar = sheet.bars[min(note.start // sheet.bar_ticks, len(sheet.bars) - 1)]
        below = _pitches(bar.chord.tones, max(low, note.pitch - 9), note.pitch - 3)
        if below and note.length >= BEAT // 2 and dice.chance(percent):
            added.append(note._replace(pitch=below[-1], velocity=note.velocity - 8))
    return notes + added


# --- chords ----------------------------------------------------------------------------------------------------------


def _sustain(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Held chords, a bar each."""
    voices = dice.between(3, 4)
    return [
        Note(bar.start, sheet.bar_ticks, pitch, sheet.loudness - 6 + dice.between(-3, 3))
        for bar in sheet.bars
        for pitch in _voicing(bar.chord, low, voices)
    ]


def _comp(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Block chords in a rhythm that the song keeps, off the beat in jazz."""
    rhythms = (
        ((0, 2), (4, 2)), ((0, 3), (3, 3)), ((0, 1), (3, 1)), ((1, 1), (4, 2)), ((0, 1), (2, 1), (4, 1), (6, 1)),
        ((0, 2), (3, 1), (6, 2)),
    )  # fmt: skip
    rhythm, voices = dice.pick(rhythms), dice.between(3, 4)
    last = sheet.beats * 2
    return [
        Note(bar.start + at * BEAT // 2, length * BEAT // 2, pitch, sheet.loudness + dice.between(-8, 4))
        for bar in sheet.bars
        for at, length in rhythm
        if at < last
        for pitch in _voicing(bar.chord, low, voices)
    ]


def _arpeggio(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Broken chords in quavers or semiquavers, in a figure that the song keeps."""
    size = BEAT // 4 if sheet.bpm < 92 and sheet.density == 2 else BEAT // 2
    figure = dice.pick(
        ((0, 2, 1, 2), (0, 1, 2, 3), (0, 2, 3, 2, 1, 2, 3, 2), (0, 1, 2, 1), (3, 2, 1, 0), (0, 2, 4, 2, 3, 2, 4, 2))
    )
    ring = dice.pick((1, 2, 3))
    notes = []
    for bar in sheet.bars:
        voicing = _voicing(bar.chord, low, 5)
        for count in range(sheet.bar_ticks // size):
            velocity = sheet.loudness + (8 if count % 4 == 0 else -4) + dice.between(-4, 4)
            pitch = voicing[figure[count % len(figure)]]
            notes.append(Note(bar.start + count * size, size * ring, pitch, velocity))
    return notes


def _strum(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Strummed chords: down and up strokes over five strings, each a little later than the one before."""
    patterns = ((0, 2, 3, 5, 6, 7), (0, 2, 4, 6), (0, 3, 4, 6, 7), (0, 1, 2, 3, 4, 5, 6, 7), (0, 4, 6))
    strokes = [at for at in dice.pick(patterns) if at < sheet.beats * 2]
    notes = []
    for bar in sheet.bars:
        voicing = _voicing(bar.chord, low, 5)
        for at, following in zip(strokes, [*strokes[1:], sheet.beats * 2], strict=True):
            strings = voicing if at % 2 == 0 else voicing[:1:-1]
            for n, pitch in enumerate(strings):
                start = bar.start + at * BEAT // 2 + n * sheet.bpm // 12
                length = (following - at) * BEAT // 2 - 20
                notes.append(
                    Note(start, length, pitch, sheet.loudness + (4 if at % 4 == 0 else -8) + dice.between(-4, 4))
                )
    return notes


def _riff(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Power chords (root, fifth, octave) in a driving rhythm with a few muted repeats."""
    pattern = dice.pick(("X.x.X.x.", "X..X..X.", "Xxx.Xxx.", "X...X.X.", "X.xxX.xx"))[: sheet.beats * 2]
    notes = []
    for bar in sheet.bars:
        root = _pitches([bar.chord.root], low - 3, low + 12)[0]
        for at, mark in enumerate(pattern):
            if mark == ".":
                continue
            tail = pattern[at + 1 :]
            length = (1 + len(tail) - len(tail.lstrip("."))) * BEAT // 2 if mark == "X" else BEAT // 5
            chord = (root, root + 7, root + 12) if mark == "X" else (root, root + 7)
            notes += [
                Note(bar.start + at * BEAT // 2, length, pitch, sheet.loudness + dice.between(-4, 6)) for pitch in chord
            ]
    return notes


CHORD_STYLES = {"sustain": _sustain, "comp": _comp, "arpeggio": _arpeggio, "strum": _strum, "riff": _riff}


# --- players ---------------------------------------------------------------------------------------------------------


def _lead(dice: Dice, sheet: Sheet, code: str, number: int) -> Part:
    """A lead part: its program, register and texture are the song's own."""
    weights = PROGRAM_WEIGHTS.get(code, {})
    program = dice.weighted(weights.get(sheet.genre) or weights.get("") or dict.fromkeys(BY_CODE[code].programs, 1))
    texture = dice.weighted(TEXTURES.get(code, {"line": 1}))
    notes = _play(dice, sheet, code, program, texture)
    depth = VIBRATO.get(code, (0, 0))
    return Part(
        program=program,
        notes=_finished(dice, sheet, notes, BY_CODE[code].pitch_range, humanise=8),
        pan=dice.between(-25, 25) if number == 0 else dice.between(-60, 60),
        vibrato_cents=dice.between(*depth),
        vibrato_decihertz=dice.between(48, 64),
        scoop_cents=dice.between(0, SCOOPS.get(code, 0)),
        instrument=code,
    )


def _play(dice: Dice, sheet: Sheet, code: str, program: int, texture: str) -> list[Note]:
    """The notes of a lead in one of the textures of its instrument."""
    low, high = _tessitura(dice, program)
    if texture == "line":
        return _articulated(_line(dice, sheet, low, high), sheet)
    if texture == "double":
        return _doubled(
            _articulated(_line(dice, sheet, low, high), sheet), sheet, BY_CODE[code].pitch_range[0], 60, dice
        )
    if texture == "melody":
        top = _articulated(_line(dice, sheet, low, high), sheet)
        style = dice.pick(
            {"pia": ("arpeggio", "comp", "arpeggio"), "org": ("sustain", "sustain", "comp")}.get(code, ("arpeggio",))
        )
        below = CHORD_STYLES[style](dice, sheet, max(BY_CODE[code].pitch_range[0], low - dice.between(14, 20)))
        return top + [note._replace(velocity=note.velocity - 16) for note in below if note.pitch < low + 2]
    chord_low, chord_high = CHORD_RANGES.get(code, (low, high))
    return CHORD_STYLES[texture](dice, sheet, dice.between(chord_low, (2 * chord_low + chord_high) // 3))


def _tessitura(dice: Dice, program: int) -> tuple[int, int]:
    """The part of a program's range that one song uses: 13 to 18 semitones."""
    low, high = LINE_RANGES.get(program, KEYBOARD_LINE)
    width = dice.between(13, 18)
    bottom = dice.between(low, max(high - width, low))
    return bottom, min(bottom + width, high)


def _articulated(notes: list[Note], sheet: Sheet) -> list[Note]:
    """Shortened or bound together as the song's articulation says; long notes keep their length."""
    return [
        note if note.length > 2 * BEAT else note._replace(length=max(note.length * sheet.gate_percent // 100, 60))
        for note in notes
    ]


def _finished(dice: Dice, sheet: Sheet, notes: list[Note], pitches: tuple[int, int], humanise: int) -> tuple[Note, ...]:
    """Swung, a little uneven in time, within MIDI's and the instrument's limits, sorted."""
    played = []
    for note in notes:
        start = note.start + (BEAT // 6 if sheet.swing and note.start % BEAT == BEAT // 2 else 0)
        start = max(start + dice.between(-humanise, humanise), 0)
        pitch = note.pitch
        while pitch > pitches[1]:
            pitch -= 12
        while pitch < pitches[0]:
            pitch += 12
        played.append(Note(start, note.length, pitch, min(max(note.velocity, 25), 127)))
    return tuple(sorted(played))


def _backing(dice: Dice, sheet: Sheet, instruments: Sequence[str], drums: bool) -> tuple[Part, ...]:
    """Chords by an instrument that is none of the leads, a bass, and drums if there are any."""
    taken = {program for code in instruments for program in BY_CODE[code].programs}
    choices = {key: weight for key, weight in BACKING_CHORDS[sheet.genre].items() if key[0] not in taken}
    program, style = dice.weighted(choices)
    chords = CHORD_STYLES[style](dice, sheet, dice.between(46, 56))
    parts = [
        Part(program, _finished(dice, sheet, chords, (36, 88), 6), pan=dice.between(-80, 80)),
        Part(
            dice.pick(BASSES[sheet.genre]),
            _finished(dice, sheet, _bass(dice, sheet), BASS_RANGE, 4),
            pan=dice.between(-15, 15),
        ),
    ]
    if drums:
        parts.append(Part(DRUM_KIT, _finished(dice, sheet, _drums(dice, sheet), (0, 127), 4)))
    return tuple(parts)


def _bass(dice: Dice, sheet: Sheet) -> list[Note]:
    """Root and fifth, a walking line, or held roots, as the genre likes."""
    manner = dice.weighted({
        "cla": {"held": 3, "two": 2}, "jaz_blu": {"walk": 4, "two": 1}, "pop_roc": {"eighths": 3, "held": 1, "two": 2},
    }.get(sheet.genre, {"two": 3, "held": 1}))  # fmt: skip
    notes = []
    for bar in sheet.bars:
        root, third, fifth = (_pitches([tone], BASS_RANGE[0], BASS_RANGE[0] + 11)[0] for tone in bar.chord.tones[:3])
        beats = {
            "held": [(0, sheet.bar_ticks, root)],
            "two": [(0, BEAT, root), (2 * BEAT, BEAT, fifth)],
            "walk": [
                (n * BEAT, BEAT, pitch) for n, pitch in enumerate((root, third, fifth, dice.pick((third, root + 12))))
            ],
            "eighths": [(n * BEAT // 2, BEAT // 2, root) for n in range(8)],
        }[manner]
        notes += [
            Note(bar.start + at, length * 90 // 100, pitch, sheet.loudness + dice.between(-4, 4))
            for at, length, pitch in beats
            if at < sheet.bar_ticks
        ]
    return notes


def _drums(dice: Dice, sheet: Sheet) -> list[Note]:
    """One groove through the song, with a crash where a section begins."""
    groove = dice.pick(GROOVES[sheet.genre])
    notes = []
    for number, bar in enumerate(sheet.bars):
        if number % 8 == 0:
            notes.append(Note(bar.start, 4 * BEAT, CRASH, 84))
        for key, places, velocity in groove:
            notes += [
                Note(bar.start + place * BEAT // 4, BEAT, key, velocity + dice.between(-8, 8))
                for place in places
                if place < 4 * sheet.beats
            ]
    return notes


def excerpt_starts(song: Song, seconds: Sequence[float], seed: Sequence[int]) -> tuple[int, ...]:
    """Where in a song its excerpts start: one in each equal stretch, at a place where the leads play most of the time.

    Parameters
    ----------
    song : Song
        A composed song.
    seconds : sequence of float
        Length of each excerpt.
    seed : sequence of int
        For the choice.

    Returns
    -------
    tuple of int
        Ticks, rising.
    """
    dice = Dice(*seed, 4)
    busy = _busy(song)
    starts = []
    for number, length in enumerate(seconds):
        span = round(length * song.bpm * BEAT / 60)
        first = song.ticks * number // len(seconds)
        last = max(min(song.ticks * (number + 1) // len(seconds), song.ticks) - span, first)
        last = min(last, max(song.ticks - span, 0))
        tries = [dice.between(min(first, last), last) for _ in range(6)]
        starts.append(max(tries, key=lambda start: (_liveliness(song, busy, start, span), -start)))
    return tuple(starts)


def _liveliness(song: Song, busy: np.ndarray, start: int, span: int) -> int:
    """How much of a stretch the leads sound, and whether they begin a few notes in it."""
    onsets = sum(start <= note.start < start + span for part in song.leads for note in part.notes)
    return int(busy[start // 60 : (start + span) // 60].sum()) * min(onsets, 5)


def _busy(song: Song) -> np.ndarray:
    """In how many of the leads something sounds, every 60 ticks."""
    busy = np.zeros(song.ticks // 60 + 1, int)
    for part in song.leads:
        sounding = np.zeros(len(busy), bool)
        for note in part.notes:
            sounding[note.start // 60 : (note.start + note.length) // 60] = True
        busy += sounding
    return busy
