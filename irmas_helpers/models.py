"""The named networks, shared by the notebooks' checks and the recorded runs, and how they are saved and loaded.

The name of a network's input layer says which feature it takes (a key of `features.FROM_LOG_MEL`), so that a `.keras`
file is all that `predict` and `evaluate` need.
"""

from __future__ import annotations

import os
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

from . import features
from .errors import ModelError
from .instruments import CODES
from .paths import check_readable, written_whole

PRETRAINED = Path(__file__).parent / "pretrained"
DEFAULT_MODEL = PRETRAINED / "dense.keras"


def dense(feature: str = "mfcc_mean"):
    """The original's dense network: 512, 256 and 128 units, each with dropout of one half.

    Notebook 02 builds it layer by layer. On 40 MFCC means it has 186,635 parameters.

    Parameters
    ----------
    feature : str
        ``mfcc_mean`` or ``mfcc_mean_sd``.

    Returns
    -------
    keras.Sequential
        From a feature vector to 11 probabilities.
    """
    import keras

    return keras.Sequential([keras.Input(features.SHAPES[feature], name=feature), *_dense_stack()], name="dense")


def dense_scaled(feature: str = "mfcc_mean_sd"):
    """`dense` behind a layer that brings every feature to mean 0 and s.d. 1; see `adapt`.

    Parameters
    ----------
    feature : str
        ``mfcc_mean`` or ``mfcc_mean_sd``.

    Returns
    -------
    keras.Sequential
        From an unscaled feature vector to 11 probabilities.
    """
    import keras

    layers = [keras.Input(features.SHAPES[feature], name=feature), keras.layers.Normalization(), *_dense_stack()]
    return keras.Sequential(layers, name="dense_scaled")


def _dense_stack() -> list:
    from keras.layers import Dense, Dropout

    hidden = [layer for units in (512, 256, 128) for layer in (Dense(units, activation="relu"), Dropout(0.5))]
    return [*hidden, Dense(len(CODES), activation="softmax")]


MODELS = {"dense": dense, "dense_scaled": dense_scaled}


def adapt(model, x: np.ndarray) -> None:
    """Let a network's normalisation layers, if any, learn mean and variance from training inputs.

    Parameters
    ----------
    model : keras.Model
        A network whose normalisation layers stand right behind the input.
    x : numpy.ndarray
        Training inputs, and nothing but those: the test's scale is not ours to know.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.adapt(x)


def import_keras():
    """Import Keras without the lines that TensorFlow's libraries write to the process's stderr, past Python.

    Returns
    -------
    module
        `keras`.
    """
    if "keras" not in sys.modules:
        sys.stderr.flush()
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            import keras  # noqa: F401
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
    return sys.modules["keras"]


def load(path: str | os.PathLike = DEFAULT_MODEL):
    """Load a network that names instruments.

    Parameters
    ----------
    path : path
        A `.keras` file. Nothing in it is run as code (`safe_mode`).

    Returns
    -------
    keras.Model

    Raises
    ------
    ModelError
        If the file is missing, no `.keras` file, or a network with other inputs or outputs than the course's.
    """
    check_readable(path, ModelError)
    if Path(path).suffix != ".keras" or not _is_whole_zip(path):
        raise ModelError(f"{path}: is no .keras file, or a damaged one; save the network with model.save('NAME.keras')")
    keras = import_keras()
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever a broken or hostile file makes it run into
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{path}: Keras cannot load it ({reason[:120]}); save or copy it again") from error
    _check_fits(model, path)
    return model


def _is_whole_zip(path: str | os.PathLike) -> bool:
    """Whether a file is a zip whose entries have their checksums; Keras would load damaged weights without a word."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError):  # RuntimeError: with a password
        return False


def save(model, path: str | os.PathLike) -> None:
    """Save a network for use: without the optimiser's memory, under a temporary name that is then its own.

    Parameters
    ----------
    model : keras.Model
        A network.
    path : path
        A name that ends in ``.keras``.

    Raises
    ------
    ModelError
        If the name has another ending or the file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".keras":
        raise ModelError(f"{path}: a network is saved as .keras; choose a name with that ending")
    bare = type(model).from_config(model.get_config())  # a clone would be compiled again
    bare.set_weights(model.get_weights())
    try:
        with written_whole(path) as temporary:
            bare.save(temporary)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def feature_of(model) -> str:
    """The feature that a network takes: the name of its input."""
    return model.inputs[0].name


def _check_fits(model, path: str | os.PathLike) -> None:
    try:
        feature, shape = feature_of(model), tuple(model.input_shape[1:])
    except (AttributeError, TypeError, IndexError):
        raise ModelError(f"{path}: has no input; let the network begin with keras.Input and save it again") from None
    if features.SHAPES.get(feature) != shape:
        known = ", ".join(f"{name} {shape}" for name, shape in features.SHAPES.items())
        raise ModelError(f"{path}: its input is called {feature} and has shape {shape}; this course knows {known}")
    if model.output_shape[1:] != (len(CODES),):
        raise ModelError(
            f"{path}: has outputs of shape {model.output_shape[1:]} instead of ({len(CODES)},); "
            "train it on the eleven instruments in the order of instruments.CODES"
        )


def predict_log_mel(model, decibels: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """A network's probabilities for log-mel spectrograms.

    Parameters
    ----------
    model : keras.Model
        A network as `load` returns it.
    decibels : numpy.ndarray [shape=(clips, 128, 130)]
        Log-mels in dB, or the uint8 levels of a pack; only one batch at a time is made float.
    batch_size : int
        Clips at once.

    Returns
    -------
    numpy.ndarray [shape=(clips, 11), dtype=float32]
        Rows sum to 1; columns in the order of `instruments.CODES`.
    """
    convert = features.FROM_LOG_MEL[feature_of(model)]
    probabilities = []
    for first in range(0, len(decibels), batch_size):
        batch = decibels[first : first + batch_size]
        batch = features.dequantise(batch) if batch.dtype == np.uint8 else batch
        probabilities.append(np.asarray(model(convert(batch), training=False)))
    return np.concatenate(probabilities)
