"""Commands that answer about recordings: predict, and calibrate, which makes the answers honest."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from ._common import NAMED_AT_MOST, SCHEDULER, argument, command, complain, in_a_line, one_of, positive, report

if TYPE_CHECKING:
    from ..answers.predict import Prediction
    from ..answers.stretches import Stretch


@command(
    argument("files", nargs="+", metavar="FILE", help='audio files, folders of them, or patterns such as "**/*.mp3"'),
    argument("--model", metavar="M", help="a .keras or .onnx file (default: the one that comes with the package)"),
    argument("--json", action="store_true", help="print one JSON object a file instead of a sentence"),
    argument("--table", metavar="OUT", help="write a row a file to OUT.csv or OUT.parquet, or go on with it"),
    argument("--segments", action="store_true", help="say also from when to when which instrument is heard"),
    argument("--labels", metavar="DIR", help="write that for each file as a label track that Audacity opens"),
    one_of(
        argument("--jobs", type=positive, metavar="N", help="number of processes (default: one a core for many)"),
        SCHEDULER,
    ),
    argument("--verbose", action="store_true", help="say on stderr where the time went"),
    argument("--debug", action="store_true", help="end with a traceback where a file meets an error of ours"),
)
def predict(options: Namespace) -> int:
    """Say which instrument leads in a recording, or in each of many: one of the eleven, or of those that M knows.

    Any sound file (wav, flac, ogg, mp3, m4a, ...), of any length. It is cut into windows of three seconds; the
    answer is the mean of the network's probabilities over them, where loud windows count more. With a calibration
    beside the model (NAME.json, see calibrate) probabilities are brought to its temperature, and below its
    threshold the answer is 'not sure'. The model card says how far to trust it.

    Of a folder, all sound files below it are taken. A table is written as it goes: the same command goes on where
    it stopped, and answers what is new, was changed, or could not be read.

      %(prog)s song.mp3
      %(prog)s *.wav --json > answers.jsonl
      %(prog)s music --table answers.csv --labels labels
    """
    from ..data import sound_files

    found = sound_files.find(options.files, _outputs(options))
    if found.left_out:
        complain(found)
    # A cluster's workers have other working folders.
    files = [os.path.abspath(file) for file in found.files] if options.scheduler else found.files
    failed = _fill_table(options, files) if options.table else _print_answers(options, files)
    return report([*found.refused, *failed])


def _outputs(options: Namespace) -> set[str]:
    """What lies where the table is written, and is no recording."""
    return {os.path.abspath(f"{options.table}{ending}") for ending in ("", ".csv", ".lock") if options.table}


def _print_answers(options: Namespace, files: list[str]) -> list[str]:
    """Print the answers; the lines about files without one are returned."""
    failed = []
    for _, outcome in _answers(options, files):
        if isinstance(outcome, str):
            failed.append(outcome)
        else:
            _say_beside(outcome, options)
            _print(outcome, options)
    return failed


def _fill_table(options: Namespace, files: list[str]) -> list[str]:
    """Bring a table up to date; lines about files without an answer, not all of many, are returned."""
    from tqdm import tqdm

    from ..answers import bulk, tables

    model, failed = bulk.identity(bulk.chosen(options.model)), []
    classes = bulk.classes(options.model)
    with tables.opened(options.table, classes) as table:
        left = table.keep(files, model, lambda file, row: _label(options, file, tables.stretches_of(row), anew=False))
        # To a log, a line every half minute is enough.
        often = 0.1 if sys.stderr.isatty() else 30
        form = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{rate_fmt}, {elapsed} gone, {remaining} left, until {eta:%a %H:%M}]"
        how = {"total": len(files), "initial": len(files) - len(left), "unit": "file", "bar_format": form}
        with tqdm(**how, mininterval=often, delay=1e-3) as bar:  # not before there is a rate
            for file, outcome in _answers(options, list(left)):
                table.add(tables.row(file, left[file], outcome, model, classes))
                if isinstance(outcome, str):
                    failed.append(outcome)
                else:
                    _say_times(outcome, options)
                    if options.json:
                        _print(outcome, options)
                bar.update()
    print(f"{options.table}: {len(files)} files, {len(left)} of them answered now, {len(failed)} with an error")
    more = len(failed) - NAMED_AT_MOST
    return failed if more <= 0 else [*failed[:NAMED_AT_MOST], f"{options.table}: {more} more errors are in the table"]


def _answers(options: Namespace, files: list[str]) -> Iterator[tuple[str, Prediction | str]]:
    """Each file with its answer, or the line that says why there is none, in order; label tracks are written."""
    if not files:
        return
    started = time.perf_counter()
    from .. import workers
    from ..answers import bulk, stretches
    from ..scoring.calibration import load_calibration

    pool = bulk.pool_for(len(files), options.jobs, options.scheduler, apart=bool(options.table))
    ask = bulk.asker(options.model, pool, options.debug)
    if options.verbose:
        model = bulk.chosen(options.model)
        if pool is workers.here:
            complain(f"{model}: loaded, with the libraries, in {time.perf_counter() - started:.2f} s")
        complain(f"{model}: {load_calibration(model) or 'has no calibration'}")
    with closing(workers.each(ask, files, pool)) as answers:
        for file, outcome in answers:
            if outcome and not isinstance(outcome, str):
                _label(options, file, stretches.stretches(outcome))
            yield file, outcome or f"{file}: {bulk.ENDED}"


def _label(options: Namespace, file: str, found: list[Stretch], anew: bool = True) -> None:
    """Write a file's label track where one is wanted; an old one stays if it need not be made anew."""
    from ..answers import stretches

    if options.labels:
        path = stretches.label_file(options.labels, file)
        if anew or not path.exists():
            stretches.write_labels(path, found)


def _print(answer: Prediction, options: Namespace) -> None:
    """An answer on stdout."""
    from ..answers import bulk, stretches

    found = stretches.stretches(answer) if options.segments else []
    if options.json:
        segments = {"segments": [each.as_dict() for each in found]} if options.segments else {}
        print(json.dumps(answer.as_dict() | segments | {"model": bulk.chosen(options.model)}), flush=True)
        return
    lines = [answer, *(f"  {each.start:7.1f} to {each.end:7.1f} s  {each}" for each in found)]
    print(*map(in_a_line, lines), sep="\n", flush=True)


def _say_beside(answer: Prediction, options: Namespace) -> None:
    """On stderr: what is odd, what JSON does not hold, and where the time went."""
    for note in answer.notes:
        complain(note)
    if options.json and not answer.sure:
        complain(answer)
    _say_times(answer, options)


def _say_times(answer: Prediction, options: Namespace) -> None:
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
