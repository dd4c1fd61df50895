"""Play single notes, scales and short phrases alone, let networks name the instrument, and write down the scores.

    python -m research.measure_notes NAME=MODEL.keras ... --features PACK.npz [--folds NAME=RUNS ...]

Six instruments play (`rendered.lone_notes`). Each network hears the recordings as they are and with everything
quieter than a floor raised to it. The networks of recorded folds, which `experiment --keep` left in a folder RUNS, say
what the floors cost at home, and how much the scores on the notes depend on the training. The result is
`results/measured/notes.json`, with the share of cells at each level in the pack's clips and in the notes; it is written
after each network, and what it holds under a NAME is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from irmas_helpers.data import splits
from irmas_helpers.learning import batches, models, results
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import lone_notes
from irmas_helpers.rendered.lone_notes import KINDS, PROGRAMS
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound import features, packs

OUT = results.FOLDER / "measured" / "notes.json"
SEED = 5
INSTRUMENTS = ("cel", "cla", "flu", "gac", "sax", "vio")  # Freesound's
EACH = 10  # recordings of an instrument and kind
FLOORS = (-80, -70, -60, -50, -40)
LEVELS = np.arange(-80, 1, 5)


def played() -> list[lone_notes.Played]:
    """The recordings that every network is asked about."""
    return lone_notes.play(SEED, EACH, {code: PROGRAMS[code] for code in INSTRUMENTS})


def answers(model, log_mels: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """A network's code for each recording, from its windows as `lone_notes.windows` cuts them."""
    return lone_notes.named(models.predict_log_mel(model, log_mels), weights)


def tried(model, heard: np.ndarray, weights: list[np.ndarray], codes: np.ndarray, kinds: np.ndarray) -> dict:
    """A network's accuracy for each floor, and as the recordings are by kind and by instrument."""
    given = {floor: answers(model, np.maximum(heard, np.float32(floor)), weights) for floor in FLOORS}
    unchanged = given[min(FLOORS)]  # no cell is quieter
    right = unchanged == codes
    return {
        "accuracy_by_floor": {str(floor): float((answer == codes).mean()) for floor, answer in given.items()},
        "interval": evaluation.score(codes, unchanged, range(len(codes))).interval,
        "by_kind": {kind: float(right[kinds == kind].mean()) for kind in KINDS},
        "by_instrument": {code: float(right[codes == code].mean()) for code in INSTRUMENTS},
    }


def recorded_networks(folder: Path) -> list:
    """The networks that `experiment --keep` left, fold by fold."""
    return [models.load_model(file) for file in sorted(folder.glob("seed0_fold*.keras"))]


def at_home(networks: list, pack: packs.Pack) -> dict[str, list[float]]:
    """Accuracy of each fold's network on its test clips, for each floor."""
    accuracies = {str(floor): [] for floor in FLOORS}
    for model, (_, test) in zip(networks, splits.FOLDS["song"](pack.clips, len(networks)), strict=True):
        clips = pack.select(test)
        decibels, own = features.dequantise(clips.values), batches.targets(clips)
        for floor in FLOORS:
            heard = models.predict_log_mel(model, np.maximum(decibels, np.float32(floor)))
            accuracies[str(floor)].append(float((heard.argmax(axis=1) == own).mean()))
    return accuracies


def on_notes(networks: list, heard: np.ndarray, weights: list[np.ndarray], codes: np.ndarray) -> dict[str, list[float]]:
    """Accuracy of each fold's network on the same recordings, for each floor."""
    return {
        str(floor): [
            float((answers(model, np.maximum(heard, np.float32(floor)), weights) == codes).mean()) for model in networks
        ]
        for floor in FLOORS
    }


def shares(decibels: np.ndarray) -> list[float]:
    """Share of the cells below each of `LEVELS`."""
    return [round(float((decibels < level).mean()), 4) for level in LEVELS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME=MODEL.keras")
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--folds", nargs="*", default=[], metavar="NAME=RUNS")
    options = parser.parse_args()
    codes, kinds, sounds = zip(*played(), strict=True)
    codes, kinds = np.array(codes), np.array(kinds)
    heard, weights = lone_notes.windows(sounds)
    pack = packs.load_pack(options.features)
    kept, _ = pack.without_contradictions()
    measured = json.loads(OUT.read_text("utf-8")) if OUT.exists() else _nothing_yet(pack, heard)
    for name, file in (model.split("=", 1) for model in options.models):
        if name not in measured["networks"]:
            measured["networks"][name] = tried(models.load_model(file), heard, weights, codes, kinds)
            print(name, measured["networks"][name], flush=True)
            write_json(OUT, measured)
    for name, folder in (runs.split("=", 1) for runs in options.folds):
        if name not in measured["folds on notes"]:
            networks = recorded_networks(Path(folder))
            measured["folds at home"][name] = at_home(networks, kept)
            measured["folds on notes"][name] = on_notes(networks, heard, weights, codes)
            write_json(OUT, measured)


def _nothing_yet(pack: packs.Pack, heard: np.ndarray) -> dict:
    """The result before any network is asked: how sparse the pack's clips and the notes are."""
    clips = pack.values[np.isin(pack.clips["instrument"], INSTRUMENTS)]
    return {
        "data": "single notes, scales and phrases played by a SoundFont, without accompaniment",
        "recordings": len(INSTRUMENTS) * len(KINDS) * EACH,
        "levels": LEVELS.tolist(),
        "share_below": {"real IRMAS": shares(features.dequantise(clips[::4])), "notes": shares(heard)},
        "networks": {},
        "folds at home": {},
        "folds on notes": {},
    }


if __name__ == "__main__":
    main()
