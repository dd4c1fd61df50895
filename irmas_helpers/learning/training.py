"""One fit: seeds, inputs from a pack, progress, early stopping, the history of what happened."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..instruments import CODES, label_indices
from ..paths import written_whole
from ..sound import features
from ..sound.packs import Pack
from . import batches as in_batches
from . import models, optimizers
from .augmentation import Augmentation

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
    return in_batches.pack_batches(pack.values, targets(pack), features.FROM_PACK[feature], batch_size, seed)


def augmented_batches(pack: Pack, plan: Augmentation, batch_size: int = 32, seed: int = 0):
    """Log-mels of other versions of a pack's clips in each epoch, and the shares of the classes in them.

    Parameters
    ----------
    pack : Pack
        Log-mels in 256 levels.
    plan : augmentation.Augmentation
        What to change.
    batch_size : int
        Clips a batch.
    seed : int
        Of order and changes.

    Returns
    -------
    keras.utils.PyDataset
        To be given to `fit`, for a network that is compiled with ``soft_targets``.
    """
    return in_batches.augmented_batches(pack.values, shares(pack), plan, batch_size, seed)


def shares(pack: Pack) -> np.ndarray:
    """How much of each class is in each clip: all of one [shape=(clips, 11), dtype=float32]."""
    return np.eye(len(CODES), dtype=np.float32)[targets(pack)]


def targets(pack: Pack) -> np.ndarray:
    """Class indices of a pack's clips, in the order of `instruments.CODES` [shape=(clips,), dtype=int]."""
    return np.array(label_indices(pack.clips["instrument"]))


# What recipes call the optimisers: a name in Keras, or a function of this package.
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "adamw": "AdamW", "muon": optimizers.muon}


def cosine(learning_rate: float, steps: int, warm_up: int):
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
    """
    import keras

    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else learning_rate,
        steps - warm_up,
        warmup_target=learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )


def compile_model(
    model,
    learning_rate=1e-3,
    *,
    optimizer: str = "adam",
    weight_decay: float | None = None,
    soft_targets: bool = False,
    label_smoothing: float = 0.0,
    several: bool = False,
    weight_averaging: float = 0.0,
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
        Share of each weight, times the learning rate, that is taken away at each step; None for none.
    soft_targets : bool
        Whether targets are shares of the classes, as in mixtures, and not class indices.
    label_smoothing : float
        Part of each target that is spread over all classes; only soft targets can be smoothed.
    several : bool
        Whether the outputs are sigmoids, each with a yes or no of its own, instead of one choice among all classes.
    weight_averaging : float
        Share of the running mean of the weights that each step keeps; training ends with the mean. 0 for none.
    """
    import keras

    make = OPTIMIZERS[optimizer]
    chosen = (make if callable(make) else getattr(keras.optimizers, make))(
        learning_rate,
        weight_decay=weight_decay or None,
        use_ema=bool(weight_averaging),
        ema_momentum=weight_averaging or 0.99,
    )
    # Beside the loss, which holds penalties and smoothing: the cross-entropy alone, so that networks can be compared.
    if several:
        loss, kind = "binary_crossentropy", "Binary"
    elif soft_targets:
        loss, kind = keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing), "Categorical"
    else:
        loss, kind = "sparse_categorical_crossentropy", "SparseCategorical"
    accuracy = getattr(keras.metrics, f"{kind}Accuracy")(name="accuracy")
    cross_entropy = getattr(keras.metrics, f"{kind}Crossentropy")(name="cross_entropy")
    model.compile(chosen, loss, metrics=[accuracy, cross_entropy])
    # All variables exist before the first step: TensorFlow traces a step that makes some twice, for seconds.
    chosen.build(model.trainable_variables)


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
    resume: str | os.PathLike | None = None,
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
    resume : path
        A folder that holds the state of the training after each epoch, and is removed at its end: the same call goes
        on where one that was cut off stopped, with the same numbers. Only for `x` from `augmented_batches` or
        `batches`, and without patience. None keeps nothing.

    Returns
    -------
    dict of str to list of float
        A value an epoch: `loss`, `cross_entropy`, `accuracy` and, with validation, the same with `val_`; `seconds`
        holds the time of this call.
    """
    import keras

    if y is not None:
        models.adapt(model, x)
    earlier = _Earlier(resume, model)
    with tqdm(total=epochs, unit="epoch", disable=not progress, initial=earlier.epochs) as bar:
        advance = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: _advance(bar, logs))
        watchers = [advance, *callbacks, *_early_stopping(patience), *earlier.callbacks(x)]
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
    return {**earlier.joined(history.history), "seconds": [time.perf_counter() - started]}


class _Earlier:
    """What an earlier call of `fit`, cut off since, left in its folder.

    Keras keeps weights and optimiser. Beside them lie the history and the states of what draws by chance: Python's
    random numbers, by which Keras draws the order of the batches, and the network's own, for dropout.
    """

    def __init__(self, folder: str | os.PathLike | None, model):
        self._folder = folder and Path(folder)
        self._logs: list[dict] = []
        self._states: tuple | None = None
        self._own = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
        self.epochs = 0
        if self._folder and (self._folder / "history.json").exists():
            self.epochs = json.loads((self._folder / "training_metadata.json").read_text())["epoch"]  # Keras' own file
            logs, *self._states = json.loads((self._folder / "history.json").read_text())
            self._logs = logs[: self.epochs]  # it may have been cut off between the two files

    def callbacks(self, batches) -> list:
        """What keeps the state after each epoch, and takes it up before the first."""
        import keras

        if not self._folder:
            return []
        self._folder.mkdir(parents=True, exist_ok=True)
        own = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: self._catch_up(batches), on_epoch_end=lambda epoch, logs: self._write(logs)
        )
        return [own, keras.callbacks.BackupAndRestore(self._folder, double_checkpoint=True)]

    def _write(self, logs: dict) -> None:
        self._logs.append({name: float(value) for name, value in logs.items()})
        with written_whole(self._folder / "history.json") as temporary:
            own = [np.asarray(variable).tolist() for variable in self._own]
            temporary.write_text(json.dumps([self._logs, random.getstate(), own]))

    def _catch_up(self, batches) -> None:
        for _ in range(self.epochs):
            batches.on_epoch_end()
        if self._states:
            (version, numbers, gauss), own = self._states
            random.setstate((version, tuple(numbers), gauss))
            for variable, state in zip(self._own, own, strict=True):
                variable.assign(state)

    def joined(self, history: dict[str, list[float]]) -> dict[str, list[float]]:
        """The history of all epochs, whoever ran them."""
        return {name: [logs[name] for logs in self._logs[: self.epochs]] + values for name, values in history.items()}


def _early_stopping(patience: int | None) -> list:
    import keras

    if patience is None:
        return []
    watched = {"monitor": "val_cross_entropy", "mode": "min"}
    return [keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True, **watched)]


def _advance(bar: tqdm, logs: dict[str, float]) -> None:
    bar.set_postfix({name: f"{value:.2f}" for name, value in logs.items() if name.endswith("accuracy")}, refresh=False)
    bar.update()
