"""Windows with the same answer become stretches, and stretches a label track."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from irmas_helpers.answers.predict import Prediction, Window
from irmas_helpers.answers.stretches import by_second, label_file, seconds, stretches, write_labels
from irmas_helpers.instruments import CODES


def window(start, code, top=0.8, weight=1.0):
    others = (1 - top) / (len(CODES) - 1)
    return Window(start, start + 3, dict.fromkeys(CODES, others) | {code: top}, weight)


def told(*windows, threshold=0.5):
    found = stretches(Prediction("song.wav", 99.0, "cel", {}, windows, threshold=threshold))
    return [(each.start, each.end, each.instrument if each.sure else "not sure") for each in found]


def test_one_answer_is_one_stretch():
    assert told(*(window(start, "pia") for start in np.arange(0, 9, 1.5))) == [(0, 10.5, "pia")]


def test_two_answers_meet_in_the_middle_of_where_their_windows_overlap():
    windows = window(0, "pia"), window(1.5, "pia"), window(3, "voi"), window(4.5, "pia")
    assert told(*windows) == [(0, 3.75, "pia"), (3.75, 5.25, "voi"), (5.25, 7.5, "pia")]


def test_windows_below_the_threshold_are_not_sure_together():
    windows = window(0, "pia"), window(1.5, "pia", 0.4), window(3, "voi", 0.3), window(4.5, "voi")
    assert told(*windows) == [(0, 2.25, "pia"), (2.25, 5.25, "not sure"), (5.25, 7.5, "voi")]
    assert told(*windows, threshold=None) == [(0, 3.75, "pia"), (3.75, 7.5, "voi")]


def test_windows_that_are_none_of_the_eleven_make_a_stretch_of_their_own():
    foreign = replace(window(1.5, "pia"), foreign=2.0), replace(window(3, "voi"), foreign=0.6)
    windows = replace(window(0, "pia"), foreign=0.4), *foreign, window(4.5, "voi", 0.3)
    found = stretches(Prediction("song.wav", 7.5, "pia", {}, windows, threshold=0.5, foreign_threshold=0.5))
    assert [(each.start, each.end, each.sure, each.doubt) for each in found] == [
        (0, 2.25, True, ""), (2.25, 5.25, False, "none of the eleven"), (5.25, 7.5, False, "not sure"),
    ]  # fmt: skip
    assert [str(each).split(" (")[0] for each in found] == ["piano 80%", "none of the eleven", "not sure"]
    assert [each.as_dict()["doubt"] for each in found] == ["", "none of the eleven", "not sure"]


def test_each_second_is_sure_not_sure_none_of_the_eleven_or_silent():
    windows = window(0, "pia"), window(1, "pia", 0.4), replace(window(2, "voi"), foreign=9.0)
    windows = *windows, window(5, "sax", weight=0.0), window(7, "voi", 0.3)
    windows = tuple(replace(each, foreign=each.foreign or 0.0) for each in windows)
    prediction = Prediction("song.wav", 9.5, "pia", {}, windows, threshold=0.5, foreign_threshold=0.5)
    said = [each and str(each) for each in seconds(prediction)]
    none = "none of the eleven"
    # From second 2 on three windows of 0, 0 and 9 have a mean of 3, which is foreign.
    assert [each and each.split(" (")[0] for each in said] == [
        "piano 80%", "piano 60%", none, none, none, None, None, "not sure", "not sure", "not sure",
    ]  # fmt: skip
    assert said[7] == "not sure (human singing voice 30%)"
    assert (seconds(prediction)[9].start, seconds(prediction)[9].end) == (9, 9.5)
    assert said[4] == "none of the eleven (human singing voice 80%)"


def test_silence_ends_a_stretch_and_belongs_to_none():
    assert told(window(0, "pia"), window(6, "pia")) == [(0, 3, "pia"), (6, 9, "pia")]


def test_windows_that_count_nothing_belong_to_none():
    faint = [window(start, "voi", weight=0.0) for start in (1.5, 3.0, 4.5)]
    assert told(window(0, "pia"), *faint, window(6, "pia")) == [(0, 3, "pia"), (6, 9, "pia")]
    assert told(window(0, "pia"), faint[0], window(3, "pia")) == [(0, 6, "pia")]


def test_the_probability_is_the_mean_by_weight():
    windows = window(0, "pia", 0.9), window(1.5, "pia", 0.6, weight=0.5)
    (found,) = stretches(Prediction("song.wav", 4.5, "pia", {}, windows, threshold=0.5))
    assert found.probability == pytest.approx(0.8)
    assert str(found) == "piano 80%"


def test_stretches_cover_what_is_heard_without_overlap(tmp_path):
    draw = np.random.default_rng(0)
    windows = [window(1.5 * place, CODES[draw.integers(3)], draw.uniform(0.2, 0.9)) for place in range(200)]
    found = told(*windows)
    assert (found[0][0], found[-1][1]) == (0, windows[-1].end)
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert all(before[2] != after[2] for before, after in pairwise(found))
    assert all(end > start for start, end, _ in found)


def test_a_label_track_is_a_line_a_stretch_with_tabs_between(tmp_path):
    windows = window(0, "pia"), window(1.5, "voi", 0.3), window(9, "gac")
    found = stretches(Prediction("song.wav", 12.0, "pia", {}, windows, threshold=0.5))
    write_labels(tmp_path / "labels" / "song.txt", found)
    assert (tmp_path / "labels" / "song.txt").read_text("utf-8") == (
        "0.000000\t2.250000\tpiano 80%\n"
        "2.250000\t4.500000\tnot sure (human singing voice 30%)\n"
        "9.000000\t12.000000\tacoustic guitar 80%\n"
    )


@pytest.mark.parametrize("pair", [("a/x.wav", "b/x.wav"), ("a/x.wav", "a/x.mp3"), ("a/x.wav", "a/X.WAV")])
def test_no_two_recordings_have_the_same_label_track(pair):
    one, other = (label_file("labels", name).name.lower() for name in pair)
    assert one != other
    assert one.startswith("x.wav-")


def test_a_recording_has_the_same_label_track_however_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert label_file("labels", "x.wav") == label_file("labels", tmp_path / "a" / ".." / "x.wav")


@pytest.mark.parametrize("name", ["x" * 251 + ".wav", "\u97f3" * 83 + ".wav", "\U0001f3b5" * 62 + ".wav"], ids=len)
def test_the_name_of_a_label_track_is_one_that_a_file_can_have(tmp_path, name):
    path = label_file(tmp_path, name)
    write_labels(path, [])
    assert path.read_text() == ""


def test_each_second_is_the_weighted_mean_of_the_windows_that_reach_into_it():
    def window(start, code, weight):
        return Window(start, start + 3, {other: float(other == code) for other in CODES}, weight)

    windows = window(0, "cel", 1.0), window(1.5, "cla", 0.25), window(7.2, "flu", 0.5)
    rows = by_second(Prediction("song.wav", 10.2, "cel", {}, windows))
    assert rows.shape == (11, 11)
    np.testing.assert_allclose(rows[:, 0], [1, 0.8, 0.8, 0, 0, np.nan, np.nan, 0, 0, 0, 0])
    np.testing.assert_allclose(rows[:5, 1], [0, 0.2, 0.2, 1, 1])
    np.testing.assert_allclose(rows[7:, 2], 1)


def test_the_seconds_of_two_hours_need_little_memory():
    windows = tuple(window(1.5 * place, "pia") for place in range(4_800))
    tracemalloc.start()
    try:
        rows = by_second(Prediction("song.wav", 7_200.0, "pia", {}, windows))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows.shape == (7_200, 11) and peak < 20e6
