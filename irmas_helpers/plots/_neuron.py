"""Figures of one neuron and one weight: a line in a plane, what an answer costs, steps downhill, a penalty's pull."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..instruments import CODES, COLOURS, NAMES
from ._common import FIRST, LOOKS, MARKERS, SECOND, TEXT, colour_bar, one_axes, panels

_GRID = 61
_RATE_LOOKS = ((FIRST, "o"), ("#117733", "s"), (SECOND, "^"))


def neuron(
    features: np.ndarray, codes: ArrayLike, weights: ArrayLike, bias: float = 0.0, *,
    axis_labels: tuple[str, str] = ("first feature", "second feature"), title: str = "", ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Clips of two instruments in the plane of two features, and what a neuron answers where.

    A black line where the neuron answers one half.

    Parameters
    ----------
    features : numpy.ndarray [shape=(clips, 2)]
        Scaled.
    codes : sequence of str
        The clips' instruments, of which there are two; the neuron's output is the probability of the first of them in
        the order of `instruments.CODES`.
    weights : sequence of two floats, or None
        The neuron's; None draws the clips alone.
    bias : float
        The neuron's.
    axis_labels : tuple of str
        What the features are.
    """
    codes = np.asarray(codes)
    first, second = (code for code in CODES if code in codes)
    ax = one_axes(ax, 4.2, 7.0)
    reach = np.ceil(2 * np.abs(features).max()) / 2
    if weights is not None:
        _draw_answers(ax, np.asarray(weights, float), bias, reach, NAMES[first])
    for code in (first, second):
        here = features[codes == code]
        ax.scatter(here[:, 0], here[:, 1], s=34, marker=MARKERS[code], color=COLOURS[code], edgecolor="white",
                   linewidth=0.5, label=f"{NAMES[code]} ({len(here)} clips)", zorder=3)  # fmt: skip
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=axis_labels[0], ylabel=axis_labels[1])
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderpad=0.2, columnspacing=1.5)
    ax.set_title(title, pad=26)
    return ax


def _draw_answers(ax: Axes, weights: np.ndarray, bias: float, reach: float, name: str) -> None:
    """Shades of the neuron's answer and, where there is one, the line of one half."""
    line = np.linspace(-reach, reach, 201)
    across, up = np.meshgrid(line, line)
    answer = 1 / (1 + np.exp(-(weights[0] * across + weights[1] * up + bias)))
    image = ax.imshow(answer, extent=(-reach, reach, -reach, reach), origin="lower", aspect="auto", cmap="PuOr",
                      vmin=0, vmax=1, alpha=0.45, zorder=0)  # fmt: skip
    colour_bar(ax, image, f"the neuron's probability of {name}")
    if answer.min() < 0.5 < answer.max():
        ax.contour(across, up, answer, [0.5], colors=TEXT, linewidths=2, zorder=2)


def cross_entropy(answers: Mapping[str, float], *, guess: float = 1 / len(CODES), ax: Axes | None = None) -> Axes:
    """What an answer costs, by the probability that it gave to the truth.

    Parameters
    ----------
    answers : mapping of str to float
        Answers to be marked: in words, the probability given to the right instrument.
    guess : float
        The probability that guessing gives; its cost is drawn as a line.
    """
    ax = one_axes(ax, 3.4)
    chances = np.linspace(0.003, 1, 400)
    ax.plot(chances, -np.log(chances), color=FIRST)
    _draw_guessing(ax, -np.log(guess))
    for words, chance in answers.items():
        ax.plot(chance, -np.log(chance), "o", color=SECOND, markersize=8, zorder=3)
        ax.annotate(f"{words}: {-np.log(chance):.2f}", (chance, -np.log(chance)), (10, 6), textcoords="offset points")
    ax.set(xlim=(0, 1.15), ylim=(0, 6), xlabel="probability given to the right instrument",
           ylabel="cross-entropy", xticks=np.linspace(0, 1, 6), title="What an answer costs")  # fmt: skip
    ax.legend(loc="upper right")
    return ax


def _draw_guessing(ax: Axes, loss: float) -> None:
    """A dotted line where guessing lies in a panel of cross-entropy."""
    ax.axhline(loss, color=TEXT, linestyle=":", linewidth=1.5, zorder=0, label=f"guessing: {loss:.2f}")


def descent(
    loss: Callable[[np.ndarray], float], paths: Mapping[float, np.ndarray], *, figure: Figure | None = None
) -> np.ndarray:
    """Steps downhill on a map of a loss of two weights, a panel for each learning rate.

    The maps, then the losses step by step with the line of guessing among two.

    Parameters
    ----------
    loss : callable
        From two weights to the loss.
    paths : mapping of float to numpy.ndarray [shape=(steps + 1, 2)]
        The weights before the first step and after each, by learning rate; three of them.
    """
    axes = panels(figure, 2, 2, 6.6).ravel()
    walked = np.concatenate([*paths.values(), [(-2, -2), (4, 4)]])
    line = np.linspace(walked.min() - 1, walked.max() + 1, _GRID)
    heights = np.array([[loss(np.array([across, up])) for across in line] for up in line])
    levels = np.geomspace(heights.min(), heights.max(), 14)
    for ax, (rate, path), (colour, marker) in zip(axes, paths.items(), _RATE_LOOKS, strict=False):
        ax.contourf(line, line, heights, levels, cmap="Greys", alpha=0.6)
        ax.plot(*path.T, color=colour, marker=marker, markersize=5, linewidth=1.2, zorder=3)
        ax.plot(*path[0], "o", color="white", markeredgecolor=TEXT, markersize=10, label="start")
        ax.set(xlabel="first weight", ylabel="second weight", title=f"Learning rate {rate:g}", aspect="equal")
        losses = [loss(step) for step in path]
        axes[-1].plot(losses, color=colour, marker=marker, markersize=5, label=f"rate {rate:g}")
    axes[0].legend(loc="upper left")
    _draw_guessing(axes[-1], np.log(2))
    axes[-1].set(xlabel="step", ylabel="loss (cross-entropy)", title="Loss after each step", ylim=(0, None))
    axes[-1].legend(loc="upper right")
    return axes


def pull(paths: Mapping[float, np.ndarray], wish: float, *, figure: Figure | None = None) -> np.ndarray:
    """A weight that the data pull to one value and L2 to zero, step by step.

    Left the steps on the loss with its penalty, right the weight after each; dotted lines mark where the two pulls
    cancel, at ``wish / (1 + factor)``.

    Parameters
    ----------
    paths : mapping of float to numpy.ndarray [shape=(steps + 1,)]
        The weight before the first step and after each, by the factor of the penalty; at most three.
    wish : float
        What the data pull it to: their loss is ``(weight - wish) ** 2``.
    """
    left, right = panels(figure, 1, 2, 3.6)[0]
    walked = np.concatenate([*paths.values(), [0.0, wish]])
    line = np.linspace(walked.min() - 0.1, walked.max() + 0.1, 101)
    for (colour, dash, marker), (factor, path) in zip(LOOKS, paths.items(), strict=False):
        curve, steps = (line - wish) ** 2 + factor * line**2, (path - wish) ** 2 + factor * path**2
        left.plot(line, curve, dash, color=colour, linewidth=1.3)
        left.plot(path, steps, marker, color=colour, markersize=5)
        right.plot(path, dash, marker=marker, markersize=5, color=colour, label=f"factor {factor:g}")
        for draw in (left.axvline, right.axhline):
            draw(wish / (1 + factor), color=colour, linestyle=":", linewidth=1.3, zorder=0)
    left.set(xlabel="weight", ylabel="loss with penalty", ylim=(-0.3, None), title="Downhill")
    right.set(xlabel="step", ylabel="weight", ylim=(0, None), title="Step by step")
    left.figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=len(paths))
    return np.array([left, right])
