"""Beat the network: hear a clip, name its instrument, and compare scores on the same clips."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pandas as pd
from ipywidgets import HTML, Button, HBox, Layout, VBox

from ..errors import IrmasError
from ..instruments import CODES, NAMES
from ..sound import audio
from ._common import WRAP, accessibility, audio_html, complain, say


def beat_the_network(clips: pd.DataFrame, answers, root: str | os.PathLike) -> Contest:
    """Name the instruments of some clips by ear; your score stands beside the network's.

    Parameters
    ----------
    clips : pandas.DataFrame
        Rows of a table of clips, best each of another song.
    answers : sequence of str
        The network's answer for each of them, a code.
    root : path
        The folder that the paths are relative to.

    Returns
    -------
    Contest

    Raises
    ------
    ValueError
        If there is not one answer for each clip.
    """
    if len(clips) != len(answers) or not len(clips):
        raise ValueError(f"need an answer for each clip, got {len(answers)} for {len(clips)} clips")
    return Contest(clips, list(answers), root)


class Contest(VBox):
    """The widget of `beat_the_network`.

    Attributes
    ----------
    buttons : dict of str to ipywidgets.Button
        One for each instrument, by code.
    again : ipywidgets.Button
        Back to the first clip.
    sound, text : ipywidgets.HTML
        The player; what was said to the last clip, and the scores.
    given : list of str
        The learner's answers so far.
    """

    def __init__(self, clips: pd.DataFrame, answers: list[str], root: str | os.PathLike):
        self._true, self._answers = list(clips["instrument"]), answers
        self._paths, self.given = [Path(root) / path for path in clips["path"]], []
        self.sound, self.text = HTML(), HTML()
        self.buttons = {
            code: Button(description=NAMES[code], tooltip=f"I hear {NAMES[code]}", layout=Layout(width="auto"))
            for code in CODES
        }
        for code, button in self.buttons.items():
            button.on_click(functools.partial(self._answer, code))
        self.again = Button(description="Start again", icon="undo", tooltip="Back to the first clip")
        self.again.on_click(lambda _: self._restart())
        choices = HBox([*self.buttons.values(), self.again], layout=Layout(**WRAP))
        super().__init__([self.sound, choices, self.text, accessibility()])
        self._show("")

    def _answer(self, code: str, _button) -> None:
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
        for button in self.buttons.values():
            button.disabled = over
        self.text.value = say(last + contest_sentence(self._true, self._answers, self.given))
        self.sound.value = "" if over else self._player(len(self.given))

    def _player(self, place: int) -> str:
        name = f"Clip {place + 1} of {len(self._true)}"
        try:
            return f"<div>{name}</div>" + audio_html(*audio.load_channels(self._paths[place]), name)
        except (IrmasError, OSError) as error:
            return complain(error)


def contest_sentence(true: list[str], answers: list[str], given: list[str]) -> str:
    """The two scores; the network's alone as long as the learner has given no answer.

    Parameters
    ----------
    true, answers : list of str
        Label and network's answer of each clip.
    given : list of str
        The learner's answers so far, to the first clips.

    Returns
    -------
    str
    """
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
