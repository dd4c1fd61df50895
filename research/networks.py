"""Variants of the pooled network that only trials and ablations use, made of the pieces in `learning.networks`.

To import this module registers them with the course's networks as ``cnn_pooled_variant``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from irmas_helpers.learning import networks
from irmas_helpers.sound import features

if TYPE_CHECKING:
    import keras


def cnn_pooled_variant(
    feature: str = "log_mel",
    *,
    blocks: Sequence[Sequence[int]] = networks.BLOCKS,
    dynamic_range: float = features.TOP_DB,
    band_scaling: bool = True,
    convolution: str = "normalised",
    head: str = "mean",
) -> keras.Model:
    """`networks.cnn_pooled` with other convolutions or another head.

    Parameters
    ----------
    feature, blocks, dynamic_range
        See `networks.cnn_pooled`.
    band_scaling : bool
        Whether each mel band has its own scale and offset, from the statistics of training.
    convolution : str
        A key of `CONVOLUTIONS`.
    head : str
        A key of `HEADS`.

    Returns
    -------
    keras.Model
        From decibels to 11 probabilities.
    """
    from keras.layers import BatchNormalization

    taken, cells = networks.first_map(feature, dynamic_range=dynamic_range)
    cells = BatchNormalization(axis=1)(cells) if band_scaling else cells
    return networks.answering(taken, HEADS[head](networks.convolved(cells, blocks, CONVOLUTIONS[convolution])))


def residual_convolution(
    x: keras.KerasTensor, filters: int, kernel: tuple[int, int], strides: tuple[int, int], halved: bool
) -> keras.KerasTensor:
    """A convolution that is added to its input where it keeps the shape, then pooled and normalised."""
    from keras.layers import Add, Conv2D

    y = Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return networks.normalised(Add()([x, y]) if x.shape == y.shape else y, halved)


def separable_convolution(
    x: keras.KerasTensor, filters: int, kernel: tuple[int, int], strides: tuple[int, int], halved: bool
) -> keras.KerasTensor:
    """A convolution of every map on its own and one of all maps at one place, then pooled and normalised."""
    from keras.layers import SeparableConv2D

    y = SeparableConv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return networks.normalised(y, halved)


def flat_head(x: keras.KerasTensor) -> keras.KerasTensor:
    """Every place of the last map, weighed on its own."""
    from keras.layers import Flatten

    return networks.votes(Flatten()(x))


def frequency_head(x: keras.KerasTensor) -> keras.KerasTensor:
    """Mean and maximum over time, in four parts of the frequency axis: high and low stay apart."""
    from keras.layers import AveragePooling2D, Concatenate, Flatten, GlobalMaxPooling2D

    rows, frames = x.shape[1] // 4, x.shape[2]
    means = Flatten()(AveragePooling2D((rows, frames))(x))
    return networks.votes(Concatenate()([means, GlobalMaxPooling2D()(AveragePooling2D((x.shape[1], 1))(x))]))


CONVOLUTIONS = {
    "normalised": networks.normalised_convolution,
    "plain": networks.plain_convolution,
    "residual": residual_convolution,
    "separable": separable_convolution,
}
HEADS = {**networks.HEADS, "flat": flat_head, "frequency": frequency_head}

networks.MODELS["cnn_pooled_variant"] = cnn_pooled_variant
