"""One fit: seeds, inputs from a pack, progress, early stopping, the history of what happened."""

from __future__ import annotations

import time

import numpy as np
from tqdm.auto import tqdm

from . import features, models
from .batches import pack_batches
from .instruments import label_indices
from .packs import Pack

_CLIPS_AT_ONCE = 256


def set_seed(seed: int) -> None:
    """Seed Python, NumPy and the Keras backend, so that the same machine gives the same numbers again."""
    models.import_keras().utils.set_random_seed(seed)


def inputs(pack: Pack, feature: str) -> np.ndarray:
    """A network's inputs from a pack, all of them in memory.

    Parameters
    ----------
    pack : Pack
        Log-mels in 256 levels, or waveforms.
    feature : str
        A key of `features.FROM_PACK`.

    Returns
    -------
    numpy.ndarray [shape=(clips, ...), dtype=float32]
        The shape behind the clips is `features.SHAPES[feature]`.
    """
    convert = features.FROM_PACK[feature]
    starts = range(0, len(pack.values), _CLIPS_AT_ONCE)
    return np.concatenate([convert(pack.values[i : i + _CLIPS_AT_ONCE]) for i in starts])


def batches(pack: Pack, feature: str, batch_size: int = 32, seed: int | None = None):
    """A network's inputs and targets from a pack, batch by batch, without a float copy of the set.

    Parameters
    ----------
    pack : Pack
        Log-mels in 256 levels, or waveforms.
    feature : str
        A key of `features.FROM_PACK`.
    batch_size : int
        Clips a batch.
    seed : int or None
        Of the order of the clips in each epoch; None keeps the pack's.

    Returns
    -------
    keras.utils.PyDataset
        To be given to `fit`.
    """
    return pack_batches(pack.values, targets(pack), features.FROM_PACK[feature], batch_size, seed)


def targets(pack: Pack) -> np.ndarray:
    """Class indices of a pack's clips, in the order of `instruments.CODES` [shape=(clips,), dtype=int]."""
    return np.array(label_indices(pack.clips["instrument"]))


# The names of Keras' optimisers, as recipes give them.
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "adamw": "AdamW"}


def compile_model(
    model, learning_rate: float = 1e-3, *, optimizer: str = "adam", weight_decay: float | None = None
) -> None:
    """An optimiser and cross-entropy on class indices, as all single-label networks of the course use them.

    Parameters
    ----------
    model : keras.Model
        A network that ends in probabilities.
    learning_rate : float
        The optimiser's.
    optimizer : str
        A key of `OPTIMIZERS`.
    weight_decay : float
        Share of each weight, times the learning rate, that is taken away at each step; None for none.
    """
    import keras

    chosen = getattr(keras.optimizers, OPTIMIZERS[optimizer])(learning_rate, weight_decay=weight_decay or None)
    # Beside the loss, which holds the penalties of L2: the cross-entropy alone, so that networks can be compared.
    cross_entropy = keras.metrics.SparseCategoricalCrossentropy(name="cross_entropy")
    model.compile(chosen, "sparse_categorical_crossentropy", metrics=["accuracy", cross_entropy])


def fit(
    model,
    x,
    y: np.ndarray | None = None,
    *,
    validation=None,
    epochs: int,
    batch_size: int = 32,
    patience: int | None = None,
    progress: bool = True,
    callbacks: tuple = (),
) -> dict[str, list[float]]:
    """Fit a compiled network, with one progress bar for all epochs.

    Parameters
    ----------
    model : keras.Model
        Compiled by `compile_model`; its normalisation layers are adapted to `x` first.
    x, y : numpy.ndarray
        Inputs and class indices; or `x` alone, from `batches`.
    validation : tuple of numpy.ndarray, or what `batches` returns
        Inputs and class indices to watch, or None.
    epochs : int
        At most so many passes over the data.
    batch_size : int
        Clips a step; batches have their own.
    patience : int
        Stop when the validation cross-entropy has not fallen for so many epochs, and go back to the best one. None
        runs all epochs and keeps the last.
    progress : bool
        Whether to show the bar.
    callbacks : tuple of keras.callbacks.Callback
        More to be called.

    Returns
    -------
    dict of str to list of float
        A value an epoch: `loss`, `cross_entropy`, `accuracy` and, with validation, the same with `val_`; `seconds`
        holds the whole time.
    """
    import keras

    if y is not None:
        models.adapt(model, x)
    with tqdm(total=epochs, unit="epoch", disable=not progress) as bar:
        advance = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: _advance(bar, logs))
        watchers = [advance, *callbacks, *_early_stopping(patience)]
        started = time.perf_counter()
        history = model.fit(
            x,
            y,
            batch_size=batch_size if y is not None else None,
            epochs=epochs,
            validation_data=validation,
            callbacks=watchers,
            verbose=0,
        )
    return {**history.history, "seconds": [time.perf_counter() - started]}


def _early_stopping(patience: int | None) -> list:
    import keras

    if patience is None:
        return []
    watched = {"monitor": "val_cross_entropy", "mode": "min"}
    return [keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True, **watched)]


def _advance(bar: tqdm, logs: dict[str, float]) -> None:
    bar.set_postfix({name: f"{value:.2f}" for name, value in logs.items() if name.endswith("accuracy")}, refresh=False)
    bar.update()
