"""The command line: ``python -m irmas_helpers COMMAND``, over the same functions that the notebooks use."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow loads: no start-up chatter

from . import __version__
from .errors import IrmasError

_BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str
        Without the program's name; None takes them from the command line.

    Returns
    -------
    int
        0, or 2 where something that the user gave is unusable; then stderr says what and how to mend it.
    """
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="backslashreplace")  # a file's name may hold what the terminal cannot show
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except IrmasError as error:
        _complain(error)
        return _BAD_INPUT
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = error.filename or "input or output"
        _complain(f"{place}: {error.strerror or error}; check name, rights and free space")
        return _BAD_INPUT
    except KeyboardInterrupt:
        _complain("stopped; call the same command again to go on")
        return 130


def _complain(what) -> None:
    """One line on stderr, also where a file's name would make it two."""
    line = str(what).replace("\n", "\\n").replace("\r", "\\r")
    print(f"irmas_helpers: {line}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irmas_helpers",
        description="Which instrument plays? Name it, get the data, train, measure.",
        epilog="Start with:  python -m irmas_helpers predict SONG.wav     (each command has its own --help)",
    )
    parser.add_argument("--version", action="version", version=f"irmas_helpers {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (
        _add_predict,
        _add_calibrate,
        _add_download,
        _add_render,
        _add_scan,
        _add_extract,
        _add_experiment,
        _add_train,
        _add_evaluate,
        _add_extract_polyphonic,
        _add_evaluate_polyphonic,
    ):
        add(commands)
    return parser


def _command(commands, name: str, run, summary: str, details: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=summary, description=f"{summary}\n\n{details}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    return parser


def _add_predict(commands) -> None:
    parser = _command(
        commands,
        "predict",
        _predict,
        "Say which of the eleven instruments leads in a recording.",
        "Any wav, flac, ogg or mp3, of any length. The file is cut into windows of three seconds; the answer is the\n"
        "mean of the network's probabilities over them, where loud windows count more. With a calibration beside the\n"
        "model (NAME.json, see calibrate) probabilities are brought to its temperature, and below its threshold the\n"
        "answer is 'not sure'. The model card says how far to trust it.\n\n"
        "  python -m irmas_helpers predict song.mp3\n"
        "  python -m irmas_helpers predict *.wav --json > answers.jsonl",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="audio files")
    parser.add_argument("--model", metavar="M", help="a .keras file (default: the one that comes with the package)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file instead of a sentence")
    parser.add_argument("--verbose", action="store_true", help="say on stderr where the time went")


def _predict(options) -> int:
    started = time.perf_counter()
    from .answers.predict import load_predictor
    from .learning import models

    model_file = options.model or models.DEFAULT_MODEL
    predictor = load_predictor(model_file)
    if options.verbose:
        _complain(f"{model_file}: loaded, with the libraries, in {time.perf_counter() - started:.2f} s")
        _complain(f"{model_file}: {predictor.calibration or 'has no calibration'}")
    failed = []
    for file in options.files:
        try:
            answer = predictor.predict(file)
        except IrmasError as error:
            failed.append(str(error))
            continue
        _say_beside(answer, options)
        print(json.dumps(answer.as_dict()) if options.json else answer, flush=True)
    return _report(failed)


def _say_beside(answer, options) -> None:
    """On stderr: what is odd, what JSON does not hold, and where the time went."""
    for note in answer.notes:
        _complain(note)
    if options.json and not answer.sure:
        _complain(answer)
    if options.verbose:
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in answer.timings.items())
        _complain(f"{answer.file}: {answer.seconds:.1f} s of sound; {parts}")


def _add_calibrate(commands) -> None:
    parser = _command(
        commands,
        "calibrate",
        _calibrate,
        "Make a model's probabilities honest, and choose when its answer is 'not sure'.",
        "Fits a temperature and a threshold to what the networks of RECIPE said of songs that they had not heard, as\n"
        "experiment --keep recorded it. The file belongs beside the model, with the same name.\n\n"
        "  python -m irmas_helpers calibrate cnn_pooled_120_epochs_song --results results --out model.json",
    )
    parser.add_argument("recipe", metavar="RECIPE", help="a recipe that was run with --keep")
    parser.add_argument("--results", default="results", metavar="DIR", help="where the runs lie (default: %(default)s)")
    parser.add_argument("--out", required=True, metavar="NAME.json", help="the file to write, beside NAME.keras")
    parser.add_argument(
        "--error-rate",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of wrong answers among those given (default: %(default)s)",
    )


def _calibrate(options) -> None:
    from .learning import calibrating
    from .scoring import calibration

    made = calibrating.calibrate(options.recipe, options.results, options.error_rate)
    calibration.save_calibration(made, options.out)
    print(f"{options.out}: {made}")


def _report(failed: list[str]) -> int:
    """List bad files on stderr; the exit code is 2 if there are any."""
    for line in failed:
        _complain(line)
    return _BAD_INPUT if failed else 0


def _add_download(commands) -> None:
    from .data.download import ARCHIVES

    parser = _command(
        commands,
        "download",
        _download,
        "Fetch IRMAS from Zenodo: checked, resumed where it broke off, unpacked.",
        "IRMAS may be used for non-commercial research (CC BY-NC-SA 3.0) and not be passed on. The training part\n"
        "takes about 3.2 GB; afterwards set IRMAS_DATA to the folder that is printed.\n\n"
        "  python -m irmas_helpers download training",
    )
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help=f"one or more of {', '.join(archive.name for archive in ARCHIVES)}"
    )
    parser.add_argument("--to", metavar="DIR", help="where to unpack (default: the cache folder)")
    parser.add_argument("--remove-zip", action="store_true", help="delete the zip when it is unpacked")


def _download(options) -> None:
    from .data import download

    for name in options.names:
        print(download.fetch(name, options.to, keep_zip=not options.remove_zip))


def _add_render(commands) -> None:
    parser = _command(
        commands,
        "render",
        _render,
        "Make the rendered practice set, and print its folder.",
        "Some 660 clips in IRMAS's layout, made on this machine from a General MIDI SoundFont, without network.",
    )
    parser.add_argument("--to", metavar="DIR", help="where to make it (default: the cache folder)")


def _render(options) -> None:
    from .rendered import rendering

    print(rendering.ensure(options.to))
    print(rendering.WARNING, file=sys.stderr)


def _add_scan(commands) -> None:
    parser = _command(
        commands,
        "scan",
        _scan,
        "Read the names of a folder of IRMAS clips and say what is there.",
        "Counts clips, recordings and songs a class, compares them with the official set, and names every file that\n"
        "is no clip.",
    )
    parser.add_argument("folder", metavar="DIR", help="a folder that holds cel, cla, ... voi")
    parser.add_argument("--csv", metavar="OUT", help="also write the table of clips to a CSV file")


def _scan(options) -> None:
    from .data import clips

    found = clips.scan(options.folder)
    _, dropped = clips.drop_contradictions(found.clips)
    print(clips.check_official(found.clips).to_string())
    print(
        f"{len(found.clips)} clips, {found.clips['recording'].nunique()} recordings, "
        f"{found.clips['song'].nunique()} songs; {len(dropped)} clips of songs with contradicting labels"
    )
    for title, files in (("ignored, no clip", found.ignored), ("name not understood", found.unparsed)):
        for file in files:
            print(f"{title}: {file}")
    if options.csv:
        _write_csv(found.clips, Path(options.csv))


def _write_csv(table, path: Path) -> None:
    from .errors import DatasetError

    try:
        table.to_csv(path, index=False)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    print(f"wrote {len(table)} rows to {path}")


def _add_extract(commands) -> None:
    from .sound.packs import KINDS

    parser = _command(
        commands,
        "extract",
        _extract,
        "Compute the features of all clips of a folder into one .npz, a pack.",
        "Runs on all cores; called again after a break it goes on where it stopped. Bad files are listed at the end\n"
        "and left out.\n\n"
        "  python -m irmas_helpers extract IRMAS-TrainingData training.npz",
    )
    parser.add_argument("folder", metavar="DIR", help="a folder that holds cel, cla, ... voi")
    parser.add_argument("out", metavar="OUT.npz", help="the pack to write")
    parser.add_argument("--kind", choices=KINDS, default="logmel", help="which feature (default: %(default)s)")


def _extract(options) -> int:
    from .data import clips
    from .sound import packs

    found = clips.scan(options.folder)
    bad = packs.extract(options.folder, found.clips["path"], options.out, options.kind)
    print(f"{len(found.clips) - len(bad)} of {len(found.clips)} clips in {options.out}")
    return _report(bad)


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--features", metavar="PACK.npz", help="a pack of log-mels")
    group.add_argument("--data", metavar="DIR", help="a folder of clips (features are computed once and cached)")


def _pack(options, kind: str = "logmel"):
    """The pack that --features or --data names, and a word on what it is."""
    from .rendered import rendering
    from .sound import packs

    if options.features:
        return packs.load_pack(options.features, kind), Path(options.features).stem
    pack = packs.cached(options.data, kind)
    _report(list(pack.bad))
    if rendering.is_rendered(options.data):
        print(rendering.WARNING, file=sys.stderr)
        return pack, "rendered set"
    return pack, Path(options.data).name


def _add_experiment(commands) -> None:
    parser = _command(
        commands,
        "experiment",
        _experiment,
        "Train and test a recipe on every fold, and write the results down.",
        "Each fold is a file in OUT/runs/RECIPE; a run that was cut off goes on where it stopped. The summary with\n"
        "mean, s.d. and interval is OUT/RECIPE.json.\n\n"
        "  python -m irmas_helpers experiment dense_mean_sd_song --features training.npz --out results",
    )
    parser.add_argument("recipe", metavar="RECIPE", help="a name from learning/recipes.py or research/recipes.py")
    _add_data_options(parser)
    parser.add_argument("--folds", type=_positive, default=5, help="number of folds (default: %(default)s)")
    parser.add_argument("--first", type=_positive, metavar="N", help="stop after N folds (default: all)")
    parser.add_argument(
        "--fold", type=int, metavar="K", help="run this fold alone, from 0, as one of several processes; no summary"
    )
    parser.add_argument("--seed", type=int, metavar="S", help="with --fold: the run's seed (default: 0)")
    parser.add_argument("--seeds", type=_positive, default=1, help="runs of each fold (default: %(default)s)")
    parser.add_argument("--out", default="results", metavar="DIR", help="folder of the results (default: %(default)s)")
    parser.add_argument("--label", metavar="TEXT", help="what the data are, for the reader of the results")
    parser.add_argument(
        "--keep", action="store_true", help="keep each fold's network and its probabilities for the test clips"
    )
    _add_precision(parser)


def _add_precision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        default="float32",
        help="mixed_bfloat16 is twice as fast on GPUs and processors with AMX, slow elsewhere (default: %(default)s)",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _recipe(name: str):
    """A recipe of the course or, in the repository, of the trials that chose it."""
    from .learning import recipes

    root = Path(__file__).parents[1]
    if name not in recipes.RECIPES and (root / "research" / "recipes.py").exists():
        sys.path.insert(0, str(root))
        importlib.import_module("research.recipes")  # adds its recipes to the course's
    return recipes.recipe(name)


def _experiment(options) -> None:
    from .errors import RecipeError
    from .learning import experiments, results

    if options.seed is not None and options.fold is None:
        raise RecipeError("--seed is of one fold: add --fold K, or run seeds 0, 1, ... of all folds with --seeds N")
    recipe = _recipe(options.recipe)
    pack, name = _pack(options, recipe.pack_kind)
    shared = {"data": options.label or name, "folds": options.folds, "precision": options.precision}
    shared["keep"] = options.keep
    if options.fold is not None:
        record = experiments.run_fold(recipe, pack, options.out, options.fold, seed=options.seed or 0, **shared)
        place = f"{recipe.name}, fold {options.fold}{f', seed {options.seed}' if options.seed else ''}"
        print(f"{place}: accuracy {record['accuracy']:.1%}, n = {record['n']} clips")
        return
    summary = experiments.run(recipe, pack, options.out, first=options.first, seeds=options.seeds, **shared)
    print(results.sentence(summary))


def _add_train(commands) -> None:
    from .learning import recipes

    parser = _command(
        commands,
        "train",
        _train,
        "Train a recipe on all clips of a pack or folder and save the network.",
        "For use, not for scores: nothing is kept for a test. The default recipe takes some hours.\n\n"
        "  python -m irmas_helpers train --features training.npz --out model.keras\n"
        "  python -m irmas_helpers train --features training.npz --out dense.keras --recipe dense_mean_sd_song",
    )
    _add_data_options(parser)
    parser.add_argument("--out", required=True, metavar="MODEL.keras", help="the file to write")
    parser.add_argument("--recipe", default=recipes.SHIPPED, metavar="NAME", help="default: %(default)s")
    _add_precision(parser)


def _train(options) -> None:
    from .learning import models, recipe_training

    recipe = _recipe(options.recipe)
    pack, dropped = _pack(options, recipe.pack_kind)[0].without_contradictions()
    trained = recipe_training.train_model(recipe, pack, precision=options.precision, beside=options.out)
    models.save(trained.model, options.out)
    print(
        f"{options.out}: {recipe.name}, {trained.model.count_params():,} parameters, "
        f"{len(trained.history['loss'])} epochs on {len(pack.clips)} clips; "
        f"{dropped} with contradicting labels left out"
    )


def _add_evaluate(commands) -> None:
    parser = _command(
        commands,
        "evaluate",
        _evaluate,
        "Score a model on labelled clips.",
        "Reports accuracy with a 95 % interval (bootstrap over songs), macro F1 and, with --json, classes and\n"
        "confusion. Clips that the model was trained on say nothing: see its card. Songs with contradicting labels\n"
        "are left out and counted.",
    )
    parser.add_argument("model", metavar="MODEL", help="a .keras file")
    _add_data_options(parser)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--sealed", dest="sealed", action="store_true", default=None, help="only the sealed songs")
    part.add_argument("--not-sealed", dest="sealed", action="store_false", help="only the other songs")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _evaluate(options) -> None:
    from .data import splits
    from .errors import DatasetError
    from .learning import models
    from .scoring import evaluation

    model = models.load_model(options.model)
    pack, name = _pack(options)
    if options.sealed is not None:
        pack = pack.select(splits.is_sealed(pack.clips["song"]) == options.sealed)
    pack, dropped = pack.without_contradictions()
    if not len(pack.clips):
        raise DatasetError(f"{name}: no clip is left to score; drop --sealed or --not-sealed, or take another pack")
    scores = evaluation.score(pack.clips["instrument"], models.answers(model, pack), pack.clips["song"])
    if options.json:
        print(json.dumps({"data": name, "dropped": dropped, **scores.as_dict()}))
    else:
        print(f"{name}: {scores}; {dropped} clips with contradicting labels left out")


def _add_extract_polyphonic(commands) -> None:
    parser = _command(
        commands,
        "extract-polyphonic",
        _extract_polyphonic,
        "Compute the log-mels of the testing excerpts into one .npz, for evaluate-polyphonic.",
        "Runs on all cores; called again after a break it goes on where it stopped. Bad files are listed at the end\n"
        "and left out. The three official parts take about 500 MB, and as much again while the work is going on.\n\n"
        "  python -m irmas_helpers extract-polyphonic IRMAS testing.npz",
    )
    parser.add_argument("folder", metavar="DIR", help="a folder that holds one or more testing parts, wavs and txts")
    parser.add_argument("out", metavar="OUT.npz", help="the pack to write")


def _extract_polyphonic(options) -> int:
    from .data import testing_set
    from .sound import testing_packs

    found = testing_set.scan(options.folder)
    bad = testing_packs.extract(found, options.out)
    print(f"{len(found.excerpts) - len(bad)} of {len(found.excerpts)} excerpts in {options.out}")
    _report_unlabelled(found)
    return _report(bad)


_NAMED_AT_MOST = 10


def _report_unlabelled(found) -> None:
    """Name the sounds without labels on stderr, not all of them where someone pointed at another folder."""
    for path in found.unlabelled[:_NAMED_AT_MOST]:
        _complain(f"{found.root / path}: has no .txt with its labels beside it; left out")
    if found.unlabelled:
        _complain(f"{found.root}: {len(found.unlabelled)} sounds without labels were left out; copy their .txt there")


def _add_evaluate_polyphonic(commands) -> None:
    from .answers.polyphonic import AGGREGATES

    parser = _command(
        commands,
        "evaluate-polyphonic",
        _evaluate_polyphonic,
        "Score a model on excerpts in which several instruments may lead.",
        "With Part 1 and another part of IRMAS's testing set, thresholds are chosen on Part 1 and scored on the rest;\n"
        "beside that stand the common way (a fixed threshold on everything) and what one would claim by choosing\n"
        "thresholds on the test. With one part alone the threshold is fixed at 0.5. Intervals are 95 %, by bootstrap\n"
        "over songs.\n\n"
        "  python -m irmas_helpers evaluate-polyphonic model.keras --features testing.npz",
    )
    parser.add_argument("model", metavar="MODEL", help="a .keras file")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--features", metavar="PACK.npz", help="a pack that extract-polyphonic wrote")
    group.add_argument(
        "--data", metavar="DIR", help="a folder of testing parts (features are computed once and cached)"
    )
    parser.add_argument(
        "--aggregate",
        choices=AGGREGATES,
        default="sum-over-max",
        help="how an excerpt's windows become one answer (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _testing_pack(options):
    """The pack that --features or --data names, and a word on what it is."""
    from .data import testing_set
    from .rendered import rendering
    from .sound import testing_packs

    if options.features:
        return testing_packs.load_testing_pack(options.features), Path(options.features).stem
    found = testing_set.scan(options.data)
    _report_unlabelled(found)
    pack = testing_packs.cached(found)
    _report(list(pack.bad))
    if rendering.is_rendered(options.data):
        print(rendering.WARNING, file=sys.stderr)
        return pack, "rendered set"
    return pack, Path(options.data).name


def _evaluate_polyphonic(options) -> None:
    from .answers import polyphonic
    from .learning import models

    model = models.load_model(options.model)
    pack, name = _testing_pack(options)
    judged = polyphonic.judge(model, pack, options.aggregate)
    results = polyphonic.evaluate(judged)
    about = f"{polyphonic.describe(pack, judged)}; windows to values by {options.aggregate}"
    if options.json:
        answer = {"data": name, "about": about, "results": [each.as_dict() for each in results]}
        print(json.dumps(answer))
        return
    print(f"{name}: {about}; 95 % intervals")
    for each in results:
        print(f"- {each}")


if __name__ == "__main__":
    sys.exit(main())
