"""Features of many files into one `.npz`: in parallel, whole or not at all, in bounded memory, cached.

Every few files become a piece in a folder beside the `.npz`, so that a run that was cut off goes on where it stopped.
A file that cannot be read is named, the rest is done, and the next call tries it again.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from filelock import FileLock

from .. import workers
from ..data import clips
from ..errors import AudioError, DatasetError, WorkerError
from ..paths import UNREADABLE_ZIP, cache_folder, written_alone, written_whole

_FILES_A_PIECE = 32
_Pack = TypeVar("_Pack")
_Plan = Mapping[Path, Sequence[str]]  # the files of each piece
_Made = tuple[list[int], list[str]]  # of a piece: rows of each file, 0 where it is bad; a line for each bad one


@dataclass(frozen=True)
class Kind:
    """One sort of feature that can be extracted from many files; any number of rows may come from a file."""

    rows: Mapping[str, tuple[str, tuple[int, ...]]]  # type and shape of one row of each array, by the arrays' names
    compute: Callable[[Path], tuple[np.ndarray, ...]]  # from a path to the rows for each name, equally many
    settings: str  # the parameters, as they stand in a cache file's name
    files_a_process: int = 200  # are worth one more process, which costs about a second


def extract(
    root: str | os.PathLike,
    paths: Sequence[str],
    kind: Kind,
    out: str | os.PathLike,
    describe: Callable[[np.ndarray], dict[str, np.ndarray]],
    *,
    jobs: int | None = None,
    progress: bool = True,
    pool: workers.Pool | None = None,
) -> list[str]:
    """Extract one kind of feature from many files into an `.npz`.

    Parameters
    ----------
    root : path
        The folder that the paths are relative to.
    paths : sequence of str
        The files; their rows keep this order.
    kind : Kind
        What is made of them.
    out : path
        The `.npz` file to write: the kind's arrays, what `describe` adds, and `bad`, the lines returned. While the work
        is going on there is a folder of the same name and `.partial` beside it; called again, the work goes on there.
    describe : callable
        From the number of rows of each file, 0 where it cannot be read, to arrays that say what the rows are.
    jobs : int or None
        Number of processes; None takes as many as there are cores, fewer for few files.
    progress : bool
        Whether to show a bar.
    pool : workers.Pool or None
        Who does the work instead, such as `workers.cluster`, to whom the paths mean the same.

    Returns
    -------
    list of str
        One line for each file that could not be read; those have no rows.

    Raises
    ------
    DatasetError
        If none of the files can be read, or another process is writing the same `.npz`.
    WorkerError
        If the pool cannot be used, or a file ends the process that reads it.
    """
    root, out = Path(root), Path(out)
    if pool:
        root, out = root.absolute(), out.absolute()  # workers have other working folders
    folder = out.with_name(out.name + ".partial")
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_alone(folder, DatasetError):
        _take_up(folder, json.dumps([kind.settings, str(root.absolute()), list(paths)]))
        starts = range(0, len(paths), _FILES_A_PIECE)
        pieces = {folder / f"{start:06d}.npz": paths[start : start + _FILES_A_PIECE] for start in starts}
        made = _make_pieces(root, pieces, progress, partial(_work, root, kind, jobs, pool))
        counts, bad = ([each for piece in pieces for each in made[piece][place]] for place in (0, 1))
        if not any(counts):
            first = next(iter(bad), "there is none")
            raise DatasetError(f"{root}: none of the {len(paths)} files can be read; the first: {first}")
        with written_whole(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            for name, row in kind.rows.items():
                _join(archive, name, row, pieces, sum(counts))
            for name, array in {**describe(np.array(counts)), "bad": np.array(bad, dtype=str)}.items():
                with archive.open(f"{name}.npy", "w") as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
        shutil.rmtree(folder, ignore_errors=True)
    return bad


def cached(name: str, make: Callable[[Path], object], load: Callable[[Path], _Pack]) -> _Pack:
    """What lies in the cache under a name, which holds all that it depends on; made where there is nothing whole.

    `load` reads the file and raises `DatasetError` if it is damaged, `make` writes it.
    """
    path = cache_folder() / "features" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):  # two notebooks that start at once extract once
        if path.exists():
            with suppress(DatasetError):
                return load(path)
            path.unlink()  # not while the error is handled: it can hold a map of the file, which Windows then keeps
        make(path)
        return load(path)


def _take_up(folder: Path, plan: str) -> None:
    """Keep the work of an earlier call for the same files, or begin anew."""
    try:
        if (folder / "plan.json").read_text("utf-8") == plan:
            return
    except (OSError, ValueError):
        pass  # there is none, or it is damaged
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "plan.json").write_text(plan, "utf-8")


def _make_pieces(
    root: Path, pieces: _Plan, progress: bool, work: Callable[[_Plan], Iterable[tuple[Path, _Made]]]
) -> dict[Path, _Made]:
    """Make the pieces that are not done yet, or of files that were changed since."""
    from tqdm.auto import tqdm

    made = {piece: done for piece, paths in pieces.items() if (done := _done(root, piece, paths))}
    todo = {piece: paths for piece, paths in pieces.items() if piece not in made}
    total, left = (sum(map(len, which.values())) for which in (pieces, todo))
    with tqdm(total=total, initial=total - left, unit="file", disable=not progress) as bar:
        for piece, done in work(todo):
            made[piece] = done
            bar.update(len(done[0]))
    return made


def _work(
    root: Path, kind: Kind, jobs: int | None, pool: workers.Pool | None, todo: _Plan
) -> Iterator[tuple[Path, _Made]]:
    """Let the pieces be made, by a pool or on this machine; joblib also serves scripts that guard no main program."""
    import joblib

    if pool:
        for (piece, paths), done in workers.each(partial(_make_piece, root, kind), todo.items(), pool):
            if done is None:
                raise WorkerError(f"{root}: one of {', '.join(paths)} ends every worker that reads it; take it away")
            yield piece, done[1]
        return
    jobs = jobs or min(joblib.cpu_count(), max(1, sum(map(len, todo.values())) // kind.files_a_process))
    try:
        yield from joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(
            joblib.delayed(_make_piece)(root, kind, item) for item in todo.items()
        )
    except BrokenExecutor:
        raise WorkerError(
            f"{root}: a process that read some of its files ended; make memory free and call the same again, or let "
            "predict DIR --table OUT.csv find the file"
        ) from None


def _make_piece(root: Path, kind: Kind, item: tuple[Path, Sequence[str]]) -> tuple[Path, _Made]:
    """Write the rows of a few files."""
    out, paths = item
    identity = clips.identity(root, paths)  # before they are read
    found: list[tuple[np.ndarray, ...]] = []
    counts, bad = [], []
    for path in paths:
        try:
            found.append(kind.compute(root / path))
            counts.append(len(found[-1][0]))
        except Exception as error:  # the other files are read all the same
            counts.append(0)
            bad.append(str(error) if isinstance(error, AudioError) else _unforeseen(root / path, error))
    arrays = {
        name: np.concatenate([np.empty((0, *shape), dtype), *(rows[place] for rows in found)], dtype=dtype)
        for place, (name, (dtype, shape)) in enumerate(kind.rows.items())
    }
    with written_whole(out) as temporary:
        np.savez(temporary, counts=counts, identity=identity, **arrays)
    return out, (counts, bad)


def _unforeseen(path: Path, error: Exception) -> str:
    return f"{path}: stopped with {type(error).__name__} ({error}); please report it, with the file"


def _done(root: Path, piece: Path, paths: Sequence[str]) -> _Made | None:
    """What an earlier call made of the files as they are now, if it is whole and none of them was bad."""
    try:
        with np.load(piece) as archive:
            arrays = dict(archive)  # reading everything finds damage
            counts, identity = arrays["counts"].tolist(), arrays["identity"].item()
    except (*UNREADABLE_ZIP, KeyError):
        return None
    return (counts, []) if identity == clips.identity(root, paths) and all(counts) else None


def _join(
    archive: zipfile.ZipFile, name: str, row: tuple[str, tuple[int, ...]], pieces: Iterable[Path], rows: int
) -> None:
    """Write one array piece by piece: all at once, large ones would not fit into a small memory."""
    dtype, shape = row
    header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": (rows, *shape)}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for piece in pieces:
            with np.load(piece) as arrays:
                file.write(arrays[name].tobytes())
