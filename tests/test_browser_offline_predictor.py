"""The page that answers in the browser: what it answers is what `predict` answers, and nothing leaves the machine."""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from browser import PATIENCE, give_up, web_server

from irmas_helpers.answers.predict import NOT_SURE, Prediction, load_predictor, none_of
from irmas_helpers.answers.stretches import by_second, stretches
from irmas_helpers.errors import DownloadError, IrmasError
from irmas_helpers.instruments import CODES, NAMES
from irmas_helpers.learning import models, results
from irmas_helpers.rendered import lone_notes
from irmas_helpers.scoring import openset
from irmas_helpers.sound import audio, features
from irmas_helpers.sound.windows import WindowReader

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_browser_predictor  # noqa: E402
import npm_packages  # noqa: E402

BELOW = "somewhere/deep"  # any base path will do
RECORDINGS = ["stereo.wav", "short.wav", "telephone.wav", "studio.flac", "song.ogg", "minute.mp3", "cancelling.wav",
              "pause.wav", "noise.wav", "note.flac", "banjo.wav"]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page's address, on a plain web server."""
    root = tmp_path_factory.mktemp("served")
    try:
        make_browser_predictor.make(root / BELOW, home="../../index.html")
        npm_packages.extract(npm_packages.AXE, ["axe.min.js"], root)
    except DownloadError as error:
        give_up(str(error))
    with web_server(root) as server:
        yield f"{server}/{BELOW}/"


@pytest.fixture(scope="module")
def page(chromium, address):
    """The page, ready to answer; `page.asked` has the address of every request, its workers' too."""
    context = chromium.new_context(viewport={"width": 1000, "height": 1200}, accept_downloads=True)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.asked = asked
    page.goto(address)
    page.wait_for_selector("#file:enabled", timeout=PATIENCE)
    yield page
    context.close()


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, rendered_root):
    """A folder with `RECORDINGS`."""
    folder = tmp_path_factory.mktemp("recordings")
    clips = sorted(rendered_root.rglob("*.wav"))[::29][:20]
    song = np.concatenate([soundfile.read(clip, always_2d=True)[0] for clip in clips])

    def write(name: str, rate: int, seconds: float, change=lambda signal: signal) -> None:
        signal = soxr.resample(song[: 44_100 * 60], 44_100, rate)[: round(seconds * rate)]
        soundfile.write(folder / name, change(signal), rate)

    rng = np.random.default_rng(0)
    write("stereo.wav", 44_100, 3)
    write("short.wav", 22_050, 2, lambda signal: signal[:, 0])
    write("telephone.wav", 8_000, 10.3, lambda signal: signal[:, 0])
    write("studio.flac", 48_000, 12.7)
    write("song.ogg", 44_100, 10)
    write("minute.mp3", 44_100, 60)
    write("cancelling.wav", 44_100, 5, lambda signal: np.stack([0.5 * signal[:, 0], -0.5 * signal[:, 0]], axis=1))
    write("pause.wav", 48_000, 12, lambda signal: signal * (np.arange(len(signal)) < 4 * 48_000)[:, None])
    write("noise.wav", 22_050, 4, lambda signal: rng.uniform(-0.5, 0.5, len(signal)))
    time = np.arange(4 * 44_100) / 44_100
    note = sum(np.sin(2 * np.pi * 440 * k * time) / k**2 for k in range(1, 6)) * np.exp(-time)
    soundfile.write(folder / "note.flac", 0.4 * note, 44_100)
    (banjo,) = (one for one in lone_notes.play(7, 1, {"gac": (105,)}, progress=False) if one.kind == "phrase")
    soundfile.write(folder / "banjo.wav", banjo.sound, audio.SAMPLE_RATE)
    return folder


def hear(page, file: Path) -> dict:
    """Let the page answer, as a reader would, and read what it saves."""
    page.set_input_files("#file", str(file))
    page.wait_for_selector("#file:enabled", timeout=PATIENCE)
    if page.is_hidden("#answer"):
        return {"refused": page.inner_text("#error")}
    with page.expect_download() as saved:
        page.click("#save")
    return json.loads(Path(saved.value.path()).read_text("utf-8"))


def test_recordings_are_answered_as_predict_answers_them(page, recordings):
    predictor, notes, kinds = load_predictor(), [], {}
    for name in RECORDINGS:
        path = recordings / name
        prediction, found = predictor.predict(path), hear(page, path)
        expected, kinds[name] = prediction.as_dict(), prediction.doubt
        assert list(found) == list(expected) and list(found["windows"][0]) == list(expected["windows"][0])
        assert found["file"] == name
        assert found["notes"] == [note.replace(str(path), name) for note in expected["notes"]]
        for key in ("seconds", "instrument", "sure", "threshold", "known", "foreign_threshold"):
            assert found[key] == expected[key], (name, key)
        assert page.inner_text("#verdict").casefold().startswith(prediction.doubt or NAMES[prediction.instrument])
        assert found["foreign"] == pytest.approx(expected["foreign"], abs=0.01), name
        assert found["probabilities"] == pytest.approx(expected["probabilities"], abs=0.01), name
        for window, wanted in zip(found["windows"], expected["windows"], strict=True):
            assert window["start"] == wanted["start"] and window["end"] == wanted["end"]
            assert window["weight"] == pytest.approx(wanted["weight"], abs=0.01)
            assert window["probabilities"] == pytest.approx(wanted["probabilities"], abs=0.01), (name, window["start"])
            assert window["foreign"] == pytest.approx(wanted["foreign"], abs=0.01), (name, window["start"])
        notes += found["notes"]
    assert {*kinds.values()} == {"", NOT_SURE, none_of(11)} and kinds["banjo.wav"] == none_of(11)
    for part in ("padded with silence", "channels cancel", "silence and were left out", "noise or clicks"):
        assert any(part in note for note in notes), part


FEATURES = """async ([address, coded]) => {
    const {Features} = await import(address + 'features.js');
    const features = new Features(await (await fetch(address + 'settings.json')).json());
    const samples = new Float32Array(Uint8Array.from(atob(coded), letter => letter.charCodeAt(0)).buffer);
    const decibels = features.logMel(samples);
    return [[...decibels], features.flatness(decibels), features.anisotropy(decibels), features.sparsity(decibels)];
}"""


def test_features_are_the_packages_within_a_hundredth_of_a_decibel(page, address, recordings):
    for name in ("telephone.wav", "studio.flac", "minute.mp3", "cancelling.wav", "noise.wav", "note.flac"):
        _, window = next(WindowReader(audio.stream(recordings / name), 33_075).windows())
        found, *measures = page.evaluate(FEATURES, [address, base64.b64encode(window.tobytes()).decode()])
        expected = features.log_mel(window)
        assert np.abs(np.reshape(found, expected.shape) - expected).max() < 0.01, name
        assert measures == pytest.approx(
            [features.spectral_flatness(expected), features.anisotropy(expected), features.sparsity(expected[None])[0]],
            abs=0.001,
        )


HEAD = """async ([address, coded]) => {
    const {Head} = await import(address + 'openset.js');
    const {lone_network: {head}} = await (await fetch(address + 'settings.json')).json();
    const weights = new Float32Array(await (await fetch(address + head.file)).arrayBuffer());
    const features = new Float32Array(Uint8Array.from(atob(coded), letter => letter.charCodeAt(0)).buffer);
    return new Head(weights, head).score(features);
}"""


def test_a_head_scores_features_as_the_packages_does(page, address):
    head = openset.load(models.lone_file(models.DEFAULT_EXPORTED))
    rng = np.random.default_rng(0)
    for spread in (0, 1, 4):
        features = (head.mean + spread * head.deviation * rng.standard_normal(len(head.mean))).astype(np.float32)
        found = page.evaluate(HEAD, [address, base64.b64encode(features.tobytes()).decode()])
        assert found == pytest.approx(head.score(features[None])[0], abs=0.001)


HEADERS = """async ([address, coded]) => {
    const {readHeader} = await import(address + 'recording.js');
    return readHeader(Uint8Array.from(atob(coded), letter => letter.charCodeAt(0)));
}"""


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_a_file_is_decoded_at_its_own_rate(page, address, tone, tmp_path, kind, rate):
    file = tmp_path / f"tone.{kind}"
    soundfile.write(file, tone(2, rate=rate), rate)
    said = page.evaluate(HEADERS, [address, base64.b64encode(file.read_bytes()).decode()])
    assert said["rate"] == rate
    assert said["announced"] == (2 if kind in ("wav", "flac") else None)


def written(signal: np.ndarray, rate: int = 44_100, **how):
    return lambda path: soundfile.write(path, signal, rate, **how)


REFUSED = {
    "empty.wav": (Path.touch, "is empty (0 bytes); copy or download it again"),
    "song.mp3": (lambda path: path.write_bytes(b"la la la"),
                 "no audio that this browser can decode; convert it to wav, flac, ogg or mp3"),
    "silent.wav": (written(np.zeros(50_000)), "holds nothing but silence; is it the right file or channel?"),
    "click.wav": (written(np.ones(1_000)), "holds 0.0226 s; nothing can be told by less than 0.1 s, record more"),
    "nearly.wav": (written(np.ones(4_409)), "holds 0.0999 s; nothing can be told by less than 0.1 s, record more"),
    "slow.wav": (written(np.ones(9_000), 3_000), "its header says 3,000 samples per second; nothing can be told below "
                 "4,000; export it again at 44,100"),
    "huge.wav": (written(np.full(44_100, 1e30), subtype="FLOAT"),
                 "44100 samples are NaN, infinite or huge; export it again as 16-bit wav"),
    "long.wav": (written(np.zeros(21 * 60 * 8_000), 8_000), "21 minutes; a browser holds 20 here, cut it, or ask the "
                 "command irmas predict, which takes any length"),
}  # fmt: skip


def test_what_cannot_be_answered_is_refused_in_a_line_and_the_next_is_answered(page, recordings, tmp_path):
    for name, (make, line) in REFUSED.items():
        make(tmp_path / name)
        assert hear(page, tmp_path / name) == {"refused": f"{name}: {line}"}
    cut = tmp_path / "cut.wav"
    cut.write_bytes((recordings / "pause.wav").read_bytes()[:1_000_000])
    (note,) = hear(page, cut)["notes"]
    assert note == load_predictor().predict(cut).notes[0].replace(str(cut), "cut.wav")
    assert page.inner_text("#error") == ""


def in_words(prediction: Prediction, second: int) -> str:
    """A second's answer, of the windows that reach into it."""
    row = by_second(prediction)[second]
    reaching = [window for window in prediction.windows if window.start < second + 1 and window.end > second]
    foreign = np.average([window.foreign for window in reaching], weights=[window.weight for window in reaching])
    code, probabilities = CODES[row.argmax()], dict(zip(CODES, row, strict=True))
    doubt = replace(prediction, instrument=code, probabilities=probabilities, foreign=foreign).doubt
    name = f"{NAMES[code]} {row.max():.0%}".replace("%", "\xa0%")
    return f"0:{second:02} {f'{doubt} ({name})' if doubt else name}"


def seconds_in_words(page) -> list[str]:
    """What the slider says, from its first second on."""
    page.focus("#second")
    page.keyboard.press("Home")
    said = []
    for _ in range(int(page.get_attribute("#second", "max")) + 1):
        said.append(page.get_attribute("#second", "aria-valuetext"))
        page.keyboard.press("ArrowRight")
    return said


def test_the_answer_is_shown_heard_and_reached_by_keys(page, recordings):
    answer, expected = hear(page, recordings / "song.ogg"), load_predictor().predict(recordings / "song.ogg")
    shown = page.inner_text("#answer")
    assert "Not sure, perhaps human singing voice" in shown and "sure from 62\xa0%" in shown
    top = sorted(answer["probabilities"].values(), reverse=True)[:3]
    assert re.findall(r"(\d+)\xa0%", page.inner_text("#top")) == [f"{100 * p:.0f}" for p in top]
    assert "human singing voice" in page.get_attribute("#chart svg", "aria-label")

    playing = "() => { const {paused, currentTime} = document.getElementById('player'); return [paused, currentTime]; }"

    def plays_from(second: float) -> None:
        page.wait_for_timeout(300)
        paused, now = page.evaluate(playing)
        assert not paused and second <= now < second + 2
        page.evaluate("() => document.getElementById('player').pause()")

    box = page.locator("#chart").bounding_box()
    page.mouse.click(box["x"] + 132 + 0.6 * (box["width"] - 148), box["y"] + 80)
    plays_from(5.9)
    page.focus("#second")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.get_attribute("#second", "aria-valuetext") == in_words(expected, 3)
    page.keyboard.press("Enter")
    plays_from(3)
    page.keyboard.press("Tab")  # to "In words"
    page.keyboard.press("Enter")
    found = stretches(expected)
    lines = [f"0:{int(one.start):02} to 0:{int(one.end):02}: {one}".replace("%", "\xa0%") for one in found]
    assert page.locator("#stretches button").all_inner_texts() == lines and len(lines) > 1
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    plays_from(0)


DROP = """coded => {
    const bytes = Uint8Array.from(atob(coded), letter => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], 'dropped.wav'));
    document.body.dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
}"""


def test_a_file_that_is_dropped_on_the_page_is_answered(page, recordings):
    page.evaluate(DROP, base64.b64encode((recordings / "stereo.wav").read_bytes()).decode())
    page.wait_for_selector("#status:has-text('dropped.wav, 3.0 s, heard in')", timeout=PATIENCE)
    assert page.inner_text("#verdict")


def test_what_is_none_of_the_eleven_is_called_so_for_the_whole_and_by_second(page, recordings):
    hear(page, recordings / "banjo.wav")
    expected, measured = load_predictor().predict(recordings / "banjo.wav"), results.measured("openset")["elsewhere"]
    whole = f"None of the eleven, as far as I can tell; the nearest is {NAMES[expected.instrument]}"
    assert page.inner_text("#verdict") == whole
    assert whole[1:] in page.get_attribute("#chart svg", "aria-label")
    assert f"it said this of {measured['chosen']['foreign called foreign']} of 347" in page.inner_text("#how-sure")
    assert page.locator("#chart .name").last.text_content() == "none of the eleven"
    said = seconds_in_words(page)
    assert said == [in_words(expected, second) for second in range(len(said))]
    assert any("none of the eleven (" in one for one in said)


RECORDER = """() => { const context = new AudioContext(), out = context.createMediaStreamDestination();
    const tone = new OscillatorNode(context, {frequency: 440});
    tone.connect(out); tone.start();
    navigator.mediaDevices.getUserMedia = async () => out.stream; }"""


def test_the_microphone_records_and_its_refusal_is_said(page):
    page.evaluate("() => navigator.mediaDevices.getUserMedia = async () => { throw Error('Permission denied'); }")
    page.click("#record")
    page.wait_for_selector("#error:not(:empty)")
    assert page.inner_text("#error") == "No recording (Permission denied). Choose a file instead."
    page.evaluate(RECORDER)
    page.click("#record")
    page.wait_for_selector("#record:text-is('Stop')")
    page.wait_for_timeout(1_500)
    page.click("#record")
    page.wait_for_selector("#status:has-text('heard in')")
    assert re.match(r"your recording, [12]\.\d s, heard in", page.inner_text("#status"))
    assert page.is_visible("#answer")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1000), ("dark", 390)])
def test_nothing_stands_in_the_way_of_readers(page, recordings, address, scheme, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    hear(page, recordings / "pause.wav")
    page.evaluate("() => document.querySelector('details').open = true")
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    source = page.request.get(f"{address}../../axe.min.js").text()
    page.evaluate(source)
    found = page.evaluate("() => axe.run()")
    assert len(found["passes"]) > 15
    bad = [f"{one['impact']}: {one['help']}" for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert not bad


SENDING = """() => new Promise(go => {
    addEventListener('securitypolicyviolation', event => go(event.effectiveDirective));
    fetch('http://127.0.0.1:9/').then(() => go('sent'), () => setTimeout(() => go('not refused by the page'), 1000));
})"""


def test_no_request_leaves_the_page_and_none_could(page, address):
    assert len(page.workers) == 2
    assert [part.evaluate(SENDING) for part in (page, *page.workers)] == ["connect-src"] * 3
    ours = [url for url in page.asked if url.startswith((address, f"blob:{address.split('/some')[0]}", "data:"))]
    assert {url.rsplit("/", 1)[1] for url in ours} >= {"cnn.onnx", "ort-wasm-simd-threaded.wasm", "worker.js"}
    assert set(page.asked) - set(ours) <= {"http://127.0.0.1:9/"}


def test_without_npm_one_line_says_why_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(npm_packages.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["make_browser_predictor.py", str(tmp_path / "page")])
    assert make_browser_predictor.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "onnxruntime-web 1.30.0: npm is not installed" in line
    assert not (tmp_path / "page").exists()


def test_another_folder_is_not_written_over(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(IrmasError, match="holds something else; name a new folder"):
        make_browser_predictor.make(tmp_path)
