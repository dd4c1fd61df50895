"""A network as what it is to others: saved and loaded as a file, copied, asked for probabilities.

What the networks are made of stands in `networks`. The name of a network's input layer says which feature it takes (a
key of `features.FROM_LOG_MEL`), and `save` puts the names of its classes into the file, so that a `.keras` file, or an
`.onnx` file made of it, is all that `predict` and `evaluate` need.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MissingError, ModelError
from ..instruments import CODES
from ..paths import UNREADABLE_ZIP, check_readable, written_whole
from ..sound import features
from . import networks
from .exported import ExportedNetwork

if TYPE_CHECKING:
    import keras

    from ..sound.packs import Pack

    Network = keras.Model | ExportedNetwork

PRETRAINED = Path(__file__).parents[1] / "pretrained"
DEFAULT_MODEL = PRETRAINED / "cnn.keras"
DEFAULT_EXPORTED = PRETRAINED / "cnn.onnx"  # the same network, which `predict` asks: see `exported`
_AT_ONCE = 64  # clips
_CLASSES = "classes.json"  # in a `.keras` file, which is a zip: what its outputs stand for, where not for the eleven
# What Keras has added since 3.12 to the layers and initialisers that the networks use, and what it is by default.
_NEWER = {
    "renorm": False,
    "renorm_clipping": None,
    "renorm_momentum": 0.99,
    "input_axes": None,
    "output_axes": None,
    "quantization_config": None,
}


def adapt(model: keras.Model, x: np.ndarray) -> None:
    """Let normalisation layers right behind a network's input, if any, learn mean and variance from training inputs.

    From nothing but those: the test's scale is not ours to know.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.adapt(x)


def check_adapted(model: keras.Model) -> None:
    """A `ValueError` if a normalisation layer has not learned what `adapt` teaches it: it would scale nothing."""
    import keras

    for layer in model.layers:
        if not isinstance(layer, keras.layers.Normalization) or layer.input_mean is not None:
            continue
        if not layer.built or (np.all(layer.adapt_mean == 0) and np.all(layer.adapt_variance == 1)):
            raise ValueError(f"{layer.name} has learned no mean and variance; call models.adapt(model, x) first")


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Give a network the weights of another one with the same layers; their arithmetic may differ in precision."""
    import keras

    target.set_weights(source.get_weights())
    for layer in target.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # or it goes on scaling with what it had before


def settle_normalisation(model: keras.Model, batches: Sequence) -> None:
    """Collect the running means and variances of batch normalisation anew.

    Those that training left are of the weights it passed through last. A mean of many steps' weights has others:
    P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018. The batches are
    what the network was trained on, such as a `keras.utils.PyDataset`; each counts alike.
    """
    import keras

    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not layers:
        return
    usual = [layer.momentum for layer in layers]
    for number in range(len(batches)):
        for layer in layers:
            layer.momentum = number / (number + 1)  # the mean of all batches so far
        model(batches[number][0], training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum


def import_keras() -> ModuleType:
    """Import Keras without the lines that TensorFlow's libraries write to the process's stderr, past Python.

    A `MissingError` where it is not installed.
    """
    if not sys.modules.get("keras"):
        sys.stderr.flush()
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            import keras  # noqa: F401
        except ModuleNotFoundError as error:
            raise MissingError(error.name) from None
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
    return sys.modules["keras"]


def load_model(path: str | os.PathLike = DEFAULT_MODEL) -> Network:
    """Load a network that names instruments.

    Parameters
    ----------
    path : path
        An `.onnx` file, see `ExportedNetwork`, or a `.keras` file. For the latter, Keras refuses functions of the
        file's own (`safe_mode`), which is no wall: before 3.9, 3.11 and 3.13.2 a file could make it run code all the
        same (CVE-2025-1550, CVE-2025-8747, CVE-2026-1462), and advisories about other versions followed. Trust a
        `.keras` file from elsewhere as little as a program from there.

    Raises
    ------
    ModelError
        If the file is missing, no such file, or a network with other inputs or outputs than the course's.

    Examples
    --------
    >>> load_model().output_shape
    (None, 11)
    """
    if Path(path).suffix != ".onnx":
        return load_keras(path)
    model = ExportedNetwork(path)
    _check_fits(model, path)
    return model


def load_keras(path: str | os.PathLike) -> keras.Model:
    """Load a network from a `.keras` file, and from no other; see `load_model`."""
    check_readable(path, ModelError)
    if Path(path).suffix != ".keras" or not _is_whole_zip(path):
        raise ModelError(f"{path}: is no .keras file, or a damaged one; save the network with model.save('NAME.keras')")
    keras = import_keras()
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever a broken or hostile file makes it run into
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{path}: Keras cannot load it ({reason[:120]}); save or copy it again") from error
    model.classes = _classes_inside(path)
    _check_fits(model, path)
    return model


def classes_of(model: Network) -> tuple[str, ...]:
    """What a network's outputs stand for, in order: the eleven, unless its file says otherwise.

    Examples
    --------
    >>> classes_of(load_model())[:2]
    ('cel', 'cla')
    """
    return tuple(getattr(model, "classes", CODES))


def classes_in(path: str | os.PathLike) -> tuple[str, ...]:
    """As `classes_of`, from a network's file, for which Keras is not loaded."""
    check_readable(path, ModelError)
    if Path(path).suffix == ".onnx":
        return ExportedNetwork(path).classes
    return _classes_inside(path) if _is_whole_zip(path) else CODES  # who loads it says what is wrong


def _classes_inside(path: str | os.PathLike) -> tuple[str, ...]:
    with zipfile.ZipFile(path) as archive:
        if _CLASSES not in archive.namelist():
            return CODES
        try:
            found = json.loads(archive.read(_CLASSES))
            usable = isinstance(found, list) and all(isinstance(each, str) for each in found)
        except ValueError:
            usable = False
    if not usable:
        raise ModelError(f"{path}: its list of classes is damaged; make or copy it again")
    return tuple(found)


def load_lone(path: str | os.PathLike = DEFAULT_MODEL) -> Network | None:
    """Load the network for lone notes that goes with ``NAME.keras``: ``NAME_lone.keras``; None if there is none.

    With ``NAME.onnx`` goes ``NAME_lone.onnx``.
    """
    beside = lone_file(path)
    return load_model(beside) if beside.exists() else None


def lone_file(path: str | os.PathLike) -> Path:
    """Where the network for lone notes lies that goes with another one.

    Examples
    --------
    >>> lone_file("cnn.onnx").name
    'cnn_lone.onnx'
    """
    return Path(path).with_stem(f"{Path(path).stem}_lone")


def _is_whole_zip(path: str | os.PathLike) -> bool:
    """Whether a file is a zip whose entries have their checksums; Keras would load damaged weights without a word."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except UNREADABLE_ZIP:
        return False


def check_place(path: str | os.PathLike) -> None:
    """A `ModelError` where a network cannot be saved: better before it is trained than after."""
    path = Path(path)
    if path.suffix != ".keras" or not path.parent.is_dir() or path.is_dir():
        raise ModelError(f"{path}: a network is saved as NAME.keras in a folder that exists; choose such a name")
    try:
        with TemporaryDirectory(dir=path.parent):
            pass
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def save(model: keras.Model, path: str | os.PathLike) -> None:
    """Save a network for use: without the optimiser's memory, under a temporary name that is then its own.

    Its classes (`classes_of`) are put into the file. A `ModelError` as in `check_place`, or if the disk is full.
    """
    path = Path(path)
    check_place(path)
    bare = type(model).from_config(model.get_config())  # a clone would be compiled again
    copy_weights(model, bare)
    try:
        with written_whole(path) as temporary:
            bare.save(temporary)
            _finish(temporary, classes_of(model))
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def _finish(file: Path, classes: tuple[str, ...]) -> None:
    """Put the classes into a saved network where they are not the eleven, which all know.

    And take out what is at its default and makes Keras 3.12 refuse it, the last for Python 3.10.
    """
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"], object_hook=_without_newer_defaults)
    parts["config.json"] = json.dumps(config).encode()
    if classes != CODES:
        parts[_CLASSES] = json.dumps(classes).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def _without_newer_defaults(entry: dict) -> dict:
    return {key: value for key, value in entry.items() if key not in _NEWER or value != _NEWER[key]}


def feature_of(model: Network) -> str:
    """The feature that a network takes: the name of its input.

    Examples
    --------
    >>> feature_of(load_model())
    'log_mel'
    """
    return model.inputs[0].name


def _check_fits(model: Network, path: str | os.PathLike) -> None:
    try:
        feature, shape = feature_of(model), tuple(model.input_shape[1:])
    except (AttributeError, TypeError, IndexError):
        raise ModelError(f"{path}: has no input; let the network begin with keras.Input and save it again") from None
    if features.SHAPES.get(feature) != shape:
        known = ", ".join(f"{name} {shape}" for name, shape in features.SHAPES.items())
        raise ModelError(f"{path}: its input is called {feature} and has shape {shape}; this course knows {known}")
    classes = classes_of(model)
    if model.output_shape[1:] != (len(classes),):
        raise ModelError(
            f"{path}: has outputs of shape {model.output_shape[1:]} instead of ({len(classes)},); "
            "train it on the eleven instruments in the order of instruments.CODES, or make it with: irmas learn"
        )


def predict_log_mel(model: Network, decibels: np.ndarray, batch_size: int = _AT_ONCE) -> np.ndarray:
    """A network's probabilities for log-mel spectrograms.

    Parameters
    ----------
    model : keras.Model or ExportedNetwork
        A network as `load_model` returns it.
    decibels : numpy.ndarray [shape=(clips, 128, 130)]
        Log-mels in dB, or the uint8 levels of a pack; only one batch at a time is made float.
    batch_size : int
        Clips at once.

    Returns
    -------
    numpy.ndarray [shape=(clips, classes), dtype=float32]
        Columns in the order of `classes_of`. Rows sum to 1 where the network ends in a softmax; sigmoids answer
        each column for itself.
    """
    convert = (features.FROM_PACK if decibels.dtype == np.uint8 else features.FROM_LOG_MEL)[feature_of(model)]
    return _in_batches(model, decibels, convert, batch_size)


def hear(model: Network, decibels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """As `predict_log_mel`, and the features of `networks.listening` [shape=(clips, features)] from the same pass.

    They are None where the network has none: one without maps, or an `.onnx` file of an earlier version.
    """
    convert = (features.FROM_PACK if decibels.dtype == np.uint8 else features.FROM_LOG_MEL)[feature_of(model)]
    ask = model.hear if isinstance(model, ExportedNetwork) else _listening(model)
    batches = (convert(decibels[first : first + _AT_ONCE]) for first in range(0, len(decibels), _AT_ONCE))
    heard = [[np.asarray(each) for each in ask(batch)] for batch in batches]
    probabilities, *rest = (np.concatenate(each) for each in zip(*heard, strict=True))
    return probabilities, rest[0] if rest else None


@functools.lru_cache(maxsize=4)
def _listening(model: keras.Model) -> Callable[[np.ndarray], Sequence]:
    both = networks.listening(model)
    return lambda batch: answer if isinstance(answer := both(batch, training=False), list) else [answer]


def check_finite(probabilities: np.ndarray) -> None:
    """Refuse answers [shape=(windows, classes)] that are no finite numbers by a `ModelError`."""
    if bad := int(np.sum(~np.isfinite(probabilities).all(axis=1))):
        raise ModelError(
            f"the network answers {bad} of {len(probabilities)} windows with NaN or infinity; train it again"
        )


def predict_pack(model: Network, values: np.ndarray) -> np.ndarray:
    """As `predict_log_mel`, for a pack's values, levels of log-mels or waveforms, whatever the network takes."""
    return _in_batches(model, values, features.FROM_PACK[feature_of(model)])


def answers(model: Network, pack: Pack) -> np.ndarray:
    """A network's most probable class for every clip of a pack [shape=(clips,), dtype=str]."""
    return np.array(classes_of(model))[predict_pack(model, pack.values).argmax(axis=1)]


def _in_batches(model: Network, values: np.ndarray, convert: Callable, batch_size: int = _AT_ONCE) -> np.ndarray:
    batches = (convert(values[first : first + batch_size]) for first in range(0, len(values), batch_size))
    return np.concatenate([np.asarray(model(batch, training=False)) for batch in batches])
