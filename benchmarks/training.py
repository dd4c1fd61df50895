"""What an epoch of two networks costs, by how TensorFlow computes it, in one run.

    python benchmarks/training.py [--clips 512] [--threads 2]

The baseline CNN and the recipe that ships, each in three settings that take turns, each in a process of its own,
because TensorFlow reads them when it loads: without oneDNN's convolutions, with them (the default), and with them in 16
bits (`--precision mixed_bfloat16` of `experiment`, for processors with AMX). What five epochs take longer than one is
four epochs. The table goes to `benchmarks/training.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

from irmas_helpers.learning import recipes

OUT = Path(__file__).with_suffix(".md")
FOLD_CLIPS = 4_296  # a training fold of the development part
RECIPES = {"cnn_baseline_song": "baseline", recipes.SHIPPED: "the recipe that ships"}
SETTINGS = {
    "32 bits, without oneDNN": ("0", "float32"),
    "32 bits": ("1", "float32"),
    "16 and 32 bits": ("1", "mixed_bfloat16"),
}


def time_epoch(name: str, clips: int, precision: str) -> tuple[float, float]:
    """Seconds an epoch of a recipe and the process's peak memory in GB, on clips of noise."""
    from dataclasses import replace

    import numpy as np
    import pandas as pd

    from irmas_helpers.instruments import CODES
    from irmas_helpers.learning import recipe_training
    from irmas_helpers.sound import packs

    random = np.random.default_rng(0)
    table = pd.DataFrame({"instrument": random.choice(CODES, clips)})
    pack = packs.Pack(random.integers(0, 256, (clips, 128, 130), dtype=np.uint8), table)
    seconds = {}
    for epochs in (1, 1, 5):  # the first builds things
        recipe = replace(recipes.recipe(name), epochs=epochs, patience=None, begins_with="")
        started = time.perf_counter()
        recipe_training.train_model(recipe, pack, progress=False, precision=precision)
        seconds[epochs] = time.perf_counter() - started
    return (seconds[5] - seconds[1]) / 4, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure(name: str, onednn: str, precision: str, clips: int, threads: int) -> tuple[float, float]:
    """`time_epoch` in a process of its own."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": onednn, "TF_NUM_INTRAOP_THREADS": str(threads)}
    call = [sys.executable, __file__, "--clips", str(clips), "--recipe", name, "--precision", precision]
    done = subprocess.run(call, env={**os.environ, **quiet}, capture_output=True, text=True, check=True)
    seconds, gigabytes = done.stdout.split()
    return float(seconds), float(gigabytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--recipe", help=argparse.SUPPRESS)  # these two: of the process that measures
    parser.add_argument("--precision", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.precision:
        print(*time_epoch(options.recipe, options.clips, options.precision))
        return
    rows, scale = [], FOLD_CLIPS / options.clips
    for recipe, words in RECIPES.items():
        results = {
            name: measure(recipe, *setting, options.clips, options.threads) for name, setting in SETTINGS.items()
        }
        slowest = max(seconds for seconds, _ in results.values())
        rows += [
            f"| {words} | {name} | {scale * seconds:.0f} | {slowest / seconds:.1f} | {gigabytes:.1f} |"
            for name, (seconds, gigabytes) in results.items()
        ]
    lines = [
        "# An epoch of two networks",
        "",
        f"Made by `python benchmarks/training.py --clips {options.clips} --threads {options.threads}` on "
        f"{platform.system()} {platform.machine()}, scaled to the {FOLD_CLIPS:,} clips of a training fold.",
        "",
        "| network | arithmetic | seconds an epoch | faster by | peak memory (GB) |",
        "| --- | --- | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    OUT.write_text("\n".join(lines), "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
