"""One fit: seeds, inputs from a pack, progress, early stopping, the history of what happened."""

from __future__ import annotations

import time

import numpy as np
from tqdm.auto import tqdm

from . import features, models
from .instruments import label_indices
from .packs import Pack

_CLIPS_AT_ONCE = 256


def set_seed(seed: int) -> None:
    """Seed Python, NumPy and the Keras backend, so that the same machine gives the same numbers again."""
    models.import_keras().utils.set_random_seed(seed)


def inputs(pack: Pack, feature: str) -> np.ndarray:
    """A network's inputs from a pack of log-mels, a few clips at a time.

    Parameters
    ----------
    pack : Pack
        Log-mels in 256 levels.
    feature : str
        A key of `features.FROM_LOG_MEL`.

    Returns
    -------
    numpy.ndarray [shape=(clips, ...), dtype=float32]
        The shape behind the clips is `features.SHAPES[feature]`.
    """
    convert = features.FROM_LOG_MEL[feature]
    starts = range(0, len(pack.values), _CLIPS_AT_ONCE)
    return np.concatenate([convert(features.dequantise(pack.values[i : i + _CLIPS_AT_ONCE])) for i in starts])


def targets(pack: Pack) -> np.ndarray:
    """Class indices of a pack's clips, in the order of `instruments.CODES` [shape=(clips,), dtype=int]."""
    return np.array(label_indices(pack.clips["instrument"]))


def compile_model(model, learning_rate: float = 1e-3) -> None:
    """Adam and cross-entropy on class indices, as all single-label networks of the course use them."""
    import keras

    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])


def fit(
    model,
    x: np.ndarray,
    y: np.ndarray,
    *,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    epochs: int,
    batch_size: int = 32,
    patience: int | None = None,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Fit a compiled network, with one progress bar for all epochs.

    Parameters
    ----------
    model : keras.Model
        Compiled; its normalisation layers are adapted to `x` first.
    x, y : numpy.ndarray
        Inputs and class indices.
    validation : tuple of numpy.ndarray
        Inputs and class indices to watch, or None.
    epochs : int
        At most so many passes over the data.
    batch_size : int
        Clips a step.
    patience : int
        Stop when the validation loss has not fallen for so many epochs, and go back to the best one. None runs all
        epochs and keeps the last.
    progress : bool
        Whether to show the bar.

    Returns
    -------
    dict of str to list of float
        A value an epoch: `loss`, `accuracy` and, with validation, `val_loss`, `val_accuracy`; `seconds` holds the
        whole time.
    """
    import keras

    models.adapt(model, x)
    with tqdm(total=epochs, unit="epoch", disable=not progress) as bar:
        callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: _advance(bar, logs))]
        if patience is not None:
            callbacks.append(keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True))
        started = time.perf_counter()
        history = model.fit(
            x, y, batch_size=batch_size, epochs=epochs, validation_data=validation, callbacks=callbacks, verbose=0
        )
    return {**history.history, "seconds": [time.perf_counter() - started]}


def _advance(bar: tqdm, logs: dict[str, float]) -> None:
    bar.set_postfix({name: f"{value:.2f}" for name, value in logs.items() if name.endswith("accuracy")}, refresh=False)
    bar.update()
