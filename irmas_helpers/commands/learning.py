"""Commands that train networks and score them on clips: experiment, train, evaluate."""

from __future__ import annotations

import importlib
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import choices
from ..errors import DatasetError, RecipeError
from ._common import add_command, of_folder

if TYPE_CHECKING:
    from ..learning.recipes import Recipe
    from ..sound.packs import Pack
    from ._common import Commands


def add(commands: Commands) -> None:
    """Add this module's commands."""
    _add_experiment(commands)
    _add_train(commands)
    _add_evaluate(commands)


def _find_recipe(name: str) -> Recipe:
    """The recipe of a name that a user typed: of the course or, in the repository, of the trials that chose it."""
    from ..learning import recipes

    root = Path(__file__).parents[2]
    if name not in recipes.RECIPES and (root / "research" / "recipes.py").exists():
        sys.path.insert(0, str(root))
        importlib.import_module("research.recipes")  # adds its recipes to the course's
    return recipes.recipe(name)


def _add_data_options(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--features", metavar="PACK.npz", help="a pack of log-mels")
    group.add_argument("--data", metavar="DIR", help="a folder of clips (features are computed once and cached)")


def _pack(options: Namespace, kind: str = choices.LOGMEL) -> tuple[Pack, str]:
    """The pack that --features or --data names, and a word on what it is."""
    from ..sound import packs

    if options.features:
        return packs.load_pack(options.features, kind), Path(options.features).stem
    return of_folder(packs.cached(options.data, kind), options.data)


def _add_precision(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        default="float32",
        help="mixed_bfloat16 is twice as fast on GPUs and processors with AMX, slow elsewhere (default: %(default)s)",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{text} is less than 1")
    return number


def _add_experiment(commands: Commands) -> None:
    parser = add_command(
        commands,
        "experiment",
        _experiment,
        "Train and test a recipe on every fold, and write the results down.",
        "Each fold is a file in OUT/runs/RECIPE; a run that was cut off goes on where it stopped. The summary with\n"
        "mean, s.d. and interval is OUT/RECIPE.json.\n\n"
        "  %(prog)s dense_mean_sd_song --features training.npz --out results",
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


def _experiment(options: Namespace) -> None:
    from ..learning import experiments, results

    if options.seed is not None and options.fold is None:
        raise RecipeError("--seed is of one fold: add --fold K, or run seeds 0, 1, ... of all folds with --seeds N")
    recipe = _find_recipe(options.recipe)
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


def _add_train(commands: Commands) -> None:
    parser = add_command(
        commands,
        "train",
        _train,
        "Train a recipe on all clips of a pack or folder and save the network.",
        "For use, not for scores: nothing is kept for a test. The default recipe takes some hours.\n\n"
        "  %(prog)s --features training.npz --out model.keras\n"
        "  %(prog)s --features training.npz --out dense.keras --recipe dense_mean_sd_song",
    )
    _add_data_options(parser)
    parser.add_argument("--out", required=True, metavar="MODEL.keras", help="the file to write")
    parser.add_argument("--recipe", default=choices.SHIPPED, metavar="NAME", help="default: %(default)s")
    _add_precision(parser)


def _train(options: Namespace) -> None:
    from ..learning import models, recipe_training

    recipe = _find_recipe(options.recipe)
    pack, dropped = _pack(options, recipe.pack_kind)[0].without_contradictions()
    trained = recipe_training.train_model(recipe, pack, precision=options.precision, beside=options.out)
    models.save(trained.model, options.out)
    print(
        f"{options.out}: {recipe.name}, {trained.model.count_params():,} parameters, "
        f"{len(trained.history['loss'])} epochs on {len(pack.clips)} clips; "
        f"{dropped} with contradicting labels left out"
    )


def _add_evaluate(commands: Commands) -> None:
    parser = add_command(
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


def _evaluate(options: Namespace) -> None:
    from ..data import splits
    from ..learning import models
    from ..scoring import evaluation

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
