"""Commands that train networks, export them and score them: experiment, train, learn, export, evaluate."""

from __future__ import annotations

import importlib
import json
import sys
from argparse import Namespace
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from .. import choices
from ..errors import DatasetError, RecipeError
from ._common import (
    JSON,
    MODEL,
    NOT_SEALED,
    argument,
    command,
    data_options,
    of_folder,
    of_part,
    one_of,
    positive,
    report,
)

if TYPE_CHECKING:
    from ..learning.models import Network
    from ..learning.recipes import Recipe
    from ..sound.packs import Pack


DATA = data_options("a pack of log-mels", "a folder of clips")
PRECISION = argument(
    "--precision", choices=("float32", "mixed_bfloat16"), default="float32",
    help="mixed_bfloat16 is twice as fast on GPUs and processors with AMX, slow elsewhere (default: %(default)s)",
)  # fmt: skip


def _find_recipe(name: str) -> Recipe:
    """The recipe of a name that a user typed: of the course or, in the repository, of the trials that chose it."""
    from ..learning import recipes

    root = Path(__file__).parents[2]
    if name not in recipes.RECIPES and (root / "research" / "recipes.py").exists():
        sys.path.insert(0, str(root))
        importlib.import_module("research.recipes")  # adds its recipes to the course's
    return recipes.recipe(name)


def _pack(options: Namespace, kind: str = choices.LOGMEL) -> tuple[Pack, str]:
    """The pack that --features or --data names, or the part of it that is asked for, and a word on what it is."""
    from ..sound import packs

    if options.features:
        pack, name = packs.load_pack(options.features, kind), Path(options.features).stem
    else:
        pack, name = of_folder(packs.cached(options.data, kind), options.data)
    words = {None: "", True: ", the sealed songs", False: ", without the sealed songs"}
    return pack.select(of_part(pack.clips, options.sealed, name)), name + words[options.sealed]


@command(
    argument("recipe", metavar="RECIPE", help="a name from learning/recipes.py or research/recipes.py"),
    DATA,
    argument("--folds", type=positive, default=5, help="number of folds (default: %(default)s)"),
    argument("--first", type=positive, metavar="N", help="stop after N folds (default: all)"),
    argument("--fold", type=int, metavar="K",
             help="run this fold alone, from 0, as one of several processes; no summary"),
    argument("--seed", type=int, metavar="S", help="with --fold: the run's seed (default: 0)"),
    argument("--seeds", type=positive, default=1, help="runs of each fold (default: %(default)s)"),
    argument("--out", default="results", metavar="DIR", help="folder of the results (default: %(default)s)"),
    argument("--label", metavar="TEXT", help="what the data are, for the reader of the results"),
    NOT_SEALED,
    argument("--keep", action="store_true", help="keep each fold's network and its probabilities for the test clips"),
    PRECISION,
)  # fmt: skip
def experiment(options: Namespace) -> None:
    """Train and test a recipe on every fold, and write the results down.

    Each fold is a file in OUT/runs/RECIPE; a run that was cut off goes on where it stopped. The summary with
    mean, s.d. and interval is OUT/RECIPE.json.

      %(prog)s dense_mean_sd_song --features training.npz --out results
    """
    from ..learning import experiments, results

    if options.seed is not None and options.fold is None:
        raise RecipeError("--seed is of one fold: add --fold K, or run seeds 0, 1, ... of all folds with --seeds N")
    recipe = _find_recipe(options.recipe)
    pack, name = _pack(options, recipe.pack_kind)
    shared = {"folds": options.folds, "precision": options.precision, "keep": options.keep}
    shared["data"] = options.label or name
    if options.fold is not None:
        record = experiments.run_fold(recipe, pack, options.out, options.fold, seed=options.seed or 0, **shared)
        place = f"{recipe.name}, fold {options.fold}{f', seed {options.seed}' if options.seed else ''}"
        print(f"{place}: accuracy {record['accuracy']:.1%}, n = {record['n']} clips")
        return
    summary = experiments.run(recipe, pack, options.out, first=options.first, seeds=options.seeds, **shared)
    print(results.sentence(summary))


@command(
    DATA,
    NOT_SEALED,
    argument("--out", required=True, metavar="MODEL.keras", help="the file to write"),
    argument("--recipe", default=choices.SHIPPED, metavar="NAME", help="default: %(default)s"),
    PRECISION,
)
def train(options: Namespace) -> None:
    """Train a recipe on all clips of a pack or folder and save the network.

    For use, not for scores: nothing is kept for a test. The default recipe takes some hours.

      %(prog)s --features training.npz --out model.keras
      %(prog)s --features training.npz --out dense.keras --recipe dense_mean_sd_song
    """
    from ..learning import models, recipe_training

    models.check_place(options.out)
    recipe = _find_recipe(options.recipe)
    recipe.check_keeping()
    pack, dropped = _pack(options, recipe.pack_kind)[0].without_contradictions()
    trained = recipe_training.train_model(recipe, pack, precision=options.precision, beside=options.out)
    models.save(trained.model, options.out)
    recipe_training.forget(options.out)
    print(
        f"{options.out}: {recipe.name}, {trained.model.count_params():,} parameters, "
        f"{len(trained.history['loss'])} epochs on {len(pack.clips)} clips; "
        f"{dropped} with contradicting labels left out"
    )


GROUPS = argument(
    "--groups", metavar="PATTERN|COLUMN",
    help="how sources are known: a pattern with a group, looked for in paths below a class's folder, or a column of "
    "the .csv table in DIR with a column path (default: each subfolder of a class is one, a class without any is one)",
)  # fmt: skip


@command(
    argument("folder", metavar="DIR", help="a folder with a subfolder of sound files for each class"),
    argument("--out", required=True, metavar="MODEL.keras", help="the file to write"),
    GROUPS,
    argument("--fine-tune", action="store_true", help="train the convolutions too, for minutes instead of seconds"),
)
def learn(options: Namespace) -> int:
    """Teach the network new instruments from a folder of recordings, and measure that honestly.

    The score is for sources (players, records) that the network has not heard; where a class has a single one there
    is none. Beside MODEL.keras come its calibration (MODEL.json), what tells its classes from all else
    (MODEL_openset.npz) and its card (MODEL.md). predict --model, evaluate and export take the model. What is left
    out is said; called again, the work goes on.

      %(prog)s my_sounds --out mine.keras
      %(prog)s my_sounds --out mine.keras --groups "^([^_]+)_"
    """
    from ..learning import own

    own.check_place(options.out)
    sounds = own.read(options.folder, options.groups)
    report(sounds.notes)
    print(sounds)
    learned = own.learn(sounds, fine_tune=options.fine_tune)
    own.save(learned, options.out)
    print(learned.verdict)
    if learned.foreign:
        print(f"none of the classes: {learned.foreign}")
    print(f"{options.out}: written, with its card")
    if Path(options.out).with_suffix(".onnx").exists():
        report([f"{Path(options.out).with_suffix('.onnx')}: is of an earlier network; write it again with: export"])
    return 0


@command(argument("models", nargs="+", metavar="NAME.keras", help="networks"))
def export(options: Namespace) -> None:
    """Write networks in the form that answers without TensorFlow: NAME.onnx beside NAME.keras.

    predict --model takes both. Needs the package's extra 'export'.

      %(prog)s irmas_helpers/pretrained/*.keras
    """
    from ..learning import exported, models

    # Windows' shell hands patterns on as they are.
    for file in (Path(found) for name in options.models for found in sorted(glob(name)) or [name]):
        model = models.load_keras(file)
        exported.save(model, models.classes_of(model), file.with_suffix(".onnx"))
        print(f"{file.with_suffix('.onnx')}: written")


@command(
    MODEL,
    DATA,
    one_of(
        argument("--sealed", dest="sealed", action="store_const", const=True, help="only the sealed songs"),
        NOT_SEALED,
    ),
    GROUPS,
    JSON,
)
def evaluate(options: Namespace) -> int | None:
    """Score a model on labelled clips.

    Reports accuracy with a 95 % interval (bootstrap over songs), macro F1 and, with --json, classes and
    confusion. Clips that the model was trained on say nothing: see its card. Songs with contradicting labels
    are left out and counted. A model of other classes (see learn) is asked about a folder like the one that it
    learned from.
    """
    from ..instruments import CODES
    from ..learning import models
    from ..scoring import evaluation

    model = models.load_model(options.model)
    if models.classes_of(model) != CODES or _holds_other_clips(options.data):
        return _evaluate_own(model, options)
    pack, name = _pack(options)
    pack, dropped = pack.without_contradictions()
    if not len(pack.clips):
        raise DatasetError(f"{name}: every song has contradicting labels; there is nothing to score, take another pack")
    scores = evaluation.score(pack.clips["instrument"], models.answers(model, pack), pack.clips["song"])
    if options.json:
        print(json.dumps({"data": name, "dropped": dropped, **scores.as_dict()}))
    else:
        print(f"{name}: {scores}; {dropped} clips with contradicting labels left out")


def _holds_other_clips(folder: str | None) -> bool:
    """Whether a folder has class folders of the eleven's codes with recordings that are not called as IRMAS's are."""
    from ..data import clips
    from ..instruments import CODES

    if not folder or not any((Path(folder) / code).is_dir() for code in CODES):
        return False
    try:
        return not len(clips.scan(folder).clips)
    except DatasetError:
        return True


def _evaluate_own(model: Network, options: Namespace) -> int:
    """Score a network of the learner's own classes on a folder of class folders."""
    from ..learning import own

    if not options.data or options.sealed is not None:
        raise DatasetError(f"{options.model}: names classes of its own; give --data DIR with a subfolder for each")
    sounds = own.read(options.data, options.groups)
    report(sounds.notes)
    scores = own.evaluate(model, sounds)
    if options.json:
        print(json.dumps({"data": sounds.folder, "sources": sounds.grouped, **scores.as_dict()}))
    else:
        print(f"{sounds.folder}: {scores}; sources: {sounds.grouped}")
    return 0
