"""Multi-label scores are scikit-learn's and the hand's; constant answers score what is published."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics

from irmas_helpers.data import testing_set
from irmas_helpers.instruments import CODES
from irmas_helpers.scoring import multilabel, resampling


def excerpts(n: int = 300, seed: int = 0, levels: int = 0):
    """Labels, values that follow them a little (with many equal ones, if in levels) and songs of up to six excerpts."""
    random = np.random.default_rng(seed)
    labels = random.random((n, 11)) < random.uniform(0.02, 0.4, 11)
    values = np.clip(0.3 * labels + random.random((n, 11)), 0, 1)
    values = np.round(values * levels) / levels if levels else values
    return labels, values, random.integers(0, n // 4, n)


def scikit_learns(labels, answers, values) -> dict[str, float]:
    """All nine measures by scikit-learn, over the instruments that occur."""
    occurs, labelled = (labels | answers).any(axis=0), labels.any(axis=0)
    result = {}
    for average in ("micro", "macro"):
        found = metrics.precision_recall_fscore_support(
            labels, answers, labels=np.flatnonzero(occurs), average=average, zero_division=0
        )
        result |= dict(zip((f"{average}_precision", f"{average}_recall", f"{average}_f1"), found, strict=False))
    return {
        **result,
        "samples_f1": metrics.f1_score(labels, answers, average="samples", zero_division=0),
        "lrap": metrics.label_ranking_average_precision_score(labels, values),
        "mean_average_precision": metrics.average_precision_score(labels[:, labelled], values[:, labelled]),
    }


def assert_equal_to_scikit_learns(labels, answers, values, songs):
    scores = multilabel.score(labels, answers, values, songs)
    expected = scikit_learns(labels, answers, values)
    assert list(scores.measures()) == list(expected)
    for name, measure in scores.measures().items():
        assert measure.value == pytest.approx(expected[name], abs=1e-12), name


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [0, 10], ids=["all values differ", "many equal values"])
def test_all_measures_are_scikit_learns(seed, levels):
    labels, values, songs = excerpts(seed=seed, levels=levels)
    assert_equal_to_scikit_learns(labels, values >= 0.5, values, songs)


def test_over_all_eleven_macro_f1_is_scikit_learns_plain_one():
    labels, values, songs = excerpts()
    assert labels.any(axis=0).all()
    scores = multilabel.score(labels, values > 0.6, values, songs)
    assert scores.macro_f1.value == pytest.approx(metrics.f1_score(labels, values > 0.6, average="macro"), abs=1e-12)


def test_classes_without_positives_excerpts_without_answer_and_without_label_agree_too():
    labels, values, songs = excerpts(60)
    labels[:, [0, 4]] = False  # never right
    values[:, 0] = 0  # and never named either: it does not occur
    values[:, 4] += 0.5
    values[7:20] = 0  # no answer, and no order
    labels[3], labels[4] = False, True
    assert_equal_to_scikit_learns(labels, values >= 0.5, values, songs)


def test_a_case_worked_by_hand():
    # Two excerpts: cello and voice, of which cello and clarinet are named; flute, for which nothing is.
    labels = testing_set.label_matrix(["cel+voi", "flu"])
    answers, values = np.zeros((2, 11), dtype=bool), np.zeros((2, 11))
    answers[0, :2] = True
    values[0, [0, 1, 10]] = 0.9, 0.8, 0.3
    values[1, :3] = 0.4, 0.3, 0.2
    scores = multilabel.score(labels, answers, values, ["a", "b"])
    # 1 of 2 named is right, 1 of 3 labels is found.
    assert (scores.micro_precision.value, scores.micro_recall.value) == (1 / 2, pytest.approx(1 / 3))
    assert scores.micro_f1.value == pytest.approx(2 / 5)
    # cello 1, clarinet 0, flute 0, voice 0; the other seven do not occur.
    assert scores.macro_f1.value == pytest.approx(1 / 4)
    # First excerpt: 1 right of 2 named and of 2 labels; second: no answer.
    assert scores.samples_f1.value == pytest.approx((1 / 2 + 0) / 2)
    # First: cello 1 of 1, voice 2 of 3; second: flute 1 of 3.
    assert scores.lrap.value == pytest.approx(((1 + 2 / 3) / 2 + 1 / 3) / 2)
    # Cello 1, flute 1, and voice 1: each right excerpt is ranked first for its instrument.
    assert scores.mean_average_precision.value == pytest.approx(1)
    assert (scores.n, scores.songs, scores.unanswered) == (2, 2, 1)
    table = scores.per_class()
    assert table.loc["cla"].tolist()[:3] == [0, 0, 0]
    assert table["labelled"].sum() == 3
    assert np.isnan(table.loc["cla", "average_precision"])


def test_a_perfect_answer_scores_one_without_doubt():
    labels = testing_set.label_matrix(["cel", "cla+flu", "voi"])
    scores = multilabel.score(labels, labels, labels.astype(float), ["a", "b", "c"])
    assert {measure.value for measure in scores.measures().values()} == {1}
    assert {measure.interval for measure in scores.measures().values()} == {(1, 1)}


def test_no_answer_at_all_scores_nothing_by_f1():
    labels = testing_set.label_matrix(["cel", "voi"])
    scores = multilabel.score(labels, labels & False, np.zeros((2, 11)), ["a", "b"])
    assert scores.micro_f1.value == scores.macro_f1.value == scores.samples_f1.value == 0
    assert scores.unanswered == 2
    assert scores.lrap.value == pytest.approx(1 / 11)  # all are equal, so that all eleven rank above the right one


def test_the_table_of_classes_is_scikit_learns():
    labels, values, songs = excerpts()
    answers = values > 0.5
    table = multilabel.score(labels, answers, values, songs).per_class()
    precision, recall, f1, labelled = metrics.precision_recall_fscore_support(labels, answers, zero_division=0)
    expected = {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "average_precision": metrics.average_precision_score(labels, values, average=None),
        "labelled": labelled,
        "answered": answers.sum(axis=0),
    }
    assert list(table.index) == list(CODES)
    for column, numbers in expected.items():
        np.testing.assert_allclose(table[column], numbers, atol=1e-12)


def test_intervals_are_quantiles_of_scikit_learns_scores_of_resampled_songs(monkeypatch):
    monkeypatch.setattr(resampling, "REPLICATES", 20)
    monkeypatch.setattr(multilabel, "_REPLICATES_AT_ONCE", 7)
    labels, values, songs = excerpts(80, levels=20)
    songs = np.unique(songs, return_inverse=True)[1]
    order = np.argsort(songs, kind="stable")  # the songs are numbered in the order of their first excerpt
    labels, values, songs = labels[order], values[order], songs[order]
    scores = multilabel.score(labels, values > 0.5, values, songs, seed=4)
    count = songs.max() + 1
    draws = np.random.default_rng(4).multinomial(count, np.full(count, 1 / count), size=20)
    resamples = [np.repeat(np.arange(80), draw[songs]) for draw in draws]
    drawn = [scikit_learns(labels[rows], values[rows] > 0.5, values[rows]) for rows in resamples]
    for name, measure in scores.measures().items():
        low, high = np.quantile([one[name] for one in drawn], [0.025, 0.975])
        assert measure.interval == pytest.approx((low, high), abs=1e-12), name


def test_excerpts_of_one_song_hold_less_than_excerpts_of_many():
    labels, values, _ = excerpts(50)
    labels, values = np.repeat(labels, 6, axis=0), np.repeat(values, 6, axis=0)
    wide, narrow = (
        multilabel.score(labels, values > 0.5, values, songs).micro_f1.interval
        for songs in (np.arange(300) // 6, np.arange(300))
    )
    # Six copies of one answer hold no more than one: the interval is the square root of six as wide.
    assert (wide[1] - wide[0]) / (narrow[1] - narrow[0]) == pytest.approx(6**0.5, rel=0.1)


def test_the_same_seed_gives_the_same_interval():
    labels, values, songs = excerpts(50)
    one, again, other = (multilabel.score(labels, values > 0.5, values, songs, seed=seed) for seed in (1, 1, 2))
    assert one.lrap == again.lrap
    assert one.lrap.interval != other.lrap.interval


def test_the_sentence_says_scores_intervals_excerpts_and_songs():
    labels, values, _ = excerpts(40)
    scores = multilabel.score(labels, values > 2, values, np.arange(40) // 4)
    assert str(scores).startswith("micro F1 0.000 (0.000 to 0.000), macro F1 0.000 (0.000 to 0.000), ")
    assert str(scores).endswith("n = 40 excerpts of 10 songs, 40 without an answer")


def test_scores_can_be_written_as_json():
    labels = testing_set.label_matrix(["cel", "voi"])
    plain = multilabel.score(labels, labels, labels.astype(float), ["a", "b"]).as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["micro_f1"] == 1
    assert plain["micro_f1_interval"] == [1, 1]
    assert plain["per_class"]["cel"]["average_precision"] == 1
    assert plain["per_class"]["cla"]["average_precision"] is None


@pytest.mark.parametrize("shapes", [((2, 11), (3, 11), (2, 11), 2), ((2, 10),) * 3 + (2,), ((0, 11),) * 3 + (0,)])
def test_tables_that_do_not_belong_together_are_refused(shapes):
    *tables, songs = shapes
    with pytest.raises(ValueError, match="a row an excerpt"):
        multilabel.score(*map(np.zeros, tables), ["a"] * songs)


def test_values_that_are_no_numbers_are_refused():
    values = np.zeros((2, 11))
    values[1, 3] = np.nan
    with pytest.raises(ValueError, match="1 of the values are no finite numbers"):
        multilabel.score(np.zeros((2, 11)), np.zeros((2, 11)), values, ["a", "b"])


@pytest.mark.parametrize(
    ("codes", "micro", "macro"), [(("voi", "pia", "gel"), 0.440, 0.140), (CODES, 0.269, 0.250), ((), 0, 0)]
)
def test_constant_answers_score_what_is_known_of_the_official_set(codes, micro, macro):
    scores = multilabel.constant(codes, testing_set.OFFICIAL_LABELS, testing_set.OFFICIAL_EXCERPTS)
    assert (round(scores.micro_f1, 3), round(scores.macro_f1, 3)) == (micro, macro)


def test_the_score_of_a_constant_answer_is_that_of_the_answers_themselves():
    labels, values, songs = excerpts(100)
    labels[:, 2] = False
    answers = np.zeros_like(labels)
    answers[:, [2, 5, 9]] = True
    whole = multilabel.score(labels, answers, values, songs)
    counts = dict(zip(CODES, labels.sum(axis=0), strict=True))
    floor = multilabel.constant([CODES[i] for i in (2, 5, 9)], counts, 100)
    for name in ("micro_precision", "micro_recall", "micro_f1", "macro_precision", "macro_recall", "macro_f1"):
        assert getattr(floor, name) == pytest.approx(getattr(whole, name).value, abs=1e-12)
