"""What a threshold does to answers that name several instruments."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from ipywidgets import Layout, ToggleButtons

from .. import plots
from ..answers import polyphonic
from ..scoring import multilabel
from ._common import Explorer, picture_html, say, slider

_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))


def threshold_lab(judged: Mapping[str, polyphonic.Judged]) -> Explorer:
    """Move the threshold, and read how many instruments are named and how many of them rightly.

    Its `controls` choose the model and the threshold.

    Parameters
    ----------
    judged : mapping of str to polyphonic.Judged
        For each model what it makes of the excerpts.
    """
    controls = (
        ToggleButtons(options=list(judged), tooltips=["Which network answers"] * len(judged),
                      layout=Layout(width="auto"), style={"button_width": "auto"}),
        slider("threshold", _THRESHOLDS, polyphonic.FIXED_THRESHOLD, "An instrument is named from this value on"),
    )  # fmt: skip
    curves = {name: polyphonic.threshold_curve(each.values, each.labels) for name, each in judged.items()}
    return Explorer(controls, functools.partial(_render, judged, curves))


def _render(judged: Mapping, curves: Mapping, name: str, threshold: float) -> tuple[str, str]:
    text = threshold_sentence(judged[name], threshold)
    draw = functools.partial(plots.threshold_curves, {name: curves[name]}, threshold=threshold)
    alt = f"Precision, recall and F1 against the threshold. {text}"
    return say(text), picture_html(lambda figure: draw(figure=figure), 3.2, alt)


def threshold_sentence(judged: polyphonic.Judged, threshold: float) -> str:
    """What one threshold for all instruments makes of some excerpts."""
    answers = polyphonic.decide(judged.values, threshold)
    scores = multilabel.measures(judged.labels, answers)
    return (
        f"Threshold {threshold:.2f}: {answers.sum()} instruments are named in {len(answers)} excerpts, "
        f"{(answers & judged.labels).sum()} of them rightly; {judged.labels.sum()} lead. "
        f"Precision {scores['micro_precision']:.2f}, recall {scores['micro_recall']:.2f}, "
        f"micro F1 {scores['micro_f1']:.2f}, macro F1 {scores['macro_f1']:.2f}."
    )
