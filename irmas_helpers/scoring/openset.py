"""Open-set recognition: how foreign a sound is to a network that knows so many classes and no others.

A network's probabilities sum to 1 whatever it hears. Beside its classes a small head on its features has one more, for
all that is none of them, and learns it from outliers, sounds that are none: Hendrycks, Mazeika and Dietterich, "Deep
anomaly detection with outlier exposure", ICLR 2019. The score is the log-odds of that class against all others.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..paths import UNREADABLE_ZIP, written_whole


@dataclass(frozen=True)
class OpenSet:
    """A head with one hidden layer; the last of its outputs stands for what is none of the classes."""

    mean: np.ndarray  # of each feature [shape=(features,)]
    deviation: np.ndarray  # its s.d., by which it is divided
    hidden: np.ndarray  # weights [shape=(features + 1, units)], the last row is the bias
    outputs: np.ndarray  # weights [shape=(units + 1, classes + 1)], likewise
    threshold: float  # log-odds above which a sound is called none of the classes

    def score(self, features: np.ndarray) -> np.ndarray:
        """How foreign sounds are: the log-odds of the class for all others.

        Parameters
        ----------
        features : numpy.ndarray [shape=(sounds, features)]
            Of the network that it was fitted to.

        Returns
        -------
        numpy.ndarray [shape=(sounds,)]
            Above `threshold`: none of the classes.
        """
        units = np.maximum((features - self.mean) / self.deviation @ self.hidden[:-1] + self.hidden[-1], 0)
        return log_odds(units @ self.outputs[:-1] + self.outputs[-1])

    def save(self, path: str | os.PathLike) -> None:
        """Write the head, its weights in 16 bits, where `load` finds it, at `head_file`."""
        weights = {each.name: np.float16(getattr(self, each.name)) for each in fields(self)[:-1]}
        with written_whole(path) as temporary:
            np.savez_compressed(temporary, **weights, threshold=self.threshold)


def load(model_file: str | os.PathLike) -> OpenSet | None:
    """The head beside a network, see `head_file`; None where there is none.

    A `ModelError` if the file is no head.
    """
    file = head_file(model_file)
    if not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as kept:
            *weights, threshold = (kept[each.name].astype(np.float32) for each in fields(OpenSet))
        head = OpenSet(*weights, float(threshold))
        head.score(np.zeros((1, len(head.mean)), np.float32))
    except (*UNREADABLE_ZIP, KeyError) as error:
        raise ModelError(f"{file}: is no head that fits a network ({str(error)[:80]}); delete it") from error
    return head


def head_file(model_file: str | os.PathLike) -> Path:
    """Where the head of a network lies.

    Examples
    --------
    >>> head_file("cnn.onnx").name
    'cnn_openset.npz'
    """
    return Path(model_file).with_name(f"{Path(model_file).stem}_openset.npz")


def log_odds(values: np.ndarray) -> np.ndarray:
    """Of the last class against all others, from the logits of all [shape=(..., classes)].

    Examples
    --------
    >>> log_odds(np.log([[0.1, 0.1, 0.8]])).round(4).tolist()  # 0.8 against 0.2
    [1.3863]
    """
    known = values[..., :-1]
    most = known.max(axis=-1)
    return values[..., -1] - most - np.log(np.exp(known - most[..., None]).sum(axis=-1))
