"""The error browser: a confusion matrix whose cells open the clips behind them, to hear and to see."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ipywidgets import HTML
from matplotlib.colors import to_hex

from .. import plots
from ..errors import IrmasError
from ..instruments import CODES, NAMES, label_indices
from ..plots._common import SECOND, SHARE_COLOURS
from ..sound import features
from ..sound.packs import Pack
from ._common import Board, complain, dropdown, neighbours, picture_html, say, sound_html
from ._predictor import bars
from ._sound import clip_facts

if TYPE_CHECKING:
    import pandas as pd


def error_browser(pack: Pack, probabilities: np.ndarray, root: str | os.PathLike | None = None) -> ErrorBrowser:
    """Choose a cell of a confusion matrix; hear and see the clips behind it, the surest answer first.

    Parameters
    ----------
    pack : packs.Pack
        Clips and their log-mels.
    probabilities : numpy.ndarray [shape=(clips, 11)]
        What a network said to each of them, as `models.predict_log_mel` returns it.
    root : path
        The folder that the clips' paths are relative to; None where only the pack is at hand, and no sound.

    Raises
    ------
    ValueError
        If there is not one row of probabilities a clip.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.shape != (len(pack.clips), len(CODES)):
        raise ValueError(
            f"need {len(CODES)} probabilities for each of {len(pack.clips)} clips, got shape {probabilities.shape}"
        )
    return ErrorBrowser(pack, probabilities, root)


class ErrorBrowser(Board):
    """The widget of `error_browser`.

    `cell` lists the cells that hold clips, the most common error first, right answers last; a click on the `matrix`
    chooses too. `clip` lists the clips behind the cell by their rows in the pack, the surest answer first; `previous`
    and `following` walk through it. `facts`, `sound` and `picture` show the clip and what was said to it.
    """

    def __init__(self, pack: Pack, probabilities: np.ndarray, root: str | os.PathLike | None) -> None:
        self._pack, self._probabilities, self._root = pack, probabilities, root
        self._true, self._answer = np.array(label_indices(pack.clips["instrument"]), int), probabilities.argmax(axis=1)
        self._confusion = _Matrix(self._true, self._answer)
        cells = [(self._confusion.name(cell), cell) for cell in self._confusion.cells]
        self.cell = dropdown("Cell", "What it was, and what the network heard", "440px", cells)
        self.clip = dropdown("Clip", "The surest answer first", "440px")
        self.previous, self.following = neighbours(self._go)
        self.matrix, self.facts, self.sound, self.picture = HTML(), HTML(), HTML(), HTML()
        clips = (self.clip, self.previous, self.following)
        super().__init__(self.cell, self.matrix, clips, self.facts, self.sound, self.picture)
        self.cell.observe(lambda change: self._open(*change["new"]), "value")
        self.clip.observe(lambda change: self._show(change["new"]), "value")
        if self._confusion.cells:
            self._open(*self._confusion.cells[0])
        else:
            self.facts.value = complain(IrmasError("the pack holds no clips; choose some"))

    def _open(self, true: int, answer: int) -> None:
        """List the clips behind a cell; the first of them is shown."""
        self.matrix.value = self._confusion.table((true, answer))
        rows = np.flatnonzero((self._true == true) & (self._answer == answer))
        rows = rows[np.argsort(-self._probabilities[rows, answer], kind="stable")]
        self.clip.options = [(self._clip_name(place, len(rows), row), int(row)) for place, row in enumerate(rows, 1)]
        self.clip.index = 0  # a list that was empty before has nothing chosen

    def _clip_name(self, place: int, of: int, row: int) -> str:
        said = " and ".join(
            f"{NAMES[CODES[code]]} {self._probabilities[row, code]:.0%}"
            for code in dict.fromkeys((self._answer[row], self._true[row]))
        )
        return f"{place} of {of}: {said}"

    def _go(self, step: int) -> None:
        if self.clip.options:
            self.clip.index = (self.clip.index + step) % len(self.clip.options)

    def _show(self, row: int) -> None:
        clip = self._pack.clips.iloc[row]
        chances = dict(zip(CODES, self._probabilities[row], strict=True))
        self.facts.value = clip_facts(self._pack.clips, clip) + say(bars(chances))
        self.sound.value = self._sound(clip)
        title = _heard_as(self._true[row], self._answer[row])
        decibels = features.dequantise(self._pack.values[row])
        self.picture.value = picture_html(
            lambda figure: plots.log_mel(decibels, title=title, ax=figure.subplots()), 3.2,
            f"Log-mel spectrogram of a clip: {title}",
        )  # fmt: skip

    def _sound(self, clip: pd.Series) -> str:
        if self._root is None:
            return say("The sound is not at hand: these are features from a pack. The log-mel is what the network saw.")
        return sound_html(Path(self._root) / clip["path"], clip["path"])


def _heard_as(true: int, answer: int) -> str:
    return f"{NAMES[CODES[true]]} heard as {NAMES[CODES[answer]]}"


class _Matrix:
    """A confusion matrix as a table whose numbers are buttons.

    `cells` holds row and column of the numbers above 0: errors before right answers, the largest numbers first.
    """

    def __init__(self, true: np.ndarray, answer: np.ndarray) -> None:
        self.counts = np.zeros((len(CODES), len(CODES)), int)
        np.add.at(self.counts, (true, answer), 1)
        filled = [tuple(cell) for cell in np.argwhere(self.counts).tolist()]
        self.cells = sorted(filled, key=lambda cell: (cell[0] == cell[1], -self.counts[cell]))

    def name(self, cell: tuple[int, int]) -> str:
        clips = f"{self.counts[cell]:,} clip{'s' if self.counts[cell] > 1 else ''}"
        return f"{_heard_as(*cell)}: {clips}{' (right)' if cell[0] == cell[1] else ''}"

    def table(self, chosen: tuple[int, int]) -> str:
        """The HTML; a click on a number chooses from the list of cells, whose place is the button's `value`."""
        choose = (
            "const cell = event.target.closest('button'); if (cell) { "
            "const list = this.closest('.widget-vbox').querySelector('select'); list.selectedIndex = cell.value; "
            "list.dispatchEvent(new Event('change', {bubbles: true})); list.focus(); }"
        )
        total, right = self.counts.sum(), np.trace(self.counts)
        caption = (
            f"A row an instrument, a column an answer; on the diagonal {right:,} of {total:,} clips: right answers"
        )
        head = "".join(f'<th scope="col" title="{NAMES[code]}" style="padding:2px">{code}</th>' for code in CODES)
        rows = "".join(self._row(true, chosen) for true in range(len(CODES)))
        return (
            f'<div style="overflow-x:auto" onclick="{html.escape(choose)}">'
            '<table style="border-collapse:collapse;line-height:1.2;text-align:center">'
            f'<caption style="text-align:left;padding:4px 0">{caption}</caption>'
            f"<tr><td></td>{head}</tr>{rows}</table></div>"
        )

    def _row(self, true: int, chosen: tuple[int, int]) -> str:
        numbers = (self._number((true, answer), chosen) for answer in range(len(CODES)))
        cells = "".join(f'<td style="border:1px solid #8886;padding:0">{number}</td>' for number in numbers)
        return f'<tr><th scope="row" style="text-align:right;padding-right:6px">{NAMES[CODES[true]]}</th>{cells}</tr>'

    def _number(self, cell: tuple[int, int], chosen: tuple[int, int]) -> str:
        """A button out of Tab's way, which need not walk through a hundred of them: the list of cells has its place."""
        if not self.counts[cell]:
            return "0" if cell[0] == cell[1] else ""
        colour = SHARE_COLOURS(self.counts[cell] / self.counts[cell[0]].sum())
        ink = "#000000" if np.power(colour[:3], 2.2) @ (0.2126, 0.7152, 0.0722) > 0.18 else "#ffffff"  # by luminance
        ring = f"outline:3px solid {SECOND};outline-offset:-3px;" if cell == chosen else ""
        look = f"{ring}width:44px;height:24px;border:0;padding:0;font:inherit;cursor:pointer"
        return (
            f'<button value="{self.cells.index(cell)}" tabindex="-1" title="{self.name(cell)}" '
            f'aria-label="{self.name(cell)}" aria-pressed="{str(cell == chosen).lower()}" '
            f'style="{look};background:{to_hex(colour)};color:{ink}">{self.counts[cell]}</button>'
        )
