"""Train the network for lone notes, which `predict` asks beside the usual one where little else sounds.

    python -m research.train_lone --features PACK.npz --start cnn.keras --out cnn_lone.keras

It begins as a copy of another network and hears two kinds of clips: notes, scales and phrases that the course's
SoundFont plays alone (`rendered.lone_notes`), strings plucked as well as bowed; and those clips of real IRMAS that
are nearly as empty. With --fold K and --recipe NAME the clips are those on which that fold's network of that recipe was
trained, so that it can be tested on the others. A training that was cut off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np
import pandas as pd

from irmas_helpers.data import splits
from irmas_helpers.learning import batches, models, recipes, resuming, training
from irmas_helpers.learning.augmentation_plans import AUGMENTATIONS
from irmas_helpers.rendered import lone_notes
from irmas_helpers.sound import features, packs

SEED = 23
EACH = 40  # recordings of an instrument and kind
# Bowed, plucked, trembling; General MIDI's fiddle and piccolo.
PROGRAMS = lone_notes.PROGRAMS | {
    "vio": (40, 40, 40, 45, 45, 110, 44),
    "cel": (42, 42, 42, 45, 44),
    "flu": (73, 73, 72),
}
LEAST_SPARSITY = 0.25  # somewhat below the sparsity at which `predict` asks
PLAN = replace(AUGMENTATIONS["elsewhere_slow"], stretch=0.3, style=0.3)
EPOCHS, BATCH_SIZE, LEARNING_RATE, WARM_UP = 8, 32, 1e-3, 0.05


def sparsity(pack: packs.Pack) -> np.ndarray:
    """How sparse each of a pack's clips is [shape=(clips,)]."""
    starts = range(0, len(pack.values), 500)
    return np.concatenate([features.sparsity(features.dequantise(pack.values[i : i + 500])) for i in starts])


def heard_by(recipe: recipes.Recipe, pack: packs.Pack, fold: int) -> np.ndarray:
    """Positions of the clips on which a fold's network of a recipe was trained."""
    train, _ = splits.FOLDS[recipe.split](pack.clips)[fold]
    return train[splits.some_songs(pack.select(train).clips, recipe.songs)]


def trained(start: Path, pack: packs.Pack, state: Path):
    """The network after all epochs."""
    training.set_seed(0)
    model = models.load_model(start)
    steps = EPOCHS * -(-len(pack.clips) // BATCH_SIZE)
    training.compile_model(
        model,
        training.cosine(LEARNING_RATE, steps, round(WARM_UP * steps)),
        optimizer="muon",
        weight_decay=0.05,
        targets="shares",
        label_smoothing=0.05,
    )
    examples = batches.augmented(pack, PLAN, BATCH_SIZE, seed=0)
    resuming.fit(model, examples, state, epochs=EPOCHS)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--start", type=Path, default=models.DEFAULT_MODEL)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=recipes.recipe, help="of the fold's network")
    parser.add_argument("--fold", type=int)
    options = parser.parse_args()
    if (options.recipe is None) != (options.fold is None):
        parser.error("--recipe and --fold go together")
    models.check_place(options.out)
    pack, _ = packs.load_pack(options.features).without_contradictions()
    if options.fold is not None:
        pack = pack.select(heard_by(options.recipe, pack, options.fold))
    real, played = pack.select(sparsity(pack) > LEAST_SPARSITY), lone_notes.pack(lone_notes.play(SEED, EACH, PROGRAMS))
    print(f"{len(played.clips)} windows of notes and {len(real.clips)} clips of real IRMAS", flush=True)
    both = packs.Pack(
        np.concatenate([played.values, real.values]), pd.concat([played.clips, real.clips], ignore_index=True)
    )
    state = options.out.with_suffix(".partial")
    models.save(trained(options.start, both, state), options.out)
    resuming.forget(state)


if __name__ == "__main__":
    main()
