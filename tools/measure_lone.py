"""Whether lone notes are named better behind a floor, heard three times: a trial that `predict` did not keep.

    python tools/measure_lone.py --bank NAME=BANK.sf2 ... --features PACK.npz

A window is taken for a lone note where more than 40 % of the cells that sound lie 60 dB below its maximum. Then
everything below -50 dB is raised to that, and the network hears the window as it is and moved by two bands up and down.
The shipped network names notes, scales and phrases that `measure_notes.py` plays, with another seed than those on which
this was chosen, on the course's own SoundFont and on others (FluidR3_GM.sf2 comes with Debian's package
fluid-soundfont-gm). It is also asked about violins that are plucked instead of bowed. The result is
`results/measured/lone.json`.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import measure_notes
import numpy as np
import pandas as pd
import scipy.ndimage

from irmas_helpers import evaluation, experiments, features, models, packs, recipes
from irmas_helpers.soundfont import SoundFont

OUT = experiments.RESULTS / "measured" / "lone.json"
SEED = 11
EACH = 20
DARK_DB, DARK_SHARE = -60, 0.4
FLOOR_DB = -50
MOVES = (0, 2, -2)  # bands
PLUCKED = {"vio": (45,)}  # General MIDI's "pizzicato strings"


def darkness(decibels: np.ndarray) -> np.ndarray:
    """Share of cells more than 60 dB below the maximum, in the frames that sound, of log-mels [shape=(n, 128, 130)]."""
    dark = (decibels < DARK_DB).mean(axis=1)
    sounding = dark < 1
    return (dark * sounding).sum(axis=1) / sounding.sum(axis=1)


def listen(model, decibels: np.ndarray) -> np.ndarray:
    """A network's probabilities for windows, those with a lone note heard three times behind a floor."""
    heard, lone = models.predict_log_mel(model, decibels), darkness(decibels) > DARK_SHARE
    if lone.any():
        moved = (scipy.ndimage.shift(decibels[lone], (0, bands, 0), order=0, cval=-features.TOP_DB) for bands in MOVES)
        raised = (np.maximum(version, np.float32(FLOOR_DB)) for version in moved)
        heard[lone] = np.mean([models.predict_log_mel(model, version) for version in raised], axis=0)
    return heard


HEARD = {"once": models.predict_log_mel, "three times": listen}


def on_notes(model, bank: SoundFont | None) -> dict:
    """Both ways' accuracy on a bank's recordings, and by kind, and their difference."""
    recordings = measure_notes.recordings(SEED, EACH, bank)
    *_, plucked = zip(*measure_notes.recordings(SEED, EACH, bank, PLUCKED), strict=True)
    codes, kinds = (np.array([row[column] for row in recordings]) for column in (0, 1))
    windows, weights = measure_notes.windows([sound for *_, sound in recordings])
    right = {way: measure_notes.answers(model, windows, weights, hear) == codes for way, hear in HEARD.items()}
    difference = evaluation.paired(*(row.astype(int) for row in right.values()), np.ones(len(codes), dtype=int))
    table = pd.DataFrame({**right, "kind": kinds, "instrument": codes})
    return {
        **{way: float(row.mean()) for way, row in right.items()},
        "difference": difference.difference,
        "interval": difference.interval,
        "recordings": len(codes),
        "plucked violin": Counter(measure_notes.answers(model, *measure_notes.windows(list(plucked))).tolist()),
        **{f"by_{column}": table.groupby(column)[list(HEARD)].mean().to_dict() for column in ("kind", "instrument")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", action="append", default=[], metavar="NAME=BANK.sf2")
    parser.add_argument("--features", type=Path, required=True)
    options = parser.parse_args()
    network = models.load()
    banks = {"TimGM6mb": None} | {name: SoundFont(Path(file)) for name, file in (b.split("=", 1) for b in options.bank)}
    pack, _ = packs.load(options.features).without_contradictions()
    clips = [features.dequantise(pack.values[first : first + 500]) for first in range(0, len(pack.values), 500)]
    dark = np.concatenate([darkness(each) for each in clips])
    measured = {
        "network": recipes.SHIPPED,
        "notes": {name: on_notes(network, bank) for name, bank in banks.items()},
        "dark clips of real IRMAS": float((dark > DARK_SHARE).mean()),
    }
    experiments.write_json(OUT, measured)
    print(measured)


if __name__ == "__main__":
    main()
