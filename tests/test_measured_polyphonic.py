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

ROOT = Path(__file__).parents[1]
SEVEN = json.loads((ROOT / "results" / "measured" / "polyphonic_seven.json").read_text("utf-8"))
RENDERED = json.loads((ROOT / "results" / "measured" / "polyphonic_rendered.json").read_text("utf-8"))
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
