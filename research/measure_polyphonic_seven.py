"""Let the shipped networks hear a few real testing excerpts, and write down scores and what they said of each window.

    python -m research.measure_polyphonic_seven DIR

DIR holds excerpts of IRMAS's testing set with their labels; seven were at hand. Nothing was tuned on them: the
threshold is the fixed one. The result, `results/measured/polyphonic_seven.json`, holds no sound and no feature;
notebook 10 draws it. One timeline is also its title picture, `images/polyphonic_timeline.png`. Run it again when a
shipped network changes.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path, PurePosixPath

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import matplotlib

matplotlib.use("Agg")
import numpy as np

from irmas_helpers import plots
from irmas_helpers.answers import polyphonic
from irmas_helpers.data import testing_set
from irmas_helpers.learning import models, results
from irmas_helpers.paths import write_json
from irmas_helpers.sound import testing_packs

OUT = results.FOLDER / "measured" / "polyphonic_seven.json"
NETWORKS = {"one choice": "cnn.keras", "trained on mixtures": "cnn_several.keras"}
PICTURE = results.FOLDER.parent / "images" / "polyphonic_timeline.png"
PICTURED = "The Police - 01 - Synchronicity I-3"


def heard(model, pack: testing_packs.TestingPack) -> dict:
    """Scores with the fixed threshold, and the probabilities of every window, excerpt by excerpt."""
    judged = polyphonic.judge(model, pack)
    scored = polyphonic.result(judged, polyphonic.FIXED_THRESHOLD, "fixed threshold")
    windows = [models.predict_log_mel(model, pack.windows_of(row)) for row in range(len(pack.excerpts))]
    return {
        **scored.as_dict(),
        "values": np.round(judged.values, 4).tolist(),
        "probabilities": [np.round(each.astype(float), 4).tolist() for each in windows],
    }


def draw(content: dict, excerpt: str) -> None:
    """One excerpt as both networks hear it."""
    plots.style()
    row = content["excerpts"].index(excerpt)
    windows = {name: content[name]["probabilities"][row] for name in NETWORKS}
    axes = plots.excerpt_timeline(content["starts"][row], windows, content["labels"][row].split("+"))
    PICTURE.write_bytes(plots.png(axes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="testing excerpts: wavs and their txts")
    pack = testing_packs.cached(testing_set.scan(parser.parse_args().folder))
    starts = np.split(pack.starts, pack.offsets[1:-1])
    content = {
        "data": f"{len(pack.excerpts)} excerpts of real IRMAS's testing set",
        "excerpts": [PurePosixPath(path).stem for path in pack.excerpts["path"]],
        "labels": pack.excerpts["labels"].tolist(),
        "starts": [each.tolist() for each in starts],
    }
    for name, file in NETWORKS.items():
        content[name] = {"model": file, **heard(models.load_model(models.PRETRAINED / file), pack)}
        print(name, {key: content[name][key] for key in ("micro_f1", "micro_f1_interval", "macro_f1", "unanswered")})
    write_json(OUT, content)
    if PICTURED in content["excerpts"]:
        draw(content, PICTURED)


if __name__ == "__main__":
    main()
