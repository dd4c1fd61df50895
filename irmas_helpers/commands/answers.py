"""Commands that answer about recordings: predict, and calibrate, which makes the answers honest."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from typing import TYPE_CHECKING

from ..errors import IrmasError
from ._common import argument, command, complain, report

if TYPE_CHECKING:
    from ..answers.predict import Prediction


@command(
    argument("files", nargs="+", metavar="FILE", help="audio files"),
    argument("--model", metavar="M", help="a .keras file (default: the one that comes with the package)"),
    argument("--json", action="store_true", help="print one JSON object a file instead of a sentence"),
    argument("--verbose", action="store_true", help="say on stderr where the time went"),
    argument("--debug", action="store_true", help="end with a traceback where a file meets an error of ours"),
)
def predict(options: Namespace) -> int:
    """Say which of the eleven instruments leads in a recording.

    Any sound file (wav, flac, ogg, mp3, m4a, ...), of any length. It is cut into windows of three seconds; the
    answer is the mean of the network's probabilities over them, where loud windows count more. With a calibration
    beside the model (NAME.json, see calibrate) probabilities are brought to its temperature, and below its
    threshold the answer is 'not sure'. The model card says how far to trust it.

      %(prog)s song.mp3
      %(prog)s *.wav --json > answers.jsonl
    """
    started = time.perf_counter()
    from ..answers.predict import load_predictor
    from ..learning import models

    model_file = options.model or models.DEFAULT_MODEL
    predictor = load_predictor(model_file)
    if options.verbose:
        complain(f"{model_file}: loaded, with the libraries, in {time.perf_counter() - started:.2f} s")
        complain(f"{model_file}: {predictor.calibration or 'has no calibration'}")
    failed = []
    for file in options.files:
        try:
            answer = predictor.predict(file)
        except Exception as error:  # the other files are answered all the same
            if options.debug and not isinstance(error, IrmasError):
                raise
            failed.append(_reason(file, error))
            continue
        _say_beside(answer, options)
        print(json.dumps({**answer.as_dict(), "model": str(model_file)}) if options.json else answer, flush=True)
    return report(failed)


def _reason(file: str, error: Exception) -> str:
    if isinstance(error, IrmasError):
        return str(error)
    return f"{file}: stopped with {type(error).__name__} ({error}); please report it with what --debug shows"


def _say_beside(answer: Prediction, options: Namespace) -> None:
    """On stderr: what is odd, what JSON does not hold, and where the time went."""
    for note in answer.notes:
        complain(note)
    if options.json and not answer.sure:
        complain(answer)
    if options.verbose:
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in answer.timings.items())
        complain(f"{answer.file}: {answer.seconds:.1f} s of sound; {parts}")


@command(
    argument("recipe", metavar="RECIPE", help="a recipe that was run with --keep"),
    argument("--results", default="results", metavar="DIR", help="where the runs lie (default: %(default)s)"),
    argument("--out", required=True, metavar="NAME.json", help="the file to write, beside NAME.keras"),
    argument("--error-rate", type=float, default=0.1, metavar="SHARE",
             help="share of wrong answers among those given (default: %(default)s)"),
)  # fmt: skip
def calibrate(options: Namespace) -> None:
    """Make a model's probabilities honest, and choose when its answer is 'not sure'.

    Fits a temperature and a threshold to what the networks of RECIPE said of songs that they had not heard, as
    experiment --keep recorded it. The file belongs beside the model, with the same name.

      %(prog)s cnn_pooled_120_epochs_song --results results --out model.json
    """
    from ..learning import experiments
    from ..scoring import calibration

    made = experiments.calibrate(options.recipe, options.results, options.error_rate)
    calibration.save_calibration(made, options.out)
    print(f"{options.out}: {made}")
