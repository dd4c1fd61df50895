"""One fit: seeds, the optimiser and the loss, progress, early stopping, the history of what happened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from tqdm.auto import tqdm

from . import models, optimizers

if TYPE_CHECKING:
    import keras


def set_seed(seed: int) -> None:
    """Seed Python, NumPy and the Keras backend, so that the same machine gives the same numbers again."""
    models.import_keras().utils.set_random_seed(seed)


# What recipes call the optimisers: a name in Keras, or a function of this package.
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "adamw": "AdamW", "muon": optimizers.muon}


def cosine(learning_rate: float, steps: int, warm_up: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """A learning rate that rises in a line, then falls to 0 along half a cosine.

    Parameters
    ----------
    learning_rate : float
        The highest.
    steps : int
        All steps of the training.
    warm_up : int
        The steps among them in which it rises.

    Returns
    -------
    keras.optimizers.schedules.CosineDecay
        To be given to `compile_model` as the learning rate.

    Examples
    --------
    >>> rate = cosine(0.01, steps=110, warm_up=10)
    >>> [round(float(rate(step)), 4) for step in (0, 5, 10, 60, 110)]
    [0.0, 0.005, 0.01, 0.005, 0.0]
    """
    import keras

    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else learning_rate,
        steps - warm_up,
        warmup_target=learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )


# What a clip's target can be, and what Keras calls its cross-entropy and its accuracy.
TARGETS = {"index": "SparseCategorical", "shares": "Categorical", "labels": "Binary"}


def compile_model(
    model: keras.Model,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 1e-3,
    *,
    optimizer: str = "adam",
    weight_decay: float = 0.0,
    weight_averaging: float = 0.0,
    targets: str = "index",
    label_smoothing: float = 0.0,
) -> None:
    """An optimiser and cross-entropy, as all networks of the course use them.

    Parameters
    ----------
    model : keras.Model
        A network that ends in probabilities.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        The optimiser's.
    optimizer : str
        A key of `OPTIMIZERS`.
    weight_decay : float
        Share of each weight, times the learning rate, that is taken away at each step; 0 for none.
    weight_averaging : float
        Share of the running mean of the weights that each step keeps; training ends with the mean. 0 for none.
    targets : str
        A key of `TARGETS`: ``index`` of a clip's class, ``shares`` of all classes in it, as in mixtures, or ``labels``,
        a yes or no for each class, for a network that ends in sigmoids.
    label_smoothing : float
        Part of each target that is spread over all classes; only shares can be smoothed.
    """
    import keras

    make = OPTIMIZERS[optimizer]
    chosen = (make if callable(make) else getattr(keras.optimizers, make))(
        learning_rate,
        weight_decay=weight_decay or None,
        use_ema=bool(weight_averaging),
        ema_momentum=weight_averaging or 0.99,
    )
    kind = TARGETS[targets]
    smoothing = {"label_smoothing": label_smoothing} if targets == "shares" else {}
    loss = getattr(keras.losses, f"{kind}Crossentropy")(**smoothing)
    # Beside the loss, which holds penalties and smoothing: the cross-entropy alone, so that networks can be compared.
    accuracy = getattr(keras.metrics, f"{kind}Accuracy")(name="accuracy")
    cross_entropy = getattr(keras.metrics, f"{kind}Crossentropy")(name="cross_entropy")
    model.compile(chosen, loss, metrics=[accuracy, cross_entropy])
    # All variables exist before the first step: TensorFlow traces a step that makes some twice, for seconds.
    chosen.build(model.trainable_variables)


def fit(
    model: keras.Model,
    x: np.ndarray | keras.utils.PyDataset,
    y: np.ndarray | None = None,
    *,
    epochs: int,
    validation: tuple[np.ndarray, np.ndarray] | keras.utils.PyDataset | None = None,
    batch_size: int = 32,
    patience: int | None = None,
    progress: bool = True,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
) -> dict[str, list[float]]:
    """Fit a compiled network, with one progress bar for all epochs.

    Parameters
    ----------
    model : keras.Model
        Compiled by `compile_model`. To inputs in memory its normalisation layers are adapted first; for batches
        `models.adapt` has to have done that.
    x, y : numpy.ndarray
        Inputs and class indices; or `x` alone, from `batches.from_pack` or `batches.augmented`.
    epochs : int
        At most so many passes over the data.
    validation : tuple of numpy.ndarray, or batches
        Inputs and class indices to watch, or None.
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
        holds the time of this call.

    Raises
    ------
    ValueError
        If there are batches, and a normalisation layer that was not adapted.
    """
    if y is not None:
        models.adapt(model, x)
    else:
        models.check_adapted(model)
    with tqdm(total=epochs, unit="epoch", disable=not progress) as bar:
        started = time.perf_counter()
        history = model.fit(
            x,
            y,
            batch_size=batch_size if y is not None else None,
            epochs=epochs,
            validation_data=validation,
            callbacks=[_advance(bar), *callbacks, *_early_stopping(patience)],
            verbose=0,
        )
    return {**history.history, "seconds": [time.perf_counter() - started]}


def _advance(bar: tqdm) -> keras.callbacks.Callback:
    """What moves the bar, from the epoch at which a training goes on that was cut off."""
    import keras

    def begin(epoch: int, logs: dict[str, float]) -> None:
        if epoch > bar.n:
            bar.initial = bar.n = epoch

    def end(epoch: int, logs: dict[str, float]) -> None:
        accuracies = {name: f"{value:.2f}" for name, value in logs.items() if name.endswith("accuracy")}
        bar.set_postfix(accuracies, refresh=False)
        bar.update()

    return keras.callbacks.LambdaCallback(on_epoch_begin=begin, on_epoch_end=end)


def _early_stopping(patience: int | None) -> list[keras.callbacks.Callback]:
    import keras

    if patience is None:
        return []
    watched = {"monitor": "val_cross_entropy", "mode": "min"}
    return [keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True, **watched)]
