"""Which instrument plays? A recording in, the answer over time out: to hear, to see, to click on."""

from __future__ import annotations

import functools
import html
import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from ipywidgets import HTML, FileUpload, Layout, Text, Widget

from .. import plots
from ..answers.predict import Prediction, Predictor, load_predictor
from ..answers.stretches import seconds
from ..errors import AudioError, IrmasError
from ..instruments import colours_of, name_of
from ..plots._common import DPI, WIDTH
from ..plots._prediction import HEIGHT, LEFT, RIGHT
from ..sound import audio
from . import _colab
from ._common import LABELLED, Board, audio_html, button, complain, dropdown, picture_html, say, wav_bytes
from ._loopback import only_this_computer
from ._microphone import MOST_SECONDS, Microphone

_HEARD_SECONDS = 180  # what the player holds of a long file: 8 MB
_PEAKS = 800  # a waveform has as many as its picture has pixels
_BARS = 3
_MOST_BYTES = 100_000_000  # of an upload, as the page says; `course.py` lets as many through
_MOST_SECONDS = 3 * 60 * 60  # of an upload: as many bytes can hold days, for which other visitors would wait
_UPLOADS = "irmas-upload"  # begins the names of their folders
_NO_PATHS = (
    "No file of this computer can be named here: everybody who sees this could. "
    "The box for that is there where the address is localhost."
)


def which_instrument(
    examples: Mapping[str, str | os.PathLike] | None = None, predictor: Predictor | None = None
) -> AnswerBrowser:
    """Choose a recording, hear it, and see which instrument the network hears when.

    Parameters
    ----------
    examples : dict of str to path
        Recordings to choose from, by the name that is shown.
    predictor : Predictor
        Whom to ask; None takes the network that comes with the package.
    """
    return AnswerBrowser(dict(examples or {}), predictor or load_predictor())


class AnswerBrowser(Board):
    """The widget of `which_instrument`.

    `example` lists the recordings at hand, `upload` takes one from the reader's disk, `microphone` a new one, and
    `path` one of any size on the machine that computes; the Enter key asks about it, and so does the button `ask`.
    Those two are there only where nobody else can open the page (`only_this_computer`). `text` holds the answer in
    words and bars, `sound` the player, `picture` the answer over time: a click plays from there, and so does the Enter
    key on the slider below it. `answer` is the last one (`Prediction`), None after a file that could not be read.
    """

    def __init__(self, examples: dict[str, str | os.PathLike], predictor: Predictor) -> None:
        _remove_what_was_left()
        self._predictor, self.answer = predictor, None
        recordings = [("choose", None), *examples.items()]
        self.example = dropdown("Example", "A recording that comes with the notebook", "380px", recordings)
        self.upload = self._upload_button()
        self.microphone = Microphone(self._take_recording, _colab.MOST_SECONDS if _colab.is_here() else MOST_SECONDS)
        controls = (self.example, self.upload, self.microphone, *self._path_box())
        self.text, self.sound, self.picture = HTML(), HTML(), HTML()
        self.example.observe(lambda change: change["new"] and self.show(change["new"]), "value")
        super().__init__(controls, self.text, self.sound, self.picture)

    def _upload_button(self) -> Widget:
        if _colab.is_here():
            return _colab.ColabUpload(lambda name, content: self._take(Path(name).name, content))
        upload = FileUpload(
            description="Upload", tooltip="A sound file of up to 100 MB; of 10 MB after plain jupyter lab",
            multiple=False, layout=Layout(width="120px"),
        )  # fmt: skip
        upload.observe(lambda change: change["new"] and self._take_upload(change["new"][0]), "value")
        return upload

    def _path_box(self) -> tuple[Widget, ...]:
        """A box for a path and its button; nothing that hears of a path is made where others could send one.

        Colab's machines are one person's each, though their servers listen on other addresses.
        """
        if not (only_this_computer() or _colab.is_here()):
            return (HTML(_NO_PATHS),)
        self.path = Text(
            description="or file", placeholder="path of a file of any size, then Enter", style=LABELLED,
            tooltip="A file on this computer; only here, at the address localhost, can one be named",
            continuous_update=False, layout=Layout(width="330px"),
        )  # fmt: skip
        self.path.observe(lambda change: change["new"] and self.show(change["new"]), "value")
        self.ask = button("Ask", "play", "Ask about the file", "70px", lambda: self.show(self.path.value))
        return self.path, self.ask

    def show(self, path: str | os.PathLike, name: str = "", most_seconds: float = math.inf) -> None:
        """Answer for an audio file, or say why not; `name` is what to call it instead of its path."""
        name = name or os.path.basename(path)
        self.answer, self.sound.value, self.picture.value = None, "", ""
        self.text.value = say(f"Listening to {html.escape(name)} ...")
        try:
            answer = self._predictor.predict(path, most_seconds=most_seconds)
            sound = _player(path, name, answer.seconds)
            picture = _picture(answer, *audio.peaks(path, step_seconds=answer.seconds / _PEAKS))
        except Exception as error:  # raised past here, it would leave the page listening for ever
            self.text.value = complain(IrmasError(_why_not(error, str(path), name)))
            return
        self.answer, self.sound.value, self.picture.value = answer, sound, picture
        self.text.value = say(_words(answer, str(path), name))

    def _take_upload(self, upload: dict) -> None:
        self._take(Path(upload["name"]).name, upload["content"])
        self.upload.value = ()  # so that the same file can be uploaded again

    def _take_recording(self, signal: np.ndarray) -> None:
        self._take("your recording.wav", wav_bytes(signal, audio.SAMPLE_RATE))

    def _take(self, name: str, content: bytes) -> None:
        """Answer for what somebody handed over; it lies on the disk, for this user alone, while it is listened to."""
        if len(content) > _MOST_BYTES:
            self.text.value = complain(
                AudioError(f"{name}: {math.ceil(len(content) / 1e6)} MB; 100 MB can be uploaded")
            )
            return
        with tempfile.TemporaryDirectory(prefix=f"{_UPLOADS}-{os.getpid()}-") as folder:
            path = Path(folder) / "upload"  # its own name may be longer than a disk takes
            path.write_bytes(content)
            self.show(path, name, _MOST_SECONDS)


def _remove_what_was_left() -> None:
    """Remove uploads to kernels that were ended while they listened, as Voila does when a visitor goes away."""
    import psutil

    for folder in Path(tempfile.gettempdir()).glob(f"{_UPLOADS}-*-*"):
        with suppress(ValueError, OverflowError):  # a name without a process's number is somebody else's
            if not psutil.pid_exists(int(folder.name.split("-")[2])):
                shutil.rmtree(folder, ignore_errors=True)


def _why_not(error: Exception, path: str, name: str) -> str:
    """Why there is no answer; an uploaded file lies at a path that its owner has never seen."""
    if isinstance(error, (IrmasError, OSError)):
        return str(error).replace(path, name)
    return f"{name}: stopped with {type(error).__name__}; please report it, with the file"


def _words(answer: Prediction, path: str, name: str) -> str:
    """The answer in a sentence, three bars, and what is odd about the file."""
    nearest = html.escape(name_of(answer.instrument))
    verdict = nearest if answer.sure else f"{answer.doubt}, perhaps {nearest}"
    if not answer.known:
        verdict = f"{answer.doubt}, as far as I can tell; the nearest is {nearest}"
    if answer.threshold is None:
        verdict += " (not calibrated)"
    notes = "".join(f"<br>{html.escape(note.removeprefix(f'{path}: '))}" for note in answer.notes)
    head = f"{html.escape(name)}, {answer.seconds:.1f} s: <b>{verdict}</b>{notes}"
    return head + bars(answer.probabilities)


def bars(probabilities: dict[str, float]) -> str:
    """The three most probable instruments as HTML."""
    ranked = sorted(probabilities, key=probabilities.get, reverse=True)[:_BARS]
    colours = colours_of(list(probabilities))
    return "".join(_bar(name_of(code), colours[code], probabilities[code]) for code in ranked)


def _bar(name: str, colour: str, probability: float) -> str:
    # In the dark theme some colours are as dark as the page; hence the outline.
    look = f"display:inline-block;height:0.8em;outline:1px solid currentcolor;background:{colour}"
    bar = f"{look};width:{300 * probability:.0f}px"
    label = f'<span style="display:inline-block;width:170px">{html.escape(name)}</span>'
    return f'<div>{label}<span style="{bar}"></span> {probability:.0%}</div>'


def _player(path: str | os.PathLike, name: str, seconds: float) -> str:
    pieces, samples = [], 0
    for block in audio.stream(path):
        pieces.append(block)
        samples += len(block)
        if samples >= _HEARD_SECONDS * audio.SAMPLE_RATE:
            break
    signal = np.concatenate(pieces)[: _HEARD_SECONDS * audio.SAMPLE_RATE]
    rest = "<br>The player holds the first three minutes; later clicks play nothing."
    return audio_html(signal, audio.SAMPLE_RATE, name) + (rest if seconds > _HEARD_SECONDS else "")


def _picture(answer: Prediction, starts: np.ndarray, peaks: np.ndarray) -> str:
    """The answer over time, and below it a slider of its seconds, for the keyboard and for screen readers.

    A click on the picture moves the slider to that second and clicks on it; so do the keys Enter and Space.
    """
    draw = functools.partial(plots.answer_over_time, answer, starts, peaks)
    alt = f"Waveform and probabilities of each second; for the whole {name_of(answer.instrument)}"
    place = f"((event.clientX - box.left) / box.width - {LEFT}) / {RIGHT - LEFT:.4f}"
    point = (
        f"const box = event.target.getBoundingClientRect(), share = {place}, slider = this.nextElementSibling; "
        f"const second = share * {answer.seconds:.3f}; "
        "if (share >= 0 && share <= 1) { slider.value = Math.floor(second); slider.oninput(); slider.click(); }"
    )
    look = "cursor:pointer;display:inline-block"
    wrapped = f'<div style="{look}" title="Click to play from there" onclick="{html.escape(point)}">'
    picture = picture_html(lambda figure: draw(figure=figure), HEIGHT, alt, "none")
    return f"{wrapped}{picture}</div>{_seconds_slider(answer)}"


def _seconds_slider(answer: Prediction) -> str:
    """A slider below the picture's axis of time that says each second's answer and plays from it."""
    heard = [f"second {second}: {said or 'nothing heard'}" for second, said in enumerate(seconds(answer))]
    last, name = len(heard) - 1, "Second of the recording; Enter plays from it"
    tell = (
        "const now = JSON.parse(this.dataset.heard)[this.value]; "
        "this.setAttribute('aria-valuetext', now); this.nextElementSibling.textContent = now"
    )
    play = (
        "const player = this.closest('.widget-vbox').querySelector('audio'), second = Number(this.value); "
        "if (second < player.duration) { player.currentTime = second; player.play(); }"
    )
    keys = "if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); this.click(); }"
    # The middle of its thumb, which is 16 pixels wide, stands below the beginning of its second.
    width, share = f"min(100%, {WIDTH * DPI:.0f}px)", (RIGHT - LEFT) * last / answer.seconds
    place = f"margin-left:calc({LEFT} * {width} - 8px)"
    attributes = {
        "min": 0, "max": last, "value": 0, "title": name, "aria-label": name, "aria-valuetext": heard[0],
        "style": f"display:block;{place};width:calc({share:.4f} * {width} + 16px)",
        "data-heard": json.dumps(heard), "oninput": tell, "onclick": play, "onkeydown": keys,
    }  # fmt: skip
    written = " ".join(f'{key}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f'<input type="range" {written}><div aria-hidden="true" style="{place}">{html.escape(heard[0])}</div>'
