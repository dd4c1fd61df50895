"""Play what none of the eleven is, and the eleven in the same ways: recordings for outlier exposure.

    python -m research.outliers --out OUTLIERS.npz [--seed N] [--bank NAME=BANK.sf2 ...]

A network that is to notice what it does not know has to be shown some of it (`scoring.openset`). Here that is General
MIDI's other programs, alone and leading a band, drums, and noise. The eleven are played alike, in the same kinds of
rooms, so that nothing but the instrument tells the two apart. Up to two windows of each recording are kept, as log-mels
in 256 levels, with a table of what they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from irmas_helpers.data.clips import GENRES
from irmas_helpers.instruments import BY_CODE, CODES
from irmas_helpers.rendered import composing, lone_notes, synthesis
from irmas_helpers.rendered.dice import Dice
from irmas_helpers.rendered.score import BEAT, DRUM_KIT, Song
from irmas_helpers.rendered.soundfont_player import RATE, SoundFont
from irmas_helpers.sound import audio, features
from irmas_helpers.sound.windows import HOP_SECONDS, LEAST_WEIGHT, WindowReader, level_weights, rms_level

from .measure_unlike import NOISE_KINDS
from .train_lone import PROGRAMS as KNOWN

# General MIDI's programs from 0 that are none of the eleven, by family, each with the notes that it plays. Left out is
# what could as well be called one of them: electric pianos, violas and ensembles, harmonics, synthetic voices and
# brass, recorders and other flutes.
STRANGERS: dict[str, tuple[tuple[int, ...], tuple[int, int]]] = {
    "plucked keys": ((6, 7), (36, 89)),
    "bells": ((8, 9, 10, 11, 14, 112), (60, 96)),
    "bars": ((12, 13, 108, 114), (48, 90)),
    "free reeds": ((21, 22, 23), (48, 88)),
    "electric bass": ((33, 34, 35, 36, 37, 38, 39), (28, 56)),
    "double bass": ((32, 43), (28, 58)),
    "harp": ((46, 15), (36, 92)),
    "low brass": ((57, 58), (34, 70)),
    "horn": ((60,), (36, 76)),
    "oboes": ((68, 69, 111), (52, 90)),
    "bassoon": ((70,), (34, 70)),
    "banjo": ((105, 106), (48, 86)),
    "eastern strings": ((104, 107), (43, 84)),
    "bagpipe": ((109,), (58, 82)),
    "whistles": ((76, 78), (60, 92)),
    "synthetic leads": ((80, 81, 84, 87), (43, 90)),
    "synthetic pads": ((88, 90, 93, 94, 95, 99), (43, 84)),
    "struck": ((47, 113, 115, 116, 117, 118), (36, 76)),
    "effects": ((119, 120, 121, 122, 123, 125, 126, 127), (40, 80)),
}
KINDS = ("note", "scale", "phrase", "band")
KEPT = 2  # windows of a recording


@dataclass(frozen=True)
class Case:
    """One recording to be played."""

    known: str  # code of the class, or empty
    family: str  # of `STRANGERS`, "drums" or a kind of noise, or the code
    program: int
    kind: str
    number: int


def cases(each_known: int, each_stranger: int, loops: int, noises: int) -> Iterator[Case]:
    """What one bank plays: so many recordings of a class or a program and kind, and so many loops and noises."""
    for code in CODES:
        for kind in KINDS:
            for number in range(each_known):
                yield Case(code, code, KNOWN[code][number % len(KNOWN[code])], kind, number)
    for family, (programs, _) in STRANGERS.items():
        for program in programs:
            for kind in KINDS[: 3 if family == "effects" else 4]:
                for number in range(each_stranger):
                    yield Case("", family, program, kind, number)
    for number in range(loops):
        yield Case("", "drums", DRUM_KIT, "band", number)
    for noise in NOISE_KINDS:
        for number in range(noises):
            yield Case("", noise, -2, "noise", number)


def play(case: Case, seed: int, bank: SoundFont | None) -> np.ndarray:
    """One recording [shape=(samples,)], mono at 22,050 Hz."""
    place = (seed, case.program + 2, KINDS.index(case.kind) if case.kind in KINDS else 9, case.number)
    dice = Dice(*place, CODES.index(case.known) if case.known else 99)
    if case.kind == "noise":
        sound = NOISE_KINDS[case.family](np.random.default_rng((seed, case.number)))
        return _mono(np.repeat(sound[:, None], 2, axis=1))
    if case.kind != "band":
        pitches = BY_CODE[case.known].pitch_range if case.known else STRANGERS[case.family][1]
        return lone_notes.recorded(dice, case.kind, (case.program,), pitches, case.known, bank)
    song = _band(case, (seed, case.number, case.program + 2), dice)
    return _mono(synthesis.render(song, song.ticks // 3 + BEAT * dice.below(8), 4.5, bank) / 32768)


def _band(case: Case, seed: tuple[int, ...], dice: Dice) -> Song:
    genre = dice.pick([*GENRES])
    if case.family == "drums":
        song = composing.compose(seed, ("pia",), genre, True)
        kit = tuple(part for part in song.backing if part.program == DRUM_KIT)
        return replace(song, leads=kit, backing=kit)
    song = composing.compose(seed, (case.known or dice.pick(("flu", "vio", "pia", "sax")),), genre, dice.chance(50))
    if case.known:
        return song
    low, high = STRANGERS[case.family][1]
    lead = song.leads[0]
    played = tuple(note._replace(pitch=_within(note.pitch, low, high)) for note in lead.notes)
    backing = tuple(part for part in song.backing if part.program != case.program)
    return replace(song, leads=(replace(lead, program=case.program, notes=played, instrument=""),), backing=backing)


def _within(pitch: int, low: int, high: int) -> int:
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch


def _mono(sound: np.ndarray) -> np.ndarray:
    import librosa

    return librosa.resample(sound.astype(np.float32).mean(axis=1), orig_sr=RATE, target_sr=audio.SAMPLE_RATE)


def loudest_windows(sound: np.ndarray) -> list[np.ndarray]:
    """Log-mels of the windows of a recording that count most in its answer, as `predict` cuts them."""
    heard = [signal for _, signal in WindowReader(iter([sound]), round(HOP_SECONDS * audio.SAMPLE_RATE)).windows()]
    if not heard:
        return []
    weights = level_weights(np.array([rms_level(signal) for signal in heard]))
    best = [place for place in np.argsort(-weights)[:KEPT] if weights[place] > LEAST_WEIGHT]
    return [features.quantise(features.log_mel(heard[place])) for place in best]


def table(seed: int, banks: dict[str, SoundFont | None], **counts: int) -> tuple[np.ndarray, pd.DataFrame]:
    """All banks' windows and, a row a window, what they are; windows of one recording share its number."""
    levels, rows, recording = [], [], 0
    for name, bank in banks.items():
        for case in tqdm([*cases(**counts)], desc=name):
            for window in loudest_windows(play(case, seed, bank)):
                levels.append(window)
                rows.append({"bank": name, "recording": recording, **vars(case)})
            recording += 1
        seed += 1
    return np.stack(levels), pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=401)
    parser.add_argument("--bank", action="append", default=[], metavar="NAME=BANK.sf2")
    parser.add_argument("--known", type=int, default=18)
    parser.add_argument("--strangers", type=int, default=4)
    parser.add_argument("--loops", type=int, default=100)
    parser.add_argument("--noises", type=int, default=6)
    options = parser.parse_args()
    named = dict(bank.split("=", 1) for bank in options.bank)
    banks = {name: SoundFont(Path(file)) for name, file in named.items()} or {"TimGM6mb": None}
    levels, rows = table(
        options.seed, banks, each_known=options.known, each_stranger=options.strangers, loops=options.loops,
        noises=options.noises,
    )  # fmt: skip
    np.savez_compressed(options.out, levels=levels, **{name: rows[name].to_numpy(str) for name in rows})
    print(f"{len(rows)} windows of {rows['recording'].nunique()} recordings")


if __name__ == "__main__":
    main()
