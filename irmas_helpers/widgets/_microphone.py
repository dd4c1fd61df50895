"""A button that records with the browser's microphone, where it gives one, and hands the sound to Python."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable

import numpy as np
from ipywidgets import HTML, HBox, Layout, Textarea

from ..sound import audio

MOST_SECONDS = 30

# What browsers do to speech would change music: echo, noise and level are left as they are. The browser decodes its
# own recording, at the rate of the course, and the samples travel as text in a field that nobody sees.
_SCRIPT = """(async button => {
  const said = button.nextElementSibling, field = button.closest('.widget-hbox').querySelector('textarea');
  const show = (label, text) => { button.lastElementChild.textContent = label; said.textContent = text; };
  const fail = error => show('Record', `No recording: ${error.message}. Upload a file instead.`);
  const hand = async pieces => {
    const context = new OfflineAudioContext(1, 1, RATE), bytes = await new Blob(pieces).arrayBuffer();
    const sound = (await context.decodeAudioData(bytes)).getChannelData(0), reader = new FileReader();
    reader.onload = () => {
      field.value = reader.result;
      field.dispatchEvent(new Event('change', {bubbles: true}));
    };
    reader.readAsDataURL(new Blob([Int16Array.from(sound, x => 32767 * Math.max(-1, Math.min(1, x)))]));
  };
  if (button.recorder) { button.recorder.stop(); return; }
  if (button.asked) return;
  button.asked = true;
  try {
    if (!navigator.mediaDevices) throw Error('browsers give microphones to pages at https or localhost only');
    const plain = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
    const stream = await navigator.mediaDevices.getUserMedia({audio: plain}), pieces = [];
    const recorder = new MediaRecorder(stream, {audioBitsPerSecond: 256000});
    recorder.ondataavailable = event => pieces.push(event.data);
    recorder.onstop = () => {
      button.recorder = null;
      stream.getTracks().forEach(track => track.stop());
      show('Record', '');
      hand(pieces).catch(fail);
    };
    recorder.start();
    button.recorder = recorder;
    show('Stop', 'Recording, SECONDS s at most');
    setTimeout(() => { if (button.recorder === recorder) recorder.stop(); }, 1000 * SECONDS);
  } catch (error) { fail(error); }
  button.asked = false;
})(this)"""


class Microphone(HBox):
    """Record some seconds; a second click, or `most_seconds`, ends it. A line says where there is no microphone.

    `heard` is called with the samples [shape=(samples,), dtype=float64], mono at 22,050 Hz.
    """

    def __init__(self, heard: Callable[[np.ndarray], None], most_seconds: int = MOST_SECONDS) -> None:
        self._heard = heard
        self._field = Textarea(continuous_update=False, layout=Layout(display="none"))
        self._field.observe(lambda change: change["new"] and self._take(change["new"]), "value")
        super().__init__([HTML(_button(most_seconds)), self._field])

    def _take(self, data: str) -> None:
        """From a data URL of 16-bit samples."""
        self._field.value = ""
        self._heard(np.frombuffer(base64.b64decode(data.partition(",")[2]), "<i2") / 2**15)


def _button(most_seconds: int) -> str:
    script = _SCRIPT.replace("RATE", str(audio.SAMPLE_RATE)).replace("SECONDS", str(most_seconds))
    tooltip = "Record with the microphone; click again to stop"
    return (
        f'<button class="jupyter-button widget-button" style="width:95px" title="{tooltip}" '
        f'onclick="{html.escape(script)}"><i class="fa fa-microphone" aria-hidden="true"></i><span>Record</span>'
        '</button><span aria-live="polite" style="margin-left:8px"></span>'
    )
