"""What the network for lone notes is worth, on notes of SoundFonts and at home, and how its share was chosen.

    python -m research.measure_lone --bank NAME=BANK.sf2 ... --features PACK.npz --half HALF.keras

The shipped networks name what `rendered.lone_notes` plays, with another seed than those on which one of them was
trained and the share was chosen: on the course's own SoundFont, which plays in that training, and on others, which
nobody has heard (FluidR3_GM.sf2 comes with Debian's package fluid-soundfont-gm). Violins that are plucked instead of
bowed are counted for themselves.

At home no honest word can be had from networks that were trained on all clips. HALF is the first fold's network of the
recipe HALF_RECIPE, which knows half of its training songs, and HALF_lone.keras, beside it, what `train_lone.py` made of
it with the same songs. They are asked about the clips of all other songs, and about other notes. The result is
`results/measured/lone.json`.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np
import pandas as pd

from irmas_helpers.answers import predict
from irmas_helpers.learning import batches, models, recipes, results
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import lone_notes
from irmas_helpers.rendered.soundfont_player import SoundFont
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound import features, packs

from . import train_lone

OUT = results.FOLDER / "measured" / "lone.json"
SEED, EACH = 31, 12
CHOICE_SEED, CHOICE_EACH = 22, 15
PLUCKED, PLUCKED_EACH = {"vio": (45,)}, 20  # General MIDI's "pizzicato strings"
SHARES = (0.0, 0.3, 0.5, 0.7, 1.0)
HALF_RECIPE, HALF_FOLD = "cnn_pooled_attention_50_percent_of_songs_song", 0


def mixed(usual: np.ndarray, lone: np.ndarray, sparse: np.ndarray, share: float) -> np.ndarray:
    """Probabilities with this share of the network for lone notes where it is asked, as `predict` mixes them."""
    return np.where(sparse[:, None], share * lone + (1 - share) * usual, usual)


class Heard:
    """Recordings and what both networks say about each of their windows."""

    def __init__(self, predictor: predict.Predictor, recordings: list):
        self.codes, self.kinds = (np.array([row[column] for row in recordings]) for column in (0, 1))
        windows, self._weights = lone_notes.windows([recording.sound for recording in recordings])
        self._usual = models.predict_log_mel(predictor.model, windows)
        self._lone = models.predict_log_mel(predictor.lone, windows)
        self._sparse = features.sparsity(windows) > predict.LONE_SPARSITY

    def answers(self, share: float) -> np.ndarray:
        """A code for each recording, with this share of the network for lone notes."""
        return lone_notes.named(mixed(self._usual, self._lone, self._sparse, share), self._weights)

    def accuracy(self, share: float) -> float:
        return float((self.answers(share) == self.codes).mean())


def on_notes(predictor: predict.Predictor, bank: SoundFont | None) -> dict:
    """Accuracy with the usual network alone and with both, by kind and by instrument, and the difference."""
    heard = Heard(predictor, lone_notes.play(SEED, EACH, bank=bank))
    plucked = Heard(predictor, lone_notes.play(SEED, PLUCKED_EACH, PLUCKED, bank))
    ways = {"one network": 0.0, "two networks": predict.LONE_SHARE}
    right = {way: heard.answers(share) == heard.codes for way, share in ways.items()}
    difference = evaluation.paired(*(row.astype(int) for row in right.values()), np.ones(len(heard.codes), dtype=int))
    table = pd.DataFrame({**right, "kind": heard.kinds, "instrument": heard.codes})
    return {
        **{way: float(row.mean()) for way, row in right.items()},
        "difference": difference.difference,
        "interval": difference.interval,
        "recordings": len(heard.codes),
        "plucked violin": {way: Counter(plucked.answers(share).tolist()) for way, share in ways.items()},
        **{f"by_{column}": table.groupby(column)[list(ways)].mean().to_dict() for column in ("kind", "instrument")},
    }


def choice(predictor: predict.Predictor, banks: dict, pack: packs.Pack) -> dict:
    """What each share of the network for lone notes gives and costs, with networks of half of the songs."""
    known = train_lone.heard_by(recipes.recipe(HALF_RECIPE), pack, HALF_FOLD)
    unknown = pack.select(np.setdiff1d(np.arange(len(pack.clips)), known))
    usual, lone = (models.predict_pack(each, unknown.values) for each in (predictor.model, predictor.lone))
    sparse, own = train_lone.sparsity(unknown) > predict.LONE_SPARSITY, batches.targets(unknown)
    played = {
        name: Heard(predictor, lone_notes.play(CHOICE_SEED, CHOICE_EACH, bank=bank)) for name, bank in banks.items()
    }
    plucked = {
        f"{name}, violin plucked": Heard(predictor, lone_notes.play(CHOICE_SEED, PLUCKED_EACH, PLUCKED, bank))
        for name, bank in banks.items()
    }
    rows = {}
    for share in SHARES:
        right = mixed(usual, lone, sparse, share).argmax(axis=1) == own
        rows[str(share)] = {
            "unknown songs": float(right.mean()),
            "dark clips of them": float(right[sparse].mean()),
            **{name: heard.accuracy(share) for name, heard in (played | plucked).items()},
        }
    return {"clips": len(own), "dark": int(sparse.sum()), "shares": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", action="append", default=[], metavar="NAME=BANK.sf2")
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--half", type=Path, required=True)
    options = parser.parse_args()
    banks = {"TimGM6mb": None} | {name: SoundFont(Path(file)) for name, file in (b.split("=", 1) for b in options.bank)}
    pack, _ = packs.load_pack(options.features).without_contradictions()
    shipped = predict.load_predictor()
    measured = {
        "notes": {name: on_notes(shipped, bank) for name, bank in banks.items()},
        "choice": choice(predict.load_predictor(options.half), banks, pack),
    }
    write_json(OUT, measured)
    print(measured)


if __name__ == "__main__":
    main()
