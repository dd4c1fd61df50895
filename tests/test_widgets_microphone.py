"""The microphone: what the browser hands over is a sound, and the predictor answers it like an upload."""

from __future__ import annotations

import base64
import html
import io
import re

import numpy as np
import pytest
import soundfile
from browser import PATIENCE

from irmas_helpers import widgets
from irmas_helpers.answers.predict import Predictor
from irmas_helpers.widgets._microphone import Microphone


def data_url(samples: np.ndarray) -> str:
    """What a page's FileReader makes of a blob of samples."""
    return "data:application/octet-stream;base64," + base64.b64encode(samples.astype("<i2").tobytes()).decode()


def hand_over(microphone: Microphone, samples: np.ndarray) -> None:
    _, field = microphone.children
    field.value = data_url(samples)


def test_samples_arrive_in_their_order_and_at_their_level():
    heard = []
    hand_over(Microphone(heard.append), np.array([0, 16_384, -32_768]))
    assert heard[0] == pytest.approx([0, 0.5, -1])


def test_the_same_sound_can_be_recorded_twice():
    heard = []
    microphone = Microphone(heard.append)
    for _ in range(2):
        hand_over(microphone, np.array([1, 2]))
    assert len(heard) == 2


def test_a_recording_is_answered_as_a_file_of_the_same_samples_is(network, write_wav, tone):
    predictor = widgets.which_instrument(predictor=Predictor(network))
    signal = tone(4, rate=22_050)
    hand_over(predictor.microphone, np.round(signal[:, 0] * 2**15))
    assert "your recording.wav, 4.0 s" in predictor.text.value
    expected = Predictor(network).predict(write_wav("same.wav", signal, 22_050))
    assert predictor.answer.probabilities == pytest.approx(expected.probabilities, abs=1e-4)


def test_a_muted_microphone_is_named_and_the_rest_goes_on_working(network):
    predictor = widgets.which_instrument(predictor=Predictor(network))
    hand_over(predictor.microphone, np.zeros(22_050))
    assert "your recording.wav: holds nothing but silence" in predictor.text.value
    hand_over(predictor.microphone, 1000 * np.sin(np.arange(66_150)))
    assert "your recording.wav, 3.0 s" in predictor.text.value


def test_the_button_has_a_name_and_a_tooltip_and_asks_for_unchanged_sound():
    button = html.unescape(Microphone(print).children[0].value)
    assert 'title="Record with the microphone; click again to stop"' in button
    assert "<span>Record</span>" in button
    assert "{echoCancellation: false, noiseSuppression: false, autoGainControl: false}" in button
    assert "OfflineAudioContext(1, 1, 22050)" in button


# A page's microphone hears a tone of 440 Hz at half of full scale.
TONE = """() => { const context = new AudioContext(), tone = context.createOscillator(), level = context.createGain();
    const out = context.createMediaStreamDestination(); level.gain.value = 0.5;
    tone.connect(level).connect(out); tone.start();
    navigator.mediaDevices.getUserMedia = async () => out.stream; }"""


def test_in_a_browser_the_button_records_or_says_why_not(run_cell):
    from playwright.sync_api import expect

    page = run_cell("from irmas_helpers import widgets\nwidgets.which_instrument()")
    button, said = page.locator("button[title^='Record with']"), page.locator(".widget-hbox [aria-live]")
    button.press("Enter")  # nobody has allowed it
    expect(said).to_contain_text(re.compile("No recording: .+. Upload a file instead."), timeout=PATIENCE)
    expect(button).to_have_text("Record")

    page.evaluate(TONE)
    button.press("Enter")
    expect(said).to_have_text("Recording, 30 s at most")
    expect(button).to_have_text("Stop")
    page.wait_for_timeout(3500)
    button.press("Enter")
    expect(page.locator(".widget-vbox [role=status]")).to_contain_text("your recording.wav", timeout=PATIENCE)
    expect(button).to_have_text("Record")
    data = page.locator(".widget-vbox audio").get_attribute("src").partition(",")[2]
    signal, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    middle = signal[rate : 2 * rate]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == pytest.approx(440, abs=1)  # bins of 1 Hz
    assert np.abs(middle).max() == pytest.approx(0.5, rel=0.1)
