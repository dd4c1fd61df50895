"""Many recordings: who answers about them, and which network that is; processes or a cluster's workers load it once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from .. import __version__, workers
from ..errors import IrmasError, ModelError
from ..learning import models
from ..paths import check_readable
from ..scoring import openset
from .predict import Prediction, Predictor, load_predictor

_FILES_A_PROCESS = 8  # are worth one more process: to start it and load the network takes about as long
ENDED = "the process that read it ended; please report it, with the file"


def pool_for(files: int, jobs: int | None, scheduler: str | None, apart: bool) -> workers.Pool:
    """Who answers about so many files: a cluster, so many processes, or this one alone.

    Parameters
    ----------
    files : int
        How many there are.
    jobs : int or None
        Number of processes, 1 for this one; None takes one a core, as far as there is work for them.
    scheduler : str or None
        The address of a Dask cluster's scheduler.
    apart : bool
        Whether another process than this one is wanted also for a few: a file that ends it is then only one of them.
    """
    if scheduler:
        return workers.cluster(scheduler)
    useful = min(workers.processors(), files // _FILES_A_PROCESS)
    if jobs == 1 or (jobs is None and useful < 2 and not apart):
        return workers.here
    return workers.processes(jobs or max(1, useful))


def chosen(model_file: str | None) -> str:
    """The network that is asked: the one named, or the one that comes with the package."""
    return model_file or os.fspath(models.DEFAULT_EXPORTED)


def classes(model_file: str | None) -> tuple[str, ...]:
    """What the network that is asked can name."""
    return models.classes_in(chosen(model_file))


def asker(model_file: str | None, pool: workers.Pool, debug: bool = False) -> Callable[[str], Prediction | str]:
    """The function that the workers of a pool apply to a path; it returns the answer, or a line that says why not.

    Parameters
    ----------
    model_file : str or None
        A network; None is the one that comes with the package, wherever that lies on a worker.
    pool : workers.Pool
        Without workers the network is loaded now.
    debug : bool
        Whether what is no `IrmasError` ends the work.
    """
    if pool is workers.here:
        return partial(ask, load_predictor(chosen(model_file)), debug=debug)
    path = model_file and os.path.abspath(model_file)
    return partial(_ask_there, path, identity(chosen(model_file)), debug=debug)


def ask(predictor: Predictor, path: str, debug: bool = False) -> Prediction | str:
    """An answer about a recording, or the line that says why there is none."""
    try:
        return predictor.predict(path)
    except IrmasError as error:
        return str(error)
    except Exception as error:  # the other files are answered all the same
        if debug:
            raise
        return f"{path}: stopped with {type(error).__name__} ({error}); please report it with what --debug shows"


def identity(model_file: str | os.PathLike) -> str:
    """A network's name and 16 hexadecimal digits: other files of it, or another version of this package, have others.

    Raises
    ------
    ModelError
        If there is no such file.
    """
    path, lone = Path(model_file), models.lone_file(model_file)
    digest = hashlib.sha256(__version__.encode())
    for part in (path, path.with_suffix(".json"), lone, openset.head_file(path), openset.head_file(lone)):
        if part.exists() or part == path:
            check_readable(part, ModelError)
            digest.update(part.read_bytes())
    return f"{path.name} {digest.hexdigest()[:16]}"


def _ask_there(model_file: str | None, which: str, path: str, debug: bool) -> Prediction | str:
    return ask(_predictor(model_file, which), path, debug)


@lru_cache(maxsize=1)
def _predictor(model_file: str | None, which: str) -> Predictor:
    """In a worker: the network, loaded once, and the one that is meant."""
    here = chosen(model_file)
    if identity(here) != which:
        raise ModelError(f"{here}: a worker has {identity(here)} where {which} is asked; give all the same version")
    return load_predictor(here)
