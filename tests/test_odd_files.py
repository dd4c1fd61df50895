"""Sound files as people really have them: all of the sound is heard, or one line says what is missing."""

from __future__ import annotations

import errno
import io
import os
import time
import tracemalloc

import av
import numpy as np
import odd_files as odd
import pytest
import soundfile
from odd_files import RATE, SECONDS, TONE, by_libsndfile, encoded, riff

from irmas_helpers.answers.predict import Predictor
from irmas_helpers.data import clips, testing_set
from irmas_helpers.errors import AudioError
from irmas_helpers.sound import audio, decoding, packs, testing_packs


@pytest.fixture
def file(tmp_path):
    def write(content, name="tone.wav"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def heard(path):
    with audio.Recording(path) as sound:
        return np.concatenate([*sound.stream()]), sound.notes


@pytest.mark.parametrize("what", odd.WHOLE)
@pytest.mark.parametrize("name", ["tone.wav", "tone.mp3", "tone"])
def test_all_of_the_sound_is_heard_whatever_its_name(file, what, name):
    signal, notes = heard(file(odd.WHOLE[what](), name))
    assert notes == []
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.15)
    assert np.abs(signal).max() > 0.2


def test_the_sound_of_another_decoder_is_the_sound(file):
    exact, _ = heard(file(by_libsndfile("WAV", "FLOAT")))
    for what in ("flac in ogg", "alac in mp4"):
        signal, _ = heard(file(odd.WHOLE[what]()))
        np.testing.assert_allclose(signal[: len(exact)], exact, atol=1e-4)


@pytest.mark.parametrize("what", odd.CUT)
def test_of_what_was_cut_short_the_rest_is_heard_and_that_is_said(file, what):
    make, lost = odd.CUT[what]
    content = make()
    signal, (note,) = heard(file(content[: len(content) // 2]))
    seconds = len(signal) / audio.SAMPLE_RATE
    assert SECONDS / 2 - lost < seconds < SECONDS / 2 + 0.3
    assert "cut short" in note and f"{seconds:.2f} s" in note
    assert ("4.0" in note) == (what not in odd.SAYS_NO_LENGTH)


def test_an_ogg_of_which_a_part_of_the_last_page_is_missing_is_cut_short(file):
    _, (note,) = heard(file(by_libsndfile("OGG")[:-100]))
    assert "cut short, its end is missing" in note


@pytest.mark.parametrize("what", ["flac", "mp3", "ogg"])
def test_behind_a_damage_the_sound_goes_on_and_that_is_said(file, what):
    content = bytearray(odd.CUT[what][0]())
    middle = len(content) // 2
    content[middle : middle + 500] = np.random.default_rng(0).bytes(500)
    signal, notes = heard(file(bytes(content)))
    assert len(notes) == 1 and "damaged" in notes[0]
    assert len(signal) / audio.SAMPLE_RATE > SECONDS - 1


@pytest.mark.parametrize("place", [0.3, 0.5, 0.9])
def test_one_wrong_bit_in_a_flac_is_found(file, place):
    content = bytearray(odd.CUT["flac"][0]())
    content[int(place * len(content))] ^= 4
    signal, (note,) = heard(file(bytes(content)))
    assert "damaged" in note
    assert np.abs(signal).max() < 1


@pytest.mark.parametrize("what", odd.GOES_ON)
def test_sound_behind_the_length_that_a_header_says_is_not_passed_over_in_silence(file, what):
    signal, (note,) = heard(file(odd.GOES_ON[what]()))
    seconds = 3 if what == "wav in two parts" else 1  # libsndfile takes the last
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(seconds, abs=0.01)
    assert f"holds more than the {seconds}.00 s that its header announces" in note


@pytest.mark.parametrize("what", odd.TWO)
def test_two_recordings_in_one_file_are_both_heard(file, what):
    signal, notes = heard(file(odd.TWO[what]()))
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(2 * SECONDS, abs=0.2)
    assert notes == []


def test_of_two_recordings_in_one_file_the_cut_one_is_said(file):
    first = by_libsndfile("OGG")
    signal, (note,) = heard(file(first + first[: len(first) // 2]))
    assert SECONDS + 0.5 < len(signal) / audio.SAMPLE_RATE < 2 * SECONDS - 0.5
    assert "cut short, its end is missing" in note


def test_where_the_first_of_two_recordings_is_none_the_second_is_heard(file):
    content = by_libsndfile("OGG")
    signal, (note,) = heard(file(content[:40] + bytes(500) + content[540:] + content))
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.1)
    assert "damaged" in note


@pytest.mark.parametrize("what", odd.TWO_RATES)
def test_a_later_part_with_another_rate_is_heard_at_its_own_pitch(file, what):
    signal, _ = heard(file(odd.TWO_RATES[what]()))
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(2 * SECONDS, abs=0.2)
    first, second = signal[: 4 * 22_050], signal[-4 * 22_050 :]
    peaks = [np.argmax(np.abs(np.fft.rfft(part * np.hanning(len(part))))) / SECONDS for part in (first, second)]
    assert peaks == [pytest.approx(261.6, abs=1)] * 2


def test_channels_that_cancel_are_heard_from_one_of_them(file):
    signal, (note,) = heard(file(by_libsndfile("WAV", signal=np.stack([TONE, -TONE], axis=1))))
    alone, _ = heard(file(by_libsndfile("WAV", signal=TONE), "alone.wav"))
    np.testing.assert_allclose(np.abs(signal), np.abs(alone), atol=1e-4)
    assert "channels cancel each other" in note and "heard from channel" in note
    np.testing.assert_array_equal(audio.load_audio(file(by_libsndfile("WAV", signal=np.stack([TONE, -TONE], axis=1)))),
                                  signal)  # fmt: skip


@pytest.fixture
def one_of_each(tmp_path, file):
    """A folder of training clips and one of testing excerpts: cancelling channels, one of those alone, a constant."""
    clips_of = {"0001__1": np.c_[TONE, -TONE], "0002__1": TONE, "0003__1": np.full((SECONDS * RATE, 2), 0.5)}
    for name, signal in clips_of.items():
        for folder, ending in (("set/cel", f"[cel][cla]{name}"), ("tests/Part1", f"song{name}-1")):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / f"{ending}.wav").write_bytes(by_libsndfile("WAV", "FLOAT", signal=signal))
        (tmp_path / "tests/Part1" / f"song{name}-1.txt").write_text("cel\n")
    return tmp_path


def test_features_for_training_hear_what_the_predictor_hears(one_of_each, tmp_path):
    for kind in ("logmel", "mfcc"):
        table = clips.scan(one_of_each / "set").clips
        (bad,) = packs.extract(one_of_each / "set", table["path"], tmp_path / "p.npz", kind, jobs=1, progress=False)
        cancelling, alone = packs.load_pack(tmp_path / "p.npz", kind).values.astype(float)
        np.testing.assert_allclose(cancelling, alone, atol=1)  # a level of 256, and less than that of MFCCs
        assert "0003__1.wav: holds nothing but silence" in bad


def test_features_for_testing_hear_what_the_predictor_hears(one_of_each, tmp_path):
    found = testing_set.scan(one_of_each / "tests")
    (bad,) = testing_packs.extract(found, tmp_path / "t.npz", jobs=1, progress=False)
    pack = testing_packs.load_testing_pack(tmp_path / "t.npz")
    cancelling, alone = (pack.windows_of(excerpt).astype(float) for excerpt in (0, 1))
    np.testing.assert_allclose(cancelling, alone, atol=1)
    assert "song0003__1-1.wav: holds nothing but silence" in bad


def test_the_predictor_answers_cancelling_channels_as_one_of_them_and_refuses_a_constant(one_of_each, network):
    cancelling, alone, constant = sorted((one_of_each / "set" / "cel").iterdir())
    predictor = Predictor(network)
    answer, expected = predictor.predict(cancelling), predictor.predict(alone)
    assert answer.probabilities == pytest.approx(expected.probabilities, abs=1e-4)
    assert [note for note in answer.notes if "channels cancel each other" in note]
    with pytest.raises(AudioError, match="holds nothing but silence"):
        predictor.predict(constant)


def test_channels_that_cancel_behind_a_silence_are_found_too(file):
    silence = np.zeros((25 * RATE, 2))
    signal, notes = heard(file(by_libsndfile("WAV", signal=np.concatenate([silence, np.c_[TONE, -TONE]]))))
    assert np.abs(signal).max() > 0.2 and len(notes) == 1


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_channels_that_cancel_only_later_are_found_too(file, subtype):
    agreeing, cancelling = np.tile(np.c_[TONE, TONE], (10, 1)), np.tile(np.c_[TONE, -TONE], (10, 1))
    content = by_libsndfile("WAV", subtype, signal=np.concatenate([agreeing, cancelling]))
    signal, notes = heard(file(content))
    assert np.abs(signal[-10 * SECONDS * audio.SAMPLE_RATE :]).max() > 0.2 and len(notes) == 1


def test_one_silent_channel_is_no_cancelling(file):
    signal, notes = heard(file(by_libsndfile("WAV", signal=np.stack([0 * TONE, TONE], axis=1))))
    assert notes == [] and np.abs(signal).max() > 0.1


@pytest.mark.parametrize("level", [0.5, -1.0, 0.0])
def test_a_constant_is_silence(file, level):
    with pytest.raises(AudioError, match="holds nothing but silence"):
        audio.load_audio(file(by_libsndfile("WAV", signal=np.full(RATE, level))))


@pytest.mark.parametrize("what", odd.NO_SOUND)
@pytest.mark.parametrize("name", ["tone.wav", "tone.mp3", "tone.ogg"])
def test_what_is_no_sound_is_refused_in_one_line_and_decoders_are_quiet(file, what, name, capfd):
    path = file(odd.NO_SOUND[what](), name)
    with pytest.raises(AudioError) as refusal:
        audio.load_audio(path)
    assert str(refusal.value).startswith(f"{path}: ") and "\n" not in str(refusal.value)
    assert odd.REASONS.get(what, "no audio that can be decoded here") in str(refusal.value)
    assert capfd.readouterr() == ("", "")


def test_of_a_damaged_sample_dump_no_decoder_prints_a_line(file, capfd):
    content = bytearray(odd.WHOLE["sds"]())
    content[130_000:260_000] = np.random.default_rng(0).bytes(130_000)
    _, (note,) = heard(file(bytes(content)))
    assert "damaged" in note
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("what", odd.PLAYLISTS)
def test_a_list_of_other_sounds_opens_none_of_them_and_waits_for_none(file, monkeypatch, what):
    monkeypatch.chdir(file(by_libsndfile("WAV"), "secret.wav").parent)
    started = time.perf_counter()
    with pytest.raises(AudioError, match="no audio that can be decoded here"):
        audio.load_audio(file(odd.PLAYLISTS[what], "tone.mp3"))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("rate, said", [
    ("0" * 20, "0"), ("3fff8000000000000000", "1"), ("c00eac44000000000000", "-44,100"),
    ("ff7fac44000000000000", "-inf"), ("ffffffff000000000000", "nan"),
])  # fmt: skip
def test_an_impossible_rate_is_refused(file, rate, said):
    content = by_libsndfile("AIFF", "PCM_16")
    place = content.find(b"COMM") + 16
    with pytest.raises(AudioError, match=f"its header says {said} samples per second"):
        audio.load_audio(file(content[:place] + bytes.fromhex(rate) + content[place + 10 :], "tone.aif"))


@pytest.mark.parametrize("what", odd.IMPOSSIBLE)
def test_what_a_header_cannot_mean_is_refused_or_heard_at_once(file, what):
    place, said = odd.IMPOSSIBLE[what]
    content = by_libsndfile("WAV", "PCM_16")
    path, started = file(content[:place] + said + content[place + len(said) :]), time.perf_counter()
    try:
        signal, _ = heard(path)
    except AudioError as refusal:
        assert str(refusal).startswith(f"{path}: ") and "\n" not in str(refusal)
    else:
        assert len(signal) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.01)
    assert time.perf_counter() - started < 5


def test_a_file_that_was_laid_out_and_never_written_is_refused_at_once(file):
    path, started = file(riff(b"\xff\xff\xff\x7f", bytes(60_000_000))), time.perf_counter()
    with pytest.raises(AudioError, match="no sound among its first thousand chunks"):
        audio.load_audio(path)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("rate", [1, 100, 3_999])
def test_where_nothing_can_be_told_by_the_rate_that_is_said(file, rate):
    with pytest.raises(AudioError, match=rf"its header says {rate:,} samples per second; nothing can be told below"):
        audio.load_audio(file(by_libsndfile("WAV", rate=rate, signal=TONE[:9_999])))


@pytest.mark.parametrize(("samples", "shown"), [(1, "0.0000"), (100, "0.0022"), (4_409, "0.0999")])
def test_less_than_a_tenth_of_a_second_is_refused(file, samples, shown):
    with pytest.raises(AudioError, match=rf"holds {shown} s; nothing can be told by less than 0\.1 s, record more"):
        audio.load_audio(file(by_libsndfile("WAV", signal=TONE[:samples])))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="is a pipe or a device; save its content to a file"):
        audio.load_audio(tmp_path / "pipe.wav")


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_a_name_like_an_address_is_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("file:x.m4a", "http:x.m4a", "concat:a.m4a|b.m4a"):
        (tmp_path / name).write_bytes(encoded("aac", "mp4"))
        assert len(audio.load_audio(name)) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.05)


def test_a_second_stream_of_sound_is_said(file):
    content = io.BytesIO()
    with av.open(content, "w", format="matroska") as written:
        streams = [written.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in range(2)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray((TONE * 32767).astype(np.int16)[None], "s16", "mono")
            frame.sample_rate = RATE
            written.mux(stream.encode(frame))
    signal, (note,) = heard(file(content.getvalue()))
    assert note.endswith("holds 2 streams of sound; using the first")
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.01)


@pytest.mark.parametrize("what", ["wav", "aiff", "flac", "mp3", "mp4"])
@pytest.mark.parametrize("place", [0, 0.5])
def test_a_file_on_a_bad_disk_is_refused_in_one_line(file, monkeypatch, capfd, what, place):
    class BadDisk(io.FileIO):
        def read(self, size=-1):
            if self.tell() <= bad < self.tell() + size:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    path = file(odd.CUT[what][0]())
    bad = int(place * path.stat().st_size)
    monkeypatch.setattr(decoding, "_Whole", type("OnBadDisk", (decoding._Whole, BadDisk), {}))
    with pytest.raises(AudioError, match=r"cannot be read to its end \(Input/output error\); copy it again"):
        audio.load_audio(path)
    assert capfd.readouterr() == ("", "")


def test_many_channels_at_a_high_rate_fit_into_the_memory(tmp_path):
    clicks = np.zeros((12 * 384_000, 8), np.int16)
    clicks[::384_000] = 20_000
    soundfile.write(tmp_path / "wide.flac", clicks, 384_000)
    tracemalloc.start()
    try:
        with audio.Recording(tmp_path / "wide.flac") as sound:
            samples = sum(len(block) for block in sound.stream())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert samples == 12 * audio.SAMPLE_RATE
    assert peak < 250e6


def test_a_source_reads_on_behind_its_end(file):
    with decoding.Source(file(by_libsndfile("WAV"))) as source:
        assert len(source.read(10**9)) == SECONDS * RATE
        assert len(source.read(10)) == 0
        assert source.notes == []


@pytest.mark.parametrize("container, codec", [("mp4", "aac"), ("matroska", "aac"), ("flv", "libmp3lame")])
def test_a_film_whose_sound_ends_before_its_picture_is_whole(file, container, codec):
    signal, notes = heard(file(odd.film(container, codec)))
    assert notes == []
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize("container, codec", [("matroska", "aac"), ("flv", "libmp3lame")])
def test_of_a_film_that_was_cut_short_both_lengths_are_said(file, container, codec):
    content = odd.film(container, codec, SECONDS)
    signal, (note,) = heard(file(content[: len(content) // 2]))
    assert f"{len(signal) / audio.SAMPLE_RATE:.2f} s of the 4.0" in note


def test_an_ogg_behind_which_much_else_lies_is_whole(file):
    signal, notes = heard(file(by_libsndfile("OGG") + bytes(100_000)))
    assert len(signal) / audio.SAMPLE_RATE == pytest.approx(SECONDS, abs=0.05)
    assert not [note for note in notes if "cut short" in note]


def test_the_beginning_of_a_tag_is_no_sound(file):
    with pytest.raises(AudioError, match="no audio that can be decoded here") as refusal:
        audio.load_audio(file(b"ID3\4"))
    assert "zip()" not in str(refusal.value)


def test_a_stretch_without_a_sample_is_refused(file):
    with pytest.raises(AudioError, match="has no samples between"):
        audio.load_channels(file(by_libsndfile("WAV")), stop=1e-6)
