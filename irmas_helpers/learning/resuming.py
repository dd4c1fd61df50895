"""A training that goes on where it was cut off, with the numbers of one that was not.

After each epoch weights and optimiser are written to a file of their own, then the history and the states of what draws
by chance: Python's random numbers, by which Keras draws the order of the batches, and the network's own, for dropout.
This second file names the first and is written whole or not at all, so that no moment is a bad one to be cut off.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..paths import written_whole
from . import training

if TYPE_CHECKING:
    import keras

_NAMES_THE_REST = "state.json"


def fit(
    model: keras.Model,
    batches: keras.utils.PyDataset,
    folder: str | os.PathLike,
    *,
    epochs: int,
    progress: bool = True,
) -> dict[str, list[float]]:
    """`training.fit` on batches for all epochs, those of earlier calls that were cut off among them.

    Parameters
    ----------
    model : keras.Model
        Compiled; from the same seed and the same call as before.
    batches : keras.utils.PyDataset
        What `batches.augmented` or `batches.from_pack` returns.
    folder : path
        Holds the state after each epoch; for `forget`, when what came of the training lies elsewhere.
    epochs : int
        All of them.
    progress : bool
        Whether to show the bar.

    Returns
    -------
    dict of str to list of float
        See `training.fit`; the values are of all epochs, `seconds` is the time of this call.
    """
    state = _State(Path(folder), model, batches)
    history = training.fit(model, batches, epochs=epochs, progress=progress, callbacks=(state.callback(),))
    model._initial_epoch = None  # Keras never forgets it, and a later `fit` would begin with that epoch
    return {**{name: [logs[name] for logs in state.logs] for name in state.logs[0]}, "seconds": history["seconds"]}


def forget(folder: str | os.PathLike) -> None:
    """Remove the state of a training; first the file without which the rest is no state."""
    (Path(folder) / _NAMES_THE_REST).unlink(missing_ok=True)
    shutil.rmtree(folder)


class _State:
    """Where a training is, in memory and in its folder."""

    def __init__(self, folder: Path, model: keras.Model, batches: keras.utils.PyDataset):
        self.logs: list[dict[str, float]] = []
        self._folder, self._model, self._batches = folder, model, batches
        self._own = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
        folder.mkdir(parents=True, exist_ok=True)

    def callback(self) -> keras.callbacks.Callback:
        """What takes the state up before the first epoch, and writes it after each."""
        import keras

        return keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: self._take_up(), on_epoch_end=lambda epoch, logs: self._write(logs)
        )

    @property
    def _file(self) -> Path:
        return self._folder / _NAMES_THE_REST

    def _weights(self) -> Path:
        return self._folder / f"{len(self.logs)}.weights.h5"

    def _take_up(self) -> None:
        if not self._file.exists():
            return
        self.logs, (version, numbers, gauss), own = json.loads(self._file.read_text("utf-8"))
        self._model.load_weights(self._weights())
        self._model._initial_epoch = len(self.logs)  # as Keras' own BackupAndRestore does
        for _ in self.logs:
            self._batches.on_epoch_end()
        random.setstate((version, tuple(numbers), gauss))
        for variable, state in zip(self._own, own, strict=True):
            variable.assign(state)

    def _write(self, logs: dict[str, float]) -> None:
        before = self._weights()
        self.logs.append({name: float(value) for name, value in logs.items()})
        self._model.save_weights(self._weights(), overwrite=True)
        own = [np.asarray(variable).tolist() for variable in self._own]
        with written_whole(self._file) as temporary:
            temporary.write_text(json.dumps([self.logs, random.getstate(), own]), "utf-8")
        before.unlink(missing_ok=True)
