"""How well the network notices what is none of the eleven, in three ways, and what that costs on what it knows.

    python -m research.measure_openset --features PACK.npz --outliers OUTLIERS.npz ... --cache DIR --left-out DIR
        [--elsewhere DIR --speech DIR --looks N]

At home: heads fitted without a fold's songs are asked about them, beside the recorded answers of that fold's network.
The features are of the network that ships, which has heard all of them. Left out: networks that never heard some of the
classes (`train_left_out`), each with a head of its own, are asked about clips of these. Elsewhere, below DIR: the
folders `foreign` and `freesound` and the wavs of IRMAS; and drums, noise and speech. Each look is counted. What is not
asked for stays as it was recorded, in `results/measured/openset.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import soundfile
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from irmas_helpers.answers import predict
from irmas_helpers.data import splits
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import batches, models, results
from irmas_helpers.paths import write_json
from irmas_helpers.rendered.soundfont_player import RATE
from irmas_helpers.scoring import openset, resampling
from irmas_helpers.scoring.calibration import load_calibration, temper
from irmas_helpers.sound import packs

from . import fit_openset, measure_unlike, train_left_out

OUT = results.FOLDER / "measured" / "openset.json"
THRESHOLDS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
KEPT = 0.95  # of the known, where false alarms are counted


def separation(foreign: np.ndarray, known: np.ndarray, of_foreign: np.ndarray, of_known: np.ndarray) -> dict:
    """Area under the ROC curve (AUROC) with its interval over sources, drawn again on either side.

    Parameters
    ----------
    foreign, known : numpy.ndarray [shape=(sounds,)]
        Scores, larger for the foreign.
    of_foreign, of_known : numpy.ndarray [shape=(sounds,)]
        Whose each sound is: a player, a song, a recording.
    """
    scores, truth = np.concatenate([foreign, known]), np.repeat([1, 0], [len(foreign), len(known)])
    weights = [_weights(of_foreign, 0), _weights(of_known, 1)]
    drawn = [
        roc_auc_score(truth, scores, sample_weight=np.concatenate(each))
        for each in zip(*weights, strict=True)
        if all(part.any() for part in each)
    ]
    return {
        "auroc": float(roc_auc_score(truth, scores)),
        "interval": resampling.interval(np.array(drawn)),
        "foreign": [len(foreign), len(np.unique(of_foreign))],
        "known": [len(known), len(np.unique(of_known))],
        "noticed_at_95": float((foreign > np.quantile(known, KEPT)).mean()),
    }


def _weights(sources: np.ndarray, seed: int) -> np.ndarray:
    """How often each sound counts in each resample of its sources [shape=(resamples, sounds)]."""
    names, place = np.unique(sources, return_inverse=True)
    return resampling.song_draws(len(names), seed)[:500, place]


def outliers(files: list[Path], cache: Path) -> tuple[list[dict], list[np.ndarray]]:
    """Features of what the SoundFonts play, as it is and as if recorded elsewhere, and the classes."""
    heard, own = [], []
    for file in files:
        played = np.load(file)
        for suffix in ("", "_elsewhere"):
            heard.append(fit_openset.summaries(played["levels"], cache / f"{file.stem}{suffix}.npz", bool(suffix)))
            own.append(fit_openset.classes(played["known"]))
    return heard, own


def at_home(pack: packs.Pack, played: tuple, cache: Path) -> dict:
    """What heads that have not heard a song's fold make of its clips, beside what its fold's network answered."""
    usual, moved = (
        fit_openset.summaries(pack.values, cache / f"irmas{end}.npz", bool(end)) for end in ("", "_elsewhere")
    )
    own, heard = batches.targets(pack), {name: np.empty(len(pack.clips)) for name in fit_openset.FILES}
    for train, test in splits.FOLDS["song"](pack.clips, 5):
        for name, scores in heard.items():
            known = np.concatenate([usual[name][train], moved[name][train], *(each[name] for each in played[0])])
            head = openset.fit(known, np.concatenate([own[train], own[train], *played[1]]))
            scores[test] = head.score(usual[name][test])
    alone = usual["sparsity"] > predict.LONE_SPARSITY
    share = np.where(alone, predict.LONE_SHARE, 0.0)
    foreign = share * heard["cnn_lone"] + (1 - share) * heard["cnn"]
    calibration = load_calibration(models.DEFAULT_EXPORTED)
    told = results.probabilities(calibration.recipe).set_index("path").loc[pack.clips["path"], list(CODES)].to_numpy()
    answers = temper(told, calibration.temperature)
    right, sure = answers.argmax(axis=1) == own, answers.max(axis=1) >= calibration.threshold

    def told_at(threshold: float) -> dict:
        given = sure & (foreign <= threshold)
        return {
            "answered": float(given.mean()),
            "wrong": float((~right[given]).mean()),
            "called_foreign": float((foreign > threshold).mean()),
            "of_sparse": float((foreign > threshold)[alone].mean()),
        }

    return {
        "clips": len(own),
        "songs": int(pack.clips["song"].nunique()),
        "without": told_at(np.inf),
        "thresholds": {str(threshold): told_at(threshold) for threshold in THRESHOLDS},
    }


def left_out(pack: packs.Pack, files: list[Path], folder: Path, cache: Path) -> dict:
    """For each network without a group of classes: how well a head and the top probability tell these from the rest."""
    train, test = train_left_out.parts(pack)
    played = [np.load(file) for file in files]
    rendered = np.concatenate([each["known"] for each in played])
    levels = np.concatenate([each["levels"] for each in played])
    found = {}
    for group in train_left_out.GROUPS:
        network = models.load_model(train_left_out.file_of(group, folder))
        heard = {}
        for name, values in (("train", train.values), ("test", test.values), ("rendered", levels)):
            kept = cache / f"without_{'_'.join(group)}_{name}.npz"
            if not kept.exists():
                np.savez(kept, *models.hear(network, values))
            heard[name] = tuple(np.load(kept).values())
        found[" ".join(group)] = _without(group, heard, train.clips, test.clips, rendered)
        print(group, found[" ".join(group)], flush=True)
    return found


def _without(
    group: tuple[str, ...], heard: dict, train: pd.DataFrame, test: pd.DataFrame, rendered: np.ndarray
) -> dict:
    """The scores of one network; `heard` holds probabilities and features, `rendered` the codes of what is played."""
    place = {code: number for number, code in enumerate([code for code in CODES if code not in group] + [""])}
    taken = {"train": train["instrument"].to_numpy(), "rendered": rendered}
    rows = {name: np.flatnonzero(np.isin(codes, list(place))) for name, codes in taken.items()}
    head = openset.fit(
        np.concatenate([heard[name][1][rows[name]] for name in taken]),
        np.concatenate([[place[code] for code in taken[name][rows[name]]] for name in taken]),
    )
    foreign = test["instrument"].isin(group).to_numpy()
    score, songs = head.score(heard["test"][1]), test["song"].to_numpy()
    doubt = -heard["test"][0][:, [CODES.index(code) for code in place if code]].max(axis=1)
    both = _ranks(score) + _ranks(doubt)
    return {
        **{
            name: separation(values[foreign], values[~foreign], songs[foreign], songs[~foreign])
            for name, values in (("head", score), ("top probability", doubt), ("both", both))
        },
        "called_foreign": {
            "known songs of training": float((head.score(heard["train"][1][rows["train"]]) > 0).mean()),
            "known songs of test": float((score[~foreign] > 0).mean()),
        },
    }


def _ranks(values: np.ndarray) -> np.ndarray:
    return values.argsort().argsort() / len(values)


def elsewhere(root: Path, predictor: predict.Predictor) -> dict:
    """What is answered about the recordings below a folder."""
    kinds = {"foreign": "foreign/*/*/*", "freesound": "freesound/*/*.flac", "wavs": "irmas/IRMAS-TrainingData/*/*.wav"}
    rows = []
    for kind, pattern in kinds.items():
        for path in tqdm(sorted(path for path in root.glob(pattern) if path.suffix != ".md"), desc=kind):
            answer = predictor.predict(path)
            player = path.parent.name if path.parts[-3] == "notes" else path.stem
            rows.append((kind, path.parts[-3], path.parent.name, player, answer.instrument, answer.foreign,
                         max(answer.probabilities.values())))  # fmt: skip
    table = pd.DataFrame(rows, columns=["kind", "folder", "label", "player", "answer", "foreign", "top"])
    foreign, known, wavs = (table[table["kind"] == kind] for kind in kinds)
    threshold = predictor.calibration.threshold
    return {
        **{
            f"{name} against freesound": {
                way: separation(sign * some[column], sign * known[column], some["player"], known["player"])
                for way, column, sign in (("head", "foreign", 1), ("top probability", "top", -1))
            }
            for name, some in (
                ("foreign", foreign),
                ("foreign/notes", foreign[foreign["folder"] == "notes"]),
                ("foreign/freesound", foreign[foreign["folder"] != "notes"]),
            )
        },
        "sure": _sure(foreign, known, wavs, threshold, np.inf),
        "thresholds": {str(each): _sure(foreign, known, wavs, threshold, each) for each in THRESHOLDS},
        "chosen": _sure(foreign, known, wavs, threshold, predictor.head.threshold),
        "by_label": {
            f"{folder}/{label}": [
                len(some),
                int((some["top"] >= threshold).sum()),
                int(((some["top"] >= threshold) & (some["foreign"] <= predictor.head.threshold)).sum()),
                int((some["foreign"] > predictor.head.threshold).sum()),
            ]
            for (folder, label), some in table[table["kind"] != "wavs"].groupby(["folder", "label"])
        },
    }


def _sure(foreign: pd.DataFrame, known: pd.DataFrame, wavs: pd.DataFrame, least: float, most: float) -> dict[str, int]:
    """How many foreign ones get a sure name, and how many known ones a right and sure one, at a threshold."""
    sure = {name: (part["top"] >= least) & (part["foreign"] <= most) for name, part in
            (("foreign", foreign), ("freesound", known), ("wavs", wavs))}  # fmt: skip
    right = {"freesound": known["answer"] == known["label"], "wavs": wavs["answer"] == wavs["label"]}
    return {
        "foreign sure": int(sure["foreign"].sum()),
        "foreign called foreign": int((foreign["foreign"] > most).sum()),
        **{f"{name} right and sure": int((sure[name] & right[name]).sum()) for name in right},
        "freesound wrong and sure": int((sure["freesound"] & ~right["freesound"]).sum()),
        "freesound called foreign": int((known["foreign"] > most).sum()),
        "wavs called foreign": int((wavs["foreign"] > most).sum()),
    }


def no_instruments(speech: Path, predictor: predict.Predictor) -> dict[str, dict]:
    """Of drum loops, noises and speech: how many there are, and how often which of the three answers is given."""
    counts: dict[str, Counter] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound.wav"
        for kind, sound in measure_unlike.sounds():
            soundfile.write(file, sound, RATE)
            counts.setdefault(kind, Counter()).update(["asked", _in_a_word(predictor.predict(file))])
        for path in sorted(speech.glob("*.wav")):
            counts.setdefault("speech", Counter()).update(["asked", _in_a_word(predictor.predict(path))])
    return {kind: dict(counter) for kind, counter in counts.items()}


def _in_a_word(answer: predict.Prediction) -> str:
    return "sure" if answer.sure else "not sure" if answer.known else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--outliers", type=Path, nargs="+", default=[])
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--left-out", type=Path)
    parser.add_argument("--elsewhere", type=Path)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--looks", type=int, help="the number of this look at what lies elsewhere")
    options = parser.parse_args()
    if (options.elsewhere is None) != (options.looks is None):
        parser.error("--elsewhere DIR and --looks N go together: each look is counted")
    measured = {}
    if options.features:
        pack, _ = packs.load_pack(options.features).without_contradictions()
        if options.left_out:
            measured["left out"] = left_out(pack, options.outliers, options.left_out, options.cache)
        else:
            measured["at home"] = at_home(pack, outliers(options.outliers, options.cache), options.cache)
    if options.elsewhere:
        measured["elsewhere"] = {"looks": options.looks, **elsewhere(options.elsewhere, predict.load_predictor())}
    if options.speech:
        measured["no instruments"] = no_instruments(options.speech, predict.load_predictor())
    before = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    write_json(OUT, before | measured)
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
