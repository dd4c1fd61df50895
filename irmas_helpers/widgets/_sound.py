"""Clips and spectrograms to hear, see and change: the clip browser and the spectrogram lab."""

from __future__ import annotations

import functools
import html
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ipywidgets import HTML
from matplotlib.figure import Figure

from .. import plots
from ..data.clips import DRUMS, GENRES
from ..errors import IrmasError
from ..instruments import CODES, NAMES
from ..sound import audio, features
from ._common import Board, Explorer, audio_html, complain, dropdown, neighbours, picture_html, say, slider

if TYPE_CHECKING:
    import pandas as pd


def clip_browser(root: str | os.PathLike, clips: pd.DataFrame) -> ClipBrowser:
    """Choose a clip by instrument, song and excerpt; hear it, see both channels and the log-mel.

    Parameters
    ----------
    root : path
        The folder that the paths are relative to.
    clips : pandas.DataFrame
        A table of clips.
    """
    return ClipBrowser(root, clips)


class ClipBrowser(Board):
    """The widget of `clip_browser`.

    Each of the lists `instrument`, `song` and `excerpt` offers what the ones before it leave; `previous` and
    `following` walk through all. `facts`, `sound` and `picture` show the clip.
    """

    def __init__(self, root: str | os.PathLike, clips: pd.DataFrame) -> None:
        self._root, self._row = Path(root), 0
        order = clips.sort_values(["instrument", "song", "recording", "excerpt", "path"], kind="stable")
        self._clips = order.reset_index(drop=True)
        present = [(NAMES[code], code) for code in CODES if code in set(self._clips["instrument"])]
        self.instrument = dropdown("Instrument", "The class of the clip", "255px", present)
        self.song = dropdown("Song", "All excerpts of one recording", "150px")
        self.excerpt = dropdown("Excerpt", "Three seconds of the song", "175px")
        self.previous, self.following = neighbours(lambda step: self.go(self._row + step))
        self.facts, self.sound, self.picture = HTML(), HTML(), HTML()
        self._choice = (self.instrument, self.song, self.excerpt)
        for control in self._choice:
            control.observe(self._chosen, "value")
        super().__init__((*self._choice, self.previous, self.following), self.facts, self.sound, self.picture)
        self.go(0)

    def go(self, row: int) -> None:
        """Show the clip in one row of the lists; behind the last comes the first."""
        if not len(self._clips):
            self.facts.value = complain(IrmasError("the table holds no clips; scan a folder with clips in it"))
            return
        self._row = row % len(self._clips)
        for control in self._choice:
            control.unobserve(self._chosen, "value")  # so that one choice draws one picture
        clip = self._clips.iloc[self._row]
        self.instrument.value = clip["instrument"]
        in_class = self._clips[self._clips["instrument"] == clip["instrument"]]
        self.song.options = list(in_class["song"].unique())
        self.song.value = clip["song"]
        in_song = in_class[in_class["song"] == clip["song"]]
        self.excerpt.options = [(f"{i} of {len(in_song)}", position) for i, position in enumerate(in_song.index, 1)]
        self.excerpt.value = self._row
        for control in self._choice:
            control.observe(self._chosen, "value")
        self._show(clip)

    def _chosen(self, change: dict) -> None:
        """Go to the chosen excerpt, or to the first one of the chosen song or instrument."""
        if change["owner"] is self.excerpt:
            self.go(change["new"])
            return
        fits = self._clips["instrument"] == self.instrument.value
        if change["owner"] is self.song:
            fits &= self._clips["song"] == change["new"]
        self.go(int(np.argmax(fits)))

    def _show(self, clip: pd.Series) -> None:
        self.facts.value = clip_facts(self._clips, clip)
        name = f"{NAMES[clip['instrument']]}, song {clip['song']}, excerpt {clip['excerpt']}"
        try:
            signal, rate = audio.load_channels(self._root / clip["path"])
            self.sound.value = audio_html(signal, rate, name)
            mono = audio.load_audio(self._root / clip["path"])
            alt = f"Waveform of {signal.shape[1]} channels, and log-mel spectrogram: {name}"
            draw = functools.partial(_draw_clip, signal, rate, features.log_mel(mono))
            self.picture.value = picture_html(draw, 5.0, alt)
        except (IrmasError, OSError) as error:
            self.sound.value, self.picture.value = "", complain(error)


def clip_facts(clips: pd.DataFrame, clip: pd.Series) -> str:
    """What the name of a clip of this table says, and which other clips are of the same song, as HTML."""
    others = clips[(clips["song"] == clip["song"]) & (clips["path"] != clip["path"])]
    siblings = [f"{row.excerpt} of {row.instrument} {row.recording}" for row in others.itertuples()]
    facts = {
        "genre": GENRES[clip["genre"]],
        "drums": DRUMS[clip["drums"]],
        "recording": clip["recording"],
        "song": clip["song"],
        "siblings": f"{len(others)} (excerpt {', '.join(siblings)})" if siblings else "none",
        "file": clip["path"],
    }
    return say(" &nbsp; ".join(f"{name}: <b>{html.escape(str(value))}</b>" for name, value in facts.items()))


def _draw_clip(signal: np.ndarray, sample_rate: int, decibels: np.ndarray, figure: Figure) -> None:
    top, bottom = figure.subplots(2, 1, height_ratios=(2, 3))
    plots.waveform(signal, sample_rate, ax=top)
    plots.log_mel(decibels, ax=bottom)


def spectrogram_lab(sound: str | os.PathLike | np.ndarray, sample_rate: int = audio.SAMPLE_RATE) -> Explorer:
    """Move window, hop and number of mel bands, and see what the picture gains and loses.

    Its `controls` are the sliders for `n_fft`, `hop_length` and `n_mels`.

    Parameters
    ----------
    sound : path or numpy.ndarray [shape=(samples,)]
        A file, read as mono at 22,050 Hz, or a mono signal.
    sample_rate : int
        Of the signal, in Hz; a file's is 22,050.
    """
    controls = (
        slider("n_fft", (256, 512, 1024, 2048, 4096, 8192), 2048, "Samples a window. More: finer pitch, coarser time"),
        slider("hop", (128, 256, 512, 1024, 2048), 512, "Samples between windows. Fewer: more frames, more numbers"),
        slider("mel bands", (16, 32, 64, 128, 256), 128, "More: finer pitch, more numbers"),
    )
    if isinstance(sound, np.ndarray):
        return Explorer(controls, functools.partial(_render_lab, lambda: sound, sample_rate))
    load = functools.cache(lambda: audio.load_audio(sound))
    return Explorer(controls, functools.partial(_render_lab, load, audio.SAMPLE_RATE))


def _render_lab(load: Callable, sample_rate: int, n_fft: int, hop_length: int, n_mels: int) -> tuple[str, str]:
    lab = LabSettings(len(load()), sample_rate, n_fft, hop_length, n_mels)
    draw = functools.partial(_draw_lab, lab_log_mel(load(), lab), lab)
    alt = f"Log-mel spectrogram of {lab.n_mels} bands and {lab.frames} frames"
    return say("<br>".join(lab.sentences())), picture_html(draw, 3.4, alt, "none")


@dataclass(frozen=True)
class LabSettings:
    """One position of the spectrogram lab's sliders, for a signal of so many samples.

    Examples
    --------
    >>> lab = LabSettings(samples=66_150, sample_rate=22_050, n_fft=1024, hop_length=512, n_mels=128)
    >>> lab.frames, round(lab.hz, 1)
    (130, 21.5)
    """

    samples: int
    sample_rate: int
    n_fft: int
    hop_length: int
    n_mels: int

    @property
    def frames(self) -> int:
        """Number of windows, the first one centred on the first sample."""
        return 1 + self.samples // self.hop_length

    @property
    def hz(self) -> float:
        """Distance of the Fourier transform's frequencies."""
        return self.sample_rate / self.n_fft

    @property
    def empty_bands(self) -> int:
        """How many mel filters are so narrow that no frequency of the Fourier transform falls into them."""
        return int((_filters(self.sample_rate, self.n_fft, self.n_mels).max(axis=1) == 0).sum())

    def sentences(self) -> list[str]:
        """What the reader is told."""
        window, hop = (1000 * samples / self.sample_rate for samples in (self.n_fft, self.hop_length))
        numbers = self.n_mels * self.frames
        told = [
            f"<b>Shape</b> {self.n_mels} bands x {self.frames} frames = {numbers:,} numbers",
            f"<b>Frequency</b> {1 + self.n_fft // 2:,} frequencies, one every <b>{self.hz:.1f} Hz</b>",
            f"<b>Time</b> each window lasts <b>{window:.1f} ms</b>, a new one every <b>{hop:.1f} ms</b>",
        ]
        if self.empty_bands:
            told.append(f"{self.empty_bands} mel bands fall between two frequencies and stay empty (black)")
        if self.hop_length > self.n_fft:
            told.append("The hop is longer than the window: what sounds in between is not looked at")
        return told


@functools.lru_cache(maxsize=64)
def _filters(sample_rate: int, n_fft: int, n_mels: int) -> np.ndarray:
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # empty filters: the lab says so itself
        return librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels)


def lab_log_mel(signal: np.ndarray, lab: LabSettings) -> np.ndarray:
    """Equal to ``librosa.power_to_db(librosa.feature.melspectrogram(...), ref=numpy.max)``, the filters kept."""
    import librosa

    power = np.abs(librosa.stft(signal, n_fft=lab.n_fft, hop_length=lab.hop_length)) ** 2
    return librosa.power_to_db(_filters(lab.sample_rate, lab.n_fft, lab.n_mels) @ power, ref=np.max)


def _draw_lab(decibels: np.ndarray, lab: LabSettings, figure: Figure) -> None:
    ax = figure.add_axes((0.09, 0.15, 0.83, 0.75))  # a fixed place: half the time of a layout, and nothing jumps
    plots.log_mel(decibels, sample_rate=lab.sample_rate, hop_length=lab.hop_length, ax=ax)
