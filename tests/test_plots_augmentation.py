"""Figures of augmentation and of attention show the numbers that they are given."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from irmas_helpers import plots


@pytest.fixture(autouse=True)
def _no_leaks():
    yield
    plt.close("all")


def test_below_each_version_lies_what_it_changed():
    clip = np.random.default_rng(0).uniform(-80, 0, (128, 20))
    versions = {"softer": clip - 6, "the same": clip}
    grid = plots.changes(clip, versions, figure=Figure())
    assert [ax.get_title() for ax in grid[0]] == list(versions)
    for column, version in enumerate(versions.values()):
        np.testing.assert_allclose(grid[0, column].images[0].get_array(), version)
        np.testing.assert_allclose(grid[1, column].images[0].get_array(), version - clip)
    limits = grid[1, 0].images[0].get_clim()
    assert limits[0] == -limits[1]  # white is no change


def test_budgets_have_their_intervals_and_no_empty_half():
    runs = (("plain", 24, 0.70), ("plain", 72, 0.72), ("changed", 24, 0.65), ("changed", 72, 0.75))
    rows = [
        {"way": way, "epochs": epochs, "fitted": 0.95, "accuracy": test, "low": test - 0.02, "high": test + 0.02}
        for way, epochs, test in runs
    ]
    ax = plots.budgets(rows, ax=Figure().subplots())
    assert ax.get_legend_handles_labels()[1] == [
        "plain: clips fitted", "changed: clips fitted", "plain: test songs", "changed: test songs",
    ]  # fmt: skip
    ends = [sorted({round(y) for segment in bars.lines[2][0].get_segments() for y in segment[:, 1]})
            for bars in ax.containers]  # fmt: skip
    assert ends == [[68, 70, 72, 74], [63, 67, 73, 77]]
    assert 50 < ax.get_ylim()[0] < 63
    assert list(ax.get_xticks()) == [24, 72]


def test_attention_covers_the_clip_with_its_shares():
    shares = np.arange(16) / 120
    above, below = plots.attention(np.full((128, 130), -40.0), shares, figure=Figure())
    bars = below.patches
    np.testing.assert_allclose([bar.get_height() for bar in bars], 100 * shares)
    left, right, *_ = above.images[0].get_extent()
    centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    np.testing.assert_allclose(centres, left + (right - left) * (np.arange(16) + 0.5) / 16)


def test_a_corrected_p_value_goes_before_the_interval():
    row = {"label": "a", "difference": 0.02, "low": 0.01, "high": 0.03}
    rows = [row, {**row, "p_value": 0.2}, {**row, "low": -0.01, "p_value": 0.01}]
    ax = plots.differences(rows, ax=Figure().subplots())
    filled = [bars.lines[0].get_markerfacecolor() != "white" for bars in ax.containers]
    assert filled == [True, False, True]
