"""Plays notes with a SoundFont 2 file: finds the right sample, tunes, loops, filters and shapes it, in NumPy alone.

It is the instrument cupboard of the rendered set. It reads what the General MIDI bank TimGM6mb uses of the format
(zones, tuning, loops, volume envelope, low-pass filter with its envelope, pan), and what presets change of it; it
leaves out what that bank hardly uses (modulators, LFOs, exclusive classes): other banks may sound otherwise than meant.
Section numbers are those of the SoundFont 2.04 specification.

It is the project's own although `midirenderer` plays the bank well: that has nothing for Linux on ARM, and no vibrato,
stems or floats. `docs/soundfont.md` has the comparison, and what a change would need.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import fft

from ..errors import DatasetError
from ..paths import check_readable

RATE = 44_100
# Lengths that tones are kept in.
_TONE_FRAMES = tuple(RATE * tenths // 10 for tenths in (1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 42))
_INAUDIBLE_DB = 60
_FILTER_MEMORY = 512  # frames of a sample after which a filter has forgotten what was before
_SAMPLE_HEADER, _COMPRESSED = "<20sIIIIIBbHH", 0x10  # the last field says how a sample is stored
_VELOCITY_STEP = 32  # tones are kept in four shades from soft and dark to loud and bright
DRUM_BANK = 128

# Generator numbers (8.1.2) that the player understands.
_LOOP_START, _LOOP_END, _FILTER_CENTS, _ENVELOPE_TO_FILTER, _PAN = 2, 3, 8, 11, 17
_MOD_ATTACK, _MOD_HOLD, _MOD_DECAY, _MOD_SUSTAIN = 26, 27, 28, 29
_ATTACK, _HOLD, _DECAY, _SUSTAIN, _RELEASE = 34, 35, 36, 37, 38
_INSTRUMENT, _KEYS, _VELOCITIES, _ATTENUATION, _COARSE, _FINE = 41, 43, 44, 48, 51, 52
_SAMPLE, _LOOPING, _SCALE, _ROOT = 53, 54, 56, 58
_DEFAULTS = {_FILTER_CENTS: 13_500, _SCALE: 100, _KEYS: 127 << 8, _VELOCITIES: 127 << 8, _ROOT: -1} | dict.fromkeys(
    (_MOD_ATTACK, _MOD_HOLD, _MOD_DECAY, _ATTACK, _HOLD, _DECAY, _RELEASE), -12_000
)
# Those that a preset adds to its instruments' (9.4); the other ones are of samples and not for presets (8.5).
_ADDED = {_FILTER_CENTS, _ENVELOPE_TO_FILTER, _PAN, _MOD_HOLD, _MOD_DECAY, _MOD_SUSTAIN, _ATTACK, _HOLD,
          _DECAY, _SUSTAIN, _RELEASE, _ATTENUATION, _COARSE, _FINE, _SCALE}  # fmt: skip


@dataclass(frozen=True)
class Zone:
    """One sample and how it is played on a range of keys; positions are those in the bank's sample memory."""

    keys: tuple[int, int]  # lowest and highest, inclusive
    velocities: tuple[int, int]
    start: int
    end: int
    loop_start: int
    loop_end: int  # equals `loop_start` where nothing loops
    rate: float  # the sample's own in Hz
    root: float  # the key at which it sounds untransposed
    cents: float  # fine tuning
    scale: float  # cents a key
    gain: float  # amplitude factor
    pan: float  # -1 (left) to 1 (right)
    attack: float  # volume envelope in seconds; decay and release are the times for a fall of 100 dB
    hold: float
    decay: float
    release: float
    sustain_db: float  # how far the level falls in the decay
    bright_hz: float  # cut-off of the low-pass filter at the peak of its envelope
    dark_hz: float  # and at its end
    darkening: float  # time constant in seconds with which the one becomes the other


@dataclass(frozen=True)
class Touch:
    """How notes of one part are played, beyond what the SoundFont says."""

    tuning_cents: float = 0.0  # offset of the whole part
    vibrato_cents: float = 0.0  # depth; it sets in during the first third of a second of a note
    vibrato_hz: float = 5.5
    scoop_cents: float = 0.0  # how far below its pitch a note starts


class SoundFont:
    """A SoundFont 2 bank in memory, from an ``.sf2`` file; a `DatasetError` if it is none."""

    def __init__(self, path: Path) -> None:
        try:
            chunks = _chunks(Path(path).read_bytes())
            if any(kind & _COMPRESSED for *_, kind in struct.iter_unpack(_SAMPLE_HEADER, chunks[b"shdr"])):
                raise DatasetError(
                    f"{path}: its samples are compressed (SoundFont 3); give the .sf2 file of the same bank"
                )
            self.samples = np.frombuffer(chunks[b"smpl"], "<i2").astype(np.float32) / 32768
            self._presets = _presets(chunks)
            self._tone = lru_cache(maxsize=256)(self._make_tone)
            self._sample = lru_cache(maxsize=256)(self._make_sample)
        except (KeyError, struct.error, ValueError, IndexError) as error:
            raise DatasetError(
                f"{path}: no SoundFont 2 file; give a whole one (for TimGM6mb.sf2, reinstall pretty_midi)"
            ) from error

    def zones(self, program: int, key: int, velocity: int, drums: bool = False) -> list[Zone]:
        """The zones that sound for a MIDI note: two or more for layered and stereo sounds, none if nothing is mapped.

        Programs are General MIDI's from 0 or, from the drum bank, numbers of kits.
        """
        every = self._presets.get((DRUM_BANK if drums else 0, program), ())
        return [
            zone
            for zone in every
            if zone.keys[0] <= key <= zone.keys[1] and zone.velocities[0] <= velocity <= zone.velocities[1]
        ]

    def play(self, out: np.ndarray, zone: Zone, key: int, velocity: int, start: int, length: int, touch: Touch) -> None:
        """Add one note of one zone to a buffer.

        Parameters
        ----------
        out : numpy.ndarray
            float32 of shape (frames, 2), changed in place.
        zone : Zone
            One of `zones`.
        key, velocity : int
            MIDI note and velocity.
        start, length : int
            Frames from the buffer's start to the note's (may be negative) and from key down to key up.
        touch : Touch
            Tuning, vibrato and scoop.
        """
        first, last = max(0, -start), min(int(_audible_seconds(zone, length / RATE) * RATE), len(out) - start)
        if last <= first:
            return
        size = next((size for size in _TONE_FRAMES if size >= last), last)
        softness = (127 - velocity) // _VELOCITY_STEP * _VELOCITY_STEP
        wave = self._tone(zone, key, 127 - softness, size, touch)[first:last]
        if not len(wave):
            return
        seconds = np.arange(first, first + len(wave), dtype=np.float32) / np.float32(RATE)
        wave = np.multiply(wave, level := _envelope(zone, seconds, length / RATE), out=level)
        loudness = zone.gain * (velocity / 127) ** 2
        angle = (zone.pan + 1) * np.pi / 4
        heard = slice(start + first, start + first + len(wave))
        out[heard, 0] += wave * np.float32(loudness * np.cos(angle))
        out[heard, 1] += wave * np.float32(loudness * np.sin(angle))

    def _make_tone(self, zone: Zone, key: int, velocity: int, frames: int, touch: Touch) -> np.ndarray:
        """A zone's sound at one pitch before the volume envelope; a song needs the same ones again and again.

        It gets darker while it sounds, and is darker when played softly (8.4.2). Two copies with fixed cut-offs are
        cross-faded, which is far cheaper than a filter that moves.
        """
        speed = zone.rate * 2 ** (((key - zone.root) * zone.scale + zone.cents + touch.tuning_cents) / 1200)
        sample = self._sample(zone)
        whole, part = sample.places(_moments(_seconds_of(frames), touch) * speed)
        bright_hz = zone.bright_hz * 2 ** ((velocity - 127) / 127)
        bright = _between(sample.filtered(bright_hz / speed), whole, part)
        if zone.dark_hz > 0.6 * bright_hz:
            return bright
        dark = _between(sample.filtered(zone.dark_hz / speed), whole, part)
        seconds = np.arange(len(dark), dtype=np.float32) / np.float32(RATE)
        return dark + (bright - dark) * np.exp(seconds * np.float32(-1 / zone.darkening))

    def _make_sample(self, zone: Zone) -> _Sample:
        """A zone's sample, its loop written out until a filter has forgotten both ends."""
        wave, loop_start, loop = self.samples[zone.start : zone.end], 0, zone.loop_end - zone.loop_start
        if loop > 0:
            repeats = -(-_FILTER_MEMORY // loop)
            once = self.samples[zone.loop_start : zone.loop_end]
            wave = np.concatenate([self.samples[zone.start : zone.loop_end], np.tile(once, 2 * repeats)])
            loop_start = zone.loop_start - zone.start + repeats * loop
        size = 2 * fft.next_fast_len((len(wave) + _FILTER_MEMORY + 1) // 2, real=True)
        return _Sample(fft.rfft(wave, size), size, len(wave), loop_start, loop)


@dataclass(frozen=True)
class _Sample:
    """A sample's spectrum from a transform of `size`, its length, and its loop (none if `loop` is 0).

    It is played at twice its density, so that linear interpolation adds no audible images.
    """

    spectrum: np.ndarray
    size: int
    frames: int
    loop_start: int
    loop: int

    def filtered(self, cut: float) -> np.ndarray:
        """The sample behind a second-order Butterworth low-pass, two values a frame; the cut-off in cycles a frame."""
        ratio = np.arange(len(self.spectrum), dtype=np.float32) * np.float32(1 / (self.size * cut))
        return fft.irfft(self.spectrum * (2 / np.sqrt(1 + np.square(np.square(ratio)))), 2 * self.size)

    def places(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rising positions in frames (changed) as indices into what `filtered` gives, and what is left over."""
        position *= 2
        loop, loop_start = 2 * self.loop, 2 * self.loop_start
        if loop:
            cut = int(np.searchsorted(position, loop_start + loop))
            tail = position[cut:]
            tail -= loop_start
            tail -= np.floor(tail / loop) * loop
            tail += loop_start
        else:
            position = position[: int(np.searchsorted(position, 2 * self.frames - 2))]
        whole = position.astype(np.int32)
        return whole, (position - whole).astype(np.float32)


def _between(wave: np.ndarray, whole: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Linear interpolation."""
    here, between = wave.take(whole, mode="clip"), wave[1:].take(whole, mode="clip")
    between -= here
    between *= part
    between += here
    return between


@lru_cache(maxsize=len(_TONE_FRAMES))
def _seconds_of(frames: int) -> np.ndarray:
    """The time of each frame, of which there are a few lengths only."""
    seconds = np.arange(frames) / RATE
    seconds.flags.writeable = False
    return seconds


def _moments(seconds: np.ndarray, touch: Touch) -> np.ndarray:
    """Which moment of an evenly played note sounds when: the integral of the vibrato's and the scoop's speed."""
    moments, short = seconds, seconds.astype(np.float32)
    if touch.vibrato_cents:
        depth = (2 ** (touch.vibrato_cents / 1200) - 1) / (2 * np.pi * touch.vibrato_hz)
        swing = 1 - np.cos(short * np.float32(2 * np.pi * touch.vibrato_hz))
        moments = moments + np.float32(depth) * np.minimum(short * 3, 1) * swing
    if touch.scoop_cents:
        rise = 0.04
        lag = (2 ** (-touch.scoop_cents / 1200) - 1) * rise
        moments = np.maximum(moments + np.float32(lag) * (1 - np.exp(short * np.float32(-1 / rise))), 0)
    return moments


def _envelope(zone: Zone, seconds: np.ndarray, key_up: float) -> np.ndarray:
    """The volume envelope: a linear attack, then a fall that is linear in dB to the sustain level, then the release."""
    fall = seconds - np.float32(zone.attack + zone.hold)
    fall *= np.float32(100 / zone.decay)
    np.clip(fall, 0, zone.sustain_db, out=fall)
    up = int(np.searchsorted(seconds, np.float32(key_up)))
    fall[up:] += (seconds[up:] - np.float32(key_up)) * np.float32(100 / zone.release)
    fall *= np.float32(-np.log(10) / 20)
    level = np.exp(fall, out=fall)
    risen = int(np.searchsorted(seconds, np.float32(zone.attack)))
    level[:risen] *= seconds[:risen] * np.float32(1 / zone.attack)
    return level


def _audible_seconds(zone: Zone, key_up: float) -> float:
    """Time until a note has fallen by 60 dB, after which it is cut."""
    steady = zone.attack + zone.hold
    fallen = min(max(key_up - steady, 0) * 100 / zone.decay, zone.sustain_db)
    released = key_up + max(_INAUDIBLE_DB - fallen, 0) / 100 * zone.release
    return min(released, steady + _INAUDIBLE_DB / 100 * zone.decay) if zone.sustain_db > _INAUDIBLE_DB else released


def _chunks(data: bytes) -> dict[bytes, memoryview]:
    """The innermost RIFF chunks of the file by name (chapter 4)."""
    view = memoryview(data)
    found: dict[bytes, memoryview] = {}
    lists = [(12, len(data))]
    while lists:
        at, stop = lists.pop()
        while at + 8 <= stop:
            name, size = struct.unpack_from("<4sI", data, at)
            if name == b"LIST":
                lists.append((at + 12, at + 8 + size))
            else:
                found[name] = view[at + 8 : at + 8 + size]
            at += 8 + size + size % 2
    return found


def _presets(chunks: dict[bytes, memoryview]) -> dict[tuple[int, int], tuple[Zone, ...]]:
    """Every preset's zones by bank and program (chapter 7)."""
    headers = list(struct.iter_unpack("<20sHHHIII", chunks[b"phdr"]))
    instruments = list(struct.iter_unpack("<20sH", chunks[b"inst"]))
    samples = list(struct.iter_unpack(_SAMPLE_HEADER, chunks[b"shdr"]))
    preset_bags, instrument_bags = _bags(chunks, b"pbag", b"pgen"), _bags(chunks, b"ibag", b"igen")
    presets = {}
    for header, following in pairwise(headers):
        zones: list[Zone] = []
        for bag in _with_common(preset_bags[header[3] : following[3]], _INSTRUMENT):
            number = bag[_INSTRUMENT]
            own = instrument_bags[instruments[number][1] : instruments[number + 1][1]]
            zones += [
                _zone(_together(_DEFAULTS | values, bag), samples[values[_SAMPLE]])
                for values in _with_common(own, _SAMPLE)
            ]
        presets[header[2], header[1]] = tuple(zones)
    return presets


def _bags(chunks: dict[bytes, memoryview], bags: bytes, generators: bytes) -> list[dict[int, int]]:
    """Generator values of every zone."""
    values = list(struct.iter_unpack("<Hh", chunks[generators]))
    starts = [start for start, _ in struct.iter_unpack("<HH", chunks[bags])]
    return [dict(values[start:stop]) for start, stop in pairwise(starts)]


def _with_common(bags: list[dict[int, int]], names: int) -> list[dict[int, int]]:
    """The bags that name an instrument or a sample; a first one without holds defaults for the others (7.3)."""
    common = bags[0] if bags and names not in bags[0] else {}
    return [common | bag for bag in bags if names in bag]


def _together(instrument: dict[int, int], preset: dict[int, int]) -> dict[int, int]:
    """An instrument's values with a preset's: they are added, and of two ranges what both allow is left."""
    added = {number: instrument.get(number, 0) + preset[number] for number in _ADDED & preset.keys()}
    for number in {_KEYS, _VELOCITIES} & preset.keys():
        (low, high), (lowest, highest) = _range(instrument[number]), _range(preset[number])
        added[number] = max(low, lowest) | min(high, highest) << 8
    return instrument | added


def _range(value: int) -> tuple[int, int]:
    """The lowest and the highest key or velocity."""
    return value & 0xFF, value >> 8


def _zone(values: dict[int, int], sample: tuple) -> Zone:
    _, start, end, loop_start, loop_end, rate, pitch, correction, _, _ = sample
    loops = values.get(_LOOPING, 0) in (1, 3)
    sustain = min(max(values.get(_MOD_SUSTAIN, 0), 0), 1000) / 1000
    swing = values.get(_ENVELOPE_TO_FILTER, 0)
    return Zone(
        keys=_range(values[_KEYS]),
        velocities=_range(values[_VELOCITIES]),
        start=start,
        end=end,
        loop_start=loop_start + values.get(_LOOP_START, 0) if loops else 0,
        loop_end=loop_end + values.get(_LOOP_END, 0) if loops else 0,
        rate=rate,
        root=values[_ROOT] if values[_ROOT] >= 0 else pitch,
        cents=values.get(_COARSE, 0) * 100 + values.get(_FINE, 0) + correction,
        scale=values[_SCALE],
        gain=10 ** (-values.get(_ATTENUATION, 0) * 0.4 / 200),  # the E-mu hardware's 0.4, which banks reckon with
        pan=min(max(values.get(_PAN, 0) / 500, -1), 1),
        attack=max(_seconds(values[_ATTACK]), 0.002),
        hold=_seconds(values[_HOLD]),
        decay=max(_seconds(values[_DECAY]), 0.01),
        release=max(_seconds(values[_RELEASE]), 0.05),
        sustain_db=min(max(values.get(_SUSTAIN, 0), 0), 1000) / 10,
        bright_hz=_hertz(values[_FILTER_CENTS] + max(swing, 0)),
        dark_hz=_hertz(values[_FILTER_CENTS] + swing * (1 - sustain)),
        darkening=max(_seconds(values[_MOD_HOLD]) + _seconds(values[_MOD_DECAY]) / 3, 0.02),
    )


def _seconds(timecents: int) -> float:
    return 2 ** (timecents / 1200)


def _hertz(cents: float) -> float:
    return 8.176 * 2 ** (min(cents, 13_500) / 1200)


def find_general_midi() -> Path:
    """Where the General MIDI bank lies that the `pretty_midi` package carries; a `DatasetError` if it is not there.

    Examples
    --------
    >>> find_general_midi().name
    'TimGM6mb.sf2'
    """
    package = importlib.util.find_spec("pretty_midi")
    for folder in (package.submodule_search_locations or ()) if package else ():
        bank = Path(folder) / "TimGM6mb.sf2"
        if bank.is_file():
            return bank
    raise DatasetError("TimGM6mb.sf2: not found; it comes with pretty_midi: python -m pip install pretty_midi")


@lru_cache(maxsize=4)
def soundfont(path: str) -> SoundFont:
    """A bank of the user's own, read once a process; a `DatasetError` if it is missing or no SoundFont."""
    check_readable(path, DatasetError)
    return SoundFont(Path(path))


@lru_cache(maxsize=1)
def general_midi() -> SoundFont:
    """The General MIDI bank, read once a process; a `DatasetError` if it is missing or broken.

    Examples
    --------
    >>> [zone.root for zone in general_midi().zones(program=73, key=72, velocity=100)]
    [73]
    """
    return SoundFont(find_general_midi())
