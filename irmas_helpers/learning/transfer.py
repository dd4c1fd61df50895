"""What a network has learned, put to another use: its convolutions as an ear, a new last layer, and fine-tuning.

The ear is a trained network without its last layer. What it makes of a window is the mean over time of its last map; a
linear probe is a logistic regression on that, and becomes the last layer of a new network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import batches, models, training
from .augmentation_plans import AUGMENTATIONS

if TYPE_CHECKING:
    import keras
    from sklearn.pipeline import Pipeline

LAST_MAP = "mean_over_bands"  # the layer of the pooled network behind which its own last layer begins
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)  # of scikit-learn's C: the smaller, the smaller the weights
CAUTIOUS = 0.1  # where no sources are left to choose on; on the rendered further instruments as good as any
FINE_TUNING_EPOCHS = 4
FINE_TUNING_RATE, SCRATCH_RATE = 3e-4, 1e-3
Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Probe:
    """A linear layer on an ear's features, and how strongly it was held back."""

    weights: np.ndarray  # [shape=(features, classes)]
    bias: np.ndarray  # [shape=(classes,)]
    strength: float  # C

    def probabilities(self, heard: np.ndarray) -> np.ndarray:
        """A softmax over the classes for each row of features [shape=(windows, classes)]."""
        logits = heard @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def ear(network: keras.Model | None = None) -> keras.Model:
    """The convolutions of a pooled network, by default a copy of the one that ships.

    Returns
    -------
    keras.Model
        From log-mels to features [shape=(windows, 240)].

    Examples
    --------
    >>> ear().output_shape
    (None, 240)
    """
    keras = models.import_keras()
    from keras.layers import GlobalAveragePooling2D

    network = network or models.load_keras(models.DEFAULT_MODEL)
    last = network.get_layer(LAST_MAP).output
    return keras.Model(network.input, GlobalAveragePooling2D(name="mean_over_time")(last), name="ear")


def hear(an_ear: keras.Model, levels: np.ndarray) -> np.ndarray:
    """An ear's features of windows [shape=(windows, features)], a batch of them in memory at a time.

    Parameters
    ----------
    an_ear : keras.Model
        From `ear`.
    levels : numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        As a pack holds them.
    """
    return models.predict_pack(an_ear, levels)


def probe(heard: np.ndarray, y: np.ndarray, folds: Sequence[Fold] = (), weights: np.ndarray | None = None) -> Probe:
    """Fit a logistic regression to features.

    Parameters
    ----------
    heard : numpy.ndarray [shape=(windows, features)]
        From `hear`.
    y : numpy.ndarray of int [shape=(windows,)]
        Class indices; each class occurs.
    folds : sequence of (train, test)
        Positions, split by source: the strength is the one of `STRENGTHS` with the smallest cross-entropy on them.
        Without any it is `CAUTIOUS`.
    weights : numpy.ndarray [shape=(windows,)]
        How much each window counts; all alike if None. Classes count alike whatever they have.
    """
    from threadpoolctl import threadpool_limits

    weights = np.ones(len(y)) if weights is None else weights
    with threadpool_limits(1):  # the matrices are small: threads would wait for each other
        costs = {c: sum(_cost(c, heard, y, weights, *fold) for fold in folds) for c in STRENGTHS} if folds else {}
        strength = min(costs, key=costs.get) if costs else CAUTIOUS
        scaler, regression = (step for _, step in _fitted(strength, heard, y, weights).steps)
    rows, bias = regression.coef_, regression.intercept_
    if len(rows) == 1:  # of two classes scikit-learn keeps what speaks for the second
        rows, bias = np.vstack([np.zeros_like(rows), rows]), np.append(0.0, bias)
    rows = rows / scaler.scale_
    return Probe(rows.T.astype(np.float32), (bias - rows @ scaler.mean_).astype(np.float32), strength)


def _fitted(strength: float, heard: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Pipeline:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(C=strength, max_iter=500, tol=1e-3, class_weight="balanced")
    return make_pipeline(StandardScaler(), regression).fit(heard, y, logisticregression__sample_weight=weights)


def _cost(
    strength: float, heard: np.ndarray, y: np.ndarray, weights: np.ndarray, train: np.ndarray, test: np.ndarray
) -> float:
    from sklearn.metrics import log_loss

    fitted = _fitted(strength, heard[train], y[train], weights[train])
    said = fitted.predict_proba(heard[test])
    known = np.isin(y[test], fitted.classes_)
    return log_loss(y[test][known], said[known], labels=fitted.classes_, sample_weight=weights[test][known])


def joined(an_ear: keras.Model, a_probe: Probe, classes: Sequence[str]) -> keras.Model:
    """An ear and a probe as one network that names these classes, to be saved with `models.save`.

    It shares its convolutions with the ear, and with the network that the ear is of: trained further, all three change.
    """
    network = _with_votes(an_ear, classes)
    network.get_layer("votes").set_weights([a_probe.weights, a_probe.bias])
    return network


def _with_votes(an_ear: keras.Model, classes: Sequence[str]) -> keras.Model:
    import keras

    votes = keras.layers.Dense(len(classes), name="votes", dtype="float32")
    answer = keras.layers.Activation("softmax", dtype="float32", name="shares")  # a name that the ear has not
    network = keras.Model(an_ear.input, answer(votes(an_ear.output)), name="own")
    network.classes = tuple(classes)
    return network


def fine_tune(
    network: keras.Model,
    levels: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int = FINE_TUNING_EPOCHS,
    learning_rate: float = FINE_TUNING_RATE,
    seed: int = 0,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Train all of a network a little further, in place.

    Small steps that get smaller; each epoch hears other versions of the windows. Batch normalisation keeps the means
    and variances that it has, for those of a few windows would be worse.

    Parameters
    ----------
    network : keras.Model
        From `joined`.
    levels : numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        As a pack holds them.
    y : numpy.ndarray of int [shape=(windows,)]
        Class indices.
    epochs, learning_rate, seed
        Of the training.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    dict
        See `training.fit`.
    """
    import keras

    for layer in network.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    return _fit(network, _examples(network, levels, y, seed), epochs, learning_rate, seed, progress)


def from_scratch(
    classes: Sequence[str],
    levels: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int,
    learning_rate: float = SCRATCH_RATE,
    seed: int = 0,
    progress: bool = True,
) -> keras.Model:
    """The same layers, which have heard nothing else: what transfer has to beat.

    Parameters
    ----------
    classes : sequence of str
        What its outputs stand for.
    levels, y, epochs, learning_rate, seed, progress
        See `fine_tune`.
    """
    import keras

    training.set_seed(seed)
    network = _with_votes(keras.models.clone_model(ear()), classes)  # new weights, drawn by chance
    examples = _examples(network, levels, y, seed)
    _fit(network, examples, epochs, learning_rate, seed, progress)
    models.settle_normalisation(network, examples)
    return network


def _examples(network: keras.Model, levels: np.ndarray, y: np.ndarray, seed: int) -> keras.utils.PyDataset:
    shares = np.eye(network.output_shape[-1], dtype=np.float32)[y]
    return batches.changed(levels, shares, AUGMENTATIONS["plain"], seed=seed)


def _fit(
    network: keras.Model,
    examples: keras.utils.PyDataset,
    epochs: int,
    learning_rate: float,
    seed: int,
    progress: bool,
) -> dict[str, list[float]]:
    training.set_seed(seed)
    rate = training.cosine(learning_rate, epochs * len(examples), warm_up=len(examples) // 2)
    training.compile_model(network, rate, targets="shares", label_smoothing=0.05)
    return training.fit(network, examples, epochs=epochs, progress=progress)
