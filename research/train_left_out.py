"""Train networks that never hear some of the eleven, so that they can be asked about what was left out.

    python -m research.train_left_out --features PACK.npz --out DIR

For each group of `GROUPS` a network of the recipe `RECIPE` is trained on the first fold's training part without the
group's clips. Its outputs for the group stay, and learn that they are never right. What is in DIR already is not
trained again, and a training that was cut off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np

from irmas_helpers.data import splits
from irmas_helpers.learning import models, recipe_training, recipes
from irmas_helpers.sound import packs

RECIPE, FOLD = "ablation_unchanged_song", 0  # of the short trainings the one that names most songs rightly
# Each holds instruments that resemble others which stay, as a trombone resembles a trumpet.
GROUPS = (("cel", "tru"), ("cla", "gac"), ("flu", "org", "voi"))


def file_of(group: tuple[str, ...], folder: Path) -> Path:
    """Where the network without a group lies."""
    return folder / f"without_{'_'.join(group)}.keras"


def parts(pack: packs.Pack) -> tuple[packs.Pack, packs.Pack]:
    """The fold's training and test clips, the left-out classes among them."""
    train, test = splits.FOLDS[recipes.recipe(RECIPE).split](pack.clips)[FOLD]
    return pack.select(train), pack.select(test)


def train(group: tuple[str, ...], known: packs.Pack, file: Path, precision: str) -> None:
    """Train and save the network without a group."""
    others = known.select(np.flatnonzero(~known.clips["instrument"].isin(group)))
    print(f"{file.name}: {len(others.clips)} clips", flush=True)
    trained = recipe_training.train_model(
        recipes.recipe(RECIPE), others, progress=False, precision=precision, beside=file
    )
    models.save(trained.model, file)
    recipe_training.forget(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--precision", default="float32")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pack, _ = packs.load_pack(options.features).without_contradictions()
    known, _ = parts(pack)
    for group in GROUPS:
        file = file_of(group, options.out)
        if not file.exists():
            train(group, known, file, options.precision)


if __name__ == "__main__":
    main()
