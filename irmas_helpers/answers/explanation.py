"""The sound behind an explanation: a clip in which some places of its spectrogram are kept and the rest turned down."""

from __future__ import annotations

import numpy as np

from ..sound import features


def audible(signal: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """A sound of which some places are kept.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,)]
        Mono at 22,050 Hz.
    kept : numpy.ndarray [shape=(128, frames)]
        How much is kept of each cell of the signal's log-mel, from 0 to 1.

    Returns
    -------
    numpy.ndarray [shape=(samples,), dtype=float32]
        The rest is ``signal - audible(signal, kept)``.
    """
    import librosa

    bank = features.mel_filter_bank()
    # Each frequency keeps as much as the mel bands that hear it.
    gain = (bank.T @ kept) / np.maximum(bank.sum(axis=0), 1e-9)[:, None]
    spectrum = librosa.stft(signal, n_fft=features.N_FFT, hop_length=features.HOP_LENGTH)
    return librosa.istft(gain * spectrum, hop_length=features.HOP_LENGTH, n_fft=features.N_FFT, length=len(signal))
