"""Turns a composed song into sound: plays the parts with the SoundFont, balances them, and records them in a room.

All excerpts of a song share its recording (tone, room, stereo picture, level), as the excerpts of a real recording do;
only the noise floor differs from moment to moment.
"""

from __future__ import annotations

from functools import lru_cache
from math import log2

import numpy as np
from scipy import fft

from .score import BEAT, DRUM_KIT, Part, Recording, Song
from .soundfont_player import RATE, SoundFont, Touch, general_midi

LEAD_IN = 0.5  # seconds played before an excerpt starts, so that it opens amid sounding notes and reverberation
TAIL = 1.0  # seconds of silence behind it, into which the room rings instead of around to the front
BACKING_BALANCE = (1.0, 0.9, 0.8)  # RMS of chords, bass and drums against each other
_KNEE, _CEILING = 0.5, 0.93  # the limiter begins to work here, and nothing gets higher than that
_SILENT = 1e-6


def render(song: Song, start: int, seconds: float, bank: SoundFont | None = None) -> np.ndarray:
    """Record an excerpt of a song that starts at a tick.

    Parameters
    ----------
    song, start, seconds, bank
        As in `stems`.

    Returns
    -------
    numpy.ndarray [shape=(frames, 2), dtype=int16]
        At 44,100 Hz.
    """
    leads, backing = stems(song, start, seconds, bank)
    heard = _record(leads + backing, song.recording, start)
    return np.round(_levelled(heard, song.recording) * 32767).astype(np.int16)


def stems(song: Song, start: int, seconds: float, bank: SoundFont | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The leads' and the backing's sound in the studio, balanced, before the recording.

    Parameters
    ----------
    song : Song
        A composed song.
    start : int
        Where the excerpt starts, in ticks.
    seconds : float
        Its length.
    bank : SoundFont, optional
        Whose instruments play; the course's own General MIDI bank if not given, a `DatasetError` where that is missing.

    Returns
    -------
    leads, backing : numpy.ndarray [shape=(frames, 2), dtype=float32]
        Each with `LEAD_IN` seconds before the excerpt. Within the excerpt the backing's RMS lies `song.backing_ddb`
        tenths of a decibel below the leads'.
    """
    bank = bank or general_midi()
    ticks_a_second = song.bpm * BEAT / 60
    first = start / ticks_a_second - LEAD_IN
    frames = round(LEAD_IN * RATE) + round(seconds * RATE)
    leads = np.sum([_to_rms(_play(bank, part, song, first, frames), 1.0) for part in song.leads], axis=0)
    playing = [each for each in zip(song.backing, BACKING_BALANCE, strict=False) if each[0].notes]
    backing = np.zeros_like(leads)
    for part, rms in playing:
        backing += _to_rms(_play(bank, part, song, first, frames), rms)
    return _to_rms(leads, 1.0), _to_rms(backing, 10 ** (-song.backing_ddb / 200))


def excerpt_rms(sound: np.ndarray) -> float:
    """RMS of one of the `stems`, of shape (frames, 2), without its lead-in.

    Examples
    --------
    >>> excerpt_rms(np.full((RATE, 2), 0.5, np.float32))
    0.5
    """
    return float(np.sqrt(np.mean(np.square(sound[round(LEAD_IN * RATE) :], dtype=np.float64))))


def _to_rms(sound: np.ndarray, rms: float) -> np.ndarray:
    """Scaled so that the excerpt has this RMS; a part that pauses there stays silent."""
    now = excerpt_rms(sound)
    return sound * np.float32(rms / now if now > _SILENT else 0)


def _play(bank: SoundFont, part: Part, song: Song, first: float, frames: int) -> np.ndarray:
    """One part's sound from a moment (in seconds) on."""
    out = np.zeros((2, frames), np.float32).T  # each channel contiguous: three times as fast to add notes to
    frames_a_tick = RATE * 60 / (song.bpm * BEAT)
    drums = part.program == DRUM_KIT
    touch = Touch(
        tuning_cents=0 if drums else song.recording.tuning_cents,
        vibrato_cents=part.vibrato_cents,
        vibrato_hz=part.vibrato_decihertz / 10,
        scoop_cents=part.scoop_cents,
    )
    for note in part.notes:
        start = round(note.start * frames_a_tick - first * RATE)
        length = round(note.length * frames_a_tick)
        if start < frames and start + length > 0:
            for zone in bank.zones(max(part.program, 0), note.pitch, note.velocity, drums):
                bank.play(out, zone, note.pitch, note.velocity, start, length, touch)
    angle = (part.pan / 100 + 1) * np.pi / 4
    return out * np.array([np.cos(angle), np.sin(angle)], np.float32)


def _record(sound: np.ndarray, recording: Recording, moment: int) -> np.ndarray:
    """What the recording makes of the studio's sound: saturation, noise, tone and room; the lead-in is cut off."""
    frames = len(sound)
    size = fft.next_fast_len(frames + round(TAIL * RATE), real=True)
    rng = np.random.Generator(np.random.PCG64([recording.seed, moment]))
    hiss = rng.standard_normal(frames, np.float32) * np.float32(10 ** (recording.noise_ddb / 200))
    noise = np.stack([hiss, hiss[::-1]])  # two channels that have nothing to do with each other
    spectrum = fft.rfft(_saturated(np.ascontiguousarray(sound.T), recording.drive_percent) + noise, size)
    spectrum *= _response(recording, size)
    heard = fft.irfft(spectrum, size)[:, round(LEAD_IN * RATE) : frames]
    middle, side = heard.mean(0), (heard[0] - heard[1]) / 2 * (recording.width_percent / 100)
    return np.stack([middle + side, middle - side], axis=1)


def _saturated(sound: np.ndarray, percent: int) -> np.ndarray:
    """Soft clipping that keeps the quiet parts as they are and rounds the peaks."""
    if not percent:
        return sound
    ceiling = np.float32(4 * (1.2 - percent / 100))
    return np.tanh(sound / ceiling) * ceiling


@lru_cache(maxsize=2)
def _response(recording: Recording, size: int) -> np.ndarray:
    """Spectrum of tone and room together, kept for a song's next excerpt."""
    return _tone(fft.rfftfreq(size, 1 / RATE).astype(np.float32), recording) * (1 + fft.rfft(_room(recording), size))


def _tone(hertz: np.ndarray, recording: Recording) -> np.ndarray:
    """The recording's frequency response as amplitude factors."""
    octaves = np.log2(np.maximum(hertz, 1))
    decibels = recording.tilt_ddb / 10 * (np.clip(octaves, log2(80), log2(14_000)) - log2(1414)) / 5
    for centre, gain in recording.bumps:
        decibels += gain / 10 * np.exp(-(((octaves - log2(centre)) / 0.6) ** 2))
    low = 1 / np.sqrt(1 + (recording.low_cut_hz / np.maximum(hertz, 1)) ** 4)
    high = 1 / np.sqrt(1 + (hertz / recording.high_cut_hz) ** 8)
    return (10 ** (decibels / 20) * low * high).astype(np.float32)


def _room(recording: Recording) -> np.ndarray:
    """The room's reverberation, a decaying noise that gets duller while it fades, of shape (2, frames)."""
    rng = np.random.Generator(np.random.PCG64([recording.seed, 1 << 32]))
    decay = recording.reverb_ms / 1000
    frames = round(min(decay, TAIL) * RATE)
    seconds = np.arange(frames, dtype=np.float32) / RATE
    bright = rng.standard_normal((2, frames), np.float32)
    dull = np.cumsum(bright, axis=1)
    dull = (dull - np.roll(dull, 24, axis=1)) / 24**0.5  # a moving average: a low-pass at about 800 Hz
    tail = 0.4 * bright * np.exp(seconds * np.float32(-14 / decay)) + dull * np.exp(seconds * np.float32(-6.9 / decay))
    tail = np.roll(tail, 700, axis=1)
    tail[:, :700] = 0  # 16 ms until the first walls answer
    return tail * np.float32(10 ** (recording.wet_ddb / 200) / np.sqrt(np.mean(np.sum(tail**2, axis=1))))


def _levelled(sound: np.ndarray, recording: Recording) -> np.ndarray:
    """Scaled to the recording's loudness; a limiter rounds what would pass full scale."""
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    sound = sound * np.float32(10 ** (recording.loudness_ddb / 200) / max(rms, _SILENT))
    loud = np.abs(sound) > _KNEE
    room = _CEILING - _KNEE
    sound[loud] = np.sign(sound[loud]) * (_KNEE + room * np.tanh((np.abs(sound[loud]) - _KNEE) / room))
    return sound
