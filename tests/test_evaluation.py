"""Scores are scikit-learn's; the interval is a bootstrap over songs, checked against a plain loop."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from irmas_helpers.instruments import CODES
from irmas_helpers.scoring import evaluation


def answers(clips: int = 400, right: float = 0.6, seed: int = 0):
    """Labels, answers and songs of three clips each, every answer for itself."""
    rng = np.random.default_rng(seed)
    true = np.repeat(rng.choice(CODES, -(-clips // 3)), 3)[:clips]
    predicted = np.where(rng.random(clips) < right, true, rng.choice(CODES, clips))
    return true, predicted, np.arange(clips) // 3


def width(interval):
    return interval[1] - interval[0]


PAIRS = st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), min_size=1, max_size=60)


@given(PAIRS)
def test_accuracy_f1_and_confusion_are_scikit_learns(pairs):
    true, predicted = zip(*pairs, strict=True)
    scores = evaluation.score(true, predicted, range(len(true)))
    assert scores.n == len(pairs)
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(true, predicted))
    assert scores.macro_f1 == pytest.approx(metrics.f1_score(true, predicted, average="macro"))
    np.testing.assert_array_equal(scores.confusion, metrics.confusion_matrix(true, predicted, labels=CODES))


@given(PAIRS)
def test_the_table_of_classes_is_scikit_learns(pairs):
    true, predicted = zip(*pairs, strict=True)
    table = evaluation.score(true, predicted, range(len(true))).per_class()
    assert list(table.index) == list(CODES)
    expected = metrics.precision_recall_fscore_support(true, predicted, labels=CODES, zero_division=0)
    for column, values in zip(("precision", "recall", "f1", "clips"), expected, strict=True):
        np.testing.assert_allclose(table[column], values)


def plain_bootstrap(true, predicted, songs, replicates=1000):
    """Resample songs with replacement, take all their clips, score: the definition, song by song."""
    rng, scores = np.random.default_rng(99), []
    clips_of = [np.flatnonzero(songs == song) for song in np.unique(songs)]
    for _ in range(replicates):
        rows = np.concatenate([clips_of[i] for i in rng.integers(len(clips_of), size=len(clips_of))])
        t, p = true[rows], predicted[rows]
        hits = {code: (np.sum((t == code) & (p == code)), np.sum(t == code) + np.sum(p == code)) for code in CODES}
        scores.append((np.mean(t == p), np.mean([2 * hit / both for hit, both in hits.values() if both])))
    return np.quantile(scores, [0.025, 0.975], axis=0).T


def test_intervals_are_those_of_a_plain_bootstrap_over_songs():
    true, predicted, songs = answers()
    scores = evaluation.score(true, predicted, songs)
    accuracy, f1 = plain_bootstrap(true, predicted, songs)
    np.testing.assert_allclose(scores.interval, accuracy, atol=0.01)
    np.testing.assert_allclose(scores.macro_f1_interval, f1, atol=0.01)


def test_one_song_gives_no_interval():
    scores = evaluation.score(["cel", "voi", "voi"], ["cel", "cel", "voi"], ["x"] * 3, unit="sources")
    assert "accuracy 66.7% (all of one source: no interval)" in str(scores) and str(scores).endswith("of 1 source")
    assert scores.as_dict()["interval"] is scores.as_dict()["macro_f1_interval"] is None


def test_the_interval_covers_the_score_and_narrows_with_more_songs():
    few, many = evaluation.score(*answers(150)), evaluation.score(*answers(2400))
    for scores in (few, many):
        assert scores.interval[0] < scores.accuracy < scores.interval[1]
    assert width(few.interval) / width(many.interval) == pytest.approx(4, rel=0.25)


def test_clips_that_fail_together_make_the_interval_wider_than_clips_alone_would():
    rng, songs = np.random.default_rng(0), np.repeat(np.arange(100), 6)
    true = np.repeat(rng.choice(CODES, 100), 6)
    predicted = np.where(np.repeat(rng.random(100) < 0.5, 6), true, "none")
    predicted[predicted == "none"] = np.where(true[predicted == "none"] == "cel", "cla", "cel")
    by_song, by_clip = (evaluation.score(true, predicted, groups) for groups in (songs, np.arange(600)))
    assert by_song.accuracy == by_clip.accuracy
    # Six copies of one answer hold no more than one: the interval is the square root of six as wide.
    assert width(by_song.interval) / width(by_clip.interval) == pytest.approx(6**0.5, rel=0.1)


def test_the_same_seed_gives_the_same_interval():
    same, again, other = (evaluation.score(*answers(), seed=seed).interval for seed in (3, 3, 4))
    assert same == again != other


def test_all_right_is_one_without_doubt():
    scores = evaluation.score(CODES, CODES, range(11))
    assert (scores.accuracy, scores.macro_f1, scores.interval) == (1.0, 1.0, (1.0, 1.0))


def test_songs_are_counted_and_the_sentence_says_n_interval_and_macro_f1():
    scores = evaluation.score(*answers(400))
    assert scores.songs == 134
    assert str(scores).startswith(f"accuracy {scores.accuracy:.1%} (95 % interval ")
    assert f"macro F1 {scores.macro_f1:.3f}, n = 400 clips of 134 songs" in str(scores)


def test_scores_can_be_written_as_json_and_hold_what_the_command_promises():
    back = json.loads(json.dumps(evaluation.score(*answers()).as_dict()))
    assert {"n", "songs", "accuracy", "interval", "macro_f1", "macro_f1_interval", "per_class", "confusion"} == set(
        back
    )
    assert back["n"] == 400
    assert list(back["per_class"]) == list(CODES)


@pytest.mark.parametrize("lengths", [(3, 2, 3), (3, 3, 2), (0, 0, 0)])
def test_lists_of_other_lengths_are_refused(lengths):
    with pytest.raises(ValueError, match="as many labels"):
        evaluation.score(*(["cel"] * length for length in lengths))


def test_the_most_confused_pairs_come_by_their_share_of_the_true_class():
    confusion = np.zeros((11, 11), dtype=int)
    confusion[0, :3] = 5, 4, 1  # of ten cellos four were called clarinet and one flute
    confusion[1, 0], confusion[1, 1] = 3, 1
    table = evaluation.most_confused(confusion, 3)
    assert table[["true", "answer", "clips"]].to_numpy().tolist() == [
        ["cla", "cel", 3],
        ["cel", "cla", 4],
        ["cel", "flu", 1],
    ]
    assert table["share"].tolist() == [0.75, 0.4, 0.1]


def songs_of_two(seed, songs=60, gain=0.0):
    """Right answers a song of two models, each song of three clips."""
    random = np.random.default_rng(seed)
    first = random.binomial(3, 0.5, songs)
    second = np.clip(first + (random.random(songs) < gain) - (random.random(songs) < 0.15), 0, 3)
    return first, second, np.full(songs, 3)


@pytest.mark.parametrize("gain", [0.15, 0.3, 0.6])
def test_a_paired_comparison_agrees_with_scipys(gain):
    first, second, clips = songs_of_two(1, gain=gain)
    result = evaluation.paired(first, second, clips)
    gains = (second - first) / 3
    assert result.difference == pytest.approx(gains.mean())
    mean = lambda x, axis=-1: np.mean(x, axis=axis)  # noqa: E731
    swapped = scipy.stats.permutation_test(
        (second / 3, first / 3), lambda a, b, axis: mean(a - b, axis), permutation_type="samples", n_resamples=9999,
        rng=np.random.default_rng(5),
    )  # fmt: skip
    assert result.p_value == pytest.approx(swapped.pvalue, abs=0.02)
    drawn = scipy.stats.bootstrap((gains,), np.mean, method="percentile", rng=np.random.default_rng(5))
    assert result.interval == pytest.approx((drawn.confidence_interval.low, drawn.confidence_interval.high), abs=0.02)


def test_a_model_does_not_differ_from_itself():
    first, _, clips = songs_of_two(2)
    result = evaluation.paired(first, first, clips)
    assert (result.difference, result.interval, result.p_value) == (0, (0, 0), 1)
    assert str(result) == "+0.0 points (95 % interval over songs +0.0 to +0.0), p = 1.000"


def test_a_song_with_more_clips_counts_more():
    result = evaluation.paired([0, 2], [3, 2], [3, 9])
    assert result.difference == pytest.approx(3 / 12)
    assert (result.clips, result.songs) == (12, 2)


def test_an_interval_over_songs_and_trainings_holds_the_true_difference_as_often_as_it_says():
    random, held, too_narrow = np.random.default_rng(0), 0, 0
    clips, folds = np.full(200, 4), np.arange(200) % 2
    for _ in range(300):
        easy = random.normal(0, 0.15, 200)
        rights = []
        for level in (0.55, 0.6):
            luck = random.normal(0, 0.03, (3, 2))[:, folds]
            rights.append(random.binomial(4, np.clip(level + easy + luck, 0, 1)))
        both = evaluation.paired_trainings(*rights, clips, folds)
        held += both.interval[0] <= 0.05 <= both.interval[1]
        low, high = evaluation.paired(rights[0][0], rights[1][0], clips).interval
        too_narrow += low <= 0.05 <= high
    assert held / 300 > 0.94
    assert too_narrow / 300 < 0.85


def test_without_luck_in_training_the_interval_is_the_one_over_songs():
    first, second, clips = songs_of_two(3, songs=400, gain=0.3)
    same = [np.tile(right, (3, 1)) for right in (first, second)]
    both = evaluation.paired_trainings(*same, clips, np.arange(400) % 2)
    over_songs = evaluation.paired(first, second, clips)
    assert both.difference == pytest.approx(over_songs.difference)
    assert both.interval == pytest.approx(over_songs.interval, abs=0.004)
    gains = (second - first) / 3
    assert both.p_value == pytest.approx(scipy.stats.ttest_1samp(gains, 0).pvalue, rel=1e-6)


def test_two_recipes_with_luck_alone_are_compared_as_by_welch():
    # Every song of a training is right as often: nothing but the trainings differs, which Welch's t test compares.
    shares = [np.array([[3.0], [4.0], [8.0]]), np.array([[6.0], [7.0], [7.0]])]
    first, second = (np.repeat(share, 50, axis=1) for share in shares)
    both = evaluation.paired_trainings(first, second, np.full(50, 10), np.zeros(50))
    welch = scipy.stats.ttest_ind(shares[1].ravel(), shares[0].ravel(), equal_var=False)
    assert both.p_value == pytest.approx(welch.pvalue)
    assert both.interval == pytest.approx([end / 10 for end in welch.confidence_interval()])
    assert str(both).startswith("+16.7 points (95 % interval over songs and 3 trainings each")


def test_the_luck_of_a_fold_trained_once_is_that_of_the_others():
    first = np.array([[4.0, 6.0, 5.0], [6.0, 4.0, np.nan]])
    of_one, of_mean, freedom = evaluation.training_variance(first, np.full(3, 10), np.array([0, 1, 2]))
    assert freedom == 2
    assert of_mean == pytest.approx(0.02 * (1 / 2 + 1 / 2 + 1) / 9)
    assert of_one == pytest.approx(0.02 * 3 / 9)


def test_trained_once_nothing_is_known_of_the_luck_of_training():
    with pytest.raises(ValueError, match="record another seed"):
        evaluation.paired_trainings(np.ones((1, 4)), np.ones((1, 4)), np.full(4, 3), np.zeros(4))


@pytest.mark.parametrize("numbers", [([1], [1, 2], [3, 3]), ([], [], [])])
def test_a_comparison_of_different_songs_is_refused(numbers):
    with pytest.raises(ValueError, match="need a number a song"):
        evaluation.paired(*numbers)


def test_holm_multiplies_the_smallest_by_their_number_and_never_falls():
    # What R gives for p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm"); by hand the fourth, 2 x .04, takes the .09.
    assert evaluation.holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert evaluation.holm([0.6, 0.5, 0.02]) == pytest.approx([1, 1, 0.06])
    assert evaluation.holm([0.04]) == pytest.approx([0.04])


def test_holm_keeps_the_order_and_lets_through_one_false_alarm_in_twenty_at_most():
    random = np.random.default_rng(0)
    assert evaluation.holm([0.3, 0.001, 0.02]) == pytest.approx([0.3, 0.003, 0.04])
    alarms = [evaluation.holm(random.random(10)).min() < 0.05 for _ in range(2000)]
    assert 0.03 < np.mean(alarms) < 0.065


@pytest.mark.parametrize("values", [[0.1, 1.2], [-0.1], [float("nan")], [[0.1, 0.2]], 0.1])
def test_what_is_no_row_of_p_values_is_refused(values):
    with pytest.raises(ValueError, match="from 0 to 1"):
        evaluation.holm(values)


def test_without_any_variance_the_interval_is_the_difference():
    both = evaluation.paired_trainings(np.ones((2, 4)), np.full((2, 4), 2.0), np.full(4, 4), np.zeros(4))
    assert (both.difference, both.interval, both.p_value) == (0.25, (0.25, 0.25), 0.0)
