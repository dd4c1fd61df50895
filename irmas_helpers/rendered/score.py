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
    """What one player plays."""

    program: int  # General MIDI's from 0, or `DRUM_KIT`
    notes: tuple[Note, ...]  # sorted by start
    pan: int = 0  # -100 (left) to 100 (right)
    vibrato_cents: int = 0  # its depth
    vibrato_decihertz: int = 55  # its rate
    scoop_cents: int = 0  # how far below its pitch a note starts
    instrument: str = ""  # code of the class that the part is a lead of; empty for accompaniment


NOBODY = Part(program=0, notes=())  # in place of an accompaniment


@dataclass(frozen=True)
class Recording:
    """How a song was recorded; decibels in tenths (ddb)."""

    tilt_ddb: int  # level at 8 kHz against 250 Hz
    bumps: tuple[tuple[int, int], ...]  # centre in Hz and gain of resonances of the room, microphone and mixing desk
    low_cut_hz: int  # where the recording's band begins
    high_cut_hz: int  # and where it ends
    reverb_ms: int  # time to fall by 60 dB
    wet_ddb: int  # the reverberation's level against the direct sound
    noise_ddb: int  # level of the noise floor against the music
    drive_percent: int  # how far the loudest moments are saturated
    width_percent: int  # stereo width; 0 is mono
    loudness_ddb: int  # RMS against full scale, before the limiter
    tuning_cents: int  # offset from A = 440 Hz
    seed: int  # for the room's and the noise's random numbers


@dataclass(frozen=True)
class Song:
    """A composed song with its recording."""

    bpm: int  # quarter notes a minute
    ticks: int  # length
    leads: tuple[Part, ...]  # the predominant instruments
    backing: tuple[Part, ...]  # and the others
    backing_ddb: int  # how far the backing's RMS lies below the leads', in tenths of a decibel
    recording: Recording
