"""How long the testing set takes: excerpts to windows, windows to scores, on a few cores.

    python benchmarks/polyphonic.py [--cores 2] [--copies 12]

The rendered testing part, several times over under other names, in an empty folder: first `extract-polyphonic`, then
`evaluate-polyphonic` with the network that ships, each as a reader calls it, in a process of its own that is held to
the cores. The official set has 2,874 excerpts; its time is extrapolated by seconds of sound and by windows. The table
goes to `benchmarks/polyphonic.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile

from irmas_helpers.learning import models
from irmas_helpers.rendered import practice_set
from irmas_helpers.sound import testing_packs

OUT = Path(__file__).with_suffix(".md")
OFFICIAL_HOURS = 13  # 2,874 excerpts of 5 to 20 s, most of them of 15 to 20
MODEL = models.PRETRAINED / "cnn_several.keras"


def copied(folder: Path, copies: int) -> float:
    """Put the testing part into a folder several times, each song under another name; returns the hours of sound."""
    seconds = 0.0
    for wav in sorted(practice_set.testing_folder(progress=False).rglob("*.wav")):
        seconds += copies * soundfile.info(wav).duration
        for copy in range(copies):
            for file in (wav, wav.with_suffix(".txt")):
                shutil.copyfile(file, folder / f"copy {copy} of {file.name}")
    return seconds / 3600


def timed(cores: int, *command: str) -> float:
    """Seconds that a command of the package takes, held to so many cores."""
    started = time.perf_counter()
    call = [sys.executable, "-m", "irmas_helpers", *command]
    held = (lambda: os.sched_setaffinity(0, range(cores))) if hasattr(os, "sched_setaffinity") else None
    subprocess.run(call, preexec_fn=held, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--copies", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hours = copied(Path(folder), options.copies)
        pack = str(Path(folder) / "testing.npz")
        extracting = timed(options.cores, "extract-polyphonic", folder, pack)
        evaluating = timed(options.cores, "evaluate-polyphonic", str(MODEL), "--features", pack)
        found = testing_packs.load_testing_pack(pack)
    excerpts, windows, scale = len(found.excerpts), len(found.values), OFFICIAL_HOURS / hours
    rows = [
        f"| {step} | {seconds:.0f} | {excerpts / seconds:.1f} | {hours * 3600 / seconds:.0f} | "
        f"{scale * seconds / 60:.1f} |"
        for step, seconds in (
            ("extract-polyphonic", extracting),
            ("evaluate-polyphonic", evaluating),
            ("both", extracting + evaluating),
        )
    ]
    lines = [
        "# The testing set, from wavs to scores",
        "",
        f"Made by `python benchmarks/polyphonic.py --cores {options.cores} --copies {options.copies}` on "
        f"{platform.system()} {platform.machine()}: {excerpts} excerpts of the rendered testing part "
        f"({hours:.2f} hours, {windows:,} windows), loading and scores included, with a load of "
        f"{os.getloadavg()[1]:.0f} on {os.cpu_count()} cores. The last column is extrapolated to "
        f"the official set's 2,874 excerpts, {OFFICIAL_HOURS} hours, in proportion to the sound.",
        "",
        "| step | seconds | excerpts a second | times as fast as the music | minutes for the official set |",
        "| --- | ---: | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    OUT.write_text("\n".join(lines), "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
