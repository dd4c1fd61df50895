"""What is none of a learner's classes: a head as `openset` has it, fitted to nothing but those classes.

Whoever teaches a network two or three classes has no collection of what is none of them. So for each class a ridge
regression on the network's features learns to say +1 to it and -1 to the others. A sound of a class gets such answers;
how far the answers are from those of every class says how foreign a sound is.
"""

from __future__ import annotations

import numpy as np

from ..scoring.openset import OpenSet

PENALTY = 300 / 1184  # of the regressions, a feature; of 30, 300, 3,000 and 30,000 for all 1,184 the best on average
_SHARP = 4.0  # with which the nearest class counts for all: the head's last step is a softmax


def fit(features: np.ndarray, y: np.ndarray, threshold: float = 0.0) -> OpenSet:
    """Fit a head to sounds of the classes.

    Parameters
    ----------
    features : numpy.ndarray [shape=(windows, features)]
        What the network makes of them, see `networks.listening`.
    y : numpy.ndarray of int [shape=(windows,)]
        Class indices; classes count alike whatever they have.
    threshold : float
        See `OpenSet`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> known = np.concatenate([rng.normal(-3, 1, (400, 2)), rng.normal(3, 1, (400, 2))])
    >>> near, far = fit(known, np.repeat([0, 1], 400)).score(np.array([[3, 3], [40, 40]]))
    >>> bool(near < far)
    True
    """
    from sklearn.linear_model import Ridge

    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
    wanted = 2 * np.eye(y.max() + 1, dtype=np.float32)[y] - 1
    alike = len(y) / len(wanted[0]) / np.bincount(y)[y]
    regression = Ridge(PENALTY * len(mean)).fit((features - mean) / deviation, wanted, sample_weight=alike)
    weights = _from_every_class(np.vstack([regression.coef_.T, regression.intercept_]))
    return OpenSet(*(each.astype(np.float32) for each in (mean, deviation, *weights)), threshold)


def _from_every_class(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A head's two layers, from weights of the regressions with their biases below them.

    The units are the four halves of each answer's distances from +1 and from -1; a class's output is minus the sum of
    its own answer's distance from +1 and of the others' from -1. The last output, for none of them, is always 0.
    """
    classes = answers.shape[1]
    hidden = np.concatenate([answers, -answers, answers, -answers], axis=1)
    hidden[-1] += np.repeat([-1, 1, 1, -1], classes)
    own = np.eye(classes)
    outputs = np.zeros((4 * classes + 1, classes + 1))
    outputs[:-1, :-1] = -_SHARP * np.concatenate([own, own, 1 - own, 1 - own])
    return hidden, outputs
