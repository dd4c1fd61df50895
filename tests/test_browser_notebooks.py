"""A notebook of each folder, opened in JupyterLab as `python3 course.py` opens it, shows every picture of its text.

That every notebook carries its pictures whole is for test_notebooks.py: JupyterLab needs seconds to draw each.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import PATIENCE

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ("notebooks/01_a_note_in_numbers.ipynb", "notebooks/solutions/12_your_own_instruments.ipynb")
LOADED = """() => [...document.querySelectorAll('.jp-MarkdownOutput img')]
    .map(image => [image.alt, image.complete ? image.naturalWidth : null])"""


@pytest.fixture(scope="module")
def page(chromium, serve):
    """JupyterLab's page; its server has the repository for its root, as that of `course.py`."""
    address, _ = serve(
        "jupyter", "lab", "--allow-root", "--IdentityProvider.token=", f"--ServerApp.root_dir={ROOT}",
        "--LabApp.default_url=/lab",
    )  # fmt: skip
    page = chromium.new_page(viewport={"width": 1300, "height": 1100})
    page.set_default_timeout(PATIENCE)
    yield address, page
    page.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_picture_of_the_text_is_loaded(page, name):
    address, page = page
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-MarkdownOutput h1")
    page.wait_for_function(f"() => ({LOADED})().every(([, width]) => width !== null)")
    pictures = page.evaluate(LOADED)
    assert pictures, "the first cell shows a picture"
    assert all(width > 0 for _, width in pictures), pictures
