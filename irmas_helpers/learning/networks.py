"""The course's networks by name, shared by the notebooks' checks and the recorded runs.

Each takes the name of a feature, which its input layer bears (see `models`), and gives 11 probabilities. The pooled
network is put together from pieces that can be had one by one; `research/networks.py` makes its variants of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..instruments import CODES
from ..sound import features

if TYPE_CHECKING:
    import keras

BLOCKS = ((32,), (64,), (128, 128), (224, 240))
DROPOUT = 0.3  # in front of the pooled network's last layer


def dense(feature: str = "mfcc_mean") -> keras.Sequential:
    """The original's dense network: 512, 256 and 128 units, each with dropout of one half.

    A notebook builds it layer by layer. It takes ``mfcc_mean`` or ``mfcc_mean_sd``.

    Examples
    --------
    >>> dense().count_params()
    186635
    """
    import keras

    return keras.Sequential([keras.Input(features.SHAPES[feature], name=feature), *_dense_stack()], name="dense")


def dense_scaled(feature: str = "mfcc_mean_sd") -> keras.Sequential:
    """`dense` behind a layer that brings every feature to mean 0 and s.d. 1; see `models.adapt`.

    Examples
    --------
    >>> dense_scaled().count_params()
    207276
    """
    import keras

    layers = [keras.Input(features.SHAPES[feature], name=feature), keras.layers.Normalization(), *_dense_stack()]
    return keras.Sequential(layers, name="dense_scaled")


def _dense_stack() -> list[keras.Layer]:
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
) -> keras.Sequential:
    """The original's convolutional network on the raw waveform, and its two attempts to regularise it.

    A notebook builds it layer by layer. With 44,099 samples and 12 outputs, the original's slips, it has 5,712,812
    parameters; with ``pool=2``, 44,100 and 11 it has 45,197,995.

    Parameters
    ----------
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

    Examples
    --------
    >>> cnn_waveform(samples=44_099, outputs=12).count_params()
    5712812
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


def cnn_log_mel(
    feature: str = "log_mel", *, dropout: float = 0.0, spatial_dropout: float = 0.0, l2: float = 0.0
) -> keras.Sequential:
    """The original's convolutional network on pictures of spectrograms, on the log-mel itself.

    A notebook builds it layer by layer: 3,847,627 parameters, of which 3,809,344 stand behind the flatten layer.

    Parameters
    ----------
    dropout : float
        Rate behind the dense layer; 0 leaves the layer out.
    spatial_dropout : float
        Rate of whole feature maps behind each pooling layer; 0 leaves the layers out.
    l2 : float
        Factor of the squared weights of every kernel but the last.

    Examples
    --------
    >>> cnn_log_mel().count_params()
    3847627
    """
    import keras
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D, SpatialDropout2D

    layers = _picture(feature)
    for _ in range(2):
        layers += [Conv2D(64, 3, activation="relu", kernel_regularizer=_l2(l2)), MaxPooling2D(2)]
        layers += [SpatialDropout2D(spatial_dropout)] if spatial_dropout else []
    layers += [Flatten(), Dense(64, activation="relu", kernel_regularizer=_l2(l2)), *_dropout(dropout)]
    # The probabilities are float32 also where a run computes in 16 bits.
    return keras.Sequential([*layers, Dense(len(CODES), activation="softmax", dtype="float32")], name="cnn_log_mel")


def _picture(feature: str) -> list[keras.KerasTensor | keras.Layer]:
    """An input for log-mels in dB, brought to numbers from 0 to 1, as pictures of one channel."""
    import keras
    from keras.layers import Rescaling, Reshape

    shape = features.SHAPES[feature]
    return [keras.Input(shape, name=feature), Rescaling(1 / features.TOP_DB, offset=1.0), Reshape((*shape, 1))]


def cnn_pooled(
    feature: str = "log_mel",
    *,
    blocks: Sequence[Sequence[int]] = BLOCKS,
    cell: tuple[int, int] = (1, 2),
    dynamic_range: float = features.TOP_DB,
    head: str = "mean",
    activation: str = "softmax",
) -> keras.Model:
    """Six convolutions with batch normalisation, a mean over the map instead of a flatten layer.

    Each mel band has its own scale and offset, from the statistics of training.

    Parameters
    ----------
    blocks : sequence of sequence of int
        Filters of the convolutions, see `convolved`.
    cell : tuple of int
        Bands and frames of the log-mel that are averaged to one cell of the first map.
    dynamic_range : float
        Decibels below a clip's maximum that the network can tell apart; what is weaker looks like silence to it.
    head : str
        A key of `HEADS`: how the last map, 8 bands by 8 frames by features, becomes a value for each instrument.
    activation : str
        ``softmax``, one choice among all classes, whose probabilities sum to 1, or ``sigmoid``, a yes or no for each.

    Examples
    --------
    >>> cnn_pooled().count_params()
    988603
    """
    from keras.layers import BatchNormalization

    taken, cells = first_map(feature, cell, dynamic_range)
    last = convolved(BatchNormalization(axis=1)(cells), blocks, normalised_convolution)
    return answering(taken, HEADS[head](last), activation)


def cnn_pooled_bare(feature: str = "log_mel", *, blocks: Sequence[Sequence[int]] = BLOCKS) -> keras.Model:
    """`cnn_pooled` without any normalisation: the convolutions and the mean alone.

    Examples
    --------
    >>> cnn_pooled_bare().count_params()
    985643
    """
    taken, cells = first_map(feature)
    return answering(taken, mean_head(convolved(cells, blocks, plain_convolution)))


def first_map(
    feature: str, cell: tuple[int, int] = (1, 2), dynamic_range: float = features.TOP_DB
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """An input for log-mels in dB, and the first map, 1 at a clip's maximum and 0 at the end of the range.

    The map [shape=(clips, bands, frames, 1)] holds the means of cells, see `cnn_pooled`.
    """
    import keras
    from keras.layers import AveragePooling2D, ReLU, Rescaling, Reshape

    taken = keras.Input(features.SHAPES[feature], name=feature)
    x = Rescaling(1 / dynamic_range, offset=1.0)(taken)
    x = ReLU()(x) if dynamic_range < features.TOP_DB else x
    return taken, AveragePooling2D(cell)(Reshape((*features.SHAPES[feature], 1))(x))


def convolved(
    x: keras.KerasTensor, blocks: Sequence[Sequence[int]], convolution: Callable[..., keras.KerasTensor]
) -> keras.KerasTensor:
    """A map through all convolutions; maps are halved in both directions at the end of each block but the last.

    Parameters
    ----------
    x : keras.KerasTensor [shape=(clips, bands, frames, maps)]
        The first map.
    blocks : sequence of sequence of int
        Filters of the convolutions. The very first sees 7 by 3 cells at every other band, the others 3 by 3.
    convolution : callable
        Takes a map, the number of filters, kernel and strides, and whether to halve the map; gives a map.
        `normalised_convolution` is one.
    """
    kernel, strides = (7, 3), (2, 1)
    for place, sizes in enumerate(blocks):
        for number, filters in enumerate(sizes, start=1):
            x = convolution(x, filters, kernel, strides, number == len(sizes) and place < len(blocks) - 1)
            kernel, strides = (3, 3), (1, 1)
    return x


def normalised_convolution(
    x: keras.KerasTensor, filters: int, kernel: tuple[int, int], strides: tuple[int, int], halved: bool
) -> keras.KerasTensor:
    """A convolution, pooled, then normalised; see `convolved`. In front of a normalisation it needs no bias."""
    from keras.layers import Conv2D

    return normalised(Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x), halved)


def normalised(x: keras.KerasTensor, halved: bool) -> keras.KerasTensor:
    """What follows a convolution: pooling, batch normalisation, ReLU.

    In this order there are four times fewer values to normalise, which takes most of the time otherwise. A maximum and
    a ReLU may change places; with the normalisation it is a choice, for it then takes its statistics from the maxima.
    """
    from keras.layers import Activation, BatchNormalization, MaxPooling2D

    return Activation("relu")(BatchNormalization()(MaxPooling2D(2)(x) if halved else x))


def plain_convolution(
    x: keras.KerasTensor, filters: int, kernel: tuple[int, int], strides: tuple[int, int], halved: bool
) -> keras.KerasTensor:
    """A convolution, pooled; see `convolved`."""
    from keras.layers import Activation, Conv2D, MaxPooling2D

    x = Conv2D(filters, kernel, strides=strides, padding="same")(x)
    return Activation("relu")(MaxPooling2D(2)(x) if halved else x)


def answering(taken: keras.KerasTensor, values: keras.KerasTensor, activation: str = "softmax") -> keras.Model:
    """The pooled network from its input and a value for each instrument; its probabilities are float32."""
    import keras

    return keras.Model(taken, keras.layers.Activation(activation, dtype="float32")(values), name="cnn_pooled")


def mean_head(x: keras.KerasTensor) -> keras.KerasTensor:
    """The mean over the last map, weighed for each instrument."""
    from keras.layers import GlobalAveragePooling2D

    return votes(GlobalAveragePooling2D()(x))


def attention_head(x: keras.KerasTensor) -> keras.KerasTensor:
    """Each frame votes for the instruments, and counts for each of them as much as was learnt.

    The shares by which the frames count sum to 1 (Kong et al., PANNs, IEEE/ACM TASLP 28, 2020, use it for events that
    fill but a part of a clip).
    """
    from keras.layers import AveragePooling2D, Dropout, GlobalAveragePooling1D, Multiply, Rescaling, Reshape, Softmax

    rows, frames, maps = x.shape[1:]
    heard = Dropout(DROPOUT)(Reshape((frames, maps))(AveragePooling2D((rows, 1), name="mean_over_bands")(x)))
    shares = Softmax(axis=1, dtype="float32", name="shares")(_weighed(heard, "importance"))
    counted = Multiply(dtype="float32")([_weighed(heard, "votes"), shares])
    return Rescaling(frames, dtype="float32")(GlobalAveragePooling1D(dtype="float32")(counted))


def votes(summary: keras.KerasTensor) -> keras.KerasTensor:
    """A value for each instrument from a summary of the last map, behind dropout."""
    from keras.layers import Dropout

    return _weighed(Dropout(DROPOUT)(summary), "votes")


def _weighed(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """A value for each instrument, float32 also where a run computes in 16 bits."""
    from keras.layers import Dense

    return Dense(len(CODES), dtype="float32", name=name)(x)


HEADS = {"mean": mean_head, "attention": attention_head}


def cnn_han(feature: str = "log_mel") -> keras.Sequential:
    """The network of Han, Kim and Lee for predominant instruments, on clips of any length.

    From "Deep convolutional neural networks for predominant instrument recognition in polyphonic music", IEEE/ACM
    TASLP 25(1), 2017. Theirs sees one second at a time; the maximum over the whole map lets it take three. A notebook
    builds it layer by layer. Its sigmoids say yes or no for each instrument.

    Examples
    --------
    >>> cnn_han().count_params()
    1446123
    """
    import keras
    from keras.layers import Conv2D, Dense, Dropout, GlobalMaxPooling2D, LeakyReLU, MaxPooling2D

    layers = _picture(feature)
    for filters in (32, 64, 128, 256):
        layers += [part for _ in range(2) for part in (Conv2D(filters, 3, padding="same"), LeakyReLU(0.33))]
        layers += [MaxPooling2D(3), Dropout(0.25)] if filters < 256 else [GlobalMaxPooling2D()]
    layers += [Dense(1024), LeakyReLU(0.33), Dropout(0.5), Dense(len(CODES), activation="sigmoid", dtype="float32")]
    return keras.Sequential(layers, name="cnn_han")


def _l2(factor: float) -> keras.Regularizer | None:
    from keras.regularizers import L2

    return L2(factor) if factor else None


def _dropout(rate: float) -> list[keras.Layer]:
    from keras.layers import Dropout

    return [Dropout(rate)] if rate else []


MODELS: dict[str, Callable[..., keras.Model]] = {
    "dense": dense,
    "dense_scaled": dense_scaled,
    "cnn_waveform": cnn_waveform,
    "cnn_log_mel": cnn_log_mel,
    "cnn_pooled": cnn_pooled,
    "cnn_pooled_bare": cnn_pooled_bare,
    "cnn_han": cnn_han,
}
