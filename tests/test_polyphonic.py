"""Windows become values, values become answers, and thresholds are scored where they were not chosen."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from irmas_helpers.answers import polyphonic
from irmas_helpers.data import testing_set
from irmas_helpers.errors import DatasetError, ModelError
from irmas_helpers.instruments import CODES
from irmas_helpers.scoring import multilabel
from irmas_helpers.sound import testing_packs

WINDOWS = np.zeros((4, 11))
WINDOWS[:, 0] = 0.8, 0.6, 0.0, 0.0  # the sums are 1.4, 0.7 and 0.2
WINDOWS[:, 1] = 0.1, 0.2, 0.3, 0.1
WINDOWS[:, 2] = 0.0, 0.0, 0.2, 0.0


def test_the_mean_is_over_windows():
    (row,) = polyphonic.aggregate(WINDOWS, np.array([0, len(WINDOWS)]), polyphonic.MEAN)
    assert row[:3] == pytest.approx([0.35, 0.175, 0.05])


def test_the_sum_is_divided_by_the_largest_instruments():
    assert polyphonic.sum_over_max(WINDOWS)[:3] == pytest.approx([1, 0.5, 1 / 7])


def test_the_windowed_maximum_is_taken_over_every_run_before_the_sum():
    # Runs of two: 0.8 0.6 0.0, then 0.2 0.3 0.3, then 0.0 0.2 0.2; the sums are 1.4, 0.8 and 0.4.
    assert polyphonic.windowed_max(WINDOWS, 2)[:3] == pytest.approx([1, 4 / 7, 2 / 7])


def test_an_excerpt_shorter_than_a_run_is_one_run():
    assert polyphonic.windowed_max(WINDOWS)[:3] == pytest.approx([1, 0.3 / 0.8, 0.2 / 0.8])


@pytest.mark.parametrize("how", polyphonic.AGGREGATES)
def test_no_probability_at_all_gives_no_value(how):
    assert polyphonic.AGGREGATES[how](np.zeros((3, 11))).tolist() == [0] * 11


@pytest.mark.parametrize("how", polyphonic.AGGREGATES)
def test_excerpts_of_any_number_of_windows_are_aggregated_each_by_itself(how):
    probabilities = np.random.default_rng(0).random((9, 11)).astype(np.float32)
    values = polyphonic.aggregate(probabilities, np.array([0, 1, 8, 9]), how)
    assert values.shape == (3, 11)
    for row, piece in zip(values, (probabilities[:1], probabilities[1:8], probabilities[8:]), strict=True):
        np.testing.assert_allclose(row, polyphonic.AGGREGATES[how](piece), rtol=1e-6)


def test_an_instrument_is_named_if_its_value_reaches_the_threshold():
    values = np.array([[0.1, 0.5, 0.9], [0.0, 0.1, 0.2]])
    assert polyphonic.decide(values, 0.5).tolist() == [[False, True, True], [False] * 3]
    assert polyphonic.decide(values, np.array([0.05, 0.6, 0.2])).tolist() == [[True, False, True], [False, False, True]]


TABLES = st.integers(1, 6).flatmap(
    lambda rows: st.tuples(
        st.lists(st.integers(0, 8), min_size=2 * rows, max_size=2 * rows),
        st.lists(st.booleans(), min_size=2 * rows, max_size=2 * rows),
    )
)


@given(TABLES)
def test_no_threshold_has_a_higher_micro_f1_than_the_best(table):
    values, labels = (np.array(column).reshape(-1, 2) for column in table)
    f1 = {
        threshold: metrics.f1_score(labels.ravel(), (values >= threshold).ravel(), zero_division=0)
        for threshold in np.arange(-0.5, 8.5)
    }
    best = polyphonic.best_threshold(values, labels)
    assert metrics.f1_score(labels.ravel(), (values >= best).ravel(), zero_division=0) == pytest.approx(
        max(f1.values())
    )


def test_the_best_threshold_lies_between_what_is_named_and_what_is_not():
    values, labels = np.array([[0.9, 0.8], [0.4, 0.2]]), np.array([[True, True], [False, False]])
    assert polyphonic.best_threshold(values, labels) == pytest.approx(0.6)


def test_each_class_gets_its_own_best_threshold_and_one_without_labels_that_of_all():
    values, labels = random_judged().values, random_judged().labels.copy()
    labels[:, 3] = False
    thresholds = polyphonic.best_thresholds(values, labels)
    assert thresholds[3] == polyphonic.best_threshold(values, labels)
    for column in (0, 1, 2, *range(4, 11)):
        assert thresholds[column] == polyphonic.best_threshold(values[:, column], labels[:, column])


def random_judged(n: int = 240, seed: int = 0, parts=(1, 2, 3)) -> polyphonic.Judged:
    """Excerpts of songs of four, each song in one part, with values that follow the labels a little."""
    random = np.random.default_rng(seed)
    labels = random.random((n, 11)) < 0.2
    values = 0.4 * labels + random.random((n, 11))
    song = np.arange(n) // 4
    contradicting = np.arange(n) < 2
    return polyphonic.Judged(values, labels, song.astype(str), np.array(parts)[song % len(parts)], contradicting)


def by_name(judged):
    return {result.protocol: result for result in polyphonic.evaluate(judged)}


HONEST = "{}, chosen on Part 1, scored on Parts 2 and 3"
CLAIM = "no score but a claim: {}, chosen and scored on Parts 2 and 3"
FIXED, COMMON = "fixed threshold, scored on Parts 2 and 3", "the common way: fixed threshold, scored on all parts"


def test_the_protocols_come_with_the_honest_ones_first():
    names = ["one threshold", "a threshold a class"]
    assert list(by_name(random_judged())) == [
        *map(HONEST.format, names),
        FIXED,
        COMMON,
        *map(CLAIM.format, names),
    ]


@pytest.mark.parametrize(("name", "choose"), polyphonic.CHOICES.items())
def test_thresholds_are_chosen_on_part_1_alone_and_scored_on_the_other_parts_alone(name, choose):
    judged = random_judged()
    found = by_name(judged)[HONEST.format(name)]
    one, rest = (judged.parts == 1) & ~judged.contradicting, (judged.parts != 1) & ~judged.contradicting
    thresholds = choose(judged.values[one], judged.labels[one])
    answers = judged.values[rest] >= thresholds
    assert found.thresholds == tuple(np.atleast_1d(thresholds))
    assert found.scores.n == rest.sum()
    assert found.scores.micro_f1.value == pytest.approx(metrics.f1_score(judged.labels[rest], answers, average="micro"))
    # Nothing in the scored parts can move the thresholds.
    judged.labels[rest] = ~judged.labels[rest]
    assert by_name(judged)[HONEST.format(name)].thresholds == found.thresholds


def test_tuning_on_the_test_claims_more_than_any_honest_choice():
    for seed in range(4):
        found = by_name(random_judged(seed=seed))
        one = "one threshold"
        claim = found[CLAIM.format(one)].scores.micro_f1.value
        assert claim >= found[HONEST.format(one)].scores.micro_f1.value
        assert claim >= found[FIXED].scores.micro_f1.value
        each = "a threshold a class"
        claim = found[CLAIM.format(each)].scores.macro_f1.value
        assert claim > max(
            found[other].scores.macro_f1.value for other in (HONEST.format(each), HONEST.format(one), FIXED)
        )


def test_the_common_way_takes_all_excerpts_and_the_others_leave_contradicting_ones_out():
    judged = random_judged(parts=(2, 1))  # the two contradicting excerpts lie in Part 2
    results = polyphonic.evaluate(judged)
    assert [result.scores.n for result in results] == [118, 118, 118, 240, 118, 118]
    assert all("Part 2" in result.protocol or "all parts" in result.protocol for result in results)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_with_one_part_there_is_nothing_but_a_fixed_threshold(part):
    (only,) = polyphonic.evaluate(random_judged(parts=(part,)))
    assert (only.protocol, only.thresholds, only.scores.n) == ("fixed threshold", (0.5,), 238)


def test_excerpts_of_no_known_part_are_scored_and_never_tuned_on():
    results = polyphonic.evaluate(random_judged(parts=(1, 0)))
    assert results[0].protocol == "one threshold, chosen on Part 1, scored on the other excerpts"


def test_a_song_in_two_parts_is_refused_for_it_would_leak():
    judged = random_judged()
    judged.songs[0], judged.contradicting[:] = judged.songs[5], False  # one in Part 1, one in Part 2
    with pytest.raises(DatasetError, match=r"^1: this song lies in Part 1 and in Parts 2 and 3.*folder of its own$"):
        polyphonic.evaluate(judged)


def test_nothing_but_contradicting_excerpts_is_refused():
    judged = random_judged()
    judged.contradicting[:] = True
    with pytest.raises(DatasetError, match="copy the testing set again"):
        polyphonic.evaluate(judged)


def test_the_floor_is_the_constant_answer_on_the_same_excerpts():
    judged = random_judged(parts=(1,))
    (only,) = polyphonic.evaluate(judged)
    labels = judged.labels[~judged.contradicting]
    constant = np.isin(CODES, ("voi", "pia", "gel"))[None].repeat(len(labels), axis=0)
    assert only.floor.codes == polyphonic.FLOOR == ("voi", "pia", "gel")
    assert only.floor.micro_f1 == pytest.approx(metrics.f1_score(labels, constant, average="micro"))
    assert only.floor.macro_f1 == pytest.approx(metrics.f1_score(labels, constant, average="macro"))


def test_a_result_says_its_protocol_threshold_scores_and_floor_and_can_be_json():
    first, second, *_ = polyphonic.evaluate(random_judged())
    assert str(first).startswith(f"{HONEST.format('one threshold')} ({first.thresholds[0]:.2f}): micro F1 ")
    assert "always voi, pia, gel: micro F1 " in str(first)
    assert str(second).startswith(f"{HONEST.format('a threshold a class')}: micro F1 ")
    plain = json.loads(json.dumps(second.as_dict(), allow_nan=False))
    assert plain["protocol"] == second.protocol
    assert len(plain["thresholds"]) == 11
    assert {"n", "songs", "micro_f1", "micro_f1_interval", "per_class", "floor"} <= set(plain)


def test_no_other_constant_answer_beats_the_floor_by_micro_f1():
    answers = [codes for size in range(1, 12) for codes in itertools.combinations(CODES, size)]
    counts = testing_set.OFFICIAL_LABELS, testing_set.OFFICIAL_EXCERPTS
    best = max(answers, key=lambda codes: multilabel.constant(codes, *counts).micro_f1)
    assert set(best) == set(polyphonic.FLOOR)


@pytest.fixture
def toy_testing_pack():
    """Three excerpts of one, two and three windows of noise; the first two have different labels."""
    values = np.random.default_rng(0).integers(0, 256, (6, 128, 130), "uint8")
    excerpts = pd.DataFrame({
        "path": ["a-1.wav", "a-2.wav", "b-1.wav"], "part": [1, 1, 2], "song": ["a", "a", "b"],
        "labels": ["cel", "voi", "cel+voi"],
    })  # fmt: skip
    return testing_packs.TestingPack(values, np.zeros(6), np.array([0, 1, 3, 6]), excerpts)


def test_a_model_hears_every_window(toy_testing_pack, network):
    judged = polyphonic.judge(network, toy_testing_pack, "mean")
    assert judged.values.shape == judged.labels.shape == (3, 11)
    assert judged.values.sum(axis=1) == pytest.approx(1, abs=1e-5)  # means of probabilities
    assert judged.labels.sum(axis=1).tolist() == [1, 1, 2]
    assert judged.songs.tolist() == ["a", "a", "b"]
    assert judged.parts.tolist() == [1, 1, 2]
    assert not judged.contradicting.any()


def test_a_model_that_answers_with_no_numbers_is_refused(toy_testing_pack, make_network):
    broken = make_network()
    broken.set_weights([weights * np.nan for weights in broken.get_weights()])
    with pytest.raises(ModelError, match="answers 6 of 6 windows with NaN or infinity; train it again"):
        polyphonic.judge(broken, toy_testing_pack)


def test_the_description_counts_excerpts_songs_and_contradictions(toy_testing_pack, network):
    judged = polyphonic.judge(network, toy_testing_pack)
    assert polyphonic.describe(toy_testing_pack, judged) == (
        "3 excerpts of 2 songs (the official set has 2874), 0 that sound like another with other labels"
    )


def test_only_the_official_counts_are_called_so(toy_testing_pack, network, monkeypatch):
    judged = polyphonic.judge(network, toy_testing_pack)
    monkeypatch.setattr(testing_set, "OFFICIAL_PARTS", {1: 2, 2: 1})
    monkeypatch.setattr(testing_set, "OFFICIAL_LABELS", dict.fromkeys(CODES, 0) | {"cel": 2, "voi": 2})
    monkeypatch.setattr(testing_set, "OFFICIAL_LABELS_AN_EXCERPT", {1: 2, 2: 1})
    assert "all counts are the official set's" in polyphonic.describe(toy_testing_pack, judged)
    monkeypatch.setattr(testing_set, "OFFICIAL_PARTS", {1: 1, 2: 2})
    assert "the official set has 2874" in polyphonic.describe(toy_testing_pack, judged)
