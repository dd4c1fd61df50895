"""The notebooks' widgets in JupyterLab, in a real browser: moved by keyboard and by mouse, and what then changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import PATIENCE
from ipywidgets import Widget

from irmas_helpers import exercises, widgets

ROOT = Path(__file__).parents[1]

TONES = """import numpy as np
from irmas_helpers import widgets
time = np.arange(3 * 22_050) / 22_050
low, high = (np.sin(2 * np.pi * hertz * time).astype("float32") for hertz in (220, 1760))
"""
CLIPS = """import numpy as np, soundfile
from pathlib import Path
from irmas_helpers import widgets
from irmas_helpers.data import clips
paths = [f"{code}/[{code}][pop_roc]{i:04d}__{n}.wav" for i, code in enumerate(["cel", "flu", "voi"], 1) for n in (1, 2)]
for i, path in enumerate(paths):
    Path(path).parent.mkdir(exist_ok=True)
    tone = np.sin(2 * np.pi * 220 * (i + 1) * np.arange(3 * 22_050) / 22_050)
    soundfile.write(path, tone, 22_050)
"""
JUDGED = """import numpy as np
from irmas_helpers import widgets
from irmas_helpers.answers import polyphonic
labels, values = np.zeros((2, 11), bool), np.zeros((2, 11))
labels[:, 10], labels[1, 6] = True, True
values[0, [10, 4]], values[1, [6, 10]] = (1.0, 0.6), (1.0, 0.3)
judged = lambda values: polyphonic.Judged(values, labels, np.array(["a", "b"]), np.ones(2, int), np.zeros(2, bool))
"""
PACK = """import numpy as np
from irmas_helpers import widgets
from irmas_helpers.data import clips
from irmas_helpers.sound import packs
noise = np.random.default_rng(0).integers(0, 256, (2, 128, 130), "uint8")
pack = packs.Pack(noise, clips.table([f"cel/[cel][pop_roc]000{n}__1.wav" for n in (1, 2)]))
"""


class Shown:
    """What a reader sees and hears of the one widget on a page."""

    def __init__(self, page):
        self.page = page
        self.widget = page.locator(".jp-OutputArea .widget-vbox").first
        self.widget.locator("img[src^='data:image/png']").first.wait_for()

    def now(self) -> dict[str, str]:
        """Sentence, picture and sound; one that the widget does not have is missing."""
        parts = {
            "text": self.widget.locator("[role=status]"),
            "picture": self.widget.locator("img[src^='data:image/png']"),
            "sound": self.widget.locator("audio"),
        }
        return {
            name: part.first.inner_text() if name == "text" else part.first.get_attribute("src")
            for name, part in parts.items()
            if part.count()
        }

    def after(self, act, *changed: str) -> dict[str, str]:
        """Act, and wait until the named parts have changed."""
        before = self.now()
        act()
        for _ in range(PATIENCE // 100):
            now = self.now()
            if all(name in now and now[name] != before[name] for name in changed):
                return now
            self.page.wait_for_timeout(100)
        raise AssertionError(f"one of {changed} did not change: {now['text']}")

    def press(self, control, *keys: str):
        """Keys to a control that has the focus."""

        def act():
            control.focus()
            for key in keys:
                self.page.keyboard.press(key)

        return act

    def slide(self, name: str, share: float):
        """A click of the mouse on a slider's track; its right edge is the first pixel outside."""
        track = self.slider(name).locator("xpath=ancestor::*[contains(@class, 'noUi-target')]")
        box = track.bounding_box()
        return lambda: self.page.mouse.click(box["x"] + share * (box["width"] - 1), box["y"] + box["height"] / 2)

    def slider(self, name: str):
        return self.widget.get_by_role("slider", name=name, exact=True)


@pytest.fixture
def show(run_cell):
    """Run a cell; return what is shown."""
    return lambda cell: Shown(run_cell(cell))


def test_every_widget_of_the_notebooks_is_driven_in_the_browser():
    shown = {name for name in called("notebooks", "*.ipynb") if makes_a_widget(getattr(widgets, name))}
    assert shown - called("tests", "test_*.py", "run_cell") == set()


def called(folder: str, files: str, containing: str = "") -> set[str]:
    texts = [file.read_text("utf-8") for file in (ROOT / folder).glob(files)]
    return {name for text in texts if containing in text for name in re.findall(r"widgets\.([a-z_]+)\(", text)}


def makes_a_widget(function) -> bool:
    # Of the parameters some are Keras', which is not imported: `get_type_hints` would look for it.
    return issubclass(eval(function.__annotations__["return"], function.__globals__), Widget)


def test_player(run_cell):
    cell = "from ipywidgets import VBox\nVBox([widgets.player(np.tile(low, 20), 22_050, label='a tone')])"
    page = run_cell(TONES + cell)
    sound = page.locator("audio")
    assert sound.get_attribute("aria-label") == "a tone"
    box = sound.bounding_box()
    page.mouse.click(box["x"] + 27, box["y"] + box["height"] / 2)
    page.wait_for_function("document.querySelector('audio').currentTime > 0")
    sound.focus()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('audio').paused")
    assert sound.evaluate("player => player.duration") == pytest.approx(60)


def test_quiz(run_cell):
    from playwright.sync_api import expect

    page = run_cell("from irmas_helpers import exercises\nexercises.quiz('by_song')")
    answers = exercises.QUIZZES["by_song"].answers
    quiz = page.get_by_role("radiogroup", name=exercises.QUIZZES["by_song"].question)
    said, radios = page.locator(".irmas [role=status]"), quiz.get_by_role("radio")
    expect(said).to_have_text("")
    assert [radios.nth(i).locator("..").inner_text() for i in range(4)] == [answer.text for answer in answers]
    quiz.get_by_role("radio", name=answers[0].text).click()
    expect(said).to_have_text(f"Not this one. {answers[0].explanation}")
    for answer in (answers[1], answers[2]):  # the arrows walk through one group
        page.keyboard.press("ArrowDown")
        expect(said).to_contain_text(answer.explanation)
        expect(quiz.get_by_role("radio", name=answer.text)).to_be_focused()
    expect(said).to_have_text(f"Right. {answers[2].explanation}")


def test_expectation_in_words(run_cell):
    from playwright.sync_api import expect

    page = run_cell("from irmas_helpers import exercises\nexercises.expect('genre_alone')")
    said, option = page.locator(".irmas [role=status]"), exercises.EXPECTATIONS["genre_alone"].options[2]
    expect(said).to_have_text("No guess yet.")
    radio = page.get_by_role("radio", name=option.text)
    radio.focus()
    page.keyboard.press("Space")
    expect(said).to_contain_text(f"Your guess is kept: {option.text}.")
    comparison = "exercises.compare('genre_alone', {'right': np.ones(2) / 4, 'share': .1})"
    page = run_cell(f"import numpy as np\n{comparison}\nexercises.expect('genre_alone')")
    expect(page.locator(".jp-OutputArea pre").first).to_contain_text(f"You expected: {option.text}. {option.reply}")
    expect(page.get_by_role("radio", name=option.text)).to_be_checked()


def test_expectation_in_numbers(run_cell):
    from playwright.sync_api import expect

    page = run_cell("from irmas_helpers import exercises\nexercises.expect('siblings_apart')")
    said, slider = page.locator(".irmas [role=status]"), page.get_by_role("slider", name="your guess")
    expect(said).to_have_text("No guess yet.")
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", "none yet")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Your guess is kept: 10%.")
    expect(slider).to_have_attribute("aria-valuetext", "10%")


def test_clip_browser(show):
    shown = show(CLIPS + "widgets.clip_browser('.', clips.table(paths))")
    everything = ("text", "picture", "sound")
    instrument, following = shown.widget.get_by_label("Instrument"), shown.widget.get_by_role("button", name="Next")
    assert "cel/[cel][pop_roc]0001__1.wav" in shown.now()["text"]
    assert "cel/[cel][pop_roc]0001__2.wav" in shown.after(following.click, *everything)["text"]
    assert "flu/[flu][pop_roc]0002__1.wav" in shown.after(shown.press(following, "Enter"), *everything)["text"]
    assert "voi/[voi][pop_roc]0003__1.wav" in shown.after(shown.press(instrument, "ArrowDown"), *everything)["text"]
    sound = shown.widget.locator("audio")
    assert sound.get_attribute("aria-label") == "human singing voice, song 0003, excerpt 1"
    shown.page.wait_for_function("document.querySelector('.widget-vbox audio').duration == 3")
    assert {shown.widget.get_by_label(name, exact=True).count() for name in ("Song", "Excerpt")} == {1}


def test_no_list_of_the_clip_browser_is_cut(show):
    many = "paths = [f'voi/[voi][pop_roc]2311__{n}.wav' for n in range(1, 13)]"
    shown = show(
        CLIPS.replace("for i, path in", many + "\nfor i, path in") + "widgets.clip_browser('.', clips.table(paths))"
    )
    lists = shown.widget.locator("select")
    assert lists.count() == 3
    for number in range(3):
        needed, given = lists.nth(number).evaluate(
            """list => {
                const copy = list.cloneNode(true);
                copy.style.cssText = 'position: absolute; flex: none; width: max-content; min-width: 0';
                list.after(copy);
                const widths = [copy.offsetWidth, list.offsetWidth];
                copy.remove();
                return widths;
            }"""
        )
        assert needed <= given, shown.widget.locator("label").nth(number).inner_text()
    tops = [shown.widget.locator(part).first.bounding_box()["y"] for part in ("select", "button")]
    assert tops == [pytest.approx(tops[0], abs=12)] * 2  # one line, at 1,300 pixels beside the open side bar


def test_spectrogram_lab(show):
    shown = show(TONES + "widgets.spectrogram_lab(low + high)")
    assert "128 bands x 130 frames" in shown.now()["text"]
    both = ("text", "picture")
    hop = shown.slider("hop")
    assert "128 bands x 65 frames" in shown.after(shown.press(hop, "ArrowRight"), *both)["text"]
    assert "16 bands x 65 frames" in shown.after(shown.slide("mel bands", 0), *both)["text"]
    assert "every 86.1 Hz" in shown.after(shown.slide("n_fft", 0), *both)["text"]


def test_split_explorer(show):
    shown = show(
        CLIPS + "paths = [f'cel/[cel][pop_roc]{i:04d}__{n}.wav' for i in range(1, 11) for n in (1, 2)]\n"
        "widgets.split_explorer(clips.table(paths))"
    )
    both = ("text", "picture")
    by_song = shown.widget.get_by_role("button", name="split by song")
    assert "0 of them (0.0 %) have a sibling" in shown.after(by_song.click, *both)["text"]
    assert (
        "6 of 20 clips are the test"
        in shown.after(shown.press(shown.slider("test share"), "ArrowLeft"), "text")["text"]
    )
    seed = shown.widget.get_by_label("seed")
    shown.after(shown.press(seed, "Control+a", "4", "Enter"), "picture")


def test_mixing_lab(show):
    shown = show(TONES + "widgets.mixing_lab(low, high)")
    everything = ("text", "picture", "sound")
    share = shown.slider("share of first")
    assert "Shares of 75% and 25%" in shown.after(shown.press(share, "ArrowRight"), *everything)["text"]
    assert "Shares of 0% and 100%" in shown.after(shown.slide("share of first", 0), *everything)["text"]
    assert shown.widget.locator("audio").get_attribute("aria-label") == "the mixture"


def test_kernel_lab(show):
    shown = show(
        "import numpy as np\nfrom irmas_helpers import widgets\n"
        "noise = np.random.default_rng(0).uniform(-80, 0, (128, 130))\n"
        "widgets.kernel_lab({'noise': noise, 'upside down': noise[::-1]})"
    )
    both = ("text", "picture")
    clip, kernel = (shown.widget.get_by_label(name, exact=True) for name in ("clip", "kernel"))
    assert "sum to 0" in shown.now()["text"]
    shown.after(shown.press(kernel, "ArrowDown"), *both)
    middle = shown.widget.get_by_label("same band, now")
    assert "sum to 3" in shown.after(shown.press(middle, "Control+a", "5", "Enter"), *both)["text"]
    assert kernel.input_value() == "my own"
    assert "sum to 3.5" in shown.after(shown.press(middle, "ArrowUp"), *both)["text"]
    shown.after(shown.press(clip, "ArrowDown"), "picture")
    shown.after(shown.widget.get_by_text("relu: negative becomes 0").click, "picture")
    assert {shown.widget.get_by_label(f"{row}, {column}").count()
            for row in ("higher", "same band", "lower") for column in ("before", "now", "after")} == {1}  # fmt: skip


def test_threshold_lab(show):
    shown = show(JUDGED + "widgets.threshold_lab({'first': judged(values), 'second': judged(1 - values)})")
    both = ("text", "picture")
    assert "Threshold 0.05" in shown.after(shown.slide("threshold", 0), *both)["text"]
    assert "Threshold 0.10" in shown.after(shown.press(shown.slider("threshold"), "ArrowRight"), *both)["text"]
    second = shown.widget.get_by_role("button", name="second")
    assert "instruments are named" in shown.after(shown.press(second, "Enter"), *both)["text"]


def test_what_if(show):
    network = "from irmas_helpers.learning import models\nnetwork = models.load_model(models.DEFAULT_MODEL)\n"
    shown = show(TONES + network + "widgets.what_if(low + high, network)")
    everything = ("text", "picture", "sound")
    shown.after(shown.press(shown.slider("noise"), "ArrowRight", "ArrowRight"), *everything)
    shown.after(shown.slide("pitch", 1), *everything)
    assert shown.widget.locator("audio").get_attribute("aria-label") == "the changed clip"
    assert {shown.slider(name).count() for name in ("gain", "noise", "low-pass", "room", "pitch", "speed")} == {1}


def test_regularisation_lab(show):
    from playwright.sync_api import expect

    shown = show(PACK + "widgets.regularisation_lab(pack, [0], [1], epochs=99)")
    both = ("text", "picture")
    assert "dropout 0, L2 0:" in shown.now()["text"]
    assert "dropout 0.25, L2 0:" in shown.after(shown.press(shown.slider("dropout rate"), "ArrowRight"), *both)["text"]
    assert "dropout 0.25, L2 0.001:" in shown.after(shown.slide("L2 factor", 1), *both)["text"]
    assert "dropout 0, L2 0.001:" in shown.after(shown.slide("dropout rate", 0), *both)["text"]
    assert "dropout 0, L2 0.0001:" in shown.after(shown.press(shown.slider("L2 factor"), "ArrowLeft"), *both)["text"]

    trained = shown.widget.get_by_role("status").last
    start, stop = (shown.widget.get_by_role("button", name=name) for name in ("Train this setting live", "Stop"))
    start.click()
    expect(trained).to_contain_text("Rendered set, dropout 0, L2 0.0001, epoch")
    expect(shown.widget.get_by_alt_text("epochs with dropout 0, L2 0.0001: training").last).to_be_visible()
    shown.press(stop, "Enter")()
    expect(trained).to_contain_text("stopped in epoch")
    shown.press(start, "Enter")()
    expect(trained).to_contain_text("the first epoch is under way")
    stop.click()
    expect(trained).to_contain_text("stopped in epoch 1:")


def test_neuron_lab(show):
    shown = show("import numpy as np\nfrom irmas_helpers import widgets\n"
                 "widgets.neuron_lab(np.array([[1.0, 0.5], [-1.0, 0.2]]), ['flu', 'tru'])")  # fmt: skip
    now = shown.after(shown.press(shown.slider("first weight"), "ArrowRight", "ArrowRight"), "text", "picture")
    assert "better than guessing" in now["text"]


def test_beat_the_network(run_cell):
    page = run_cell(CLIPS + "widgets.beat_the_network(clips.table(paths[::2]), ['cel', 'flu', 'flu'], '.')")
    said = page.locator(".jp-OutputArea [role=status]").first
    said.get_by_text("You: not yet").wait_for()
    for name in ("cello", "flute", "human singing voice"):
        button = page.get_by_role("button", name=name)
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
    said.get_by_text("you: 3 of 3").wait_for()
    assert "the network: 2 of 3" in said.inner_text()
