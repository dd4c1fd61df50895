"""What accompanies: chords held, comped, broken, strummed or as a riff, bass lines, and drum grooves."""

from __future__ import annotations

from collections.abc import Callable

from .dice import Dice
from .harmony import Sheet, pitches
from .score import BEAT, Note
from .styles import BASS_RANGE, CRASH, GROOVES


def _sustain(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Held chords, a bar each."""
    voices = dice.between(3, 4)
    return [
        Note(bar.start, sheet.bar_ticks, pitch, sheet.loudness - 6 + dice.between(-3, 3))
        for bar in sheet.bars
        for pitch in bar.chord.voicing(low, voices)
    ]


def _comp(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Block chords in a rhythm that the song keeps."""
    rhythms = (  # starts and lengths in quavers
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
        for pitch in bar.chord.voicing(low, voices)
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
        voicing = bar.chord.voicing(low, 5)
        for count in range(sheet.bar_ticks // size):
            velocity = sheet.loudness + (8 if count % 4 == 0 else -4) + dice.between(-4, 4)
            pitch = voicing[figure[count % len(figure)]]
            notes.append(Note(bar.start + count * size, size * ring, pitch, velocity))
    return notes


def _strum(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Strummed chords: down over five strings, up over the upper three, each a little later than the one before."""
    patterns = ((0, 2, 3, 5, 6, 7), (0, 2, 4, 6), (0, 3, 4, 6, 7), (0, 1, 2, 3, 4, 5, 6, 7), (0, 4, 6))
    strokes = [at for at in dice.pick(patterns) if at < sheet.beats * 2]
    notes = []
    for bar in sheet.bars:
        voicing = bar.chord.voicing(low, 5)
        for at, following in zip(strokes, [*strokes[1:], sheet.beats * 2], strict=True):
            strings = voicing if at % 2 == 0 else voicing[:1:-1]
            for n, pitch in enumerate(strings):
                start = bar.start + at * BEAT // 2 + n * sheet.bpm // 12
                velocity = sheet.loudness + (4 if at % 4 == 0 else -8) + dice.between(-4, 4)
                notes.append(Note(start, (following - at) * BEAT // 2 - 20, pitch, velocity))
    return notes


def _riff(dice: Dice, sheet: Sheet, low: int) -> list[Note]:
    """Power chords (root, fifth, octave) in a driving rhythm of quavers, with a few muted repeats (x)."""
    pattern = dice.pick(("X.x.X.x.", "X..X..X.", "Xxx.Xxx.", "X...X.X.", "X.xxX.xx"))[: sheet.beats * 2]
    notes = []
    for bar in sheet.bars:
        root = pitches([bar.chord.root], low - 3, low + 12)[0]
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


# How chords are played, from a lowest MIDI note upwards.
CHORD_STYLES: dict[str, Callable[[Dice, Sheet, int], list[Note]]] = {
    "sustain": _sustain, "comp": _comp, "arpeggio": _arpeggio, "strum": _strum, "riff": _riff,
}  # fmt: skip


def bass(dice: Dice, sheet: Sheet) -> list[Note]:
    """Root and fifth, a walking line, or held or repeated roots, as the genre likes."""
    manner = dice.weighted({
        "cla": {"held": 3, "two": 2}, "jaz_blu": {"walk": 4, "two": 1}, "pop_roc": {"eighths": 3, "held": 1, "two": 2},
    }.get(sheet.genre, {"two": 3, "held": 1}))  # fmt: skip
    notes = []
    for bar in sheet.bars:
        root, third, fifth = (pitches([tone], BASS_RANGE[0], BASS_RANGE[0] + 11)[0] for tone in bar.chord.tones[:3])
        passing = dice.pick((third, root + 12))  # drawn in every manner, or all that follows would change
        beats = {
            "held": [(0, sheet.bar_ticks, root)],
            "two": [(0, BEAT, root), (2 * BEAT, BEAT, fifth)],
            "walk": [(n * BEAT, BEAT, pitch) for n, pitch in enumerate((root, third, fifth, passing))],
            "eighths": [(n * BEAT // 2, BEAT // 2, root) for n in range(8)],
        }[manner]
        notes += [
            Note(bar.start + at, length * 90 // 100, pitch, sheet.loudness + dice.between(-4, 4))
            for at, length, pitch in beats
            if at < sheet.bar_ticks
        ]
    return notes


def drums(dice: Dice, sheet: Sheet) -> list[Note]:
    """One groove through the song, with a crash cymbal every eight bars; pitches are General MIDI's drum keys."""
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
