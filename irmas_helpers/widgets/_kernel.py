"""The kernel lab: nine numbers to set, and what they make of a clip."""

from __future__ import annotations

import functools
import html
from collections.abc import Mapping

import numpy as np
from ipywidgets import BoundedFloatText, Checkbox, GridBox, Layout
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from .. import plots
from ..errors import IrmasError
from ..sound.audio import SAMPLE_RATE
from ..sound.features import HOP_LENGTH, TOP_DB
from ._common import LABELLED, Explorer, dropdown, picture_html, say

# As they are drawn: the first row is the highest band, the last column the latest frame.
KERNELS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "onset (a note begins)": ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
    "partial (a line across)": ((-1, -1, -1), (2, 2, 2), (-1, -1, -1)),
    "rising tone": ((-1, -1, 2), (-1, 2, -1), (2, -1, -1)),
    "mean (blurs)": ((0.1, 0.1, 0.1), (0.1, 0.2, 0.1), (0.1, 0.1, 0.1)),
    "nothing but the cell": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
}
_OWN = "my own"
_ROWS, _COLUMNS = ("higher", "same band", "lower"), ("before", "now", "after")


def kernel_lab(clips: Mapping[str, np.ndarray]) -> KernelLab:
    """Set the nine weights of a kernel, and see its map of a clip.

    Parameters
    ----------
    clips : mapping of str to numpy.ndarray [shape=(mels, frames)]
        Log-mels in dB, by the name to choose them by.
    """
    return KernelLab(clips)


class KernelLab(Explorer):
    """The widget of `kernel_lab`: `clip` chooses what is looked at, `preset` a kernel to begin with.

    `weights` are nine fields, row by row from the highest band; with `relu` negative places of the map become 0.
    """

    def __init__(self, clips: Mapping[str, np.ndarray]) -> None:
        self.clip = dropdown("clip", "What the kernel slides over", "240px", list(clips))
        self.preset = dropdown("kernel", "Nine weights to begin with", "260px", [*KERNELS, _OWN])
        self.relu = Checkbox(description="relu: negative becomes 0", indent=False, layout=Layout(width="200px"))
        self.weights = tuple(_weight(row, column) for row in _ROWS for column in _COLUMNS)
        grid = GridBox(self.weights, layout=Layout(grid_template_columns="repeat(3, 170px)", grid_gap="2px 8px"))
        self._setting = True  # nine numbers change, one picture is drawn
        super().__init__((self.clip, self.relu, *self.weights), functools.partial(self._shown, dict(clips)),
                         (self.clip, self.preset, self.relu), grid)  # fmt: skip
        self.preset.observe(lambda change: self._take(change["new"]), "value")
        self._take(self.preset.value)

    @property
    def kernel(self) -> np.ndarray:
        """The nine weights as they are slid, low bands first [shape=(3, 3)]."""
        return np.array([weight.value for weight in self.weights]).reshape(3, 3)[::-1]

    def _take(self, name: str) -> None:
        if name not in KERNELS:  # the learner's own: the numbers stay
            return
        self._setting = True
        for weight, value in zip(self.weights, np.ravel(KERNELS[name]), strict=True):
            weight.value = float(value)
        self._setting = False
        self._update()

    def _update(self, change: dict | None = None) -> None:
        if self._setting:
            return
        if change and change["owner"] in self.weights:
            self.preset.value = _OWN
        super()._update()

    def _shown(self, clips: dict[str, np.ndarray], clip: str | None, relu: bool, *_weights: float) -> tuple[str, str]:
        if clip is None:
            raise IrmasError("there is no clip to look at; give the lab at least one log-mel")
        decibels = np.asarray(clips[clip], dtype=float)
        values = kernel_map(decibels, self.kernel, relu=relu)
        sentence = kernel_sentence(self.kernel, values)
        alt = f"Left the log-mel of {clip}, right the kernel's map of it. {sentence}"
        return say(html.escape(sentence)), picture_html(functools.partial(_draw, decibels, values), 2.9, alt)


def _weight(row: str, column: str) -> BoundedFloatText:
    # Bounded: a typed "1e300" would make a map of infinities.
    return BoundedFloatText(value=0, min=-9, max=9, step=0.5, description=f"{row}, {column}", style=LABELLED,
                            tooltip=f"Weight of the cell in the {row} row, {column}",
                            layout=Layout(width="170px"))  # fmt: skip


def kernel_map(decibels: np.ndarray, kernel: np.ndarray, *, relu: bool = False) -> np.ndarray:
    """What a kernel gives wherever it fits on a log-mel in dB, brought to 0 (80 dB below the loudest) to 1 first."""
    windows = sliding_window_view(1 + decibels / TOP_DB, np.shape(kernel))
    values = np.einsum("ijkl,kl->ij", windows, kernel)
    return np.maximum(values, 0) if relu else values


def kernel_sentence(kernel: np.ndarray, values: np.ndarray) -> str:
    """What a kernel does on an even surface, and where in its map it answers most."""
    total = kernel.sum() + 0.0  # never "-0"
    even = "so an even surface gives 0" if abs(total) < 1e-9 else "so it answers to loudness, too"
    if not np.ptp(values):
        return f"The weights sum to {total:g}. The map is the same everywhere: this kernel tells no place from another."
    _, column = np.unravel_index(values.argmax(), values.shape)
    seconds = (column + 1) * HOP_LENGTH / SAMPLE_RATE
    return f"The weights sum to {total:g}, {even}. Its largest value, {values.max():.1f}, is at {seconds:.2f} s."


def _draw(decibels: np.ndarray, values: np.ndarray, figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    plots.log_mel(decibels, title="The log-mel", ax=left)
    plots.feature_map(values, title="The map", ax=right).set_ylabel("")
