"""Melodies: motifs of rhythm and contour, sung over the chords as phrases of four bars, alone or in two voices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .dice import Dice
from .harmony import PHRASE_BARS, Bar, Sheet, pitches
from .score import BEAT, Note
from .styles import CELLS


class _Step(NamedTuple):
    """One note of a motif: where in the bar, how long, and how many scale steps from the note before."""

    start: int
    length: int
    move: int


def _motif(dice: Dice, sheet: Sheet) -> list[_Step]:
    """A bar of rhythm and contour: mostly steps, sometimes a leap, which the next step takes back."""
    steps, at, leap = [], 0, 0
    while at < sheet.bar_ticks:
        for length in dice.weighted(CELLS[sheet.density]):
            size = min(abs(length), sheet.bar_ticks - at)
            if size >= 100 and length > 0:
                move = -leap if leap else dice.weighted({-1: 6, 1: 6, 0: 2, 2: 3, -2: 3, 4: 1, -3: 1})
                leap = (1 if move > 0 else -1) if abs(move) > 2 else 0
                steps.append(_Step(at, size, move))
            at += size
    return steps or [_Step(0, sheet.bar_ticks, 0)]


def _varied(dice: Dice, motif: list[_Step]) -> list[_Step]:
    """The motif with its second half turned upside down, or ornamented."""
    middle = len(motif) // 2
    if dice.chance(60):
        return motif[:middle] + [step._replace(move=-step.move) for step in motif[middle:]]
    return [step._replace(move=step.move + dice.pick((-1, 0, 0, 1))) for step in motif]


def _cadence(dice: Dice, sheet: Sheet, motif: list[_Step]) -> list[_Step]:
    """The phrase's last bar: the motif's beginning, then a long note and a breath."""
    head = [step for step in motif if step.start + step.length <= BEAT] if dice.chance(60) else []
    start = head[-1].start + head[-1].length if head else 0
    breath = dice.pick((BEAT // 4, BEAT // 2, BEAT))
    return [*head, _Step(start, max(sheet.bar_ticks - start - breath, BEAT), 0)]


def line(dice: Dice, sheet: Sheet, low: int, high: int) -> list[Note]:
    """A melody over the whole song between two MIDI notes: phrases of four bars, built from one motif a section."""
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
    return _articulated(notes, sheet)


def _sing(dice: Dice, sheet: Sheet, bar: Bar, cell: list[_Step], pitch: int, low: int, high: int) -> list[Note]:
    """One bar of melody: the motif's contour on this bar's scale, beginning and ending long notes on chord tones."""
    scale, tones = pitches(bar.scale, low, high), pitches(bar.chord.tones, low, high)
    pitch, notes = _nearest(tones, pitch), []
    for number, step in enumerate(cell):
        if number:
            at = scale.index(_nearest(scale, pitch)) + step.move
            at = -at if at < 0 else 2 * (len(scale) - 1) - at if at >= len(scale) else at  # turn back at the ends
            pitch = scale[min(max(at, 0), len(scale) - 1)]
        if step.length >= 2 * BEAT or (step.start % (2 * BEAT) == 0 and step.length >= BEAT):
            pitch = _nearest(tones, pitch)
        accent = 8 if step.start == 0 else 3 if step.start % BEAT == 0 else -3
        notes.append(Note(bar.start + step.start, step.length, pitch, sheet.loudness + accent + dice.between(-4, 4)))
    return notes


def _nearest(choices: Sequence[int], target: int) -> int:
    """The MIDI note closest to a target; of two the lower."""
    return min(choices, key=lambda pitch: (abs(pitch - target), pitch))


def doubled(dice: Dice, sheet: Sheet, notes: list[Note], low: int) -> list[Note]:
    """A line with a second voice, a third to a sixth below most of its longer notes, and not below `low`."""
    added = []
    for note in notes:
        bar = sheet.bars[min(note.start // sheet.bar_ticks, len(sheet.bars) - 1)]
        below = pitches(bar.chord.tones, max(low, note.pitch - 9), note.pitch - 3)
        if below and note.length >= BEAT // 2 and dice.chance(60):
            added.append(note._replace(pitch=below[-1], velocity=note.velocity - 8))
    return notes + added


def _articulated(notes: list[Note], sheet: Sheet) -> list[Note]:
    """Shortened or bound together as the song's articulation says; long notes keep their length."""
    return [
        note if note.length > 2 * BEAT else note._replace(length=max(note.length * sheet.gate_percent // 100, 60))
        for note in notes
    ]
