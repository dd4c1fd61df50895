"""What a network listened to: class activation maps of the pooled network, and the sound behind them.

The pooled network takes the mean of its last map and weighs it. Taken before the mean, the same weights say where on
the spectrogram the evidence lies (Zhou et al., Learning deep features for discriminative localization, CVPR 2016).
"""

from __future__ import annotations

import numpy as np

from . import features, models
from .errors import ModelError
from .instruments import CODES


def class_activation(model, decibels: np.ndarray, code: str) -> np.ndarray:
    """Where on a log-mel a network finds what speaks for a class.

    Parameters
    ----------
    model : keras.Model
        One that ends with a mean over a map and one dense layer, as `models.cnn_pooled` does.
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

    values, weights = _last_map(model, decibels), model.layers[-1].get_weights()[0]
    evidence = values @ (weights[:, CODES.index(code)] - weights.mean(axis=1))
    scale = np.divide(decibels.shape, evidence.shape)
    return scipy.ndimage.zoom(evidence, scale, order=1, grid_mode=True, mode="nearest")


def _last_map(model, decibels: np.ndarray) -> np.ndarray:
    """What goes into the mean [shape=(bands, frames, features)]."""
    keras = models.import_keras()
    means = [layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    if not means or models.feature_of(model) != "log_mel":
        raise ModelError(f"{model.name}: takes no mean over a map of a log-mel; explain a pooled network instead")
    upto = keras.Model(model.input, means[-1].input)
    return np.asarray(upto(np.float32(decibels)[None], training=False))[0]


def untrained(model):
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
