"""What a network listened to: class activation maps of the pooled network, and the sound behind them.

The pooled network takes the mean of its last map, over all of it or frame by frame, and weighs it. Taken before the
mean, the same weights say where on the spectrogram the evidence lies (Zhou et al., Learning deep features for
discriminative localization, CVPR 2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError
from ..instruments import CODES
from ..learning import models
from ..sound import features

if TYPE_CHECKING:
    import keras


def class_activation(model: keras.Model, decibels: np.ndarray, code: str) -> np.ndarray:
    """Where on a log-mel a network finds what speaks for a class.

    Parameters
    ----------
    model : keras.Model
        One that ends as `networks.cnn_pooled` does with the head ``mean`` or ``attention``.
    decibels : numpy.ndarray [shape=(128, 130)]
        `features.log_mel`'s output.
    code : str
        The class.

    Returns
    -------
    numpy.ndarray [shape=(128, 130)]
        The class's evidence less the mean of all classes' at each place of the map, stretched to the spectrogram. The
        mean over the map, and the biases, give the logits that the softmax compares.

    Raises
    ------
    ModelError
        If the network ends in another way.
    """
    import scipy.ndimage

    evidence = _evidence(model, decibels)
    relative = evidence[..., CODES.index(code)] - evidence.mean(axis=-1)
    scale = np.divide(decibels.shape, relative.shape)
    return scipy.ndimage.zoom(relative, scale, order=1, grid_mode=True, mode="nearest")


def _evidence(model: keras.Model, decibels: np.ndarray) -> np.ndarray:
    """What each place of the last map adds to each class [shape=(bands, frames, 11)].

    Its mean over places, and a bias, is the class's logit. Where frames count unequally, their shares are in it.
    """
    keras = models.import_keras()
    parts = {layer.name: layer for layer in model.layers}
    means = [layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    if "shares" in parts:
        last, votes = parts["mean_over_bands"].input, parts["votes"]
        values, shares = _outputs(model, [last, parts["shares"].output], decibels)
        return values @ votes.get_weights()[0] * shares * len(shares)
    if not means or models.feature_of(model) != "log_mel":
        raise ModelError(f"{model.name}: takes no mean over a map of a log-mel; explain a pooled network instead")
    votes = next(layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense))
    (values,) = _outputs(model, [means[-1].input], decibels)
    return values @ votes.get_weights()[0]


def _outputs(model: keras.Model, tensors: list, decibels: np.ndarray) -> list[np.ndarray]:
    """What layers give for one log-mel."""
    keras = models.import_keras()
    values = keras.Model(model.input, tensors)(np.float32(decibels)[None], training=False)
    return [np.asarray(value)[0] for value in keras.tree.flatten(values)]


def untrained(model: keras.Model) -> keras.Model:
    """The same network with new random weights: its explanation should be another one.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Model
    """
    return type(model).from_config(model.get_config())


def audible(signal: np.ndarray, activation: np.ndarray) -> np.ndarray:
    """A sound filtered by an explanation: what the network heard is kept, the rest is turned down.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,)]
        Mono at 22,050 Hz.
    activation : numpy.ndarray [shape=(128, frames)]
        `class_activation` of the signal's log-mel; below 0 counts as 0.

    Returns
    -------
    numpy.ndarray [shape=(samples,), dtype=float32]
        Amplitudes between nothing, where the activation is not above 0, and as they were, where it is largest.
    """
    import librosa

    bank = features.mel_filter_bank()
    share = np.maximum(activation, 0) / max(activation.max(), 1e-9)
    # Each frequency takes the activation of the mel bands that hear it.
    gain = (bank.T @ share) / np.maximum(bank.sum(axis=0), 1e-9)[:, None]
    spectrum = librosa.stft(signal, n_fft=features.N_FFT, hop_length=features.HOP_LENGTH)
    return librosa.istft(gain * spectrum, hop_length=features.HOP_LENGTH, n_fft=features.N_FFT, length=len(signal))
