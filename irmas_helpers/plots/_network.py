"""A network's layers as a diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from ._common import FIRST, SECOND, TEXT, one_axes

if TYPE_CHECKING:
    import keras

# What a reader looks for in a layer, in this order; `{}` is the value.
_SETTINGS = {"units": "{} units", "filters": "{} filters", "kernel_size": "kernel {}", "pool_size": "pool {}",
             "rate": "rate {}", "activation": "{}"}  # fmt: skip
_STEP, _HEIGHT = 1.0, 0.66


def network(model: keras.Sequential, *, ax: Axes | None = None) -> Axes:
    """A sequential network from input to output: its layers, their output shapes and numbers of parameters.

    Blue boxes learn, grey ones do not, the orange one answers.

    Parameters
    ----------
    model : keras.Sequential
        Built: with an input layer, or after it has seen data.
    """
    rows = [("Input", _shape(model.input_shape), None)]
    rows += [(describe(layer), _shape(layer.output.shape), layer.count_params()) for layer in model.layers]
    learns = [False, *(bool(layer.trainable_weights) for layer in model.layers)]
    ax = one_axes(ax, 0.75 + 0.42 * len(rows))
    for index, row in enumerate(rows):
        last = index == len(rows) - 1
        _draw_box(ax, -index * _STEP, row, SECOND if last else FIRST if learns[index] else "#999999")
        if not last:
            ax.annotate("", (0.5, -(index + 1) * _STEP + _HEIGHT / 2), (0.5, -index * _STEP - _HEIGHT / 2),
                        arrowprops={"arrowstyle": "->", "color": "#666666"})  # fmt: skip
    ax.set(xlim=(-0.02, 1.02), ylim=(-len(rows) * _STEP + 0.45, 0.95))
    for x, heading in ((0.02, "layer"), (0.56, "output shape"), (0.98, "parameters")):
        ax.text(x, 0.45, heading, ha="right" if x > 0.9 else "left", va="bottom", fontsize=9.5, color="#666666")
    ax.set_axis_off()
    ax.set_title(f"{model.name}: {model.count_params():,} parameters")
    return ax


def describe(layer: keras.Layer) -> str:
    """A layer's kind and what was chosen for it, such as ``Dense: 512 units, relu``."""
    config = layer.get_config()
    chosen = {name: config[name] for name in _SETTINGS if config.get(name) not in (None, "linear")}
    parts = [_SETTINGS[name].format(_shape((None, value))) for name, value in chosen.items()]
    return ": ".join([type(layer).__name__, ", ".join(parts)] if parts else [type(layer).__name__])


def _shape(shape: Sequence) -> str:
    """``128 x 130``: the sizes behind the batch's."""
    sizes = [size for part in shape[1:] for size in (part if isinstance(part, (tuple, list)) else (part,))]
    return " x ".join("any" if size is None else f"{size:,}" if isinstance(size, int) else str(size) for size in sizes)


def _draw_box(ax: Axes, y: float, row: tuple[str, str, int | None], colour: str) -> None:
    text, shape, parameters = row
    ax.add_patch(
        FancyBboxPatch((0, y - _HEIGHT / 2), 1, _HEIGHT, boxstyle="round,pad=0,rounding_size=0.01", mutation_aspect=20,
                       facecolor=f"{colour}22", edgecolor=colour, linewidth=1.3)
    )  # fmt: skip
    ax.text(0.02, y, text, va="center", color=TEXT, weight="bold")
    ax.text(0.56, y, shape, va="center", color=TEXT)
    if parameters is not None:
        ax.text(0.98, y, f"{parameters:,}" if parameters else "none", va="center", ha="right", color=TEXT)
