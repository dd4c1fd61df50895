"""Photograph what a reader sees: the page that names an instrument, and a notebook with one of its widgets.

    python tools/make_screenshots.py

Opens both in Debian's Chromium, as `course.py` serves them, and writes `images/page.png` and `images/notebook.png`.
Needs `chromium` and the course's environment. Look at the pictures afterwards.
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

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from irmas_helpers.rendered import practice_set

ROOT = Path(__file__).parents[1]
PATIENCE = 180_000  # milliseconds; a notebook has to run
WIDTH = 1200  # pixels
RECORDING = "*The Tin Roof Waltz-2.wav"  # 20 s, led by a saxophone
NOTEBOOK, WIDGET = "01_a_note_in_numbers.ipynb", "widgets.spectrogram_lab("
# Otherwise JupyterLab asks whether it may fetch news, in a box over the corner of the page.
NO_NEWS = "lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
RUN_ALL = """async () => {
    await jupyterapp.shell.currentWidget.sessionContext.ready;
    jupyterapp.shell.collapseLeft();
    await jupyterapp.commands.execute('notebook:run-all-cells');
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
    for _ in range(120):
        with contextlib.suppress(OSError):
            return socket.create_connection(("localhost", port)).close()
        time.sleep(0.5)
    raise TimeoutError(f"nothing answers at port {port}")


def open_page(browser: Browser, height: int) -> Page:
    page = browser.new_page(viewport={"width": WIDTH, "height": height})
    page.set_default_timeout(PATIENCE)
    return page


def photograph(page: Page, name: str) -> None:
    """Save what the window shows, in few colours, since a page of text has few."""
    file = ROOT / "images" / f"{name}.png"
    page.screenshot(path=file)
    Image.open(file).convert("RGB").quantize(256).save(file, optimize=True)
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
        photograph(page, "page")


def the_notebook(browser: Browser) -> None:
    """A notebook in JupyterLab, run, with a widget in sight; a copy, since JupyterLab saves what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "notebooks" / NOTEBOOK, folder)
        Path(folder, NO_NEWS).parent.mkdir(parents=True)
        Path(folder, NO_NEWS).write_text('{"fetchNews": "false"}')
        options = ("--allow-root", "--IdentityProvider.token=", "--expose-app-in-browser", f"--notebook-dir={folder}")
        with served("jupyter", "lab", *options, JUPYTER_CONFIG_DIR=folder) as address:
            page = open_page(browser, 830)
            page.goto(f"{address}/lab/tree/{NOTEBOOK}?reset")
            page.wait_for_selector(".jp-CodeCell")
            page.evaluate(RUN_ALL)
            page.evaluate(SHOW, WIDGET)
            page.wait_for_timeout(3000)
            photograph(page, "notebook")


def main() -> None:
    executable = shutil.which("chromium")
    if executable is None:
        sys.exit("There is no chromium on this machine; install it: sudo apt install chromium")
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        the_page(browser)
        the_notebook(browser)
        browser.close()


if __name__ == "__main__":
    main()
