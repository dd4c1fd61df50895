"""Photograph what a reader sees: the page that names an instrument, a notebook, and each of the widgets.

    python tools/make_screenshots.py                     # images/page.png and images/notebook.png
    python tools/make_screenshots.py kernel_lab what_if  # images/widgets/kernel_lab.png and so on, from their notebooks

Opens all in Debian's Chromium, as `course.py` serves them. A widget's notebook is run as far as the widget, which takes
up to some minutes. Needs `chromium` and the course's environment. Look at the pictures afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, sync_playwright

from irmas_helpers.rendered import practice_set

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "images"
PATIENCE = 180_000  # milliseconds; a notebook has to run
WIDTH = 1200  # pixels
RECORDING = "*The Tin Roof Waltz-2.wav"  # 20 s, led by a saxophone
NOTEBOOK, WIDGET = "01_a_note_in_numbers", "widgets.spectrogram_lab("
# Otherwise JupyterLab asks whether it may fetch news, in a box over the corner of the page.
NO_NEWS = "lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
RUN_ALL = """async () => {
    await jupyterapp.shell.currentWidget.sessionContext.ready;
    jupyterapp.shell.collapseLeft();
    await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
# The widgets of the site's pages, each as its notebook shows it before anything is moved. The one that names the
# instrument in a recording is on `page.png`.
WIDGETS = {
    "beat_the_network": "02_dense_model",
    "clip_browser": "01_data_exploration",
    "error_browser": "11_which_instrument",
    "kernel_lab": "03_baseline_cnn",
    "mixing_lab": "06_beating_overfitting",
    "neuron_lab": "02_a_neuron_learns",
    "regularisation_lab": "04_dropout",
    "spectrogram_lab": "01_a_note_in_numbers",
    "split_explorer": "01_data_exploration",
    "threshold_lab": "10_polyphonic_music",
    "what_if": "11_which_instrument",
}
RUN_TO = """async source => {
    const {content, sessionContext} = jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    jupyterapp.shell.collapseLeft();
    content.activeCellIndex = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
    await jupyterapp.commands.execute('notebook:run-all-above');
    await jupyterapp.commands.execute('notebook:run-cell');
    await content.scrollToItem(content.activeCellIndex, 'start');
    content.widgets[content.activeCellIndex].node.classList.add('photographed');
}"""
SHOW = """source => {
    const {content} = jupyterapp.shell.currentWidget;
    const index = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
    content.activeCellIndex = index;
    return content.scrollToItem(index, 'start');
}"""


@contextlib.contextmanager
def served(*command: str, **environment: str) -> Iterator[str]:
    """The address of one of Jupyter's servers, which runs as long as the block."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    package = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    server = subprocess.Popen(
        [sys.executable, "-m", *command, "--no-browser", f"--port={port}"],
        env={**os.environ, "PYTHONPATH": package, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):  # a busy machine takes minutes
        with contextlib.suppress(OSError):
            return socket.create_connection(("localhost", port)).close()
        time.sleep(0.5)
    raise TimeoutError(f"nothing answers at port {port}")


def open_page(browser: Browser, height: int, **options: Any) -> Page:
    page = browser.new_page(viewport={"width": WIDTH, "height": height}, **options)
    page.set_default_timeout(PATIENCE)
    return page


def in_few_colours(file: Path, margin: int | None = None) -> None:
    """Save a picture again in few colours, since a page of text has few; with a margin, without the white around."""
    picture = Image.open(file).convert("RGB")
    if margin is not None:
        picture = ImageOps.expand(picture.crop(ImageOps.invert(picture).getbbox()), margin, "white")
    picture.quantize(256).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1e3:.0f} kB")


def the_page(browser: Browser) -> None:
    """The page of `course.py page` with an answer."""
    with served("voila", str(ROOT / "notebooks" / "page" / "which_instrument.ipynb")) as address:
        page = open_page(browser, 870)
        page.goto(address)
        with page.expect_file_chooser() as chosen:
            page.get_by_role("button", name="Upload").click()
        (recording,) = practice_set.testing_folder().rglob(RECORDING)
        chosen.value.set_files(recording)
        page.get_by_alt_text("Waveform and probabilities").wait_for()
        page.wait_for_timeout(1000)
        page.screenshot(path=IMAGES / "page.png")
        in_few_colours(IMAGES / "page.png")


@contextlib.contextmanager
def opened(browser: Browser, notebook: str, height: int, **options: Any) -> Iterator[Page]:
    """A notebook in JupyterLab; a copy, since JupyterLab saves what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "notebooks" / f"{notebook}.ipynb", folder)
        Path(folder, NO_NEWS).parent.mkdir(parents=True)
        Path(folder, NO_NEWS).write_text('{"fetchNews": "false"}')
        settings = ("--allow-root", "--IdentityProvider.token=", "--expose-app-in-browser", f"--notebook-dir={folder}")
        with served("jupyter", "lab", *settings, JUPYTER_CONFIG_DIR=folder) as address:
            page = open_page(browser, height, **options)
            page.goto(f"{address}/lab/tree/{notebook}.ipynb?reset")
            page.wait_for_selector(".jp-CodeCell")
            yield page


def the_notebook(browser: Browser) -> None:
    """A notebook in JupyterLab, run, with a widget in sight."""
    with opened(browser, NOTEBOOK, 830) as page:
        page.evaluate(RUN_ALL)
        page.evaluate(SHOW, WIDGET)
        page.wait_for_timeout(3000)
        page.screenshot(path=IMAGES / "notebook.png")
        in_few_colours(IMAGES / "notebook.png")


def the_widget(browser: Browser, name: str) -> None:
    """A widget as its notebook shows it, sharp on fine screens too."""
    file = IMAGES / "widgets" / f"{name}.png"
    file.parent.mkdir(exist_ok=True)
    with opened(browser, WIDGETS[name], 1600, device_scale_factor=1.5) as page:
        page.evaluate(RUN_TO, f"widgets.{name}(")
        page.wait_for_timeout(3000)
        page.locator(".photographed .jp-OutputArea-output .widget-vbox").first.screenshot(path=file)
        in_few_colours(file, margin=8)


def main() -> None:
    executable = shutil.which("chromium")
    if executable is None:
        sys.exit("There is no chromium on this machine; install it: sudo apt install chromium")
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name in sys.argv[1:]:
            the_widget(browser, name)
        if not sys.argv[1:]:
            the_page(browser)
            the_notebook(browser)
        browser.close()


if __name__ == "__main__":
    main()
