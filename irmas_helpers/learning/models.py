"""The named networks, shared by the notebooks' checks and the recorded runs, and how they are saved and loaded.

The name of a network's input layer says which feature it takes (a key of `features.FROM_LOG_MEL`), so that a `.keras`
file is all that `predict` and `evaluate` need.
"""

from __future__ import annotations

import os
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..instruments import CODES
from ..paths import check_readable, written_whole
from ..sound import features

PRETRAINED = Path(__file__).parents[1] / "pretrained"
DEFAULT_MODEL = PRETRAINED / "cnn.keras"


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


def cnn_waveform(
    feature: str = "waveform",
    *,
    samples: int = features.WAVEFORM_SHAPE[0],
    outputs: int = len(CODES),
    pool: int = 4,
    dropout: float = 0.0,
    l2: float = 0.0,
):
    """The original's convolutional network on the raw waveform, and its two attempts to regularise it.

    Notebook 03 builds it layer by layer. With 44,099 samples and 12 outputs, the original's slips, it has 5,712,812
    parameters; with ``pool=2``, 44,100 and 11 it has 45,197,995.

    Parameters
    ----------
    feature : str
        ``waveform``.
    samples : int
        Length of the input, one second of stereo at 44.1 kHz.
    outputs : int
        Number of classes.
    pool : int
        Samples that each pooling layer takes together: 4, and 2 in the regularised ones.
    dropout : float
        Rate behind each dense layer: 0.5 in the original's second network.
    l2 : float
        Factor of the squared weights of every kernel but the last: 0.01 in its third.

    Returns
    -------
    keras.Sequential
    """
    import keras
    from keras.layers import Conv1D, Dense, Flatten, MaxPooling1D

    layers = [keras.Input((samples, features.WAVEFORM_SHAPE[1]), name=feature)]
    for filters, kernel in ((32, 20), (64, 3), (128, 3)):
        layers += [Conv1D(filters, kernel, activation="relu", kernel_regularizer=_l2(l2)), MaxPooling1D(pool)]
    layers.append(Flatten())
    for units in (64, 128, 256):
        layers += [Dense(units, activation="relu", kernel_regularizer=_l2(l2)), *_dropout(dropout)]
    return keras.Sequential([*layers, Dense(outputs, activation="softmax", dtype="float32")], name="cnn_waveform")


def cnn_log_mel(feature: str = "log_mel", *, dropout: float = 0.0, spatial_dropout: float = 0.0, l2: float = 0.0):
    """The original's convolutional network on pictures of spectrograms, on the log-mel itself.

    Notebook 03 builds it layer by layer: 3,847,627 parameters, of which 3,809,344 stand behind the flatten layer.

    Parameters
    ----------
    feature : str
        ``log_mel``.
    dropout : float
        Rate behind the dense layer; 0 leaves the layer out.
    spatial_dropout : float
        Rate of whole feature maps behind each pooling layer; 0 leaves the layers out.
    l2 : float
        Factor of the squared weights of every kernel but the last.

    Returns
    -------
    keras.Sequential
        From decibels to 11 probabilities.
    """
    import keras
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D, Rescaling, Reshape, SpatialDropout2D

    layers = [
        keras.Input(features.SHAPES[feature], name=feature),
        Rescaling(1 / features.TOP_DB, offset=1.0),
        Reshape((*features.SHAPES[feature], 1)),
    ]
    for _ in range(2):
        layers += [Conv2D(64, 3, activation="relu", kernel_regularizer=_l2(l2)), MaxPooling2D(2)]
        layers += [SpatialDropout2D(spatial_dropout)] if spatial_dropout else []
    layers += [Flatten(), Dense(64, activation="relu", kernel_regularizer=_l2(l2)), *_dropout(dropout)]
    # The probabilities are float32 also where a run computes in 16 bits.
    return keras.Sequential([*layers, Dense(len(CODES), activation="softmax", dtype="float32")], name="cnn_log_mel")


def cnn_pooled(
    feature: str = "log_mel",
    *,
    blocks: Sequence[Sequence[int]] = ((32,), (64,), (128, 128), (224, 240)),
    cell: tuple[int, int] = (1, 2),
    dropout: float = 0.3,
    dynamic_range: float = features.TOP_DB,
    band_scaling: bool = True,
    normalised: bool = True,
    residual: bool = False,
    separable: bool = False,
    head: str = "mean",
    activation: str = "softmax",
):
    """Six convolutions with batch normalisation, a mean over the map instead of a flatten layer: 0.98 M parameters.

    Pooling stands before normalisation: a maximum and a rising function may change places, and there are four times
    fewer values to normalise, which takes most of the time otherwise.

    Parameters
    ----------
    feature : str
        ``log_mel``.
    blocks : sequence of sequence of int
        Filters of the convolutions. The very first sees 7 by 3 cells at every other band, the others 3 by 3. Maps are
        halved in both directions at the end of each block but the last.
    cell : tuple of int
        Bands and frames of the log-mel that are averaged to one cell of the first map.
    dropout : float
        Rate in front of the last layer.
    dynamic_range : float
        Decibels below a clip's maximum that the network can tell apart; what is weaker looks like silence to it.
    band_scaling : bool
        Whether each mel band has its own scale and offset, from the statistics of training.
    normalised : bool
        Whether batch normalisation follows each convolution.
    residual : bool
        Whether a convolution that keeps the shape of its input is added to it.
    separable : bool
        Whether each convolution is split into one of every map on its own and one of all maps at one place.
    head : str
        A key of `HEADS`: how the last map, 8 bands by 8 frames by features, becomes a value for each instrument.
    activation : str
        ``softmax``, one choice among all classes, or ``sigmoid``, a yes or no for each.

    Returns
    -------
    keras.Model
        From decibels to 11 probabilities; they sum to 1 with softmax only.
    """
    import keras
    from keras.layers import Activation, AveragePooling2D, BatchNormalization, MaxPooling2D, Rescaling, Reshape

    def block(x, size: int, kernel, strides, pooled: bool):
        # Kernels in front of a normalisation need no bias.
        y = convolution(size, kernel, strides=strides, padding="same", use_bias=not normalised)(x)
        y = keras.layers.Add()([x, y]) if residual and x.shape == y.shape else y
        x = MaxPooling2D(2)(y) if pooled else y
        return Activation("relu")(BatchNormalization()(x) if normalised else x)

    convolution = keras.layers.SeparableConv2D if separable else keras.layers.Conv2D
    taken = keras.Input(features.SHAPES[feature], name=feature)
    x = Rescaling(1 / dynamic_range, offset=1.0)(taken)
    x = keras.layers.ReLU()(x) if dynamic_range < features.TOP_DB else x
    x = Reshape((*features.SHAPES[feature], 1))(x)
    x = AveragePooling2D(cell)(x)
    x = BatchNormalization(axis=1)(x) if band_scaling else x
    kernel, strides = (7, 3), (2, 1)
    for place, sizes in enumerate(blocks):
        for number, size in enumerate(sizes, start=1):
            x = block(x, size, kernel, strides, pooled=number == len(sizes) and place < len(blocks) - 1)
            kernel, strides = 3, 1
    answer = Activation(activation, dtype="float32")(HEADS[head](x, dropout))
    return keras.Model(taken, answer, name="cnn_pooled")


def cnn_han(feature: str = "log_mel"):
    """The network of Han, Kim and Lee for predominant instruments, on clips of any length: 1,446,123 parameters.

    From "Deep convolutional neural networks for predominant instrument recognition in polyphonic music", IEEE/ACM
    TASLP 25(1), 2017. Theirs sees one second at a time; the maximum over the whole map lets it take three. Notebook 07
    builds it layer by layer.

    Parameters
    ----------
    feature : str
        ``log_mel``.

    Returns
    -------
    keras.Sequential
        From decibels to 11 probabilities, a yes or no for each instrument.
    """
    import keras
    from keras.layers import Conv2D, Dense, Dropout, GlobalMaxPooling2D, LeakyReLU, MaxPooling2D, Rescaling, Reshape

    layers = [
        keras.Input(features.SHAPES[feature], name=feature),
        Rescaling(1 / features.TOP_DB, offset=1.0),
        Reshape((*features.SHAPES[feature], 1)),
    ]
    for filters in (32, 64, 128, 256):
        layers += [part for _ in range(2) for part in (Conv2D(filters, 3, padding="same"), LeakyReLU(0.33))]
        layers += [MaxPooling2D(3), Dropout(0.25)] if filters < 256 else [GlobalMaxPooling2D()]
    layers += [Dense(1024), LeakyReLU(0.33), Dropout(0.5), Dense(len(CODES), activation="sigmoid", dtype="float32")]
    return keras.Sequential(layers, name="cnn_han")


def _mean_head(x, dropout: float):
    from keras.layers import GlobalAveragePooling2D

    return _logits(GlobalAveragePooling2D()(x), dropout)


def _flat_head(x, dropout: float):
    from keras.layers import Flatten

    return _logits(Flatten()(x), dropout)


def _frequency_head(x, dropout: float):
    """Mean and maximum over time, in four parts of the frequency axis: high and low stay apart."""
    from keras.layers import AveragePooling2D, Concatenate, Flatten, GlobalMaxPooling2D

    rows, frames = x.shape[1] // 4, x.shape[2]
    means = Flatten()(AveragePooling2D((rows, frames))(x))
    return _logits(Concatenate()([means, GlobalMaxPooling2D()(AveragePooling2D((x.shape[1], 1))(x))]), dropout)


def _attention_head(x, dropout: float):
    """Each frame votes for the instruments, and counts for each of them as much as was learnt.

    The shares by which the frames count sum to 1 (Kong et al., PANNs, IEEE/ACM TASLP 28, 2020, use it for events that
    fill but a part of a clip).
    """
    from keras.layers import AveragePooling2D, Dropout, GlobalAveragePooling1D, Multiply, Rescaling, Reshape, Softmax

    rows, frames, maps = x.shape[1:]
    heard = Dropout(dropout)(Reshape((frames, maps))(AveragePooling2D((rows, 1), name="mean_over_bands")(x)))
    shares = Softmax(axis=1, dtype="float32", name="shares")(_dense(heard, "importance"))
    counted = Multiply(dtype="float32")([_dense(heard, "votes"), shares])
    return Rescaling(frames, dtype="float32")(GlobalAveragePooling1D(dtype="float32")(counted))


def _logits(summary, dropout: float):
    from keras.layers import Dropout

    return _dense(Dropout(dropout)(summary), "votes")


def _dense(x, name: str):
    """A value for each instrument, float32 also where a run computes in 16 bits."""
    from keras.layers import Dense

    return Dense(len(CODES), dtype="float32", name=name)(x)


HEADS = {"mean": _mean_head, "flat": _flat_head, "frequency": _frequency_head, "attention": _attention_head}


def _l2(factor: float):
    from keras.regularizers import L2

    return L2(factor) if factor else None


def _dropout(rate: float) -> list:
    from keras.layers import Dropout

    return [Dropout(rate)] if rate else []


MODELS = {
    "dense": dense,
    "dense_scaled": dense_scaled,
    "cnn_waveform": cnn_waveform,
    "cnn_log_mel": cnn_log_mel,
    "cnn_pooled": cnn_pooled,
    "cnn_han": cnn_han,
}


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


def copy_weights(source, target) -> None:
    """Give a network the weights of another one with the same layers.

    Parameters
    ----------
    source, target : keras.Model
        Their arithmetic may differ in precision.
    """
    import keras

    target.set_weights(source.get_weights())
    for layer in target.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # or it goes on scaling with what it had before


def settle_normalisation(model, batches) -> None:
    """Collect the running means and variances of batch normalisation anew.

    Those that training left are of the weights it passed through last. A mean of many steps' weights has others:
    P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.

    Parameters
    ----------
    model : keras.Model
        Its weights stay as they are.
    batches : keras.utils.PyDataset
        What it was trained on; each batch counts alike.
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


def load_model(path: str | os.PathLike = DEFAULT_MODEL):
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


def load_lone(path: str | os.PathLike = DEFAULT_MODEL):
    """Load the network for lone notes that belongs to another one.

    Parameters
    ----------
    path : path
        The other one's `.keras` file; with ``NAME.keras`` goes ``NAME_lone.keras`` beside it.

    Returns
    -------
    keras.Model or None
        None if there is none.

    Raises
    ------
    ModelError
        As `load`.
    """
    beside = Path(path).with_name(f"{Path(path).stem}_lone.keras")
    return load_model(beside) if beside.exists() else None


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
    copy_weights(model, bare)
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


def predict_log_mel(model, decibels: np.ndarray, batch_size: int = 64) -> np.ndarray:
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
    convert = (features.FROM_PACK if decibels.dtype == np.uint8 else features.FROM_LOG_MEL)[feature_of(model)]
    return _in_batches(model, decibels, convert, batch_size)


def predict_pack(model, values: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """A network's probabilities for a pack's clips, whatever feature it takes.

    Parameters
    ----------
    model : keras.Model
        A network whose input's name is a key of `features.FROM_PACK`.
    values : numpy.ndarray [shape=(clips, ...)]
        The pack's values: levels of log-mels, or waveforms.
    batch_size : int
        Clips at once.

    Returns
    -------
    numpy.ndarray [shape=(clips, 11), dtype=float32]
    """
    return _in_batches(model, values, features.FROM_PACK[feature_of(model)], batch_size)


def _in_batches(model, values: np.ndarray, convert, batch_size: int) -> np.ndarray:
    batches = (convert(values[first : first + batch_size]) for first in range(0, len(values), batch_size))
    return np.concatenate([np.asarray(model(batch, training=False)) for batch in batches])
