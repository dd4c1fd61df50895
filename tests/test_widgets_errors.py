"""The error browser: the matrix counts as scikit-learn does, a cell lists its clips, a clip is heard and seen."""

from __future__ import annotations

import base64
import html
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from browser import PATIENCE
from PIL import Image
from sklearn.metrics import confusion_matrix

from irmas_helpers import widgets
from irmas_helpers.data import clips
from irmas_helpers.instruments import CODES
from irmas_helpers.sound import packs

# Two cellos heard as a violin, the second one surer; one cello heard rightly; a flute heard as a cello.
PATHS = [f"cel/[cel][pop_roc]0001__{n}.wav" for n in (1, 2, 3)] + ["flu/[flu][pop_roc]0002__1.wav"]
SAID = [{"vio": 0.5, "cel": 0.3}, {"vio": 0.8, "cel": 0.1}, {"cel": 0.9}, {"cel": 0.6, "flu": 0.4}]
CELLO, FLUTE, VIOLIN = (CODES.index(code) for code in ("cel", "flu", "vio"))


@pytest.fixture
def pack():
    levels = np.random.default_rng(0).integers(0, 256, (len(PATHS), 128, 130), "uint8")
    return packs.Pack(levels, clips.table(PATHS))


@pytest.fixture
def probabilities():
    return np.array([[said.get(code, 0.0) for code in CODES] for said in SAID])


@pytest.fixture
def browser(pack, probabilities):
    """Without sound."""
    return widgets.error_browser(pack, probabilities)


def numbers(browser) -> list[list[int]]:
    """The table, row by row; an empty cell is a 0."""
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", browser.matrix.value)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    return [[int(re.sub("<.*?>", "", cell) or 0) for cell in row] for row in cells]


def embedded(value: str, kind: str) -> bytes:
    return base64.b64decode(re.search(rf"data:{kind};base64,([^\"]+)", value)[1])


def test_the_table_is_scikit_learns_confusion_matrix(toy_pack):
    chances = np.random.default_rng(1).dirichlet(np.ones(len(CODES)), len(toy_pack.clips))
    browser = widgets.error_browser(toy_pack, chances)
    answers = np.array(CODES)[chances.argmax(axis=1)]
    expected = confusion_matrix(toy_pack.clips["instrument"], answers, labels=CODES)
    assert numbers(browser) == expected.tolist()
    assert f"{np.trace(expected)} of 198 clips" in browser.matrix.value


def test_an_empty_cell_on_the_diagonal_is_a_0_and_any_other_is_blank(browser):
    assert browser.matrix.value.count(">0</td>") == 10
    assert browser.matrix.value.count('padding:0"></td>') == 11 * 11 - 10 - 3


def test_the_most_common_error_comes_first_and_right_answers_last(browser):
    assert browser.cell.value == (CELLO, VIOLIN)
    assert [label for label, _ in browser.cell.options] == [
        "cello heard as violin: 2 clips",
        "flute heard as cello: 1 clip",
        "cello heard as cello: 1 clip (right)",
    ]


def test_the_surest_clip_comes_first(browser):
    assert browser.clip.options == (("1 of 2: violin 80% and cello 10%", 1), ("2 of 2: violin 50% and cello 30%", 0))
    assert "[cel][pop_roc]0001__2.wav" in browser.facts.value
    browser.following.click()
    assert "[cel][pop_roc]0001__1.wav" in browser.facts.value
    browser.following.click()  # behind the last comes the first
    assert browser.clip.value == 1
    browser.previous.click()
    assert browser.clip.value == 0


def test_another_cell_opens_its_clips(browser):
    before = browser.picture.value
    browser.following.click()
    browser.cell.value = (FLUTE, CELLO)
    assert browser.clip.options == (("1 of 1: cello 60% and flute 40%", 3),)
    assert "[flu][pop_roc]0002__1.wav" in browser.facts.value
    assert 'alt="Log-mel spectrogram of a clip: flute heard as cello"' in browser.picture.value
    assert browser.picture.value != before
    browser.cell.value = (CELLO, CELLO)
    assert browser.clip.options == (("1 of 1: cello 90%", 2),)


def test_each_number_is_a_button_with_a_name_and_leads_to_its_entry_in_the_list(browser):
    browser.cell.value = (FLUTE, CELLO)
    buttons = re.findall(r'<button value="(\d)".*?aria-label="([^"]*)" aria-pressed="(\w+)"', browser.matrix.value)
    assert sorted((int(place), name) for place, name, _ in buttons) == [
        (place, label) for place, (label, _) in enumerate(browser.cell.options)
    ]
    assert [name for _, name, pressed in buttons if pressed == "true"] == ["flute heard as cello: 1 clip"]
    script = html.unescape(re.search(r'onclick="([^"]+)"', browser.matrix.value)[1])
    assert "list.selectedIndex = cell.value" in script


def contrast(first: str, second: str) -> float:
    """Of two hex colours; Web Content Accessibility Guidelines 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_every_number_can_be_read_on_its_ground(toy_pack):
    # The eleven classes have 18 clips each. Of the first, 1 is heard as the class after it, of the next 2, and so on.
    answers = np.array([(code + (clip <= code)) % len(CODES) for code in range(len(CODES)) for clip in range(18)])
    table = widgets.error_browser(toy_pack, np.eye(len(CODES))[answers]).matrix.value
    colours = re.findall(r"background:(#\w{6});color:(#\w{6})", table)
    assert len(set(colours)) == 17  # shares of 1 to 17 in 18
    for ground, ink in colours:
        assert contrast(ground, ink) >= 4.5


def test_a_clip_whose_sound_is_at_hand_is_played(pack, probabilities, tmp_path):
    (tmp_path / "cel").mkdir()
    stereo = 0.1 * np.ones((44_100, 2))
    soundfile.write(tmp_path / PATHS[1], stereo, 44_100)
    browser = widgets.error_browser(pack, probabilities, tmp_path)
    sound, rate = soundfile.read(io.BytesIO(embedded(browser.sound.value, "audio/wav")))
    assert (sound.shape, rate) == (stereo.shape, 44_100)
    assert Image.open(io.BytesIO(embedded(browser.picture.value, "image/png"))).width == 800
    browser.following.click()  # this one's file is missing
    assert "0001__1.wav: no such file" in browser.sound.value
    assert "data:image/png" in browser.picture.value
    assert plt.get_fignums() == []


def test_without_sound_it_says_so_and_shows_the_log_mel(browser):
    assert "The sound is not at hand" in browser.sound.value
    assert "data:image/png" in browser.picture.value


def test_no_clips_are_said_to_be_none(pack, probabilities):
    browser = widgets.error_browser(pack.select(slice(0, 0)), probabilities[:0])
    assert "the pack holds no clips" in browser.facts.value
    browser.following.click()
    assert browser.picture.value == ""


def test_probabilities_of_other_clips_are_refused(pack, probabilities):
    with pytest.raises(ValueError, match=r"need 11 probabilities for each of 4 clips, got shape \(3, 11\)"):
        widgets.error_browser(pack, probabilities[:3])


CELL = f"""import numpy as np
from irmas_helpers import widgets
from irmas_helpers.data import clips
from irmas_helpers.instruments import CODES
from irmas_helpers.sound import packs
table = clips.table({PATHS})
said = np.array([[row.get(code, 0.0) for code in CODES] for row in {SAID}])
widgets.error_browser(packs.Pack(np.zeros((len(table), 128, 130), "uint8"), table), said)"""


def test_in_a_browser_mouse_and_keyboard_open_a_cell(run_cell):
    from playwright.sync_api import expect

    page = run_cell(CELL)
    picture = page.locator(".widget-vbox img[alt^=Log]")
    expect(picture).to_have_attribute("alt", re.compile("cello heard as violin"), timeout=PATIENCE)
    page.get_by_role("button", name="flute heard as cello: 1 clip").click()
    expect(picture).to_have_attribute("alt", re.compile("flute heard as cello"), timeout=PATIENCE)
    expect(page.locator(".widget-vbox button[aria-pressed=true]")).to_have_attribute("title", re.compile("flute"))
    page.keyboard.press("ArrowDown")  # the list has the focus now
    expect(picture).to_have_attribute("alt", re.compile("cello heard as cello"), timeout=PATIENCE)
    expect(page.locator(".widget-vbox")).to_contain_text("cel/[cel][pop_roc]0001__3.wav")
    assert page.locator(".jp-Cell").count() == 1
