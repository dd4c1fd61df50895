"""What all widgets share: controls above a sentence and a picture, lists and buttons, HTML pieces, a player."""

from __future__ import annotations

import base64
import html
import io
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import soundfile
from ipywidgets import HTML, Button, Dropdown, HBox, Layout, SelectionSlider, ValueWidget, VBox, Widget
from matplotlib import rc_context
from matplotlib.figure import Figure

from .. import plots
from ..errors import IrmasError
from ..plots._common import DPI, WIDTH, quick_png
from ..sound import audio

# Styles are global to matplotlib, and a training under way draws in a thread of its own.
_DRAWING = threading.Lock()
LABELLED = {"description_width": "initial"}
# What ipywidgets leaves hard to see: which control has the focus, a white handle on white, a list's arrow in the dark
# theme. The colours are JupyterLab's, which change with its theme.
_LOOK = """<style>
.irmas.widget-vbox :focus-visible {
    outline: 2px solid var(--jp-ui-font-color1, currentcolor) !important; outline-offset: 1px;
}
.irmas .noUi-handle { border-color: var(--jp-ui-font-color2, currentcolor) !important; }
.irmas select { appearance: auto !important; background-image: none !important; }
.irmas .widget-radio-box label { height: auto; line-height: 1.4; padding: 3px 0 3px 4px; white-space: normal; }
</style>"""
_ACCESSIBILITY = """
const box = this.closest('.widget-vbox'), group = 'irmas' + Math.random();
const name = () => {
    box.querySelectorAll('.widget-slider').forEach(slider => {
        const handle = slider.querySelector('[role=slider]');
        handle?.setAttribute('aria-label', slider.querySelector('.widget-label').textContent);
        handle?.setAttribute('aria-valuetext', slider.querySelector('.widget-readout')?.textContent ?? '');
    });
    box.querySelectorAll('.widget-radio-box').forEach(radios => {
        radios.setAttribute('role', 'radiogroup');
        radios.setAttribute('aria-label', box.querySelector('.irmas-question')?.textContent ?? '');
        radios.querySelectorAll('input').forEach(input => { input.name = group; });
    });
};
name();
box.classList.add('irmas');
new MutationObserver(name).observe(box, {childList: true, subtree: true});
box.addEventListener('focusin', event => event.target.setAttribute('data-lm-suppress-shortcuts', 'true'));
"""


def player(signal: np.ndarray, sample_rate: int, *, label: str = "sound") -> HTML:
    """A player for a sound in memory.

    Parameters
    ----------
    signal : numpy.ndarray [shape=(samples,) or (samples, channels)]
        In [-1, 1]; what lies outside is clipped. Two channels stay stereo, more are averaged.
    sample_rate : int
        In Hz.
    label : str
        What screen readers call it.
    """
    return HTML(audio_html(signal, sample_rate, label))


def wav_bytes(signal: np.ndarray, sample_rate: int) -> bytes:
    """A sound as a 16-bit wav file's bytes, mono or stereo; see `player`.

    Examples
    --------
    >>> len(wav_bytes(np.zeros(22_050), 22_050))  # a header of 44 bytes, two bytes a sample
    44144
    """
    signal = np.asarray(signal, dtype=np.float32)
    if signal.ndim == 2 and signal.shape[1] > 2:
        signal = signal.mean(axis=1)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(signal, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def audio_html(signal: np.ndarray, sample_rate: int, label: str) -> str:
    data = base64.b64encode(wav_bytes(signal, sample_rate)).decode()
    name = html.escape(label, quote=True)
    return f'<audio controls aria-label="{name}" title="{name}" src="data:audio/wav;base64,{data}"></audio>'


def sound_html(path: str | os.PathLike, label: str) -> str:
    """A player for a file, or a sentence on why there is none."""
    try:
        return audio_html(*audio.load_channels(path), label)
    except (IrmasError, OSError) as error:
        return complain(error)


def picture_html(draw: Callable[[Figure], Any], height: float, alt: str, layout: str = "constrained") -> str:
    """A picture of fixed size, in the course's look whether or not the notebook has called `plots.style`.

    The figure is none of pyplot's, so that nothing of it is left when its picture is made.
    """
    with _DRAWING, rc_context():
        plots.style()
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout=layout)
        draw(figure)
        data = base64.b64encode(quick_png(figure)).decode()
    look = f"width:{round(WIDTH * DPI)}px;max-width:100%;height:auto"
    return f'<img alt="{html.escape(alt, quote=True)}" style="{look}" src="data:image/png;base64,{data}">'


def say(text: str) -> str:
    # `role=status`: screen readers read the new sentence after a control was moved.
    return f'<div role="status" style="line-height:1.5">{text}</div>'


def complain(error: Exception) -> str:
    colour = "var(--jp-error-color1, #c62828)"
    text = html.escape(str(error) or type(error).__name__)  # some, such as MemoryError, come without a word
    return f'<div role="alert" style="color:{colour};line-height:1.5"><b>Not shown:</b> {text}</div>'


def accessibility() -> HTML:
    """Itself not to be seen: names a widget's sliders and radio buttons, shows the focus, guards its keys.

    A slider's handle is a `div` that ipywidgets leaves without a name, and whose value is the number of the stop:
    screen readers would say "slider, 0". Radio buttons are left without a group; the question above them, of class
    `irmas-question`, names theirs.

    In command mode JupyterLab takes single keys even while one of its widgets has the focus: whoever types "x" in a
    list cuts the cell out. It leaves keys alone whose target has the attribute, which each control gets with the focus.
    """
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    script = html.escape(" ".join(_ACCESSIBILITY.split()))
    return HTML(f'{_LOOK}<img alt="" src="{pixel}" onload="{script}">', layout=Layout(display="none"))


def slider(description: str, options: Iterable[Any], value: Any, tooltip: str) -> SelectionSlider:
    # Without continuous_update a dragged slider draws once, when it is let go, instead of once for each stop.
    return SelectionSlider(
        options=options, value=value, description=description, tooltip=tooltip, continuous_update=False,
        style=LABELLED, layout=Layout(width="280px"),
    )  # fmt: skip


def dropdown(description: str, tooltip: str, width: str, options: Iterable[Any] = ()) -> Dropdown:
    return Dropdown(options=options, description=description, tooltip=tooltip, style=LABELLED,
                    layout=Layout(width=width))  # fmt: skip


def button(
    description: str, icon: str, tooltip: str, width: str | None, act: Callable[[], Any], **options: Any
) -> Button:
    made = Button(description=description, icon=icon, tooltip=tooltip, layout=Layout(width=width), **options)
    made.on_click(lambda _: act())
    return made


def neighbours(go: Callable[[int], Any]) -> tuple[Button, Button]:
    """Buttons to the clip before and to the one after; `go` takes the step."""
    return (
        button("Previous", "arrow-left", "The clip before this one", "95px", lambda: go(-1)),
        button("Next", "arrow-right", "The clip after this one", "75px", lambda: go(1)),
    )


class Board(VBox):
    """Parts one below the other, a tuple of them side by side as far as there is room."""

    def __init__(self, *parts: Widget | tuple[Widget, ...]) -> None:
        look = {"flex_flow": "row wrap", "grid_gap": "4px 12px"}
        rows = [HBox(part, layout=Layout(**look)) if isinstance(part, tuple) else part for part in parts]
        super().__init__([*rows, accessibility()])


class Explorer(Board):
    """Controls above a sentence and a picture; a change of any control shows what `render` makes of them.

    Parameters
    ----------
    controls : tuple of ipywidgets.ValueWidget
        What the reader moves.
    render : callable
        From the controls' values, in order, to the HTML of the sentence and of the picture.
    *above : ipywidgets.Widget or tuple of them
        How the controls are laid out, where not in one row.
    """

    def __init__(
        self, controls: tuple[ValueWidget, ...], render: Callable[..., tuple[str, str]], *above: Widget | tuple
    ) -> None:
        self.controls, self._render = controls, render
        self.text, self.picture = HTML(), HTML()
        super().__init__(*(above or (controls,)), self.text, self.picture)
        for control in controls:
            control.observe(self._update, "value")
        self._update()

    def _update(self, _change: dict | None = None) -> None:
        try:
            self.text.value, self.picture.value = self._render(*(control.value for control in self.controls))
        except (IrmasError, OSError) as error:
            self.text.value, self.picture.value = complain(error), ""
