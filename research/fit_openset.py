"""Fit the heads that say "none of the eleven", from real clips of IRMAS and what SoundFonts play (`outliers`).

    python -m research.fit_openset --features PACK.npz --outliers OUTLIERS.npz ... --cache DIR [--out DIR]

Each of the two networks that answer gets a head on its features. The real clips and what the SoundFonts play of the
eleven are told apart by class, all else is the last class; every sound is there twice, as it is and as if recorded
elsewhere. `--cache` keeps the features, which take some minutes for every thousand windows. The heads are written
beside the networks.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: more threads wait for each other

import numpy as np

from irmas_helpers.instruments import CODES
from irmas_helpers.learning import batches, models
from irmas_helpers.learning.augmentation_plans import AUGMENTATIONS, augment
from irmas_helpers.scoring import openset
from irmas_helpers.sound import features, packs

# What makes another recording of the same player: nothing is mixed, borrowed or masked.
ELSEWHERE = replace(AUGMENTATIONS["elsewhere_slow"], mix_decibels=0.0, style=0.0, frequency_masks=0, time_masks=0)
FILES = {name: models.PRETRAINED / f"{name}.onnx" for name in ("cnn", "cnn_lone")}
_AT_ONCE = 64


def summaries(levels: np.ndarray, kept: Path, elsewhere: bool = False) -> dict[str, np.ndarray]:
    """Both networks' features and probabilities of windows, and how sparse they are; read from a file if it is there.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        A pack's.
    kept : path
        The file.
    elsewhere : bool
        Whether they are changed as `ELSEWHERE` says.
    """
    if not kept.exists():
        networks = {name: models.load_model(file) for name, file in FILES.items()}
        pieces = [_summary(levels[i : i + _AT_ONCE], networks, elsewhere, i) for i in range(0, len(levels), _AT_ONCE)]
        found = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **found)
    return dict(np.load(kept))


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
    parser.add_argument("--threshold", type=float, default=0.0)
    options = parser.parse_args()
    pack, _ = packs.load_pack(options.features).without_contradictions()
    sources = [("irmas", pack.values, batches.targets(pack))]
    for file in options.outliers:
        played = np.load(file)
        sources.append((file.stem, played["levels"], classes(played["known"])))
    heard, labels = [], []
    for name, levels, own in sources:
        for suffix, elsewhere in (("", False), ("_elsewhere", True)):
            heard.append(summaries(levels, options.cache / f"{name}{suffix}.npz", elsewhere))
            labels.append(own)
        print(name, len(own), flush=True)
    for name, file in FILES.items():
        head = openset.fit(np.concatenate([each[name] for each in heard]), np.concatenate(labels), options.threshold)
        out = options.out / openset.head_file(file).name
        head.save(out)
        print(f"{out.name}: written")


if __name__ == "__main__":
    main()
