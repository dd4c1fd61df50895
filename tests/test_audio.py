"""Any file becomes what `librosa.load` makes of it; librosa itself is the reference."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from irmas_helpers.sound import audio

CLOSE = {"rtol": 0, "atol": 2e-6}  # some steps of 24 bits: librosa adds channels in another order
RATES = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]
WAV_DEPTHS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]
FORMATS = [("wav", depth) for depth in WAV_DEPTHS] + [
    ("flac", "PCM_S8"), ("flac", "PCM_16"), ("flac", "PCM_24"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"),
]  # fmt: skip


def librosas(path):
    return librosa.load(path, sr=22_050)[0]


@pytest.mark.parametrize(("ending", "subtype"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_and_depth_loads_as_librosa_loads_it(tmp_path, tone, ending, subtype, channels):
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, tone(1.1, channels=channels), 44_100, subtype=subtype)
    ours, theirs = audio.load_audio(path), librosas(path)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, **CLOSE)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_and_number_of_channels_loads_as_librosa_loads_it(write_wav, tone, rate, channels):
    path = write_wav(signal=tone(0.7, rate=rate, channels=channels), rate=rate)
    ours, theirs = audio.load_audio(path), librosas(path)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, **CLOSE)


def test_another_rate_can_be_asked_for(write_wav):
    path = write_wav()
    np.testing.assert_allclose(audio.load_audio(path, sample_rate=16_000), librosa.load(path, sr=16_000)[0], **CLOSE)


@pytest.mark.parametrize("rate", RATES)
def test_the_stream_put_together_is_the_whole(write_wav, tone, rate):
    path = write_wav(signal=tone(2.3, rate=rate, channels=2), rate=rate)
    pieces = list(audio.stream(path, block_seconds=0.37))
    assert len(pieces) > 3
    whole = audio.load_audio(path)
    streamed = np.concatenate(pieces)
    assert streamed.shape == whole.shape
    np.testing.assert_allclose(streamed, whole, **CLOSE)


@pytest.mark.parametrize("subtype", WAV_DEPTHS)
def test_the_stream_is_the_whole_at_every_depth(write_wav, subtype):
    path = write_wav(subtype=subtype)
    np.testing.assert_allclose(
        np.concatenate(list(audio.stream(path, block_seconds=1))), audio.load_audio(path), **CLOSE
    )


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_a_file_that_ends_with_a_block_streams_whole(write_wav, tone, blocks):
    path = write_wav(signal=tone(0.5 * blocks))
    streamed = np.concatenate(list(audio.stream(path, block_seconds=0.5)))
    np.testing.assert_allclose(streamed, audio.load_audio(path), **CLOSE)


@pytest.mark.parametrize(("start", "stop"), [(0.0, None), (0.5, 1.5), (2.0, 3.0), (2.5, 9.0)])
def test_a_stretch_keeps_its_channels_and_rate(write_wav, tone, start, stop):
    path = write_wav(signal=tone(channels=2))
    signal, rate = audio.load_channels(path, start=start, stop=stop)
    whole, _ = soundfile.read(path, dtype="float32")
    assert rate == 44_100
    np.testing.assert_array_equal(signal, whole[round(start * rate) : None if stop is None else round(stop * rate)])


@pytest.mark.parametrize("start", [3.0, 99.0])
def test_a_stretch_behind_the_end_is_refused(write_wav, start):
    with pytest.raises(audio.AudioError, match="has no samples between"):
        audio.load_channels(write_wav(), start=start, stop=start + 1)


@pytest.mark.parametrize(("start", "stop"), [(2.0, 1.0), (1.0, 1.0), (-1.0, 1.0), (float("nan"), None)])
def test_a_stretch_that_is_none_is_refused(write_wav, start, stop):
    with pytest.raises(ValueError, match="is no stretch of a file; it begins at 0 or later and ends after that"):
        audio.load_channels(write_wav(), start=start, stop=stop)


def test_of_a_flac_that_was_cut_short_and_is_called_wav_nothing_is_left_behind_the_cut(tmp_path, tone):
    soundfile.write(tmp_path / "tone.flac", tone(), 44_100)
    path = tmp_path / "tone.wav"
    path.write_bytes((tmp_path / "tone.flac").read_bytes()[:20_000])
    with pytest.raises(audio.AudioError, match=r"tone\.wav: has no samples between 2\.0 s and 3\.0 s"):
        audio.load_channels(path, start=2.0, stop=3.0)


@given(st.integers(1, 8), st.integers(0, 50), st.sampled_from(["int16", "float32"]))
def test_mixing_down_is_the_mean_over_the_channels(channels, samples, dtype):
    signal = np.random.default_rng(samples).uniform(-1, 1, (samples, channels))
    signal = (signal * 2**15).astype("int16") if dtype == "int16" else signal.astype("float32")
    scale = 2**15 if dtype == "int16" else 1
    mono = audio.mix_down(signal)
    assert mono.dtype == np.float32
    np.testing.assert_allclose(mono, signal.mean(axis=1, dtype=float) / scale, rtol=0, atol=1e-6)


@given(st.integers(1, 40), st.integers(1, 100))
def test_a_signal_is_cut_or_repeated_to_a_length(have, want):
    signal = np.arange(have, dtype=np.float32)
    np.testing.assert_array_equal(audio.fit_length(signal, want), np.arange(want) % have)


@given(st.integers(1, 1_000), st.integers(0, 40))
def test_a_signal_in_silence_stands_in_the_middle(have, more):
    surrounded = audio.surround(np.ones(have, dtype=np.float32), have + more)
    first, last = np.flatnonzero(surrounded)[[0, -1]]
    assert (surrounded.dtype, len(surrounded), last - first + 1, first) == (np.float32, have + more, have, more // 2)


def test_a_signal_in_silence_is_faded_in_and_out_within_10_ms():
    surrounded = audio.surround(np.ones(22_050, dtype=np.float32))[22_050:44_100]
    np.testing.assert_allclose(surrounded[221:-221], 1, atol=1e-6)
    assert (np.diff(surrounded[:218]) > 0).all()
    np.testing.assert_allclose(surrounded, surrounded[::-1], atol=1e-6)


def test_channels_stay_together_where_a_signal_is_repeated():
    stereo = np.array([[1, -1], [2, -2]])
    assert audio.fit_length(stereo, 3).tolist() == [[1, -1], [2, -2], [1, -1]]


def notes(path):
    with audio.Recording(path) as sound:
        return len(np.concatenate([*sound.blocks(50_000)])) / sound.sample_rate, sound.notes


@pytest.mark.parametrize(("share", "says"), [(0.25, "0.75 s"), (0.5, "1.50 s"), (0.9, "2.70 s")])
def test_a_wav_that_was_cut_short_says_how_much_is_there(write_wav, share, says):
    path = write_wav()
    content = path.read_bytes()
    path.write_bytes(content[: 44 + round((len(content) - 44) * share)])
    seconds, (note,) = notes(path)
    assert note.startswith(f"{path}: cut short or damaged, {says} of the 3.00 s ")
    assert seconds == pytest.approx(3 * share, abs=1e-4)
    assert len(audio.load_audio(path)) == pytest.approx(share * 3 * 22_050, abs=1)


@pytest.mark.parametrize("subtype", WAV_DEPTHS)
def test_a_whole_wav_has_no_note(write_wav, subtype):
    assert notes(write_wav(subtype=subtype)) == (3, [])


def test_a_wav_of_unknown_length_as_pipes_write_it_has_no_note(write_wav):
    path = write_wav()
    content = bytearray(path.read_bytes())
    content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert not notes(path)[1]
    assert len(audio.load_audio(path)) == 3 * 22_050


@pytest.mark.parametrize("ending", ["flac", "ogg", "mp3"])
def test_other_whole_formats_have_no_note(tmp_path, tone, ending):
    soundfile.write(tmp_path / f"tone.{ending}", tone(), 44_100)
    assert notes(tmp_path / f"tone.{ending}") == (pytest.approx(3, abs=0.03), [])


@pytest.mark.parametrize("step", [0.1, 0.4, 1e-9])
def test_peaks_are_the_largest_samples_of_each_stretch(tmp_path, step):
    signal = np.random.default_rng(0).uniform(-0.9, 0.9, 25_000).astype(np.float32)
    soundfile.write(tmp_path / "noise.wav", signal, audio.SAMPLE_RATE, subtype="FLOAT")
    starts, peaks = audio.peaks(tmp_path / "noise.wav", step_seconds=step)
    firsts = np.round(starts * audio.SAMPLE_RATE).astype(int)
    expected = [np.abs(part).max() for part in np.split(signal, firsts[1:])]
    assert firsts[0] == 0
    assert np.diff(starts).max() == pytest.approx(max(step, 1 / audio.SAMPLE_RATE))
    np.testing.assert_array_equal(peaks, expected)


def test_a_file_of_several_blocks_has_peaks_to_its_end(write_wav, tone):
    starts, _ = audio.peaks(write_wav(signal=tone(45)), step_seconds=1)
    assert starts[-1] >= 44
    assert np.diff(starts).max() <= 1 + 1e-9


def test_a_file_without_a_sample_up_to_its_end_is_refused(write_wav):
    with pytest.raises(audio.AudioError, match=r"has no samples between 9\.0 s and its end; is the file empty"):
        audio.load_channels(write_wav(), start=9.0)
