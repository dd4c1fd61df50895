"""The SoundFont player: right pitches, envelopes and tones, measured with librosa."""

import struct

import librosa
import numpy as np
import pytest

from irmas_helpers.errors import DatasetError
from irmas_helpers.instruments import INSTRUMENTS
from irmas_helpers.rendered.soundfont_player import RATE, SoundFont, Touch, find_general_midi, general_midi

ONE_OF_EACH = [(instrument.code, program) for instrument in INSTRUMENTS for program in instrument.programs]
ORGANS_WITH_A_16_FOOT_STOP = (16, 17, 18, 19)


def sound(program, key, velocity=100, held=1.0, touch=None, seconds=2.0):
    out = np.zeros((round(seconds * RATE), 2), np.float32)
    for zone in general_midi().zones(program, key, velocity):
        general_midi().play(out, zone, key, velocity, 0, round(held * RATE), touch or Touch())
    return out.mean(axis=1)


def pitch_of(wave):
    return librosa.hz_to_midi(np.median(librosa.yin(wave[4410:40_000], fmin=55, fmax=1200, sr=RATE)))


def rms(wave):
    return float(np.sqrt(np.mean(wave**2)))


@pytest.mark.parametrize(("code", "program"), ONE_OF_EACH)
def test_every_program_of_every_class_sounds_at_the_written_pitch(code, program):
    drop = 12 if program in ORGANS_WITH_A_16_FOOT_STOP else 0
    assert pitch_of(sound(program, 60)) == pytest.approx(60 - drop, abs=0.2)


@pytest.mark.parametrize("key", [48, 55, 60, 66, 72])
def test_a_scale_stays_in_tune_across_the_zones_of_an_instrument(key):
    assert pitch_of(sound(42, key)) == pytest.approx(key, abs=0.2)


def test_tuning_moves_the_pitch_by_cents():
    flat = pitch_of(sound(42, 60, touch=Touch(tuning_cents=-50)))
    assert flat == pytest.approx(59.5, abs=0.1)


def test_vibrato_swings_around_the_pitch():
    still = librosa.yin(sound(73, 72), fmin=400, fmax=700, sr=RATE)[40:80]
    moving = librosa.yin(sound(73, 72, touch=Touch(vibrato_cents=40)), fmin=400, fmax=700, sr=RATE)[40:80]
    assert np.ptp(librosa.hz_to_midi(moving)) > 3 * np.ptp(librosa.hz_to_midi(still))
    assert np.median(moving) == pytest.approx(np.median(still), rel=0.01)


def test_a_soft_note_is_quieter_and_darker_than_a_loud_one():
    soft, loud = sound(0, 60, velocity=45), sound(0, 60, velocity=120)
    assert rms(soft) < 0.3 * rms(loud)
    centroids = [librosa.feature.spectral_centroid(y=wave[:RATE], sr=RATE).mean() for wave in (soft, loud)]
    assert centroids[0] < centroids[1]


def test_plucked_strings_die_away_and_bowed_ones_do_not():
    guitar, cello = sound(24, 60), sound(42, 60)
    early, late = slice(RATE // 10, RATE // 5), slice(8 * RATE // 10, 9 * RATE // 10)
    assert rms(guitar[late]) < 0.6 * rms(guitar[early])
    assert rms(cello[late]) > 0.8 * rms(cello[early])


def test_a_note_ends_soon_after_its_key_is_released():
    wave = sound(40, 69, held=0.5)
    assert rms(wave[: RATE // 2]) > 0.02
    assert rms(wave[-RATE // 2 :]) < 1e-4


def test_a_note_that_began_before_the_buffer_goes_on_in_it():
    zone = general_midi().zones(73, 72, 100)[0]
    whole, part = np.zeros((RATE, 2), np.float32), np.zeros((RATE // 2, 2), np.float32)
    general_midi().play(whole, zone, 72, 100, 0, RATE, Touch())
    general_midi().play(part, zone, 72, 100, -RATE // 2, RATE, Touch())
    np.testing.assert_allclose(part, whole[RATE // 2 :], atol=1e-6)


KEYS, VELOCITIES, INSTRUMENT, SAMPLE, LOOPING = 43, 44, 41, 53, 54


def chunk(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def zones_of(file, preset_bags: list[dict[int, int]], instrument_bags: list[dict[int, int]], kind: int = 1):
    """Zones of the only preset of a bank that is written for it, by the tables of the specification's chapter 7."""

    def bags(which, kind):
        generators = [pair for bag in which for pair in sorted(bag.items(), key=lambda pair: pair[0] in (41, 53))]
        starts = np.cumsum([0, *map(len, which)])
        return (chunk(b"%cbag" % kind, *(struct.pack("<HH", start, 0) for start in starts)),
                chunk(b"%cgen" % kind, *(struct.pack("<Hh", *pair) for pair in (*generators, (0, 0)))))  # fmt: skip

    preset = struct.Struct("<20sHHHIII")
    sample = struct.Struct("<20sIIIIIBbHH")
    file.write_bytes(chunk(
        b"RIFF", b"sfbk",
        chunk(b"LIST", b"sdta", chunk(b"smpl", np.zeros(200, "<i2").tobytes())),
        chunk(b"LIST", b"pdta",
              chunk(b"phdr", preset.pack(b"one", 5, *[0] * 5), preset.pack(b"EOP", 0, 0, len(preset_bags), *[0] * 3)),
              *bags(preset_bags, ord("p")),
              chunk(b"inst", struct.pack("<20sH", b"one", 0), struct.pack("<20sH", b"EOI", len(instrument_bags))),
              *bags(instrument_bags, ord("i")),
              chunk(b"shdr", sample.pack(b"one", 0, 100, 10, 90, 44_100, 60, 0, 0, kind),
                    sample.pack(b"EOS", *[0] * 9))),
    ))  # fmt: skip
    return SoundFont(file)._presets[0, 5]


ADDED = (8, 11, 17, 27, 28, 29, 34, 35, 36, 37, 38, 48, 51, 52)  # from the cut-off to the tuning in cents


@pytest.mark.parametrize("number", ADDED)
def test_what_a_preset_says_is_added_to_its_instruments(tmp_path, number):
    file, (own, more) = tmp_path / "bank.sf2", (-700, 300) if number in (27, 28, 34, 35, 36, 38) else (40, 60)
    instrument = {8: 8_000, 11: -2_000, 29: 100, SAMPLE: 0}  # in which everything makes a difference
    (plain,) = zones_of(file, [{INSTRUMENT: 0}], [instrument | {number: own}])
    (added,) = zones_of(file, [{number: more, INSTRUMENT: 0}], [instrument | {number: own}])
    (summed,) = zones_of(file, [{INSTRUMENT: 0}], [instrument | {number: own + more}])
    assert added == summed != plain


def test_a_presets_first_zone_holds_for_its_others_and_what_is_of_samples_is_not_for_presets(tmp_path):
    file = tmp_path / "bank.sf2"
    (zone,) = zones_of(file, [{48: 100, LOOPING: 1}, {52: 7, INSTRUMENT: 0}], [{SAMPLE: 0}])
    (same,) = zones_of(file, [{INSTRUMENT: 0}], [{48: 100, 52: 7, SAMPLE: 0}])
    assert zone == same


def test_a_key_sounds_where_preset_and_instrument_both_allow_it(tmp_path):
    file = tmp_path / "bank.sf2"
    ranges = {KEYS: 40 | 80 << 8, VELOCITIES: 1 | 90 << 8}
    (zone,) = zones_of(file, [{**ranges, INSTRUMENT: 0}], [{KEYS: 60 | 127 << 8, SAMPLE: 0}])
    assert (zone.keys, zone.velocities) == ((60, 80), (1, 90))


def test_a_missing_bank_is_named_with_the_cure(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DatasetError, match=r"TimGM6mb\.sf2.*pip install pretty_midi"):
        find_general_midi()


def test_a_file_that_is_no_bank_is_refused(tmp_path):
    path = tmp_path / "bank.sf2"
    path.write_bytes(b"this is text, not RIFF" * 10)
    with pytest.raises(DatasetError, match=r"bank\.sf2: no SoundFont 2 file"):
        SoundFont(path)


def test_a_bank_with_compressed_samples_is_refused(tmp_path):
    zones_of(tmp_path / "bank.sf2", [{INSTRUMENT: 0}], [{SAMPLE: 0}], kind=1)
    with pytest.raises(DatasetError, match=r"bank\.sf3: its samples are compressed .* give the \.sf2"):
        zones_of(tmp_path / "bank.sf3", [{INSTRUMENT: 0}], [{SAMPLE: 0}], kind=0x11)
