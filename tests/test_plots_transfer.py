"""Figures of transfer: what is kept, and what a few clips teach."""

import numpy as np
import pandas as pd
import pytest

from irmas_helpers import plots


def test_each_way_keeps_trains_and_renews_what_it_says():
    ax = plots.transfer(old=11, new=8, parameters=1000)
    texts = [text.get_text() for text in ax.texts]
    assert [text for text in texts if "classes" in text] == ["last layer\n11 classes"] + ["last layer\n8 classes"] * 3
    edges = [box.get_edgecolor() for box in ax.patches if hasattr(box, "get_boxstyle")]
    ships, probe, tuned, scratch = (edges[3 * row + 1 : 3 * row + 3] for row in range(4))  # convolutions, last layer
    assert ships[0] == ships[1] == probe[0]
    assert probe[1] == tuned[1] == scratch[0] == scratch[1]
    assert len({ships[0], tuned[0], scratch[0]}) == 3


def test_the_curve_has_its_points_its_interval_and_a_line_for_guessing():
    curve = pd.DataFrame({"accuracy": [0.2, 0.5], "low": [0.1, 0.4], "high": [0.3, 0.6]}, index=[1, 10])
    ax = plots.clips_needed({"probe": curve}, guessing=1 / 8)
    points, guessing = ax.lines
    np.testing.assert_allclose(points.get_xydata(), [[1, 20], [10, 50]])
    assert guessing.get_ydata()[0] == 12.5
    (band,) = ax.collections
    assert sorted(set(band.get_paths()[0].vertices[:, 1])) == pytest.approx([10, 30, 40, 60])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "10"]


def test_a_map_and_a_confusion_take_any_classes():
    clips = pd.DataFrame({"instrument": ["oboe", "cel", "oboe"]})
    axes = plots.scatter_map(np.arange(6.0).reshape(3, 2), clips)
    assert [ax.get_title() for ax in axes] == ["cello", "oboe"]
    ax = plots.confusion(np.eye(2, dtype=int), classes=("bell", "oboe"))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["bell", "oboe"]
