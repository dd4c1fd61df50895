"""Ways of splitting a set, and what leaks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from ipywidgets import BoundedIntText, Layout, ToggleButtons

from .. import plots
from ..data import splits
from ._common import LABELLED, Explorer, picture_html, say, slider

if TYPE_CHECKING:
    import pandas as pd


def split_explorer(clips: pd.DataFrame) -> Explorer:
    """Split by clip or by song, and count the test clips that have a sibling in training.

    Its `controls` choose the way of splitting (a key of `splits.FOLDS`), the number of parts of which one is the test,
    and the seed.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.
    """
    controls = (
        ToggleButtons(
            options=[("split by clip", "random"), ("split by song", "song")],
            tooltips=["Every clip on its own", "All excerpts of a song together"], layout=Layout(width="auto"),
            style={"button_width": "110px"},
        ),
        slider("test share", [("50 %", 2), ("33 %", 3), ("25 %", 4), ("20 %", 5), ("10 %", 10)], 5,
                "How many of the clips are kept for the test"),
        BoundedIntText(0, min=0, max=9999, description="seed", tooltip="Another seed, another split", style=LABELLED,
                       layout=Layout(width="130px")),
    )  # fmt: skip
    return Explorer(controls, functools.partial(_render_split, clips))


def _render_split(clips: pd.DataFrame, way: str, parts: int, seed: int) -> tuple[str, str]:
    train, test = splits.FOLDS[way](clips, parts, seed)[0]
    text = split_sentence(clips, train, test)
    alt = f"Excerpts of some songs in training and test. {text}"
    return say(text), picture_html(lambda figure: plots.split(clips, train, test, ax=figure.subplots()), 2.9, alt)


def split_sentence(clips: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> str:
    """How many test clips a network may know from training.

    Examples
    --------
    >>> from irmas_helpers.data import clips
    >>> table = clips.table([f"cel/[cel][cla]0001__{excerpt}.wav" for excerpt in (1, 2, 3)])
    >>> split_sentence(table, np.array([0, 1]), np.array([2]))
    '1 of 3 clips are the test; 1 of them (100.0 %) have a sibling in training.'
    """
    siblings = int(splits.has_sibling(clips, train, test).sum())
    return (
        f"{len(test):,} of {len(clips):,} clips are the test; "
        f"{siblings:,} of them ({100 * siblings / max(len(test), 1):.1f} %) have a sibling in training."
    )
