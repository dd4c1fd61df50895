"""What a composed song is written down in: notes, parts, the recording and the song, all in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

BEAT = 480  # ticks a quarter note
DRUM_KIT = -1  # stands where a General MIDI program stands


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
