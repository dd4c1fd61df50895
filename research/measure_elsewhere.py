"""Measure the shipped model on recordings that are not in the repository, and write down what it said.

    python -m research.measure_elsewhere --wavs DIR --features PACK.npz [--freesound DIR --looks N]

DIR holds folders named by instrument codes. Freesound's clips are whole files of any length, answered by `predict`.
The wavs are IRMAS clips whose rows the pack holds: both ways to a network's input are compared on them. Without
`--freesound` nobody looks at those clips, and what is recorded of them stays. The result,
`results/measured/elsewhere.json`, holds every answer and counts how often the Freesound clips were looked at; the same
without the network for lone notes; and what needs no network: how long each of those clips is, and how fast it dies
away.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import pandas as pd
from tqdm import tqdm

from irmas_helpers.answers.predict import Predictor, load_predictor
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models, results
from irmas_helpers.paths import write_json
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound import audio, features, packs

OUT = results.FOLDER / "measured" / "elsewhere.json"


def freesound(root: Path, predictor: Predictor) -> dict:
    """Every clip's answer, the scores over all of them and by class, and what weighing windows alike would give."""
    files = sorted(path for code in CODES for path in root.glob(f"{code}/*.flac"))
    answers = [predictor.predict(path) for path in tqdm(files, desc="Freesound")]
    table = pd.DataFrame(
        {
            "label": [path.parent.name for path in files],
            "answer": [answer.instrument for answer in answers],
            "unweighted": [_unweighted(answer) for answer in answers],
            "confidence": [max(answer.probabilities.values()) for answer in answers],
            "seconds": [round(answer.seconds, 2) for answer in answers],
            "fall": pd.Series([fall(audio.load_audio(path)) for path in files], dtype=object),  # None stays None
        }
    )
    right = table["answer"] == table["label"]
    scores = evaluation.score(table["label"], table["answer"], [path.stem for path in files])
    given = (
        table.assign(right=right)
        .groupby("label")
        .agg(
            right=("right", "sum"),
            clips=("right", "size"),
            answers=("answer", " ".join),
            seconds=("seconds", list),
            falls=("fall", list),
        )
    )
    return {
        "accuracy": scores.accuracy,
        "interval": scores.interval,
        "n": scores.n,
        "accuracy_unweighted": float((table["unweighted"] == table["label"]).mean()),
        "confidence_right": float(table.loc[right, "confidence"].mean()),
        "confidence_wrong": float(table.loc[~right, "confidence"].mean()),
        "per_class": given.to_dict("index"),
    }


def fall(signal: np.ndarray) -> float | None:
    """Seconds from a recording's loudest moment until it is 20 dB weaker; None if it never is.

    A plucked string falls so within some tenths of a second, a bowed or blown tone when it ends.
    """
    levels = librosa.amplitude_to_db(librosa.feature.rms(y=signal)[0], ref=np.max)
    weak = np.flatnonzero(levels[levels.argmax() :] < -20)
    return round(float(librosa.frames_to_time(weak[0])), 2) if len(weak) else None


def _unweighted(answer) -> str:
    """The answer if every window counted alike."""
    windows = pd.DataFrame([window.probabilities for window in answer.windows])
    return windows.mean().idxmax()


def agreement(root: Path, pack: packs.Pack, predictor: Predictor) -> dict:
    """How alike the answers are on audio and on the pack's rows of the same clips, by one network and by both."""
    rows = {path: row for row, path in enumerate(pack.clips["path"])}
    names = sorted(name for name in (path.relative_to(root).as_posix() for path in root.rglob("*.wav")) if name in rows)
    sound = np.stack([features.log_mel(audio.fit_length(audio.load_audio(root / name))) for name in names])
    recorded = features.dequantise(pack.values[[rows[name] for name in names]])
    ways = {"one network": replace(predictor, lone=None), "two networks": predictor}
    return {words: _apart(*(one.listen(way) for way in (sound, recorded))) for words, one in ways.items()}


def _apart(of_audio: np.ndarray, of_pack: np.ndarray) -> dict:
    """How many answers agree, and how far the probabilities lie apart."""
    apart = np.abs(of_audio - of_pack)
    return {
        "clips": len(apart),
        "same_answer": int((of_audio.argmax(axis=1) == of_pack.argmax(axis=1)).sum()),
        "mean_difference": float(apart.mean()),
        "mean_of_largest_difference": float(apart.max(axis=1).mean()),
    }


def _others(looks: int) -> list[dict]:
    """What the other looks at Freesound saw."""
    if not OUT.exists():
        return []
    before = json.loads(OUT.read_text("utf-8"))
    last = {key: before["freesound"][key] for key in ("looks", "accuracy", "interval")}
    others = [look for look in [*before.get("other_looks", []), last] if look["looks"] != looks]
    return sorted(others, key=lambda look: look["looks"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--freesound", type=Path)
    parser.add_argument("--wavs", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=models.DEFAULT_MODEL)
    parser.add_argument("--looks", type=int, help="the number of this look at Freesound")
    options = parser.parse_args()
    if (options.freesound is None) != (options.looks is None):
        parser.error("--freesound DIR and --looks N go together: each look is counted")
    predictor = replace(
        load_predictor(options.model), calibration=None
    )  # the ninety's probabilities are recorded as they are
    if options.freesound is None:
        measured = json.loads(OUT.read_text("utf-8"))
        if measured["model"] != options.model.name:
            parser.error(f"{OUT.name} is of {measured['model']}: give --freesound DIR and --looks N for another model")
    else:
        measured = {
            "model": options.model.name,
            "freesound": {"looks": options.looks, **freesound(options.freesound, predictor)},
            "one network": freesound(options.freesound, replace(predictor, lone=None)),
            "other_looks": _others(options.looks),
        }
    measured["wavs"] = agreement(options.wavs, packs.load_pack(options.features), predictor)
    write_json(OUT, measured)
    print(measured)


if __name__ == "__main__":
    main()
