"""How long the page that answers in the browser takes for a song of three minutes, beside `predict`, in one run.

    python benchmarks/in_browser.py [--rounds 3]

The page is served from a temporary folder to Chromium, which is driven by Playwright; npm brings onnxruntime-web on
first use. The same rendered music as mp3, flac and wav is asked about in turns. The page says itself how long it took;
`predict` is timed in this process, with its network loaded. A figure is the minimum over the rounds, the page's first
answer apart. The table goes to `benchmarks/in_browser.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import soundfile
from playwright.sync_api import Page, sync_playwright
from predict import song

from irmas_helpers.answers.predict import load_predictor

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]
import make_browser_predictor  # noqa: E402
from browser import web_server  # noqa: E402

OUT = Path(__file__).with_suffix(".md")
FORMATS = ("mp3", "flac", "wav")
RATE, PATIENCE = 44_100, 120_000  # milliseconds


def heard_in(page: Page, file: Path) -> float:
    """Seconds that the page says it took."""
    page.set_input_files("#file", str(file))
    page.wait_for_selector("#file:enabled", timeout=PATIENCE)
    return float(re.search(r"heard in ([\d.]+) s", page.inner_text("#status"))[1])


def ours(predictor, file: Path) -> float:
    """Seconds that `predict` takes."""
    begun = time.perf_counter()
    predictor.predict(file)
    return time.perf_counter() - begun


def measured(folder: Path, rounds: int) -> tuple[float, dict[str, tuple[float, float]]]:
    """The page's first answer, and for each format the shortest times of the page and of `predict`."""
    files, sound = {name: folder / f"song.{name}" for name in FORMATS}, song()
    for file in files.values():
        soundfile.write(file, sound, RATE)
    make_browser_predictor.make(folder / "site" / "page", home="../index.html")
    predictor = load_predictor()
    with web_server(folder / "site") as server, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{server}/page/")
        page.wait_for_selector("#file:enabled", timeout=PATIENCE)
        first = heard_in(page, files["mp3"])
        turns = [[(heard_in(page, file), ours(predictor, file)) for file in files.values()] for _ in range(rounds)]
        browser.close()
    return first, {
        name: tuple(map(min, zip(*times, strict=True))) for name, *times in zip(FORMATS, *turns, strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        first, found = measured(Path(folder), rounds)
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    )
    rows = "".join(
        f"| {name} | {page:.1f} | {mine:.2f} | {page / mine:.1f} |\n" for name, (page, mine) in found.items()
    )
    OUT.write_text(
        f"""# A song in the browser

Made by `python benchmarks/in_browser.py`: three minutes of stereo in Chromium, the minimum of {rounds} rounds.
{machine}. The page's first answer, an mp3, took {first:.1f} s.

| three minutes as | page (s) | `predict` (s) | ratio |
| --- | ---: | ---: | ---: |
{rows}""",
        "utf-8",
    )


if __name__ == "__main__":
    main()
