"""Composes a song of the rendered set from a seed: who plays what on its lead sheet, and how it is recorded.

Everything is decided by integers from `Dice`, and every time is a whole number of ticks: the same seed gives the same
score on every machine. What it sounds like is `synthesis`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import accompaniment, styles
from .accompaniment import CHORD_STYLES
from .dice import Dice
from .harmony import Sheet, lead_sheet
from .melody import doubled, line
from .orchestra import PLAYERS
from .score import BEAT, DRUM_KIT, Note, Part, Recording, Song


def compose(seed: Sequence[int], instruments: Sequence[str], genre: str, drums: bool) -> Song:
    """Compose a song in a genre of `clips.GENRES` and choose how it is recorded: the same on every machine.

    The seed is non-negative numbers, the instruments are those of the leads, keys of `orchestra.PLAYERS`, the first
    with the melody.

    Examples
    --------
    >>> song = compose((1,), ["flu"], "cla", drums=False)
    >>> song.bpm, song.leads[0].program, song.leads[0].notes[0]
    (68, 73, Note(start=1, length=556, pitch=71, velocity=86))
    """
    sheet = lead_sheet(Dice(*seed, 0), genre)
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


def _lead(dice: Dice, sheet: Sheet, code: str, number: int) -> Part:
    """A lead part: its program, register and texture are the song's own."""
    weights = styles.PROGRAM_WEIGHTS.get(code, {})
    program = dice.weighted(weights.get(sheet.genre) or weights.get("") or dict.fromkeys(PLAYERS[code].programs, 1))
    texture = dice.weighted(styles.TEXTURES.get(code, {"line": 1}))
    notes = _play(dice, sheet, code, program, texture)
    depth = styles.VIBRATO.get(code, (0, 0))
    return Part(
        program=program,
        notes=_finished(dice, sheet, notes, PLAYERS[code].pitch_range, humanise=8),
        pan=dice.between(-25, 25) if number == 0 else dice.between(-60, 60),
        vibrato_cents=dice.between(*depth),
        vibrato_decihertz=dice.between(48, 64),
        scoop_cents=dice.between(0, styles.SCOOPS.get(code, 0)),
        instrument=code,
    )


def _play(dice: Dice, sheet: Sheet, code: str, program: int, texture: str) -> list[Note]:
    """The notes of a lead in one of the textures of its instrument."""
    low, high = _tessitura(dice, program)
    lowest = PLAYERS[code].pitch_range[0]
    if texture in CHORD_STYLES:
        chord_low, chord_high = styles.CHORD_RANGES.get(code, (low, high))
        return CHORD_STYLES[texture](dice, sheet, dice.between(chord_low, (2 * chord_low + chord_high) // 3))
    top = line(dice, sheet, low, high)
    if texture == "double":
        return doubled(dice, sheet, top, lowest)
    if texture == "melody":
        style = dice.pick(styles.UNDER_MELODY[code])
        below = CHORD_STYLES[style](dice, sheet, max(lowest, low - dice.between(14, 20)))
        return top + [note._replace(velocity=note.velocity - 16) for note in below if note.pitch < low + 2]
    return top


def _tessitura(dice: Dice, program: int) -> tuple[int, int]:
    """The part of a program's range that one song uses: 13 to 18 semitones."""
    low, high = styles.LINE_RANGES.get(program, styles.KEYBOARD_LINE)
    width = dice.between(13, 18)
    bottom = dice.between(low, max(high - width, low))
    return bottom, min(bottom + width, high)


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
    taken = {program for code in instruments for program in PLAYERS[code].programs}
    choices = {key: weight for key, weight in styles.BACKING_CHORDS[sheet.genre].items() if key[0] not in taken}
    program, style = dice.weighted(choices)
    chords = CHORD_STYLES[style](dice, sheet, dice.between(46, 56))
    parts = [
        Part(program, _finished(dice, sheet, chords, (36, 88), 6), pan=dice.between(-80, 80)),
        Part(
            dice.pick(styles.BASSES[sheet.genre]),
            _finished(dice, sheet, accompaniment.bass(dice, sheet), styles.BASS_RANGE, 4),
            pan=dice.between(-15, 15),
        ),
    ]
    if drums:
        parts.append(Part(DRUM_KIT, _finished(dice, sheet, accompaniment.drums(dice, sheet), (0, 127), 4)))
    return tuple(parts)


def _recording(dice: Dice, genre: str) -> Recording:
    """Draw a recording: from an old, dull, roomy one to a close, bright one."""
    centres = (160, 300, 500, 800, 1200, 1900, 3000, 4800)
    return Recording(
        bumps=tuple((dice.pick(centres), dice.between(-30, 30)) for _ in range(3)),
        tilt_ddb=dice.between(-40, 25),
        low_cut_hz=dice.pick((25, 30, 40, 50, 70, 100)),
        high_cut_hz=dice.pick((9000, 13_000, 16_000, 18_000, 19_000)),
        reverb_ms=dice.pick((250, 350, 500, 700, 1000, 1400, 2000)),
        wet_ddb=dice.between(-220, -70),
        noise_ddb=dice.between(-620, -430),
        drive_percent=dice.pick((0, 0, 20, 50, 90)),
        width_percent=dice.pick((0, 40, 70, 100, 100, 130)),
        loudness_ddb=dice.between(*styles.LOUDNESS[genre]),
        tuning_cents=dice.between(-25, 25),
        seed=dice.below(1 << 32),
    )
