"""A file becomes windows that cover it exactly, and windows become one answer."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from irmas_helpers.answers.predict import (
    DRUMS_ANISOTROPY,
    LONE_SHARE,
    NOISE_FLATNESS_DB,
    Predictor,
    load_predictor,
)
from irmas_helpers.errors import AudioError, ModelError
from irmas_helpers.instruments import CODES, NAMES
from irmas_helpers.learning import models, networks
from irmas_helpers.rendered import composing, score, synthesis
from irmas_helpers.scoring import calibration, openset
from irmas_helpers.scoring.calibration import Calibration
from irmas_helpers.sound import audio, features
from irmas_helpers.sound.windows import WindowReader, level_weights

WINDOW = 3 * 22_050


def windows_of(signal, hop, block):
    """Starts (in samples) and signals of the windows of a signal that comes in blocks."""
    reader = WindowReader((signal[i : i + block] for i in range(0, len(signal), block)), hop)
    starts, cut = zip(*reader.windows(), strict=True)
    return [round(start * 22_050) for start in starts], cut, reader


@given(st.integers(WINDOW, 5 * WINDOW), st.integers(5_000, 2 * WINDOW), st.integers(2_000, 3 * WINDOW))
def test_windows_come_every_hop_and_the_last_one_ends_with_the_file(samples, hop, block):
    signal = np.arange(1, samples + 1, dtype=np.float32)
    starts, cut, reader = windows_of(signal, hop, block)
    expected = list(range(0, samples - WINDOW + 1, hop))
    if expected[-1] + WINDOW < samples:
        expected.append(samples - WINDOW)
    assert starts == expected
    for start, window in zip(starts, cut, strict=True):
        np.testing.assert_array_equal(window, signal[start : start + WINDOW])
    assert reader.samples == samples


@given(st.integers(WINDOW, 4 * WINDOW), st.integers(5_000, WINDOW), st.integers(2_000, 2 * WINDOW))
def test_every_sample_is_in_a_window_if_windows_touch(samples, hop, block):
    starts, _, _ = windows_of(np.arange(samples, dtype=np.float32), hop, block)
    heard = np.zeros(samples, dtype=bool)
    for start in starts:
        heard[start : start + WINDOW] = True
    assert heard.all()


@given(st.integers(1, WINDOW - 1), st.integers(1, WINDOW))
def test_a_file_shorter_than_a_window_stands_in_the_middle_of_silence(samples, block):
    signal = np.arange(1, samples + 1, dtype=np.float32)
    (start,), (window,), _ = windows_of(signal, WINDOW // 2, max(block, samples // 20))
    assert start == 0
    np.testing.assert_array_equal(window, audio.surround(signal))


@pytest.mark.parametrize("loud", [0, 1], ids=["silent", "loud"])
def test_what_is_longer_than_it_may_be_is_refused(network, write_wav, tone, loud):
    path = write_wav(signal=loud * tone(61))
    with pytest.raises(AudioError, match=r": more than 1 minutes of sound; take a part of it$"):
        Predictor(network).predict(path, most_seconds=60)


def test_what_is_just_as_long_as_it_may_be_is_answered(network, write_wav, tone):
    assert Predictor(network).predict(write_wav(signal=tone(4)), most_seconds=4).seconds == 4


@pytest.mark.parametrize(("feature", "how"), [("log_mel", "with silence"), ("mfcc_mean", "by repeating the recording")])
def test_a_short_file_is_repeated_only_for_means_over_time(write_wav, tone, make_network, monkeypatch, feature, how):
    seen = []
    monkeypatch.setattr(models, "predict_log_mel", lambda _, x: seen.append(x) or np.full((len(x), 11), 1 / 11))
    model = make_network() if feature == "mfcc_mean" else networks.cnn_pooled(blocks=((2,), (2,), (2,), (2,)))
    (note,) = Predictor(model).predict(write_wav(signal=tone(0.5))).notes
    assert note.endswith(f"0.50 s is less than one window of 3 s; padded {how}")
    assert (seen[0][0, :, 0].max() == -80) == (feature == "log_mel")


@pytest.mark.parametrize("seconds", [3.0, 3.5, 4.5, 7.0, 25.0])
def test_windows_of_a_file_begin_at_its_beginning_and_end_at_its_end(write_wav, tone, network, seconds):
    answer = Predictor(network).predict(write_wav(signal=tone(seconds)))
    starts = [window.start for window in answer.windows]
    assert answer.seconds == pytest.approx(seconds)
    assert starts[0] == 0
    assert np.diff(starts).max(initial=0) <= 1.5
    assert answer.windows[-1].end == pytest.approx(seconds)
    assert all(window.end - window.start == pytest.approx(3) for window in answer.windows)


def test_each_window_gets_what_the_network_says_of_that_stretch_alone(write_wav, tone, network):
    path = write_wav(signal=np.concatenate([tone(3, 200), tone(3, 2000)]))
    signal = audio.load_audio(path)
    first, *_, last = Predictor(network).predict(path).windows
    for window, stretch in ((first, signal[:WINDOW]), (last, signal[-WINDOW:])):
        expected = models.predict_log_mel(network, features.log_mel(stretch)[None])[0]
        np.testing.assert_allclose(list(window.probabilities.values()), expected, atol=1e-3)


def test_the_answer_is_the_weighted_mean_over_the_windows(write_wav, tone, network):
    answer = Predictor(network).predict(write_wav(signal=np.concatenate([tone(4, 200), 0.1 * tone(4, 2000)])))
    shares = [window.weight for window in answer.windows]
    rows = [list(window.probabilities.values()) for window in answer.windows]
    mean = np.average(rows, axis=0, weights=shares)
    np.testing.assert_allclose(list(answer.probabilities.values()), mean, atol=1e-6)
    assert answer.instrument == CODES[int(mean.argmax())]


def test_a_window_counts_less_by_its_level_in_decibels():
    np.testing.assert_allclose(level_weights(np.array([-40.0, -10.0, -25.0, -13.0, -90.0])), [0, 1, 0.5, 0.9, 0])
    np.testing.assert_allclose(level_weights(np.array([-55.0])), [1])


def test_a_window_at_a_tenth_of_the_loudest_ones_amplitude_counts_a_third(write_wav, tone, network):
    answer = Predictor(network).predict(write_wav(signal=np.concatenate([tone(3), 0.1 * tone(3)])))
    assert answer.windows[0].weight == pytest.approx(1)
    assert answer.windows[-1].weight == pytest.approx(1 - 20 / 30, abs=1e-3)


def test_the_noise_after_a_note_does_not_move_the_answer(write_wav, tone, network):
    note, noise = tone(3, 300), 1e-3 * np.random.default_rng(0).standard_normal((7 * 44_100, 1))
    alone, followed = (Predictor(network).predict(write_wav(signal=s)) for s in (note, np.concatenate([note, noise])))
    assert sum(window.weight == 0 for window in followed.windows) >= 3
    assert followed.instrument == alone.instrument


HALF = Calibration(0.5, 0.3, 0.1, 0.1, 0.7, 0.1, 0.02, 100, 40, "toys", "toy_song")


def test_a_calibration_tempers_every_window(write_wav, network):
    plain, calibrated = (Predictor(network, given).predict(write_wav()) for given in (None, HALF))
    expected = calibration.temper(np.array(list(plain.windows[0].probabilities.values())), 0.5)
    np.testing.assert_allclose(list(calibrated.windows[0].probabilities.values()), expected, rtol=1e-5)
    assert (plain.threshold, calibrated.threshold) == (None, 0.3)


@pytest.mark.parametrize(("threshold", "sure"), [(0.0, True), (1.0, False)])
def test_below_the_threshold_the_answer_is_not_sure(write_wav, network, threshold, sure):
    answer = Predictor(network, dataclasses.replace(HALF, threshold=threshold)).predict(write_wav())
    assert answer.sure is sure
    assert ("not sure (" in str(answer)) is not sure
    assert "not calibrated" not in str(answer)


def test_without_a_calibration_the_sentence_says_so(write_wav, network):
    answer = Predictor(network).predict(write_wav())
    assert answer.sure
    assert str(answer).endswith("(not calibrated)")


def test_about_windows_with_a_lone_note_two_networks_are_asked(write_wav, monkeypatch):
    answers = {name: np.full(11, 0.0) for name in ("usual", "lone")}
    answers["usual"][0] = answers["lone"][1] = 1.0
    monkeypatch.setattr(models, "predict_log_mel", lambda name, x: np.tile(answers[name], (len(x), 1)))
    monkeypatch.setattr(models, "feature_of", lambda name: "log_mel")
    note = 0.5 * np.sin(2 * np.pi * 440 * np.arange(3 * 22_050) / 22_050)
    full = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * 22_050)
    answer = Predictor("usual", lone="lone").predict(
        write_wav(signal=np.concatenate([note, full]), rate=22_050), hop_seconds=3
    )
    shares = [[window.probabilities[code] for code in CODES[:2]] for window in answer.windows]
    np.testing.assert_allclose(shares, [[1 - LONE_SHARE, LONE_SHARE], [1, 0]])


def test_without_a_network_the_default_one_answers_with_all_that_belongs_to_it(write_wav):
    predictor = load_predictor()
    by_hand = Predictor(
        models.load_model(models.DEFAULT_EXPORTED),
        calibration.load_calibration(models.DEFAULT_EXPORTED),
        models.load_lone(models.DEFAULT_EXPORTED),
        openset.load(models.DEFAULT_EXPORTED),
        openset.load(models.lone_file(models.DEFAULT_EXPORTED)),
    )
    path = write_wav()
    assert predictor.predict(path).as_dict() == by_hand.predict(path).as_dict()
    assert None not in (predictor.model, predictor.calibration, predictor.lone, predictor.head, predictor.lone_head)


def test_the_seconds_of_each_part_are_told(write_wav, network):
    started = time.perf_counter()
    timings = Predictor(network).predict(write_wav()).timings
    assert list(timings) == ["decoding", "features", "network"]
    assert 0 < sum(timings.values()) < time.perf_counter() - started


def noise(slope: float) -> np.ndarray:
    """Four seconds of noise whose power falls with the frequency to the power of `slope`."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(4 * 44_100))
    hertz = np.maximum(np.fft.rfftfreq(4 * 44_100, 1 / 44_100), 20)
    signal = np.fft.irfft(spectrum * hertz ** (-slope / 2))
    return 0.5 * signal[:, None] / np.abs(signal).max()


def clicks() -> np.ndarray:
    signal = np.zeros((4 * 44_100, 1))
    signal[:: 44_100 // 3] = 0.9
    return signal


@pytest.mark.parametrize("signal", [noise(0), noise(1), noise(-1), clicks()], ids=["white", "pink", "blue", "clicks"])
def test_noise_and_clicks_are_said_to_be_no_music(write_wav, network, signal):
    path = write_wav(signal=signal)
    assert Predictor(network).predict(path).notes == (
        f"{path}: noise or clicks rather than music; the answer says nothing",
    )


@pytest.mark.parametrize("code", CODES)
def test_no_rendered_instrument_is_taken_for_noise_or_drums(code):
    song = composing.compose((1, CODES.index(code)), (code,), "pop_roc", True)
    sound = audio.mix_down(synthesis.render(song, song.ticks // 3, 3.0))[::2]
    assert features.spectral_flatness(features.log_mel(sound)) < NOISE_FLATNESS_DB
    assert features.anisotropy(features.log_mel(sound)) < DRUMS_ANISOTROPY


@pytest.mark.parametrize("genre", ["cou_fol", "lat_sou"])
def test_drums_alone_are_said_to_be_drums(write_wav, network, genre):
    song = composing.compose((1, 2), ("pia",), genre, True)
    drums = tuple(part for part in song.backing if part.program == score.DRUM_KIT)
    loop = dataclasses.replace(song, leads=drums, backing=drums)
    path = write_wav(signal=synthesis.render(loop, song.ticks // 3, 4.0))
    assert Predictor(network).predict(path).notes == (f"{path}: sounds like drums alone; then the answer says nothing",)


def test_probabilities_have_a_code_each_and_sum_to_one(write_wav, network):
    answer = Predictor(network).predict(write_wav())
    for probabilities in (answer.probabilities, answer.windows[0].probabilities):
        assert tuple(probabilities) == CODES
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_the_dictionary_has_the_promised_keys(write_wav, network):
    answer = Predictor(network).predict(write_wav()).as_dict()
    assert list(answer) == [
        "file",
        "seconds",
        "instrument",
        "sure",
        "threshold",
        "known",
        "foreign",
        "foreign_threshold",
        "probabilities",
        "notes",
        "windows",
    ]
    assert [list(window) for window in answer["windows"]] == [["start", "end", "weight", "foreign", "probabilities"]]
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_the_sentence_names_the_file_and_the_three_most_probable(write_wav, network):
    answer = Predictor(network).predict(write_wav())
    assert str(answer).startswith(f"{answer.file}: {NAMES[answer.instrument]} ")
    assert str(answer).count("%") == 3


def test_silent_stretches_are_left_out_and_said(write_wav, tone, network):
    quiet = np.zeros((6 * 44_100, 1))
    answer = Predictor(network).predict(write_wav(signal=np.concatenate([tone(4), quiet, tone(3)])))
    covered = [(window.start, window.end) for window in answer.windows]
    assert not any(start > 4 and end < 10 for start, end in covered)
    assert answer.windows[-1].end == pytest.approx(13)
    assert any("silence and were left out" in note for note in answer.notes)


@pytest.mark.parametrize("hop", [0.5, 1.0, 3.0])
def test_another_hop_can_be_asked_for(write_wav, tone, network, hop):
    answer = Predictor(network).predict(write_wav(signal=tone(6)), hop_seconds=hop)
    assert [window.start for window in answer.windows] == pytest.approx(list(np.arange(0, 3.01, hop)), abs=1e-4)


@pytest.mark.parametrize("hop", [0, -1.5, 1e-6])
def test_windows_that_would_never_end_are_refused_at_once(write_wav, network, hop):
    with pytest.raises(ValueError, match="samples apart never end; give a hop of at least one sample"):
        Predictor(network).predict(write_wav(), hop_seconds=hop)


@pytest.mark.parametrize(("ending", "rate"), [("flac", 48_000), ("ogg", 44_100), ("mp3", 32_000)])
def test_compressed_files_are_answered_like_their_wav(tmp_path, tone, network, ending, rate):
    signal = tone(4, rate=rate, channels=2)
    answers = []
    for name in ("tone.wav", f"tone.{ending}"):
        soundfile.write(tmp_path / name, signal, rate)
        answers.append(Predictor(network).predict(tmp_path / name))
    wav, other = (list(answer.probabilities.values()) for answer in answers)
    np.testing.assert_allclose(wav, other, atol=0.1)


def test_a_network_that_answers_with_no_numbers_gives_no_answer(write_wav, tone, make_network):
    broken = make_network()
    broken.set_weights([weights * np.nan for weights in broken.get_weights()])
    with pytest.raises(ModelError, match="answers 3 of 3 windows with NaN or infinity; train it again"):
        Predictor(broken).predict(write_wav(signal=tone(6)))
