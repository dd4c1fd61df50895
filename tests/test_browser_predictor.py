"""The predictor in JupyterLab, in a real browser: choose, listen, click, upload, go on after a bad file."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None and os.environ.get("IRMAS_BROWSER") != "required":
    pytest.skip("there is no chromium on this machine", allow_module_level=True)

from irmas_helpers.plots._prediction import LEFT, RIGHT  # noqa: E402

PATIENCE = 60_000  # milliseconds; TensorFlow has to load
CELL = """from irmas_helpers import widgets
widgets.which_instrument({"a tone": "tone.wav"})"""


@pytest.fixture
def lab(tmp_path, write_wav, tone):
    """The address of a JupyterLab with one notebook that shows the widget, and its folder."""
    write_wav("tone.wav", tone(6))
    (tmp_path / "bad.wav").write_bytes(b"la la la")
    cells = [nbformat.v4.new_code_cell(CELL)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "predictor.ipynb")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    package = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": package}, **quiet)
    try:
        wait_for(f"http://localhost:{port}/api")
        yield f"http://localhost:{port}/lab/tree/predictor.ipynb?reset", tmp_path
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"{address} does not answer")


@pytest.fixture
def page(lab):
    """JupyterLab's page with the widget on it."""
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        page = browser.new_page(viewport={"width": 1300, "height": 1100})
        page.set_default_timeout(PATIENCE)
        page.goto(lab[0])
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(".widget-dropdown select")
        yield page
        browser.close()


def upload(page, file: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.locator("button:has-text('Upload')").click()
    chosen.value.set_files(str(file))


def test_a_reader_chooses_listens_clicks_and_uploads(page, lab):
    expect, sound = playwright.expect, page.locator(".widget-vbox audio")
    said = page.locator(".widget-vbox [role=status]")
    picture = page.locator(".widget-vbox img[alt^=Waveform]")
    page.locator(".widget-dropdown select").select_option(index=1)
    expect(said).to_contain_text("tone.wav, 6.0 s", timeout=PATIENCE)
    expect(sound).to_have_attribute("aria-label", "tone.wav")
    assert sound.evaluate("player => new Promise(go => player.duration ? go(player.duration) : "
                          "player.onloadedmetadata = () => go(player.duration))") == pytest.approx(6)  # fmt: skip

    box = picture.bounding_box()
    middle = (LEFT + RIGHT) / 2 * box["width"]
    picture.click(position={"x": middle, "y": 0.4 * box["height"]})
    page.wait_for_function("!document.querySelector('.widget-vbox audio').paused")
    assert 2.9 < sound.evaluate("player => player.currentTime") < 5

    upload(page, lab[1] / "bad.wav")
    expect(page.locator(".widget-vbox [role=alert]")).to_contain_text(
        re.compile("bad.wav: no audio that can be decoded here"), timeout=PATIENCE
    )
    expect(sound).to_have_count(0)
    upload(page, lab[1] / "tone.wav")
    expect(said).to_contain_text("tone.wav, 6.0 s", timeout=PATIENCE)
    expect(sound).to_have_count(1)

    path = page.locator(".widget-text input")
    path.fill("none.wav")
    path.press("Enter")  # by keyboard
    expect(page.locator(".widget-vbox [role=alert]")).to_contain_text("none.wav: no such file", timeout=PATIENCE)
