"""Lone notes: notes, scales and short phrases that a SoundFont plays without accompaniment, in ordinary rooms.

A stand-in for what people record at home, which may be looked at as often as one likes. The timbres are a SoundFont's;
what is real is the emptiness around a single sound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from ..data import clips
from ..instruments import BY_CODE, CODES
from ..sound import audio, features
from ..sound.packs import Pack
from ..sound.windows import HOP_SECONDS, LEAST_WEIGHT, WindowReader, level_weights, rms_level
from . import synthesis
from .dice import Dice
from .score import BEAT, NOBODY, Note, Part, Recording, Song
from .soundfont_player import RATE, SoundFont
from .styles import VIBRATO

KINDS = ("note", "scale", "phrase")
PROGRAMS = {code: BY_CODE[code].programs for code in CODES}
_SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
_BPM = 60  # a beat is a second
_LEAD_IN = BEAT // 2


class Played(NamedTuple):
    """A recording of one instrument alone: its code, one of `KINDS`, and mono sound at 22,050 Hz (float32)."""

    instrument: str
    kind: str
    sound: np.ndarray


def play(
    seed: int,
    each: int,
    programs: Mapping[str, Sequence[int]] = PROGRAMS,
    bank: SoundFont | None = None,
    *,
    progress: bool = True,
) -> list[Played]:
    """Play recordings of every instrument and kind, each in a room of its own, with noise and silence around.

    Parameters
    ----------
    seed : int
        Of notes, rooms and microphones.
    each : int
        Recordings of an instrument and kind.
    programs : mapping of str to sequence of int
        The General MIDI programs, from 0, that play under an instrument's code.
    bank : SoundFont, optional
        Who plays; the course's own bank if not given.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    list of Played
        ``len(programs) * len(KINDS) * each`` recordings, the same on every machine.

    Raises
    ------
    DatasetError
        If the SoundFont is missing.
    """
    cases = [(code, kind, number) for code in programs for kind in KINDS for number in range(each)]
    played = []
    for code, kind, number in tqdm(cases, desc="Playing", unit="recording", disable=not progress):
        dice = Dice(seed, CODES.index(code), KINDS.index(kind), number)
        sound = recorded(dice, kind, programs[code], BY_CODE[code].pitch_range, code, bank)
        played.append(Played(code, kind, sound))
    return played


def recorded(
    dice: Dice,
    kind: str,
    programs: Sequence[int],
    pitches: tuple[int, int],
    code: str = "",
    bank: SoundFont | None = None,
) -> np.ndarray:
    """One recording of an instrument alone, in an ordinary room.

    Parameters
    ----------
    dice : Dice
        Decides notes, program, room and microphone.
    kind : str
        One of `KINDS`.
    programs : sequence of int
        General MIDI's, from 0; one of them plays.
    pitches : tuple of int
        The instrument's lowest and highest MIDI note, 15 semitones apart or more.
    code : str
        Of the class with whose vibrato it plays; none if empty.
    bank : SoundFont, optional
        As in `play`.

    Returns
    -------
    numpy.ndarray [shape=(samples,), dtype=float32]
        Mono at 22,050 Hz.
    """
    import librosa

    notes = _notes(dice, kind, *pitches)
    end = notes[-1].start + notes[-1].length + dice.between(BEAT // 10, 2 * BEAT)
    lead = Part(
        program=dice.pick(programs),
        notes=notes,
        vibrato_cents=dice.between(0, VIBRATO.get(code, (0, 0))[1]),
        instrument=code,
    )
    song = Song(_BPM, end, (lead,), (NOBODY,), backing_ddb=0, recording=_room(dice))
    sound = synthesis.render(song, _LEAD_IN, (end - _LEAD_IN) / BEAT, bank)
    mono = sound.astype(np.float32).mean(axis=1) / 32768
    return librosa.resample(mono, orig_sr=RATE, target_sr=audio.SAMPLE_RATE)


def _notes(dice: Dice, kind: str, low: int, high: int) -> tuple[Note, ...]:
    bottom, start = dice.between(low + 2, min(low + 20, high - 13)), dice.between(6 * BEAT // 10, 9 * BEAT // 10)
    if kind == "note":
        return (Note(start, dice.between(4 * BEAT // 10, 4 * BEAT), bottom + dice.below(12), dice.between(50, 115)),)
    steps = _SCALE if kind == "scale" else [dice.pick(_SCALE) for _ in range(dice.between(3, 8))]
    played, beat = [], dice.between(15, 80) * BEAT // 100
    for step in steps:
        length = beat if kind == "scale" else beat * dice.pick((1, 2, 4)) // 2
        played.append(Note(start, length, bottom + step, dice.between(60, 110)))
        start += length
    return tuple(played)


def _room(dice: Dice) -> Recording:
    """An ordinary room and an ordinary microphone."""
    return Recording(
        tilt_ddb=dice.between(-60, 60),
        bumps=tuple((dice.pick((160, 300, 500, 800, 1200, 1900, 3000)), dice.between(-30, 30)) for _ in range(3)),
        low_cut_hz=dice.between(30, 150),
        high_cut_hz=dice.between(5000, 18_000),
        reverb_ms=dice.between(250, 700),
        wet_ddb=dice.between(-250, -60),
        noise_ddb=dice.between(-650, -350),
        drive_percent=0,
        width_percent=0,
        loudness_ddb=dice.between(-300, -150),
        tuning_cents=dice.between(-25, 25),
        seed=dice.below(1 << 32),
    )


def windows(sounds: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Cut recordings into windows, as `predict` does.

    Parameters
    ----------
    sounds : sequence of numpy.ndarray [shape=(samples,)]
        Mono at 22,050 Hz.

    Returns
    -------
    log_mels : numpy.ndarray [shape=(windows, 128, 130), dtype=float32]
        dB, one recording behind the other.
    weights : list of numpy.ndarray [shape=(windows of a recording,)]
        How much each window counts in its recording's answer; see `windows.level_weights`.
    """
    spectrograms, weights = [], []
    for sound in sounds:
        reader = WindowReader(iter([sound]), round(HOP_SECONDS * audio.SAMPLE_RATE))
        heard = [signal for _, signal in reader.windows()]
        spectrograms += [features.log_mel(signal) for signal in heard]
        weights.append(level_weights(np.array([rms_level(signal) for signal in heard])))
    return np.stack(spectrograms), weights


def named(probabilities: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """The code that wins in each recording.

    Parameters
    ----------
    probabilities : numpy.ndarray [shape=(windows, 11)]
        Of all windows, one recording behind the other.
    weights : list of numpy.ndarray
        The windows' weights, recording by recording.

    Returns
    -------
    numpy.ndarray [shape=(recordings,), dtype=str]

    Examples
    --------
    >>> named(np.eye(11)[[3, 3, 10]], [np.array([0.4, 1.0]), np.array([1.0])]).tolist()
    ['gac', 'voi']
    """
    pieces = np.split(probabilities, np.cumsum([len(each) for each in weights])[:-1])
    means = [np.average(piece, axis=0, weights=each) for piece, each in zip(pieces, weights, strict=True)]
    return np.array(CODES)[np.argmax(means, axis=1)]


def pack(played: Sequence[Played]) -> Pack:
    """Make the windows in which something sounds a feature pack, to train on.

    Parameters
    ----------
    played : sequence of Played
        From `play`.

    Returns
    -------
    Pack
        Log-mels in 256 levels, under names like those of IRMAS; a number a window.
    """
    log_mels, weights = windows([recording.sound for recording in played])
    sounding = np.concatenate(weights) > LEAST_WEIGHT
    labels = np.repeat([recording.instrument for recording in played], [len(each) for each in weights])[sounding]
    names = [f"{code}/[{code}][nod][cla]{number:04d}__1.wav" for number, code in enumerate(labels)]
    return Pack(features.quantise(log_mels[sounding]), clips.table(names))
