"""What the original's detour through pictures costs, against the log-mel itself, in one run on the rendered clips.

    python benchmarks/pictures.py [--clips 40]

The original drew each spectrogram with matplotlib, saved it as a PNG, and read that back as 224 x 224 pixels of three
colours. The table goes to `benchmarks/pictures.md`.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from irmas_helpers.data import clips
from irmas_helpers.rendered import practice_set
from irmas_helpers.sound import audio, features

OUT = Path(__file__).with_suffix(".md")
SIDE = 224  # pixels


def as_picture(decibels: np.ndarray) -> np.ndarray:
    """A log-mel drawn, saved and read back [shape=(224, 224, 3), dtype=float32]."""
    figure = plt.figure(figsize=(1, 1), dpi=SIDE)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(decibels, origin="lower", aspect="auto")
    axes.set_axis_off()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return np.asarray(Image.open(file).convert("RGB"), dtype=np.float32) / 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=40)
    count = parser.parse_args().clips
    root = practice_set.training_folder()
    spectrograms = [features.log_mel(audio.load_audio(root / path)) for path in clips.scan(root).clips["path"][:count]]
    as_picture(spectrograms[0])  # matplotlib's first picture loads its fonts

    seconds = {}
    for name, convert in (("picture", as_picture), ("levels", features.quantise)):
        started = time.process_time()
        results = [convert(decibels) for decibels in spectrograms]
        seconds[name] = (time.process_time() - started) / count, results[0].nbytes

    (slow, large), (fast, small) = seconds["picture"], seconds["levels"]
    OUT.write_text(
        "# The detour through pictures\n\n"
        f"Made by `python benchmarks/pictures.py`: {count} rendered clips, processor time of one run, after the "
        "log-mel is computed.\n\n"
        "| from the log-mel to | ms a clip | kB a clip in memory | 6,705 clips in memory |\n| --- | --- | --- | --- |\n"
        f"| PNG and back, 224 x 224 x 3 floats | {1000 * slow:.1f} | {large / 1e3:.0f} | "
        f"{6.705e3 * large / 1e9:.1f} GB |\n"
        f"| 256 levels, 128 x 130 | {1000 * fast:.2f} | {small / 1e3:.1f} | {6.705e3 * small / 1e9:.2f} GB |\n"
        f"| ratio | {slow / fast:.0f} | {large / small:.0f} | {large / small:.0f} |\n",
        "utf-8",
    )
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
