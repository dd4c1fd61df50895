"""Figures of one sound: waveform, spectrum, spectrograms, MFCCs, the mel filters."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..instruments import CODES, NAMES
from ..sound.audio import SAMPLE_RATE
from ..sound.features import HOP_LENGTH, TOP_DB
from ._common import (
    FAINT,
    FEW_COLOURS,
    FIRST,
    SECOND,
    colour_bar,
    mel_picture,
    one_axes,
    signed_colours,
    time_picture,
    titled_panels,
)

_COLUMNS = 1600  # twice the pixels of a figure's width
_SPECTRUM_FLOOR_DB = -100


def waveform(signal: np.ndarray, sample_rate: int, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Amplitude against time; each channel in a lane of its own.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,) or (samples, channels)]
        In [-1, 1].
    sample_rate : int
        In Hz.

    Examples
    --------
    >>> ax = waveform(np.zeros((220, 2)), 22_050, ax=Figure().subplots())
    >>> ax.get_title()
    'Waveform: 220 samples at 22,050 Hz, stereo'
    """
    lanes = np.atleast_2d(np.asarray(signal, dtype=float).T)
    channels, samples = lanes.shape
    ax = one_axes(ax, 1.9 + 0.5 * (channels - 1))
    distance = 2.2 * max(np.abs(lanes).max(), 1e-9) if channels > 1 else 0
    for lane, (channel, colour) in enumerate(zip(lanes, [FIRST, SECOND] * channels, strict=False)):
        _draw_lane(ax, channel - lane * distance, sample_rate, colour)
    if channels > 1:
        names = ["left", "right"] if channels == 2 else [f"channel {i + 1}" for i in range(channels)]
        ax.set_yticks(-distance * np.arange(channels), names)
    kind = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
    ax.set(xlim=(0, samples / sample_rate), xlabel="time (s)", ylabel="channel" if channels > 1 else "amplitude",
           title=title or f"Waveform: {samples:,} samples at {sample_rate:,} Hz, {kind}")  # fmt: skip
    return ax


def _draw_lane(ax: Axes, channel: np.ndarray, sample_rate: int, colour: str) -> None:
    """A line; where there are more samples than pixels, the range that it fills, which looks the same and is quick."""
    if len(channel) <= 2 * _COLUMNS:
        ax.plot(np.arange(len(channel)) / sample_rate, channel, color=colour, linewidth=1)
        return
    starts = np.linspace(0, len(channel), _COLUMNS, endpoint=False).astype(int)
    low, high = np.minimum.reduceat(channel, starts), np.maximum.reduceat(channel, starts)
    ax.fill_between(starts / sample_rate, low, high, color=colour, linewidth=0.5)


def spectrum(
    signal: np.ndarray, sample_rate: int, *, fundamental: float | None = None, highest: float = 5000.0,
    title: str = "", ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Level against frequency, from one Fourier transform of the whole signal.

    dB relative to the strongest frequency, over an even axis, on which partials lie at equal distances.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,) or (samples, channels)]
        Channels are averaged.
    sample_rate : int
        In Hz.
    fundamental : float, optional
        In Hz; its whole multiples are marked and numbered, to show which peaks are its partials.
    highest : float
        Where the axis ends, in Hz.
    """
    mono = np.asarray(signal, dtype=float)
    mono = mono.mean(axis=1) if mono.ndim > 1 else mono
    magnitude = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    hz = np.fft.rfftfreq(len(mono), 1 / sample_rate)
    relative = magnitude / max(magnitude.max(), 1e-12)
    decibels = 20 * np.log10(np.maximum(relative, 10 ** (_SPECTRUM_FLOOR_DB / 20)))
    ax = one_axes(ax, 2.8)
    highest = min(highest, sample_rate / 2)
    for number in range(1, int(highest / fundamental) + 1 if fundamental else 0):
        ax.axvline(number * fundamental, color=FAINT, linewidth=0.8, zorder=0)
        ax.text(number * fundamental, 2, str(number), ha="center", va="bottom", color=SECOND, weight="bold")
    ax.plot(hz, decibels, color=FIRST, linewidth=1)
    ax.set(xlim=(0, highest), ylim=(_SPECTRUM_FLOOR_DB, 2), xlabel="frequency (Hz)", ylabel="level (dB)")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set_title(title or "Spectrum: how strong each frequency is", pad=18 if fundamental else None)
    return ax


def log_mel(
    decibels: np.ndarray, *, title: str = "", sample_rate: int = SAMPLE_RATE, hop_length: int = HOP_LENGTH,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """A log-mel spectrogram.

    Its vertical axis counts mel bands and is labelled in Hz at the bands' centres.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(mels, frames)]
        dB relative to the clip's maximum, low bands first.
    sample_rate : int
        In Hz, of the signal that it was made from.
    hop_length : int
        Samples from frame to frame.

    Examples
    --------
    >>> log_mel(np.full((128, 130), -80.0), ax=Figure().subplots()).get_title()
    'Log-mel spectrogram: 128 bands x 130 frames'
    """
    ax = one_axes(ax, 3.2)
    image = mel_picture(ax, decibels, sample_rate, hop_length)
    colour_bar(ax, image, "level (dB)")
    bands, frames = np.shape(decibels)
    ax.set(ylabel="frequency (Hz, mel scale)", title=title or f"Log-mel spectrogram: {bands} bands x {frames} frames")
    return ax


def spectrogram(
    decibels: np.ndarray, sample_rate: int, n_fft: int, hop_length: int, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """A spectrogram with frequency bins of equal width.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(1 + n_fft // 2, frames)]
        Level in dB.
    sample_rate : int
        In Hz.
    n_fft, hop_length : int
        Samples a window, and from window to window.
    """
    bins, frames = np.shape(decibels)
    half_bin = sample_rate / n_fft / 2
    ax = one_axes(ax, 3.2)
    image = time_picture(ax, decibels, (-half_bin, sample_rate / 2 + half_bin), frames * hop_length / sample_rate)
    colour_bar(ax, image, "level (dB)")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set(ylabel="frequency (Hz)", title=title or f"Spectrogram: {bins:,} frequency bins x {frames} frames")
    return ax


def mfcc(coefficients: np.ndarray, *, title: str = "", ax: Axes | None = None) -> Axes:
    """MFCCs over time.

    The first coefficients are far larger than the others (number 0 is the level); the colours are scaled so that the
    others show, and the largest values are cut off.

    Parameters
    ----------
    coefficients : numpy.ndarray [shape=(n_mfcc, frames)]
        At 22,050 Hz and a hop of 512 samples.
    """
    count, frames = np.shape(coefficients)
    limit = max(np.percentile(np.abs(coefficients[min(1, count - 1) :]), 97), 1e-9)
    ax = one_axes(ax, 3.0)
    seconds = frames * HOP_LENGTH / SAMPLE_RATE
    image = time_picture(ax, coefficients, (-0.5, count - 0.5), seconds, **signed_colours(limit))
    colour_bar(ax, image, "value (dB)")
    ax.set(ylabel="coefficient", title=title or f"MFCCs: {count} numbers for each of {frames} frames")
    return ax


def mel_filter_bank(
    bank: np.ndarray, sample_rate: int = SAMPLE_RATE, *, every: int = 8, ax: Axes | None = None
) -> Axes:
    """Some of the triangles that gather frequency bins into mel bands.

    Parameters
    ----------
    bank : numpy.ndarray [shape=(mels, 1 + n_fft // 2)]
        Such as `features.mel_filter_bank` gives.
    sample_rate : int
        In Hz.
    every : int
        Draw every so-manieth filter.
    """
    ax = one_axes(ax, 2.6)
    hz = np.linspace(0, sample_rate / 2, bank.shape[1])
    for band in range(0, len(bank), every):
        colour, used = colormaps["viridis"](0.9 * band / len(bank)), np.flatnonzero(bank[band])
        stretch = slice(max(used[0] - 1, 0), used[-1] + 2)
        ax.fill_between(hz[stretch], bank[band, stretch], color=colour, alpha=0.25, linewidth=0)
        ax.plot(hz[stretch], bank[band, stretch], color=colour, linewidth=1.2)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set(xlim=(0, sample_rate / 2), ylim=(0, None), xlabel="frequency (Hz)", ylabel="weight")
    ax.set_title(f"Mel filters: narrow for low, wide for high frequencies (every {every}th of {len(bank)})")
    return ax


def gallery(examples: dict[str, np.ndarray], *, figure: Figure | None = None) -> np.ndarray:
    """One log-mel an instrument, side by side.

    Parameters
    ----------
    examples : dict of str to numpy.ndarray [shape=(128, frames)]
        dB by instrument code; a class without an example is left out.
    """
    return log_mels({NAMES[code]: examples[code] for code in CODES if code in examples}, figure=figure)


def log_mels(examples: dict[str, np.ndarray], *, columns: int = 4, figure: Figure | None = None) -> np.ndarray:
    """Log-mels side by side, on one scale of colours.

    Parameters
    ----------
    examples : dict of str to numpy.ndarray [shape=(128, frames)]
        dB by title.
    columns : int
        Pictures a row.
    """
    axes = titled_panels(figure, list(examples), 1.9, ("time (s)", "frequency (Hz, mel scale)"), columns)
    for ax, decibels in zip(axes, examples.values(), strict=True):
        image = mel_picture(ax, decibels)
        image.set(clim=(-TOP_DB, 0), cmap=FEW_COLOURS)
        ax.set_xlabel("")
        ax.locator_params(axis="x", nbins=4)
    colour_bar(axes[0].figure.axes, image, "level (dB)", pad=0.01, fraction=0.03, aspect=40)
    return axes
