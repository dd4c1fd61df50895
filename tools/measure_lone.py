"""What hearing lone notes three times behind a floor gives, as `predict.listen` does, and what it costs at home.

    python tools/measure_lone.py --bank NAME=BANK.sf2 ... --features PACK.npz --fold MODEL.keras

The shipped network names notes, scales and phrases that `measure_notes.py` plays, with another seed than those on which
the floor was chosen, on the course's own SoundFont and on others (FluidR3_GM.sf2 comes with Debian's package
fluid-soundfont-gm). MODEL is a network that has not heard the test clips of the first fold, such as `experiment --keep`
leaves; it says what becomes of those clips. The result is `results/measured/lone.json`.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import measure_notes
import numpy as np

from irmas_helpers import evaluation, experiments, features, models, packs, predict, recipes, splits, training
from irmas_helpers.soundfont import SoundFont

OUT = experiments.RESULTS / "measured" / "lone.json"
SEED = 11
EACH = 20
FOLDS = 5
HEARD = {"once": models.predict_log_mel, "as predict hears it": predict.listen}


def on_notes(model, bank: SoundFont | None) -> dict:
    """Both ways' accuracy on a bank's recordings, by kind as well, and their difference."""
    codes, kinds, sounds = zip(*measure_notes.recordings(SEED, EACH, bank), strict=True)
    windows, weights = measure_notes.windows(list(sounds))
    right = {way: measure_notes.answers(model, windows, weights, hear) == codes for way, hear in HEARD.items()}
    by_kind = {
        kind: {way: float(row[np.array(kinds) == kind].mean()) for way, row in right.items()}
        for kind in measure_notes.KINDS
    }
    return {**_compared(right, np.arange(len(codes))), "by_kind": by_kind}


def at_home(model, pack: packs.Pack) -> dict:
    """Both ways' accuracy on the first fold's test clips, and how many of them are dark."""
    clips = pack.select(splits.FOLDS["song"](pack.clips, FOLDS)[0][1])
    decibels, own = features.dequantise(clips.values), training.targets(clips)
    right = {way: hear(model, decibels).argmax(axis=1) == own for way, hear in HEARD.items()}
    dark = features.darkness(decibels) > predict.LONE_DARKNESS
    return {**_compared(right, clips.clips["song"]), "dark": int(dark.sum())}


def _compared(right: dict[str, np.ndarray], songs) -> dict:
    once, listening = (np.asarray(row, dtype=int) for row in right.values())
    _, song = np.unique(songs, return_inverse=True)
    difference = evaluation.paired(*(np.bincount(song, row) for row in (once, listening)), np.bincount(song))
    return {**{way: float(np.mean(row)) for way, row in right.items()}, **asdict(difference)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", action="append", default=[], metavar="NAME=BANK.sf2")
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--fold", type=Path, required=True, metavar="MODEL.keras")
    options = parser.parse_args()
    network = models.load()
    banks = {"TimGM6mb": None} | {name: SoundFont(Path(file)) for name, file in (b.split("=", 1) for b in options.bank)}
    pack, _ = packs.load(options.features).without_contradictions()
    measured = {
        "network": recipes.SHIPPED,
        "notes": {name: on_notes(network, bank) for name, bank in banks.items()},
        "at home": {"data": "real IRMAS, development part, by song, first of 5 folds"}
        | at_home(models.load(options.fold), pack),
    }
    experiments.write_json(OUT, measured)
    print(measured)


if __name__ == "__main__":
    main()
