"""Cut test clips short, fill them up again in two ways, and write down how often each fold's network is right.

    python -m research.measure_short RUNS --features PACK.npz

`predict` has to make a window of three seconds of a recording that is shorter. RUNS is the folder in which
`experiment --keep` left the fold networks of the shipped recipe. Of each test clip the middle is kept, and either
repeated or put into silence, in the log-mel, where levels are brought to the new maximum. The way was chosen on the 859
validation clips of `choose_recipe.py`, with two networks of other recipes; this measures it on all folds. The
result is `results/measured/short.json`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from irmas_helpers.data import splits
from irmas_helpers.learning import batches, models, recipes, results
from irmas_helpers.paths import write_json
from irmas_helpers.sound import features, packs

OUT = results.FOLDER / "measured" / "short.json"
FOLDS = 5
SECONDS = (3.0, 2.0, 1.0, 0.5, 0.25)


def middle(levels: np.ndarray, frames: int) -> np.ndarray:
    """The middle frames of levels [shape=(clips, 128, frames)], brought to a maximum of 0 dB."""
    start = (levels.shape[2] - frames) // 2
    kept = levels[:, :, start : start + frames].astype(int)
    return np.clip(kept + 255 - kept.max(axis=(1, 2), keepdims=True), 0, 255).astype(np.uint8)


def repeated(part: np.ndarray, frames: int) -> np.ndarray:
    """The part again and again, up to so many frames."""
    return part[:, :, np.arange(frames) % part.shape[2]]


def in_silence(part: np.ndarray, frames: int) -> np.ndarray:
    """The part in the middle of so many frames."""
    before = (frames - part.shape[2]) // 2
    return np.pad(part, ((0, 0), (0, 0), (before, frames - part.shape[2] - before)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, metavar="RUNS")
    parser.add_argument("--features", type=Path, required=True)
    options = parser.parse_args()
    pack, _ = packs.load_pack(options.features).without_contradictions()
    right = {way.__name__: {seconds: 0 for seconds in SECONDS} for way in (repeated, in_silence)}
    for fold, (_, test) in enumerate(splits.FOLDS["song"](pack.clips, FOLDS)):
        model = models.load_model(options.runs / f"seed0_fold{fold}.keras")
        clips = pack.select(test)
        for way in (repeated, in_silence):
            for seconds in SECONDS:
                frames = round(seconds / 3 * features.CLIP_FRAMES)
                heard = models.predict_pack(model, way(middle(clips.values, frames), features.CLIP_FRAMES))
                right[way.__name__][seconds] += int((heard.argmax(axis=1) == batches.targets(clips)).sum())
        print(f"fold {fold}", right, flush=True)
    shares = {way: {str(seconds): n / len(pack.clips) for seconds, n in row.items()} for way, row in right.items()}
    data = {"data": "real IRMAS, development part, by song, 5 folds", "clips": len(pack.clips)}
    write_json(OUT, {**data, "recipe": recipes.SHIPPED, "accuracy": shares})


if __name__ == "__main__":
    main()
