"""Which training set the notebooks use: the reader's own IRMAS where `IRMAS_DATA` names it, else the rendered set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .paths import data_folder
from .rendered import practice_set


@dataclass(frozen=True)
class TrainingSet:
    """A training set in IRMAS's layout."""

    root: Path  # the folder that holds cel, cla, ... voi
    is_real: bool  # whether it is the reader's own copy of IRMAS

    def __str__(self) -> str:
        return f"Your own IRMAS in {self.root}" if self.is_real else f"The rendered set. {practice_set.WARNING}"


def training_set() -> TrainingSet:
    """The set that the notebooks use; the rendered one is made on first use (about half a minute)."""
    own = data_folder()
    return TrainingSet(own, True) if own else TrainingSet(practice_set.training_folder(), False)
