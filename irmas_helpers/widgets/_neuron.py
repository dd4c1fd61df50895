"""One neuron in the hand: two weights and a bias under sliders, its line and its loss at once."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike

from .. import plots
from ..instruments import CODES, NAMES
from ._common import Explorer, picture_html, say, slider

_WEIGHTS = tuple(0.5 * step for step in range(-10, 11))


def neuron_lab(
    features: np.ndarray, codes: ArrayLike, *, axis_labels: tuple[str, str] = ("first", "second")
) -> Explorer:
    """Move a neuron's two weights and its bias; the line between two instruments and the loss follow.

    Its `controls` are first weight, second weight and bias.

    Parameters
    ----------
    features, codes, axis_labels
        See `plots.neuron`.
    """
    controls = (
        slider("first weight", _WEIGHTS, 0.0, f"Of {axis_labels[0]}"),
        slider("second weight", _WEIGHTS, 0.0, f"Of {axis_labels[1]}"),
        slider("bias", _WEIGHTS, 0.0, "Shifts the line without turning it"),
    )
    return Explorer(controls, functools.partial(_render, features, np.asarray(codes), axis_labels))


def _render(features: np.ndarray, codes: np.ndarray, axis_labels: tuple[str, str], *moved) -> tuple[str, str]:
    text = neuron_sentence(features, codes, moved[:2], moved[2])
    draw = functools.partial(plots.neuron, features, codes, moved[:2], moved[2], axis_labels=axis_labels)
    alt = f"Two instruments in a plane, and the neuron's line. {text}"
    return say(text), picture_html(lambda figure: draw(ax=figure.subplots()), 4.2, alt)


def neuron_sentence(features: np.ndarray, codes: np.ndarray, weights: ArrayLike, bias: float) -> str:
    """A neuron's loss beside that of guessing, and the share of clips on the right side of its line."""
    name = next(code for code in CODES if code in codes)
    sums = features @ np.asarray(weights, float) + bias
    right = np.where(codes == name, sums, -sums)  # above 0 on the right side of the line
    loss, guessing = np.mean(np.logaddexp(0, -right)), np.log(2)
    where = "better than" if loss < guessing - 0.005 else "worse than" if loss > guessing + 0.005 else "the same as"
    line = f"{np.mean(right > 0):.0%} of the clips lie on the right side of the line" if np.any(weights) else "No line"
    return (
        f"Loss {loss:.2f}, {where} guessing ({guessing:.2f}). {line}; "
        f"the neuron's answer is the probability of {NAMES[name]}."
    )
