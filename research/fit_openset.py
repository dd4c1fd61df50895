"""Fit the heads that say "none of the eleven", from real clips of IRMAS and what SoundFonts play (`outliers`).

    python -m research.fit_openset --features PACK.npz --outliers OUTLIERS.npz ... --cache DIR [--out DIR]

Each of the two networks that answer gets a head on its features. The real clips and what the SoundFonts play of the
eleven are told apart by class, all else is the last class; every sound is there twice, as it is and as if recorded
elsewhere. `--cache` keeps the features, which take some minutes for every thousand windows. The heads are written
beside the networks, with the threshold that `measure_openset --left-out` found on songs that were not learned from.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: more threads wait for each other

import numpy as np

from irmas_helpers.instruments import CODES
from irmas_helpers.learning import batches, models, results
from irmas_helpers.learning.augmentation_plans import AUGMENTATIONS, augment
from irmas_helpers.paths import written_whole
from irmas_helpers.scoring import openset
from irmas_helpers.sound import features, packs

# What makes another recording of the same player: nothing is mixed, borrowed or masked.
ELSEWHERE = replace(AUGMENTATIONS["elsewhere_slow"], mix_decibels=0.0, style=0.0, frequency_masks=0, time_masks=0)
FILES = {name: models.PRETRAINED / f"{name}.onnx" for name in ("cnn", "cnn_lone")}
HIDDEN, EPOCHS, BATCH_SIZE, LEARNING_RATE = 128, 20, 512, 2e-3
DROPPED_INPUTS, DROPPED_UNITS, DECAY = 0.2, 0.5, 0.01
_AT_ONCE = 64


def fit(features: np.ndarray, classes: np.ndarray, threshold: float = 0.0, seed: int = 0) -> openset.OpenSet:
    """Fit a head: dropout, cross-entropy, AdamW (Loshchilov and Hutter, ICLR 2019) with a rate that falls to 0.

    Parameters
    ----------
    features : numpy.ndarray [shape=(sounds, features)]
        What a network makes of sounds.
    classes : numpy.ndarray of int [shape=(sounds,)]
        Positions of their classes; the largest number stands for none of them.
    threshold : float
        See `openset.OpenSet`; it is best chosen on sounds that are not among these.
    seed : int
        Of the first weights, the order and the dropout.
    """
    keras = models.import_keras()
    keras.utils.set_random_seed(seed)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
    hidden, outputs = keras.layers.Dense(HIDDEN, "relu"), keras.layers.Dense(int(classes.max()) + 1)
    dropped = [keras.layers.Dropout(share) for share in (DROPPED_INPUTS, DROPPED_UNITS)]
    head = keras.Sequential([keras.Input(mean.shape), dropped[0], hidden, dropped[1], outputs])
    steps = EPOCHS * -(-len(features) // BATCH_SIZE)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    head.compile(keras.optimizers.AdamW(rate, weight_decay=DECAY), loss)
    head.fit((features - mean) / deviation, classes, BATCH_SIZE, EPOCHS, verbose=0)
    return openset.OpenSet(mean, deviation, *(np.vstack(layer.get_weights()) for layer in (hidden, outputs)), threshold)


def summaries(
    levels: np.ndarray, kept: Path, elsewhere: bool = False, files: dict[str, Path] = FILES
) -> dict[str, np.ndarray]:
    """Networks' features and probabilities of windows, and how sparse they are; read from a file if they are there.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        A pack's.
    kept : path
        The file; a digest of what it is made from is added to its name.
    elsewhere : bool
        Whether they are changed as `ELSEWHERE` says.
    files : dict
        The networks by name; if none is given, both that ship.
    """
    kept = kept.with_stem(f"{kept.stem}_{_digest(levels, elsewhere, files)}")
    if not kept.exists():
        networks = {name: models.load_model(file) for name, file in files.items()}
        pieces = [_summary(levels[i : i + _AT_ONCE], networks, elsewhere, i) for i in range(0, len(levels), _AT_ONCE)]
        found = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        kept.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(kept) as temporary:
            np.savez(temporary, **found)
    with np.load(kept) as archive:
        return dict(archive)


def _digest(levels: np.ndarray, elsewhere: bool, files: dict[str, Path]) -> str:
    """What tells summaries of other windows or networks, or changed otherwise, from these."""
    digest = hashlib.sha256(np.ascontiguousarray(levels))
    digest.update(repr(ELSEWHERE if elsewhere else None).encode())
    for name, file in files.items():
        digest.update(name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _summary(levels: np.ndarray, networks: dict, elsewhere: bool, seed: int) -> dict[str, np.ndarray]:
    if elsewhere:
        decibels, _ = augment(levels, np.zeros((len(levels), 1)), ELSEWHERE, np.random.default_rng(seed))
    else:
        decibels = features.dequantise(levels)
    found = {"sparsity": np.nan_to_num(features.sparsity(decibels))}
    for name, network in networks.items():
        found[f"{name} answers"], found[name] = models.hear(network, decibels)
    return found


def classes(known: np.ndarray) -> np.ndarray:
    """Positions of codes, and one more for what has none."""
    return np.array([CODES.index(code) if code else len(CODES) for code in known])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--outliers", type=Path, nargs="+", required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=models.PRETRAINED)
    options = parser.parse_args()
    pack, _ = packs.load_pack(options.features).without_contradictions()
    sources = [("irmas", pack.values, batches.targets(pack))]
    for file in options.outliers:
        with np.load(file) as played:
            sources.append((file.stem, played["levels"], classes(played["known"])))
    heard, labels = [], []
    for name, levels, own in sources:
        for suffix, elsewhere in (("", False), ("_elsewhere", True)):
            heard.append(summaries(levels, options.cache / f"{name}{suffix}.npz", elsewhere))
            labels.append(own)
        print(name, len(own), flush=True)
    threshold = results.measured("openset")["left out"]["threshold"]["chosen"]
    for name, file in FILES.items():
        head = fit(np.concatenate([each[name] for each in heard]), np.concatenate(labels), threshold)
        out = options.out / openset.head_file(file).name
        head.save(out)
        print(f"{out.name}: written")


if __name__ == "__main__":
    main()
