"""Make the page "Which instrument?" that answers in the browser, without a server: a folder of static files.

    python tools/make_browser_predictor.py OUT_DIR                           # the page
    python tools/make_browser_predictor.py OUT_DIR --home ../index.html      # with a link back to the course
    python tools/make_browser_predictor.py OUT_DIR piano.ogg flute.ogg       # with recordings to try it with

Serve the folder from any address (`python -m http.server -d OUT_DIR`). It holds `tools/browser_predictor/`, the
exported networks, the weights of their heads, onnxruntime-web from npm, and `settings.json`: every number that the
page shares with the package, written from there. Where npm is missing, one line says so, nothing is written, and the
exit code is 1.
"""

from __future__ import annotations

import argparse
import html
import json
import shutil
import sys
import tempfile
from pathlib import Path

import npm_packages
import numpy as np

from irmas_helpers import instruments
from irmas_helpers.answers import predict
from irmas_helpers.errors import IrmasError
from irmas_helpers.learning import models, results
from irmas_helpers.scoring import calibration, openset
from irmas_helpers.sound import audio, decoding, features, ffmpeg, windows

SOURCE = Path(__file__).parent / "browser_predictor"
_RUNTIME = ["dist/ort.wasm.min.mjs", "dist/ort-wasm-simd-threaded.mjs", "dist/ort-wasm-simd-threaded.wasm"]
_NETWORKS = {"network": models.DEFAULT_EXPORTED, "lone_network": models.lone_file(models.DEFAULT_EXPORTED)}


def settings(examples: list[str]) -> dict:
    """What the page has to know of the package, and the names of the recordings to try it with."""
    honest = calibration.load_calibration(models.DEFAULT_EXPORTED)
    elsewhere = results.measured("openset")["elsewhere"]
    (foreign, _), (known, _) = (elsewhere["foreign against freesound"]["head"][each] for each in ("foreign", "known"))
    return {
        **{key: {"file": file.name, "head": _head(file)[0]} for key, file in _NETWORKS.items()},
        "codes": instruments.CODES,
        "names": instruments.NAMES,
        "temperature": honest.temperature,
        "threshold": honest.threshold,
        "wrong": honest.wrong,
        "foreign_threshold": openset.load(models.DEFAULT_EXPORTED).threshold,
        "not_sure": predict.NOT_SURE,
        "none": predict.none_of(len(instruments.CODES)),
        "noticed": {
            "foreign": foreign,
            "called_foreign": elsewhere["chosen"]["foreign called foreign"],
            "known": known,
            "known_called_foreign": elsewhere["chosen"]["freesound called foreign"],
        },
        "smallest_probability": calibration._SMALLEST,
        "sample_rate": audio.SAMPLE_RATE,
        "clip_seconds": audio.CLIP_SECONDS,
        "clip_samples": audio.CLIP_SAMPLES,
        "hop_seconds": windows.HOP_SECONDS,
        "weight_range_db": windows.WEIGHT_RANGE_DB,
        "silence_peak": audio.SILENCE_PEAK,
        "shortest_seconds": audio.SHORTEST_SECONDS,
        "block_seconds": audio.BLOCK_SECONDS,
        "cancelled": audio._CANCELLED,
        "largest_sample": audio._LARGEST_SAMPLE,
        "fade_samples": audio._FADE_SAMPLES,
        "lowest_rate": decoding.LOWEST_RATE,
        "tolerated_seconds": ffmpeg.TOLERATED_SECONDS,
        "n_fft": features.N_FFT,
        "hop_length": features.HOP_LENGTH,
        "clip_frames": features.CLIP_FRAMES,
        "top_db": features.TOP_DB,
        "smallest_power": features._SMALLEST_POWER,
        "empty_db": features._EMPTY_DB,
        "noise_flatness_db": predict.NOISE_FLATNESS_DB,
        "drums_anisotropy": predict.DRUMS_ANISOTROPY,
        "lone_sparsity": predict.LONE_SPARSITY,
        "lone_share": predict.LONE_SHARE,
        "examples": examples,
        "mel": [_sparse(row) for row in features.mel_filter_bank()],
    }


def _head(network: Path) -> tuple[dict, bytes]:
    """The head beside a network: what is to be known of its file, and what is in it, numbers of 32 bits."""
    head = openset.load(network)
    features, units = (len(weights) - 1 for weights in (head.hidden, head.outputs))
    weights = np.concatenate([each.ravel() for each in (head.mean, head.deviation, head.hidden, head.outputs)])
    file = openset.head_file(network).with_suffix(".bin").name
    return {"file": file, "features": features, "units": units}, weights.astype("<f4").tobytes()


def _sparse(row: np.ndarray) -> tuple[int, list[float]]:
    """A mel filter as its first bin and the weights from there on; all others are 0."""
    (used,) = np.nonzero(row)
    return int(used[0]), row[used[0] : used[-1] + 1].tolist()


def make(out: Path, home: str = "", examples: list[Path] = ()) -> None:
    """Write the folder, whole or not at all.

    Parameters
    ----------
    out : path
        Is made, or replaced if it was made by this.
    home : str
        Where the link "The course" leads; none without it.
    examples : list of path
        Sound files that the page offers.

    Raises
    ------
    DownloadError
        If onnxruntime-web cannot be had.
    """
    if out.exists() and any(out.iterdir()) and not (out / "settings.json").exists():
        raise IrmasError(f"{out}: holds something else; name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as parent:
        folder = Path(parent) / "page"
        shutil.copytree(SOURCE, folder)
        npm_packages.extract(npm_packages.ONNXRUNTIME, _RUNTIME, folder)
        for file in (*_NETWORKS.values(), *examples):
            shutil.copy(file, folder)
        for head, weights in map(_head, _NETWORKS.values()):
            (folder / head["file"]).write_bytes(weights)
        (folder / "settings.json").write_text(json.dumps(settings([file.name for file in examples])), "utf-8")
        link = f'<a href="{html.escape(home)}">The course</a>' if home else ""
        page = folder / "index.html"
        names = ", ".join(instruments.NAMES.values())
        text = page.read_text("utf-8").replace("<!-- home -->", link).replace("<!-- instruments -->", names)
        page.write_text(text, "utf-8")
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="the folder to write, or to write anew")
    parser.add_argument("examples", type=Path, nargs="*", help="sound files to try it with")
    parser.add_argument("--home", default="", help="address of the course, relative to the folder")
    chosen = parser.parse_args()
    try:
        make(chosen.out, chosen.home, chosen.examples)
    except (IrmasError, OSError) as error:
        print(f"no page that answers in the browser: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
