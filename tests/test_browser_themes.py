"""In JupyterLab's light and dark theme the widgets' words can be read and the control that has the focus is seen.

The limits are those of WCAG 2.2: a contrast of 4.5 for text, and of 3 for what shows the focus.
"""

from __future__ import annotations

import pytest
from test_browser_widgets import CLIPS, JUDGED, PACK, TONES

CELL = f"""{CLIPS}{TONES}{JUDGED}{PACK}
from ipywidgets import VBox
from irmas_helpers import exercises
from irmas_helpers.answers.predict import Predictor
from irmas_helpers.learning import models
first, network = paths[0], models.load_model(models.DEFAULT_MODEL)
predictor, failed = (widgets.which_instrument({{"a tone": first}}, Predictor(network)) for _ in range(2))
quiz = exercises.quiz("by_song")
quiz.control.index = 0
predictor.example.value, failed.path.value = first, "none.wav"
VBox([predictor, failed, widgets.clip_browser(".", clips.table(paths)), widgets.spectrogram_lab(low),
      widgets.split_explorer(clips.table(paths)), widgets.mixing_lab(low, high), widgets.what_if(low, network),
      widgets.threshold_lab({{"a network": judged(values)}}), widgets.regularisation_lab(pack, [0], [1]),
      widgets.error_browser(pack, np.eye(11)[[0, 1]]), quiz, exercises.expect("genre_alone"),
      exercises.expect("siblings_apart"), widgets.kernel_lab({{"noise": noise[0] / 4 - 80.0}})])
"""
# Relative luminance and contrast as WCAG defines them; what has no background has that of what it lies on.
MEASURE = """() => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const linear = part => part <= 0.04045 * 255 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = element => {
        const colour = numbers(getComputedStyle(element).backgroundColor);
        return colour[3] === 0 ? behind(element.parentElement) : colour;
    };
    const contrast = (colour, element) => {
        const [dark, light] = [numbers(colour), behind(element)].map(luminance).sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const within = (list) => [...document.querySelectorAll(list)].filter(element => element.offsetParent);
    const words = within('.irmas *').filter(element => !element.closest('[disabled]') &&
        [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
    const text = words.map(element => [element.textContent, contrast(getComputedStyle(element).color, element)]);
    const controls = within(['select', 'button:enabled', 'input:not([type=file])', '[role=slider]', 'audio']
        .map(control => `.irmas ${control}:not([tabindex="-1"])`).join());
    const focus = controls.map(element => {
        element.focus();
        const {outlineStyle, outlineWidth, outlineColor} = getComputedStyle(element);
        const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        return [element.outerHTML.slice(0, 200), seen ? contrast(outlineColor, element.closest('.irmas')) : 0];
    });
    return {text, focus};
}"""


@pytest.fixture(scope="module")
def page(run_cell):
    """JupyterLab with all widgets in one cell."""
    return run_cell(CELL)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_words_are_read_and_the_focus_is_seen(page, theme):
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    page.keyboard.press("Tab")  # the focus is shown to those who use the keyboard
    measured = page.evaluate(MEASURE)
    assert len(measured["text"]) > 50
    assert len(measured["focus"]) > 30
    assert [row for row in measured["text"] if row[1] < 4.5] == []
    assert [row for row in measured["focus"] if row[1] < 3] == []
