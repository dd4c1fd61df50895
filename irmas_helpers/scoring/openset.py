"""Open-set recognition: how foreign a sound is to a network that knows so many classes and no others.

A network's probabilities sum to 1 whatever it hears. Beside its classes a small head on its features has one more, for
all that is none of them, and learns it from outliers, sounds that are none: Hendrycks, Mazeika and Dietterich, "Deep
anomaly detection with outlier exposure", ICLR 2019. The score is the log-odds of that class against all others.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..errors import ModelError
from ..paths import written_whole

HIDDEN, EPOCHS, BATCH_SIZE, LEARNING_RATE = 128, 20, 512, 2e-3
DROPPED_INPUTS, DROPPED_UNITS, DECAY = 0.2, 0.5, 0.01
_KEPT, _SMALLEST = (0.9, 0.999), 1e-7  # Adam's usual


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
        values = _forward((features - self.mean) / self.deviation, self.hidden, self.outputs)[1]
        return log_odds(values)

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
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
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


def fit(features: np.ndarray, classes: np.ndarray, threshold: float = 0.0, seed: int = 0) -> OpenSet:
    """Fit a head: dropout, cross-entropy, AdamW (Loshchilov and Hutter, ICLR 2019) with a rate that falls to 0.

    Parameters
    ----------
    features : numpy.ndarray [shape=(sounds, features)]
        What the network makes of sounds.
    classes : numpy.ndarray of int [shape=(sounds,)]
        Positions of their classes; the largest number stands for none of them.
    threshold : float
        See `OpenSet`; it is best chosen on sounds that are not among these.
    seed : int
        Of the first weights, the order and the dropout.
    """
    rng = np.random.default_rng(seed)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
    x, y = ((features - mean) / deviation).astype(np.float32), np.eye(classes.max() + 1, dtype=np.float32)[classes]
    weights = [_first(rng, x.shape[1], HIDDEN), _first(rng, HIDDEN, y.shape[1])]
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in weights]
    steps = EPOCHS * -(-len(x) // BATCH_SIZE)
    for step in range(steps):
        if step * BATCH_SIZE % len(x) < BATCH_SIZE or not step:
            order = rng.permutation(len(x))
        rows = order[np.arange(step * BATCH_SIZE, (step + 1) * BATCH_SIZE) % len(x)]
        gradients = _gradients(x[rows], y[rows], weights, rng)
        rate = np.float32(LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2)
        for place, gradient in enumerate(gradients):
            moments[place] = _moments(moments[place], gradient)
            first, second = (
                value / (1 - kept ** (step + 1)) for value, kept in zip(moments[place], _KEPT, strict=True)
            )
            weights[place] -= rate * (first / (np.sqrt(second) + _SMALLEST) + DECAY * weights[place])
    return OpenSet(mean.astype(np.float32), deviation.astype(np.float32), *weights, threshold)


def _moments(old: tuple[np.ndarray, np.ndarray], gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Running means of the gradient and of its square."""
    new = gradient, gradient**2
    return tuple(kept * was + np.float32(1 - kept) * now for kept, was, now in zip(_KEPT, old, new, strict=True))


def _first(rng: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    """Weights to begin with (Glorot and Bengio, AISTATS 2010), and biases of 0 below them."""
    most = np.sqrt(6 / (inputs + outputs))
    return np.concatenate([rng.uniform(-most, most, (inputs, outputs)), np.zeros((1, outputs))]).astype(np.float32)


def _forward(x: np.ndarray, hidden: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    units = np.maximum(x @ hidden[:-1] + hidden[-1], 0)
    return units, units @ outputs[:-1] + outputs[-1]


def _gradients(x: np.ndarray, y: np.ndarray, weights: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Of the mean cross-entropy, with inputs and units dropped at random."""
    hidden, outputs = weights
    x = x * (rng.random(x.shape, np.float32) >= DROPPED_INPUTS) / np.float32(1 - DROPPED_INPUTS)
    units = np.maximum(x @ hidden[:-1] + hidden[-1], 0)
    kept = (rng.random(units.shape, np.float32) >= DROPPED_UNITS) / np.float32(1 - DROPPED_UNITS)
    values = (units * kept) @ outputs[:-1] + outputs[-1]
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    wrong = (powers / powers.sum(axis=1, keepdims=True) - y) / np.float32(len(x))
    back = wrong @ outputs[:-1].T * kept * (units > 0)
    return [
        np.concatenate([x.T @ back, back.sum(axis=0, keepdims=True)]),
        np.concatenate([(units * kept).T @ wrong, wrong.sum(axis=0, keepdims=True)]),
    ]
