"""Beat the network: hear a clip, name its instrument, and compare scores on the same clips."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipywidgets import HTML

from ..instruments import CODES, NAMES
from ._common import Board, button, say, sound_html

if TYPE_CHECKING:
    import pandas as pd


def beat_the_network(clips: pd.DataFrame, answers: Sequence[str], root: str | os.PathLike) -> Contest:
    """Name the instruments of some clips by ear; your score stands beside the network's.

    Parameters
    ----------
    clips : pandas.DataFrame
        Rows of a table of clips, best each of another song.
    answers : sequence of str
        The network's answer for each of them, a code.
    root : path
        The folder that the paths are relative to.

    Raises
    ------
    ValueError
        If there is not one answer for each clip.
    """
    if len(clips) != len(answers) or not len(clips):
        raise ValueError(f"need an answer for each clip, got {len(answers)} for {len(clips)} clips")
    return Contest(clips, list(answers), root)


class Contest(Board):
    """The widget of `beat_the_network`: `buttons` by code and `again`, the player in `sound`, the scores in `text`.

    `given` holds the learner's answers so far.
    """

    def __init__(self, clips: pd.DataFrame, answers: list[str], root: str | os.PathLike) -> None:
        self._true, self._answers = list(clips["instrument"]), answers
        self._paths, self.given = [Path(root) / path for path in clips["path"]], []
        self.sound, self.text = HTML(), HTML()
        self.buttons = {
            code: button(NAMES[code], "", f"I hear {NAMES[code]}", "auto", functools.partial(self._answer, code))
            for code in CODES
        }
        self.again = button("Start again", "undo", "Back to the first clip", None, self._restart)
        super().__init__(self.sound, (*self.buttons.values(), self.again), self.text)
        self._show("")

    def _answer(self, code: str) -> None:
        if len(self.given) == len(self._true):  # the second half of a double click on the last clip
            return
        place = len(self.given)
        self.given.append(code)
        said = "Right" if code == self._true[place] else f"You said {NAMES[code]}"
        self._show(
            f"Clip {place + 1}: <b>{said}</b>. Its label is <b>{NAMES[self._true[place]]}</b>; "
            f"the network said {NAMES[self._answers[place]]}. "
        )

    def _restart(self) -> None:
        self.given.clear()
        self._show("")

    def _show(self, last: str) -> None:
        over = len(self.given) == len(self._true)
        for choice in self.buttons.values():
            choice.disabled = over
        self.text.value = say(last + contest_sentence(self._true, self._answers, self.given))
        name = f"Clip {len(self.given) + 1} of {len(self._true)}"
        self.sound.value = "" if over else f"<div>{name}</div>{sound_html(self._paths[len(self.given)], name)}"


def contest_sentence(true: list[str], answers: list[str], given: list[str]) -> str:
    """The two scores; the network's alone as long as the learner has given no answer."""
    network = [answer == code for answer, code in zip(answers, true, strict=True)]
    if not given:
        return f"The network: {_share(network)}. You: not yet; play the clip and press a button."
    yours = [answer == code for answer, code in zip(given, true, strict=False)]
    where = "these clips" if len(yours) == len(true) else f"the first {len(yours)} of {len(true)} clips"
    return f"On {where}, you: {_share(yours)}; the network: {_share(network[: len(yours)])}."


def _share(right: list[bool]) -> str:
    from scipy.stats import binomtest

    low, high = binomtest(sum(right), len(right)).proportion_ci(method="wilson")
    return f"{sum(right)} of {len(right)} (95 % interval {low:.0%} to {high:.0%})"
