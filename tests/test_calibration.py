"""Temperature, reliability and "not sure", against cases worked by hand and against SciPy and scikit-learn."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.special
from sklearn.metrics import log_loss

from irmas_helpers.errors import ModelError, RecipeError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import experiments, models, recipes, results
from irmas_helpers.paths import write_json
from irmas_helpers.scoring import calibration
from irmas_helpers.scoring.calibration import Calibration

MADE = Calibration(1.5, 0.6, 0.1, 0.09, 0.7, 0.12, 0.02, 100, 40, "toys", "toy_song")


def two_classes(tops):
    """Probabilities of two classes, the first of which has these."""
    return np.stack([np.asarray(tops), 1 - np.asarray(tops)], axis=1)


@pytest.fixture
def answers():
    """Logits of 2,000 clips whose labels are drawn from their softmax, and the labels."""
    random = np.random.default_rng(0)
    logits = 2 * random.standard_normal((2000, 5))
    honest = scipy.special.softmax(logits, axis=1)
    true = np.array([random.choice(5, p=row) for row in honest])
    return logits, true


def test_tempering_is_a_softmax_of_the_divided_logits():
    logits = np.random.default_rng(0).standard_normal((20, 11))
    tempered = calibration.temper(scipy.special.softmax(logits, axis=1), 1.7)
    np.testing.assert_allclose(tempered, scipy.special.softmax(logits / 1.7, axis=1), rtol=1e-6)


def test_tempering_by_hand():
    np.testing.assert_allclose(calibration.temper(np.array([[0.8, 0.2]]), 0.5), [[16 / 17, 1 / 17]])
    np.testing.assert_allclose(calibration.temper(np.array([[0.8, 0.2]]), 2.0), [[2 / 3, 1 / 3]])


def test_a_temperature_of_1_changes_nothing_but_what_four_decimals_do_not_hold():
    kept, small = np.array([[0.7, 0.2999, 1e-4]]), np.array([[0.7, 0.299999, 1e-6]])
    np.testing.assert_allclose(calibration.temper(kept, 1), kept)
    np.testing.assert_allclose(calibration.temper(small, 1), [[0.7, 0.299999, 5e-5]], rtol=1e-4)
    assert "less than 5e-5" in calibration.temper.__doc__


def test_certainty_stays_a_probability():
    tempered = calibration.temper(np.array([[1.0, 0.0, 0.0]]), 3.0)
    assert tempered.sum() == pytest.approx(1)
    assert 0 < tempered[0, 1] < tempered[0, 0] < 1


@pytest.mark.parametrize("too_sure_by", [0.5, 1.0, 2.0])
def test_the_temperature_undoes_what_was_done_to_honest_logits(answers, too_sure_by):
    logits, true = answers
    spoilt = scipy.special.softmax(too_sure_by * logits, axis=1)
    assert calibration.fit_temperature(spoilt, true) == pytest.approx(too_sure_by, rel=0.1)


def test_no_other_temperature_has_a_smaller_cross_entropy(answers):
    logits, true = answers
    probabilities = scipy.special.softmax(logits, axis=1)
    best = calibration.fit_temperature(probabilities, true)
    losses = [log_loss(true, calibration.temper(probabilities, best * factor)) for factor in (0.9, 1.0, 1.1)]
    assert min(losses) == losses[1]


def test_reliability_by_hand():
    # Four answers say 0.9, three of them rightly; two say 0.6, one rightly.
    probabilities = two_classes([0.9, 0.9, 0.9, 0.1, 0.6, 0.4])
    table = calibration.reliability(probabilities, np.array([0, 0, 1, 1, 0, 0]), bins=5)
    assert list(table["clips"]) == [0, 0, 2, 0, 4]
    np.testing.assert_allclose(table["confidence"], [np.nan, np.nan, 0.6, np.nan, 0.9])
    np.testing.assert_allclose(table["accuracy"], [np.nan, np.nan, 0.5, np.nan, 0.75])
    np.testing.assert_allclose(table["high"], [0.2, 0.4, 0.6, 0.8, 1.0])


def test_ece_by_hand():
    probabilities = two_classes([0.9, 0.9, 0.9, 0.1, 0.6, 0.4])
    true = np.array([0, 0, 1, 1, 0, 0])
    # Two of six clips are 0.1 off, four are 0.15 off.
    assert calibration.ece(probabilities, true, bins=5) == pytest.approx((2 * 0.1 + 4 * 0.15) / 6)


def test_ece_is_0_where_everybody_keeps_their_word_and_1_where_all_are_sure_and_wrong():
    assert calibration.ece(two_classes([1.0, 1.0]), np.array([0, 0])) == 0
    assert calibration.ece(two_classes([1.0, 1.0]), np.array([1, 1])) == 1


def test_the_temperature_lowers_the_ece_of_a_network_that_is_too_sure(answers):
    logits, true = answers
    spoilt = scipy.special.softmax(3 * logits, axis=1)
    tempered = calibration.temper(spoilt, calibration.fit_temperature(spoilt, true))
    assert calibration.ece(spoilt, true) > 0.1
    assert calibration.ece(tempered, true) < 0.03


@pytest.mark.parametrize(
    ("error_rate", "threshold"),
    # From the surest down: right, right, wrong, right, wrong (shares of wrong 0, 0, 1/3, 1/4, 2/5).
    [(0.0, 0.95), (0.2, 0.95), (0.25, 0.7), (0.3, 0.7), (0.4, 0.6), (1.0, 0.6)],
)
def test_the_smallest_threshold_that_keeps_to_the_error_rate(error_rate, threshold):
    probabilities = two_classes([0.99, 0.95, 0.8, 0.7, 0.6])
    assert calibration.sure_above(probabilities, np.array([0, 0, 1, 0, 1]), error_rate) == threshold


def test_equal_probabilities_are_answered_all_or_none():
    probabilities = two_classes([0.9, 0.8, 0.8])
    assert calibration.sure_above(probabilities, np.array([0, 0, 1]), 0.1) == 0.9


def test_where_no_threshold_helps_it_is_1():
    assert calibration.sure_above(two_classes([0.9, 0.8]), np.array([1, 1]), 0.1) == 1


def test_each_fold_is_read_at_the_temperature_of_the_others(answers):
    logits, true = answers
    factors = np.where(np.arange(len(true)) % 2, 3.0, 1.0)  # the networks of odd clips are too sure
    spoilt = scipy.special.softmax(factors[:, None] * logits, axis=1)
    tempered, given = calibration.unseen(spoilt, true, np.arange(len(true)) % 2, 0.1)
    odd = np.arange(len(true)) % 2 == 1
    np.testing.assert_allclose(
        tempered[odd], calibration.temper(spoilt[odd], calibration.fit_temperature(spoilt[~odd], true[~odd]))
    )
    assert given[odd].mean() > given[~odd].mean()


@pytest.fixture
def recorded(tmp_path):
    """Two folds of a run that was kept, each of 110 clips; the networks are too sure."""
    random = np.random.default_rng(0)
    for fold in (0, 1):
        names, rows, answers = [], [], {}
        for index, code in enumerate(CODES):
            for number in range(10):
                song = f"{1000 + 500 * fold + 10 * index + number}"
                logits = random.standard_normal(len(CODES)) + 2 * (np.arange(len(CODES)) == index)
                names.append(f"{code}/[{code}][pop_roc]{song}__1.wav")
                rows.append(scipy.special.softmax(4 * logits))  # honest would be 2
                answers[song] = [code, CODES[int(np.argmax(logits))]]
        record = {"seed": 0, "fold": fold, "answers": answers, "data": {"data": "toys"}}
        write_json(tmp_path / "runs" / "toy_song" / f"seed0_fold{fold}.json", record)
        pd.DataFrame(rows, columns=CODES, index=names).to_csv(
            tmp_path / "runs" / "toy_song" / f"seed0_fold{fold}.csv", index_label="path", float_format="%.4f"
        )
    return tmp_path


def test_a_recorded_run_is_calibrated(recorded):
    made = experiments.calibrate("toy_song", recorded, 0.2)
    assert (made.n, made.songs, made.data, made.recipe, made.error_rate) == (220, 220, "toys", "toy_song", 0.2)
    assert made.temperature > 1.5
    assert made.ece_after < made.ece_before
    table = results.probabilities("toy_song", recorded)
    tempered = calibration.temper(table[list(CODES)].to_numpy(), made.temperature)
    given = tempered.max(axis=1) >= made.threshold - 1e-4
    wrong = table["answer"][given] != table["instrument"][given]
    assert 0.15 < wrong.mean() <= 0.21


def test_a_fold_that_was_cut_off_before_its_record_takes_no_part(recorded):
    finished = experiments.calibrate("toy_song", recorded)
    folder = recorded / "runs" / "toy_song"
    shutil.copy(folder / "seed0_fold1.csv", folder / "seed0_fold2.csv")  # it is written before the record
    assert experiments.calibrate("toy_song", recorded) == finished
    (folder / "seed0_fold0.json").unlink()
    with pytest.raises(RecipeError, match=r"one fold .* is not enough"):
        experiments.calibrate("toy_song", recorded)


def test_one_fold_is_not_enough(recorded):
    for file in (recorded / "runs" / "toy_song").glob("seed0_fold1.*"):
        file.unlink()
    with pytest.raises(RecipeError, match=r"one fold .* is not enough; run another with experiment toy_song --keep"):
        experiments.calibrate("toy_song", recorded)


def test_a_run_without_probabilities_says_how_to_make_them(tmp_path):
    with pytest.raises(RecipeError, match="record them with experiment toy_song --keep"):
        experiments.calibrate("toy_song", tmp_path)


def test_a_calibration_lies_beside_its_model(tmp_path):
    calibration.save_calibration(MADE, tmp_path / "net.json")
    assert calibration.load_calibration(tmp_path / "net.keras") == MADE
    assert calibration.load_calibration(tmp_path / "other.keras") is None


@pytest.mark.parametrize("content", ["", "no JSON", "[]", "{}", json.dumps({"temperature": 1})])
def test_what_is_no_calibration_is_named(tmp_path, content):
    (tmp_path / "net.json").write_text(content)
    with pytest.raises(ModelError, match=r"net.json: is no calibration; make it with: python -m irmas_helpers calibr"):
        calibration.load_calibration(tmp_path / "net.keras")


@pytest.mark.parametrize("spoilt", [{"temperature": 0}, {"temperature": "hot"}, {"threshold": None}])
def test_a_calibration_without_usable_numbers_is_named(tmp_path, spoilt):
    calibration.save_calibration(replace(MADE, **spoilt), tmp_path / "net.json")
    with pytest.raises(ModelError, match="is no calibration"):
        calibration.load_calibration(tmp_path / "net.keras")


def test_the_sentence_says_what_was_found_and_on_what():
    for part in (
        "temperature 1.50",
        "0.120 before, 0.020 after",
        "70% of the clips",
        "n = 100 clips of 40 songs",
        "toys",
    ):
        assert part in str(MADE)


def test_the_model_that_ships_has_the_calibration_of_its_recorded_run():
    shipped = calibration.load_calibration(models.DEFAULT_MODEL)
    again = experiments.calibrate(recipes.SHIPPED, results.FOLDER)
    assert (shipped.recipe, shipped.n, shipped.data) == (recipes.SHIPPED, again.n, again.data)
    for name in ("temperature", "threshold", "wrong", "answered", "ece_before", "ece_after"):
        assert getattr(shipped, name) == pytest.approx(getattr(again, name), abs=2e-3)
