"""What a reader moves: a player, the clip browser, the spectrogram lab, the split explorer.

Each function returns one widget, to be the last expression of a cell. Only ipywidgets' own controls are used; texts,
sounds and pictures are HTML whose value is replaced, so that nothing piles up in the notebook. What goes wrong is said
in a sentence where the picture would be.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from ipywidgets import HTML, BoundedIntText, Button, Dropdown, HBox, Layout, SelectionSlider, ToggleButtons, VBox
from matplotlib import rc_context
from matplotlib.figure import Figure

from . import audio, features, plots, splits
from .clips import DRUMS, GENRES
from .errors import IrmasError
from .instruments import CODES, NAMES
from .plots._common import DPI, WIDTH, quick_png

_WRAP = {"flex_flow": "row wrap", "grid_gap": "4px 12px"}
_LABELLED = {"description_width": "initial"}


def player(signal: np.ndarray, sample_rate: int, *, label: str = "sound") -> HTML:
    """A player for a sound in memory. Used by all notebooks.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,) or (samples, channels)]
        In [-1, 1]; what lies outside is clipped. Two channels stay stereo, more are averaged.
    sample_rate : int
        In Hz.
    label : str
        What screen readers call it.

    Returns
    -------
    ipywidgets.HTML
    """
    return HTML(_audio_html(signal, sample_rate, label))


def wav_bytes(signal: np.ndarray, sample_rate: int) -> bytes:
    """A sound as a 16-bit wav file's bytes, mono or stereo; see `player`."""
    signal = np.asarray(signal, dtype=np.float32)
    if signal.ndim == 2 and signal.shape[1] > 2:
        signal = signal.mean(axis=1)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(signal, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def _audio_html(signal: np.ndarray, sample_rate: int, label: str) -> str:
    data = base64.b64encode(wav_bytes(signal, sample_rate)).decode()
    name = html.escape(label, quote=True)
    return f'<audio controls aria-label="{name}" title="{name}" src="data:audio/wav;base64,{data}"></audio>'


def _picture_html(draw: Callable[[Figure], None], height: float, alt: str) -> str:
    """A picture of fixed size, in the course's look whether or not the notebook has called `plots.style`.

    The figure is none of pyplot's, so that nothing of it is left when its picture is made.
    """
    with rc_context():
        plots.style()
        figure = Figure(figsize=(WIDTH, height), dpi=DPI)
        draw(figure)
        data = base64.b64encode(quick_png(figure)).decode()
    look = f"width:{round(WIDTH * DPI)}px;max-width:100%;height:auto"
    return f'<img alt="{html.escape(alt, quote=True)}" style="{look}" src="data:image/png;base64,{data}">'


def _say(text: str) -> str:
    # `role=status`: screen readers read the new sentence after a control was moved.
    return f'<div role="status" style="line-height:1.5">{text}</div>'


def _complain(error: Exception) -> str:
    colour = "var(--jp-error-color1, #c62828)"
    return f'<div role="alert" style="color:{colour};line-height:1.5"><b>Not shown:</b> {html.escape(str(error))}</div>'


def _own_keys() -> HTML:
    """Nothing to be seen; keeps the keys that are pressed in a widget from JupyterLab.

    In command mode JupyterLab takes single keys even while one of its widgets has the focus: whoever types "x" in a
    list cuts the cell out. It leaves keys alone whose target has the attribute, which each control gets with the focus.
    """
    mark = "event => event.target.setAttribute('data-lm-suppress-shortcuts', 'true')"
    listen = f"this.closest('.widget-vbox')?.addEventListener('focusin', {mark})"
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    return HTML(f'<img alt="" src="{pixel}" onload="{listen}">', layout=Layout(display="none"))


class Explorer(VBox):
    """Controls above a sentence and a picture; a change of any control shows what `render` makes of them.

    Parameters
    ----------
    controls : tuple of ipywidgets.ValueWidget
        What the reader moves.
    render : callable
        From the controls' values, in order, to the HTML of the sentence and of the picture.
    """

    def __init__(self, controls: tuple, render: Callable[..., tuple[str, str]]):
        self.controls, self._render = controls, render
        self.text, self.picture = HTML(), HTML()
        super().__init__([HBox(controls, layout=Layout(**_WRAP)), self.text, self.picture, _own_keys()])
        for control in controls:
            control.observe(self._update, "value")
        self._update()

    def _update(self, _change=None) -> None:
        try:
            self.text.value, self.picture.value = self._render(*(control.value for control in self.controls))
        except (IrmasError, OSError) as error:
            self.text.value, self.picture.value = _complain(error), ""


def clip_browser(root: str | os.PathLike, clips: pd.DataFrame) -> ClipBrowser:
    """Choose a clip by instrument, song and excerpt; hear it, see both channels and the log-mel. Notebook 01.

    Parameters
    ----------
    root : path
        The folder that the paths are relative to.
    clips : pandas.DataFrame
        A table of clips.

    Returns
    -------
    ClipBrowser
    """
    return ClipBrowser(root, clips)


class ClipBrowser(VBox):
    """The widget of `clip_browser`.

    Attributes
    ----------
    instrument, song, excerpt : ipywidgets.Dropdown
        The choice; each one offers what the ones before it leave.
    previous, following : ipywidgets.Button
        To the neighbours in the order of the lists.
    facts, sound, picture : ipywidgets.HTML
        What the file's name says, the player, waveform and log-mel.
    """

    def __init__(self, root: str | os.PathLike, clips: pd.DataFrame):
        self._root, self._row = Path(root), 0
        order = clips.sort_values(["instrument", "song", "recording", "excerpt", "path"], kind="stable")
        self._clips = order.reset_index(drop=True)
        self.instrument = Dropdown(description="Instrument", tooltip="The class of the clip", style=_LABELLED)
        self.song = Dropdown(description="Song", tooltip="All excerpts of one recording", style=_LABELLED)
        self.excerpt = Dropdown(description="Excerpt", tooltip="Three seconds of the song", style=_LABELLED)
        self.instrument.layout.width, self.song.layout.width, self.excerpt.layout.width = "220px", "115px", "135px"
        self.previous = Button(description="Previous", icon="arrow-left", tooltip="The clip before this one")
        self.following = Button(description="Next", icon="arrow-right", tooltip="The clip after this one")
        self.previous.layout.width, self.following.layout.width = "95px", "75px"
        self.facts, self.sound, self.picture = HTML(), HTML(), HTML()
        present = set(self._clips["instrument"])
        self.instrument.options = [(NAMES[code], code) for code in CODES if code in present]
        self._choice = (self.instrument, self.song, self.excerpt)
        for control in self._choice:
            control.observe(self._chosen, "value")
        top = HBox([*self._choice, self.previous, self.following], layout=Layout(**_WRAP))
        super().__init__([top, self.facts, self.sound, self.picture, _own_keys()])
        self.previous.on_click(lambda _: self.go(self._row - 1))
        self.following.on_click(lambda _: self.go(self._row + 1))
        self.go(0)

    def go(self, row: int) -> None:
        """Show the clip in one row of the lists; behind the last comes the first."""
        if not len(self._clips):
            self.facts.value = _complain(IrmasError("the table holds no clips; scan a folder with clips in it"))
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

    def _chosen(self, change) -> None:
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
            self.sound.value = _audio_html(signal, rate, name)
            mono = audio.load(self._root / clip["path"])
            alt = f"Waveform of {signal.shape[1]} channels, and log-mel spectrogram: {name}"
            draw = functools.partial(_draw_clip, signal, rate, features.log_mel(mono))
            self.picture.value = _picture_html(draw, 5.0, alt)
        except (IrmasError, OSError) as error:
            self.sound.value, self.picture.value = "", _complain(error)


def clip_facts(clips: pd.DataFrame, clip: pd.Series) -> str:
    """What a clip's name says, and which other clips are of the same song, as HTML.

    Parameters
    ----------
    clips : pandas.DataFrame
        The table that it comes from.
    clip : pandas.Series
        One row of it.

    Returns
    -------
    str
    """
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
    return _say(" &nbsp; ".join(f"{name}: <b>{html.escape(str(value))}</b>" for name, value in facts.items()))


def _draw_clip(signal: np.ndarray, sample_rate: int, decibels: np.ndarray, figure: Figure) -> None:
    figure.set_layout_engine("constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=(2, 3))
    plots.waveform(signal, sample_rate, ax=top)
    plots.log_mel(decibels, ax=bottom)


def spectrogram_lab(sound: str | os.PathLike | np.ndarray, sample_rate: int = audio.SAMPLE_RATE) -> Explorer:
    """Move window, hop and number of mel bands, and see what the picture gains and loses. Notebook 01.

    Parameters
    ----------
    sound : path or numpy.ndarray [shape=(samples,)]
        A file, read as mono at 22,050 Hz, or a mono signal.
    sample_rate : int
        Of the signal, in Hz; a file's is 22,050.

    Returns
    -------
    ipywidgets.VBox
        Its `controls` are the sliders for `n_fft`, `hop_length` and `n_mels`.
    """
    controls = (
        _slider("n_fft", (256, 512, 1024, 2048, 4096, 8192), 2048, "Samples a window. More: finer pitch, coarser time"),
        _slider("hop", (128, 256, 512, 1024, 2048), 512, "Samples between windows. Fewer: more frames, more numbers"),
        _slider("mel bands", (16, 32, 64, 128, 256), 128, "More: finer pitch, more numbers"),
    )
    if isinstance(sound, np.ndarray):
        return Explorer(controls, functools.partial(_render_lab, lambda: sound, sample_rate))
    load = functools.cache(lambda: audio.load(sound))
    return Explorer(controls, functools.partial(_render_lab, load, audio.SAMPLE_RATE))


def _slider(description: str, options, value, tooltip: str) -> SelectionSlider:
    # Without continuous_update a dragged slider draws once, when it is let go, instead of once for each stop.
    return SelectionSlider(
        options=options, value=value, description=description, tooltip=tooltip, continuous_update=False,
        style=_LABELLED, layout=Layout(width="230px"),
    )  # fmt: skip


def _render_lab(load: Callable, sample_rate: int, n_fft: int, hop_length: int, n_mels: int) -> tuple[str, str]:
    lab = LabSettings(len(load()), sample_rate, n_fft, hop_length, n_mels)
    draw = functools.partial(_draw_lab, lab_log_mel(load(), lab), lab)
    alt = f"Log-mel spectrogram of {lab.n_mels} bands and {lab.frames} frames"
    return _say("<br>".join(lab.sentences())), _picture_html(draw, 3.4, alt)


@dataclass(frozen=True)
class LabSettings:
    """One position of the spectrogram lab's sliders, for a signal of so many samples."""

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
    """A log-mel spectrogram with the lab's settings.

    Equal to ``librosa.power_to_db(librosa.feature.melspectrogram(...), ref=numpy.max)``.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,)]
        Mono.
    lab : LabSettings
        The sliders' positions.

    Returns
    -------
    numpy.ndarray [shape=(n_mels, frames)]
        In [-80, 0] dB.
    """
    import librosa

    power = np.abs(librosa.stft(signal, n_fft=lab.n_fft, hop_length=lab.hop_length)) ** 2
    return librosa.power_to_db(_filters(lab.sample_rate, lab.n_fft, lab.n_mels) @ power, ref=np.max)


def _draw_lab(decibels: np.ndarray, lab: LabSettings, figure: Figure) -> None:
    ax = figure.add_axes((0.09, 0.15, 0.83, 0.75))  # a fixed place: half the time of a layout, and nothing jumps
    plots.log_mel(decibels, sample_rate=lab.sample_rate, hop_length=lab.hop_length, ax=ax)


def split_explorer(clips: pd.DataFrame) -> Explorer:
    """Split by clip or by song, and count the test clips that have a sibling in training. Notebooks 01 and 02.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.

    Returns
    -------
    ipywidgets.VBox
        Its `controls` choose the way of splitting (a key of `splits.FOLDS`), the number of parts of which one is the
        test, and the seed.
    """
    controls = (
        ToggleButtons(
            options=[("split by clip", "random"), ("split by song", "song")],
            tooltips=["Every clip on its own", "All excerpts of a song together"], layout=Layout(width="auto"),
            style={"button_width": "110px"},
        ),
        _slider("test share", [("50 %", 2), ("33 %", 3), ("25 %", 4), ("20 %", 5), ("10 %", 10)], 5,
                "How many of the clips are kept for the test"),
        BoundedIntText(0, min=0, max=9999, description="seed", tooltip="Another seed, another split", style=_LABELLED,
                       layout=Layout(width="130px")),
    )  # fmt: skip
    return Explorer(controls, functools.partial(_render_split, clips))


def _render_split(clips: pd.DataFrame, way: str, parts: int, seed: int) -> tuple[str, str]:
    train, test = splits.FOLDS[way](clips, parts, seed)[0]
    text = split_sentence(clips, train, test)
    draw = functools.partial(_draw_split, clips, train, test)
    return _say(text), _picture_html(draw, 2.9, f"Excerpts of some songs in training and test. {text}")


def _draw_split(clips: pd.DataFrame, train: np.ndarray, test: np.ndarray, figure: Figure) -> None:
    figure.set_layout_engine("constrained")
    plots.split(clips, train, test, ax=figure.subplots())


def split_sentence(clips: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> str:
    """How many test clips a network may know from training.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.
    train, test : numpy.ndarray of int
        Positions in it.

    Returns
    -------
    str
    """
    siblings = int(splits.has_sibling(clips, train, test).sum())
    return (
        f"{len(test):,} of {len(clips):,} clips are the test; "
        f"{siblings:,} of them ({100 * siblings / max(len(test), 1):.1f} %) have a sibling in training."
    )
