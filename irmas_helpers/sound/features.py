"""From a signal to what networks see: log-mel spectrogram, MFCCs and their statistics.

The numbers are librosa's defaults (22,050 Hz, n_fft 2048, hop 512, 128 Slaney mel bands, 80 dB range); the code does
the same arithmetic with the work that does not depend on the clip (window, filter bank, DCT) done once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..errors import AudioError
from .audio import CLIP_SAMPLES, SAMPLE_RATE

N_FFT = 2048
HOP_LENGTH = 512
N_MELS = 128
N_MFCC = 40
TOP_DB = 80.0
# Log-mels are relative to each clip's maximum. Where MFCCs are made of them, they get one level for all: the median
# maximum of 81 real IRMAS clips (their mel power in dB), so that coefficient 0 lies where librosa would have it.
NOMINAL_PEAK_DB = 19.3
CLIP_FRAMES = 1 + CLIP_SAMPLES // HOP_LENGTH  # 130
_EMPTY_DB = 60.0
_SMALLEST_POWER = 1e-10  # librosa's `amin`
# Slaney's mel scale, librosa's default: linear below 1,000 Hz, logarithmic above (Auditory Toolbox, 1998).
_HZ_A_MEL = 200 / 3
_BREAK_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27
_FRAMES_AT_ONCE = 33  # a quarter of a clip: its arrays stay in the processor's cache, which halves the time
_BANDS_A_BLOCK = 32


def log_mel(signal: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram relative to the signal's own maximum.

    Equal to ``librosa.power_to_db(librosa.feature.melspectrogram(y=signal, sr=22050), ref=numpy.max)``.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,), dtype=float32]
        Mono audio at 22,050 Hz.

    Returns
    -------
    numpy.ndarray [shape=(128, 1 + samples // 512), dtype=float32]
        dB in [-80, 0], mel bands from low to high by frames.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(CLIP_SAMPLES) / SAMPLE_RATE).astype(np.float32)
    >>> log_mel(tone).shape, float(log_mel(tone).max())
    ((128, 130), 0.0)
    """
    decibels = _decibels(mel_power(signal))
    return decibels - decibels.max()


def mfcc(signal: np.ndarray, n_mfcc: int = N_MFCC) -> np.ndarray:
    """Mel-frequency cepstral coefficients, loudness included.

    Equal to ``librosa.feature.mfcc(y=signal, sr=22050, n_mfcc=n_mfcc)``.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,), dtype=float32]
        Mono audio at 22,050 Hz.
    n_mfcc : int
        Number of coefficients, at most 128: rows of what is returned, a column a frame.

    Examples
    --------
    >>> mfcc(np.ones(CLIP_SAMPLES, dtype=np.float32)).shape
    (40, 130)
    """
    return mfcc_of_log_mel(_decibels(mel_power(signal)), n_mfcc)


def mfcc_of_log_mel(decibels: np.ndarray, n_mfcc: int = N_MFCC) -> np.ndarray:
    """MFCCs of log-mel spectrograms: their orthonormal DCT-II along the mel bands.

    Equal to ``librosa.feature.mfcc(S=decibels, n_mfcc=n_mfcc)``. With `log_mel`'s output they do not depend on the
    recording's level, which moves nothing but coefficient 0.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(..., 128, frames)]
        Log-mel spectrograms in dB.
    n_mfcc : int
        See `mfcc`.

    Examples
    --------
    >>> flat = mfcc_of_log_mel(np.full((128, 1), -10.0), 3)  # nothing but a level, in coefficient 0
    >>> flat.round().astype(int).tolist()
    [[-113], [0], [0]]
    """
    return _dct_matrix(n_mfcc) @ np.asarray(decibels, dtype=np.float32)


def mfcc_mean(decibels: np.ndarray) -> np.ndarray:
    """Means over time of 40 MFCCs, at the nominal level.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(..., 128, frames)]
        `log_mel`'s output.

    Returns
    -------
    numpy.ndarray [shape=(..., 40), dtype=float32]
        ``librosa.feature.mfcc(S=decibels + 19.3, n_mfcc=40).mean(axis=-1)``.

    Examples
    --------
    >>> mfcc_mean(np.zeros((5, 128, 130))).shape
    (5, 40)
    """
    return mfcc_of_log_mel(decibels + np.float32(NOMINAL_PEAK_DB)).mean(axis=-1)


def mfcc_mean_sd(decibels: np.ndarray) -> np.ndarray:
    """`mfcc_mean`, and behind it the 40 standard deviations over time [shape=(..., 80), dtype=float32].

    Examples
    --------
    >>> mfcc_mean_sd(np.zeros((5, 128, 130))).shape
    (5, 80)
    """
    coefficients = mfcc_of_log_mel(decibels + np.float32(NOMINAL_PEAK_DB))
    return np.concatenate([coefficients.mean(axis=-1), coefficients.std(axis=-1)], axis=-1)


def spectral_flatness(decibels: np.ndarray) -> float:
    """Spectral flatness over the mel bands: near 0 dB for noise and clicks, far below for tones.

    In each frame the geometric over the arithmetic mean of the bands' power, in dB (Gray and Markel, A
    spectral-flatness measure for studying the autocorrelation method of linear prediction of speech analysis, IEEE
    Transactions on Acoustics, Speech, and Signal Processing 22(3), 1974); averaged over the frames, each by its power.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(128, frames)]
        `log_mel`'s output.

    Returns
    -------
    float
        dB, at most 0.

    Examples
    --------
    >>> tone, noise = np.full((128, 130), -80.0), np.zeros((128, 130))
    >>> tone[40] = 0
    >>> round(spectral_flatness(tone)), round(spectral_flatness(noise))
    (-58, 0)
    """
    power = 10 ** (decibels / 10)
    a_frame = decibels.mean(axis=0) - 10 * np.log10(power.mean(axis=0))
    return float(np.average(a_frame, weights=power.sum(axis=0)))


def anisotropy(decibels: np.ndarray) -> float:
    """How much a log-mel changes along time against along frequency: small for held tones, large for drums.

    Tones draw horizontal lines and drums vertical ones: the anisotropy of spectrograms, by which Ono et al. take music
    apart (A real-time equalizer of harmonic and percussive components in music signals, ISMIR 2008). Both changes are
    means of absolute differences, between cells two frames and two bands apart. Frames of digital silence do not count.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(128, frames)]
        `log_mel`'s output.

    Returns
    -------
    float
        At least 0; 0.56 is the median of the clips of real IRMAS. 0 where fewer than three frames hold sound and where
        nothing changes along time, infinity where something does and all bands are equal.

    Examples
    --------
    >>> bands, frames = np.mgrid[:128, :130]
    >>> anisotropy(0.1 * frames - 0.2 * bands)  # changes half as much along time
    0.5
    """
    decibels = decibels[:, decibels.max(axis=0) > -TOP_DB]
    if decibels.shape[1] < 3:
        return 0.0
    along_time = np.abs(decibels[:, 2:] - decibels[:, :-2]).mean()
    along_frequency = np.abs(decibels[2:] - decibels[:-2]).mean()
    if not along_frequency:
        return float("inf") if along_time else 0.0
    return float(along_time / along_frequency)


def sparsity(decibels: np.ndarray) -> np.ndarray:
    """How sparse log-mels are: the share of cells more than 60 dB below the clip's maximum, in frames that sound.

    A count of cells at most epsilon is one of the classic measures (Hurley and Rickard, Comparing measures of sparsity,
    IEEE Transactions on Information Theory 55(10), 2009). Frames in which no cell is louder than that do not count. A
    soloist on a record has others behind him in every band, a lone note has nothing: 19 % of the 5,370 clips of real
    IRMAS lie above 0.3, and 92 % of 90 recordings of single instruments from Freesound (means over their windows).

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(clips, 128, frames)]
        `log_mel`'s output.

    Returns
    -------
    numpy.ndarray [shape=(clips,)]
        In [0, 1).

    Examples
    --------
    >>> lone = np.full((1, 128, 130), -80.0)
    >>> lone[:, :32] = 0  # a quarter of the bands sounds
    >>> sparsity(lone).tolist()
    [0.75]
    """
    empty = (decibels < -_EMPTY_DB).mean(axis=1)
    sounding = empty < 1
    return (empty * sounding).sum(axis=1) / sounding.sum(axis=1)


# What a network may take, by the name of its input layer; each function turns log-mels (n, 128, 130) into its batch.
FROM_LOG_MEL = {
    "log_mel": functools.partial(np.asarray, dtype=np.float32),
    "mfcc_mean": mfcc_mean,
    "mfcc_mean_sd": mfcc_mean_sd,
}
SHAPES = {"log_mel": (N_MELS, CLIP_FRAMES), "mfcc_mean": (N_MFCC,), "mfcc_mean_sd": (2 * N_MFCC,)}
WAVEFORM_SHAPE = (44_100, 2)  # one second of stereo, see `packs.KINDS`


def quantise(decibels: np.ndarray) -> np.ndarray:
    """Decibels in [-80, 0], such as `log_mel`'s, in 256 levels, 0.31 dB apart [the same shape, dtype=uint8].

    Examples
    --------
    >>> quantise(np.array([-80.0, -40.0, 0.0])).tolist()
    [0, 128, 255]
    """
    return np.rint((decibels + TOP_DB) * (255 / TOP_DB)).astype(np.uint8)


def dequantise(levels: np.ndarray) -> np.ndarray:
    """The decibels of `quantise`'s 256 levels: ``-80 + 80 * levels / 255`` [the same shape, dtype=float32].

    Examples
    --------
    >>> dequantise(np.array([0, 51, 255], dtype=np.uint8)).tolist()
    [-80.0, -64.0, 0.0]
    """
    return levels * np.float32(TOP_DB / 255) - np.float32(TOP_DB)


def waveform(samples: np.ndarray) -> np.ndarray:
    """Waveforms divided by their largest absolute value, as the original's network on waveforms takes them.

    Parameters
    ----------
    samples : numpy.ndarray [shape=(clips, samples, channels)]
        Whole numbers, or any scale; a silent clip stays silent.

    Returns
    -------
    numpy.ndarray [dtype=float32]
        The same shape, in [-1, 1].

    Examples
    --------
    >>> waveform(np.array([[[4], [-8]]])).tolist()
    [[[0.5], [-1.0]]]
    """
    floats = samples.astype(np.float32)
    peaks = np.abs(floats).max(axis=(1, 2), keepdims=True)
    return np.divide(floats, peaks, out=floats, where=peaks > 0)


def mel_power(signal: np.ndarray) -> np.ndarray:
    """Mel power spectrogram.

    Equal to ``librosa.feature.melspectrogram(y=signal, sr=22050)``.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,), dtype=float32]
        Mono audio at 22,050 Hz.

    Returns
    -------
    numpy.ndarray [shape=(128, 1 + samples // 512), dtype=float32]

    Raises
    ------
    AudioError
        If there is no sample.

    Examples
    --------
    >>> mel_power(np.zeros(CLIP_SAMPLES, dtype=np.float32)).shape
    (128, 130)
    """
    if not len(signal):
        raise AudioError("log-mel of a signal without samples; read the file again")
    padded = np.zeros(len(signal) + N_FFT, dtype=np.float32)
    padded[N_FFT // 2 : -N_FFT // 2] = signal
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    mel = np.empty((N_MELS, len(frames)), dtype=np.float32)
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        stretch = slice(first, first + _FRAMES_AT_ONCE)
        spectrum = _rfft()(frames[stretch] * _window())
        squares = np.square(spectrum.astype(np.complex64, copy=False).view(np.float32))
        power = squares[:, ::2] + squares[:, 1::2]
        for bands, bins, weights in _mel_blocks():
            mel[bands, stretch] = weights @ power[:, bins].T
    return mel


def _decibels(power: np.ndarray) -> np.ndarray:
    decibels = 10 * np.log10(np.maximum(power, np.float32(_SMALLEST_POWER)))
    return np.maximum(decibels, decibels.max() - np.float32(TOP_DB))


@functools.cache
def _rfft() -> Callable[[np.ndarray], np.ndarray]:
    """SciPy's FFT where it is installed: several times as fast as NumPy's, and the same to float32's last digits."""
    try:
        from scipy.fft import rfft
    except ModuleNotFoundError:
        from numpy.fft import rfft
    return rfft


@functools.cache
def _window() -> np.ndarray:
    # scipy.signal.get_window("hann", N_FFT), which takes longer to import than an answer to give.
    return (0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, N_FFT + 1)[:-1])).astype(np.float32)


@functools.cache
def mel_filter_bank() -> np.ndarray:
    """librosa's mel filters for the course's settings: triangles of equal area (Slaney), a row a band, in float32.

    Examples
    --------
    >>> mel_filter_bank().shape
    (128, 1025)
    """
    mels = np.linspace(0, hz_to_mel(SAMPLE_RATE / 2), N_MELS + 2)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mels - _BREAK_HZ / _HZ_A_MEL))
    edges = np.where(mels < _BREAK_HZ / _HZ_A_MEL, _HZ_A_MEL * mels, above)[:, None]
    distances = edges - np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE)
    rising, falling = -distances[:-2] / np.diff(edges, axis=0)[:-1], distances[2:] / np.diff(edges, axis=0)[1:]
    triangles = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return (triangles * (2 / (edges[2:] - edges[:-2]))).astype(np.float32)


def hz_to_mel(hz: ArrayLike) -> np.ndarray:
    """Slaney's mel scale, equal to ``librosa.hz_to_mel(hz)``; librosa takes a second to import."""
    hz = np.asarray(hz, dtype=float)
    above = _BREAK_HZ / _HZ_A_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _HZ_A_MEL, above)


def audible(signal: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The sound behind an explanation: some places of its spectrogram are kept and the rest is turned down.

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

    bank = mel_filter_bank()
    # Each frequency keeps as much as the mel bands that hear it.
    gain = (bank.T @ kept) / np.maximum(bank.sum(axis=0), 1e-9)[:, None]
    spectrum = librosa.stft(signal, n_fft=N_FFT, hop_length=HOP_LENGTH)
    return librosa.istft(gain * spectrum, hop_length=HOP_LENGTH, n_fft=N_FFT, length=len(signal))


@functools.cache
def _mel_blocks() -> list[tuple[slice, slice, np.ndarray]]:
    """The filter bank cut into blocks of bands, each with the bins it really uses: most of the matrix is zeros."""
    bank, blocks = mel_filter_bank(), []
    for first in range(0, N_MELS, _BANDS_A_BLOCK):
        rows = bank[first : first + _BANDS_A_BLOCK]
        used = np.flatnonzero(rows.any(axis=0))
        bins = slice(used[0], used[-1] + 1)
        blocks.append((slice(first, first + _BANDS_A_BLOCK), bins, np.ascontiguousarray(rows[:, bins])))
    return blocks


@functools.cache
def _dct_matrix(n_mfcc: int) -> np.ndarray:
    angles = np.pi / N_MELS * np.arange(n_mfcc)[:, None] * (np.arange(N_MELS) + 0.5)
    return (np.cos(angles) * np.where(angles == 0, N_MELS, N_MELS / 2) ** -0.5).astype(np.float32)


def _of_levels(convert: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda levels: convert(dequantise(levels))


# The same for what lies in a pack: 256 levels, or 16-bit samples.
FROM_PACK = {"waveform": waveform, **{name: _of_levels(convert) for name, convert in FROM_LOG_MEL.items()}}
