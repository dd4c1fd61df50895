"""What a notebook asks of the learner: the checks of its exercises, in one module a notebook.

A check never gives the solution away, says "not tried yet" where nothing was made, and raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _convolution, _dense, _dropout, _exploration, _instrument, _l2, _overfitting, _polyphonic
from ._checks import Check

_NOTEBOOKS = (_exploration, _dense, _convolution, _dropout, _l2, _overfitting, _polyphonic, _instrument)


def _collected(kind: str) -> dict[str, Any]:
    """What the notebooks' modules hold of a kind; a name that two of them use is an error."""
    pairs = [pair for notebook in _NOTEBOOKS for pair in getattr(notebook, kind, {}).items()]
    collected = dict(pairs)
    if len(collected) < len(pairs):
        raise ValueError(f"a name is used twice in {kind}: {sorted(name for name, _ in pairs)}")
    return collected


CHECKS: dict[str, Check] = _collected("CHECKS")


def check(name: str, names: Mapping[str, Any]) -> None:
    """Print what a learner's answer is worth.

    Parameters
    ----------
    name : str
        The exercise.
    names : mapping
        The notebook's variables, ``globals()``.

    Raises
    ------
    KeyError
        If there is no such exercise; whatever the learner's value is gives a sentence.

    Examples
    --------
    >>> check("window_weight", {"window_weight": 0.4})
    That is what it loses; how much is left?
    """
    print(CHECKS[name].sentence(names))
