"""The regularisation lab shows what was recorded, trains beside it, and can be stopped."""

from __future__ import annotations

import numpy as np
import pytest

from irmas_helpers import widgets
from irmas_helpers.learning import batches, networks, recipes
from irmas_helpers.paths import write_json

HISTORY = {
    "accuracy": [0.2, 0.5, 0.8],
    "val_accuracy": [0.2, 0.4, 0.4],
    "cross_entropy": [2.0, 1.5, 0.7],
    "val_cross_entropy": [2.1, 1.8, 2.2],
}


def record(fitted, accuracy):
    shares = {"fitted_accuracy": fitted, "accuracy": accuracy, "interval": [accuracy - 0.04, accuracy + 0.04]}
    place = {"data": {"data": "real IRMAS, development part"}, "seed": 0, "fold": 0, "folds": 5}
    return {**place, **shares, "n": 1074, "epochs_run": 3, "history": HISTORY}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two cells of the grid: nothing, and dropout of one half."""
    folder = tmp_path_factory.mktemp("results")
    for recipe, content in (
        (recipes.regularised(), record(0.60, 0.39)),
        (recipes.regularised(dropout=0.5), record(0.64, 0.41)),
    ):
        write_json(folder / "runs" / recipe.name / "seed0_fold0.json", content)
    return folder


@pytest.fixture
def lab(toy_pack, results, make_network, monkeypatch):
    """With a network of one layer; two epochs."""
    monkeypatch.setattr(networks, "cnn_log_mel", lambda dropout, l2: make_network())
    real = batches.from_pack
    monkeypatch.setattr(
        batches, "from_pack", lambda pack, feature, *rest, **seed: real(pack, "mfcc_mean", *rest, **seed)
    )
    rows = np.arange(len(toy_pack.clips))
    return widgets.regularisation_lab(toy_pack, rows[::2], rows[1::2], epochs=2, folder=results)


def test_it_opens_with_the_run_without_any_regularisation(lab):
    for part in (
        "dropout 0, L2 0",
        "fold 1 of 5 by song",
        "39.0%",
        "35.0% to 43.0%",
        "1,074",
        "21 points",
        "epoch 2 was",
    ):
        assert part in lab.recorded.text.value
    assert 'alt="Loss and accuracy over 3 epochs with dropout 0, L2 0' in lab.recorded.picture.value


def test_a_slider_shows_the_run_with_that_rate_and_a_missing_one_is_said(lab):
    rate, factor = lab.recorded.controls
    before = lab.recorded.picture.value
    rate.value = 0.5
    assert "41.0%" in lab.recorded.text.value and lab.recorded.picture.value != before
    factor.value = 0.0001
    assert "dropout 0.5, L2 0.0001 was never recorded" in lab.recorded.text.value
    assert lab.recorded.picture.value == ""
    factor.value = 0.0
    assert "41.0%" in lab.recorded.text.value


def test_the_sliders_offer_the_grid_that_has_recipes(lab):
    rate, factor = lab.recorded.controls
    assert tuple(rate.options) == recipes.GRID_RATES
    assert [value for _, value in factor.options] == list(recipes.GRID_FACTORS)
    for dropout in recipes.GRID_RATES:
        for l2 in recipes.GRID_FACTORS:
            assert recipes.regularised(dropout, l2).name in recipes.RECIPES


def test_the_button_trains_the_setting_of_the_sliders_and_says_what_came_out(lab):
    lab.recorded.controls[0].value = 0.5
    lab.start.click()
    lab.thread.join()
    assert lab.progress.value == 2
    for part in (
        "Rendered set, dropout 0.5, L2 0",
        "done after 2 epochs",
        "99 clips fitted",
        "99 clips of songs never",
    ):
        assert part in lab.text.value
    assert "over 2 epochs with dropout 0.5" in lab.picture.value
    assert (lab.start.disabled, lab.stop.disabled) == (False, True)


def test_stopped_it_says_so_and_can_be_started_again(lab):
    lab.stop.disabled = False
    begin = lab._stopped.clear
    lab._stopped.clear = lambda: (begin(), lab.stop.click())  # stopped before the first step
    lab.start.click()
    lab.thread.join()
    assert "stopped in epoch 1" in lab.text.value
    lab._stopped.clear = begin
    lab.start.click()
    lab.thread.join()
    assert "done after 2 epochs" in lab.text.value


def test_what_fails_in_training_is_shown_and_the_rest_goes_on(lab, monkeypatch):
    def fail(**_):
        raise MemoryError("no room for a network")

    monkeypatch.setattr(networks, "cnn_log_mel", fail)
    lab.start.click()
    lab.thread.join()
    assert "no room for a network" in lab.text.value
    assert not lab.start.disabled
    lab.recorded.controls[0].value = 0.5
    assert "41.0%" in lab.recorded.text.value


def test_every_control_says_what_it_is_for(lab):
    for control in (*lab.recorded.controls, lab.start, lab.stop):
        assert control.tooltip and control.description
