"""Answers to the exercises, right and wrong, in one module a notebook, named as in `notebooks/exercises`.

Each module holds `NAMES`, the notebook's variables that its checks and expectations read, made small, and
`ANSWERS`.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A check, an answer that it finds right, a usual wrong one, and some words of what the learner is told then."""

    check: str
    right: Any
    wrong: Any
    hint: str
