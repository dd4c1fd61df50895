"""What `course.py` opens: JupyterLab with the first notebook, its picture, and no question in front of it."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
import requests
from browser import PATIENCE

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
import course  # noqa: E402


@pytest.fixture(scope="module")
def opened(serve, tmp_path_factory):
    """The address that the browser is sent to by a JupyterLab of `course.py`, which asks for no token here."""
    runtime = tmp_path_factory.mktemp("runtime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
        serve(*course.LAB, "--allow-root", "--IdentityProvider.token=")
    for _ in range(60):
        for file in runtime.glob("jpserver-file-to-run-*.html"):
            found = re.search(r'href="(http[^"]+)"', file.read_text("utf-8"))
            if found:
                return found[1]
        time.sleep(0.5)
    pytest.fail("JupyterLab names no page to open")


def test_jupyterlab_serves_the_folder_and_opens_the_first_notebook(opened):
    address, notebook = opened.split("/lab/tree/")
    assert notebook == "notebooks/01_a_note_in_numbers.ipynb"
    picture = requests.get(f"{address}/files/images/three_sounds.png", headers={"Referer": opened}, timeout=60)
    assert picture.content.startswith(b"\x89PNG")


def test_the_first_notebook_shows_its_picture_and_nobody_asks_about_news(opened, chromium):
    from playwright.sync_api import expect

    notebook = ROOT / "notebooks" / "01_a_note_in_numbers.ipynb"
    before = notebook.read_bytes()
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{opened}?reset")
    picture = page.get_by_alt_text("Twenty milliseconds of three sounds").first
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")  # refused where the file is not found
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle")  # after everything else, questions too
    assert picture.evaluate("image => image.naturalWidth") > 100
    assert page.get_by_text("Jupyter news").count() == 0
    page.close()
    assert notebook.read_bytes() == before
