"""What was measured of polyphonic answers hangs together, and pages quote it as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from irmas_helpers.answers import polyphonic
from irmas_helpers.data import testing_set
from irmas_helpers.learning import models
from research import measure_polyphonic_cells as cells

ROOT = Path(__file__).parents[1]
SEVEN = json.loads((ROOT / "results" / "measured" / "polyphonic_seven.json").read_text("utf-8"))
RENDERED = json.loads((ROOT / "results" / "measured" / "polyphonic_rendered.json").read_text("utf-8"))
CELLS = json.loads((ROOT / "results" / "measured" / "polyphonic_cells.json").read_text("utf-8"))
NETWORKS = ("one choice", "trained on mixtures")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_seven_excerpts_scores_follow_from_what_the_network_said_of_their_windows(name):
    heard = SEVEN[name]
    values = np.array([polyphonic.sum_over_max(np.array(windows)) for windows in heard["probabilities"]])
    np.testing.assert_allclose(values, heard["values"], atol=2e-3)  # four digits were kept
    labels = testing_set.label_matrix(SEVEN["labels"])
    assert heard["n"] == len(labels) == 7
    assert heard["micro_f1"] == pytest.approx(f1_score(labels, np.array(heard["values"]) >= 0.5, average="micro"))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("page", ["results/README.md", "irmas_helpers/pretrained/cnn_several.md"])
def test_pages_quote_the_seven_excerpts(page, name):
    text = " ".join((ROOT / page).read_text("utf-8").split())
    low, high = SEVEN[name]["micro_f1_interval"]
    assert re.search(rf"{SEVEN[name]['micro_f1']:.2f} \((95 % interval )?{low:.2f} to {high:.2f}\)", text)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("measure", ["micro_f1", "macro_f1", "lrap"])
def test_the_card_quotes_every_score_of_the_seven_excerpts(name, measure):
    text = " ".join((ROOT / "irmas_helpers" / "pretrained" / "cnn_several.md").read_text("utf-8").split())
    low, high = SEVEN[name][f"{measure}_interval"]
    assert re.search(rf"{SEVEN[name][measure]:.2f} \((95 % interval )?{low:.2f} to {high:.2f}\)", text)


def test_all_four_cells_were_trained_three_times_and_their_scores_follow_from_the_values():
    ways = [(run["output"], run["material"], run["seed"]) for run in CELLS["runs"]]
    assert set(ways) == {
        (output, clips, seed) for output in cells.OUTPUTS for clips in cells.MATERIALS for seed in range(3)
    }
    assert len(ways) == 12
    labels = testing_set.label_matrix(CELLS["fresh"]["labels"])
    for run in CELLS["runs"]:
        values = np.array(run["values"])
        assert values.shape == labels.shape == (160, 11)
        answers = values >= run["threshold"]
        assert f1_score(labels, answers, average="micro") == pytest.approx(run["fresh"]["micro_f1"], abs=2e-3)


def test_the_comparisons_of_the_cells_follow_from_the_runs():
    for written, made in zip(CELLS["comparisons"], cells.comparisons(CELLS), strict=True):
        assert (written["gain_of"], written["measure"]) == (made["gain_of"], made["measure"])
        assert written["difference"] == pytest.approx(made["difference"])
        assert written["interval"] == pytest.approx(made["interval"])
        assert written["holm"] == pytest.approx(made["holm"])
        assert written["interval"][0] < written["difference"] < written["interval"][1]
        assert written["p_value"] <= written["holm"] <= 1


def test_the_rendered_scores_are_of_three_seeds_and_follow_from_their_values():
    for runs in RENDERED["ways"].values():
        for epochs in {run["epochs"] for run in runs}:
            assert [run["seed"] for run in runs if run["epochs"] == epochs] == [0, 1, 2]
        for run in runs:
            assert np.shape(run["values"]) == (40, 11)
            named = sum(row["answered"] for row in run["fixed"]["per_class"].values())
            assert np.sum(np.array(run["values"]) >= 0.5) == named


def test_the_networks_that_were_measured_are_those_that_ship():
    for name in NETWORKS:
        assert (models.PRETRAINED / SEVEN[name]["model"]).exists()
