"""Log-mels of the testing excerpts, window by window, in one `.npz`: extracted in parallel, resumable, cached.

Excerpts have different lengths, so that their windows lie one behind the other and `offsets` says where each excerpt
begins. The windows are those of `predict` for networks on log-mels (an excerpt shorter than one lies in silence), each
relative to its own maximum, in 256 levels. Extraction keeps what is done in a folder beside the pack, a file for every
few excerpts; a sound that cannot be read is named, the rest is done.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock

from ..data import clips, testing_set
from ..errors import AudioError, DatasetError
from ..instruments import CODES
from ..paths import cache_folder, written_whole
from . import audio, features
from .packs import UNREADABLE
from .windows import HOP_SECONDS, WindowReader

SETTINGS = (
    f"sr{audio.SAMPLE_RATE}-fft{features.N_FFT}-hop{features.HOP_LENGTH}-mel{features.N_MELS}-db80-u8"
    f"-windows{audio.CLIP_SECONDS:g}s-every{HOP_SECONDS:g}s"
)
_WINDOW_SHAPE = (features.N_MELS, features.CLIP_FRAMES)
_EXCERPTS_A_TASK = 16
# Mean difference in levels up to which two windows are the same sound. Among IRMAS's training clips the same audio
# under two names differs by at most 2.2 levels, and other clips of one recording by at least 9.6.
_SAME_SOUND = 3.0
_ARRAYS = ("windows_u8", "starts", "offsets", "path", "part", "labels")


@dataclass(frozen=True)
class TestingPack:
    """Log-mels of the windows of a set of testing excerpts.

    Attributes
    ----------
    values : numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        Levels, see `features.quantise`.
    starts : numpy.ndarray [shape=(windows,)]
        Seconds from the beginning of the excerpt.
    offsets : numpy.ndarray [shape=(excerpts + 1,), dtype=int]
        Windows ``offsets[i]`` to ``offsets[i + 1]`` are those of excerpt ``i``.
    excerpts : pandas.DataFrame
        One row an excerpt, see `testing_set.TestingScan`.
    bad : tuple of str
        One line for each sound that could not be read.
    """

    __test__ = False  # a class of pytest's it is not

    values: np.ndarray
    starts: np.ndarray
    offsets: np.ndarray
    excerpts: pd.DataFrame
    bad: tuple[str, ...] = ()

    def contradicting(self) -> np.ndarray:
        """Which excerpts sound like another one of their song that carries other labels.

        In the official set these are twenty excerpts of one song, ten pairs: whatever is answered, one of two is wrong.

        Returns
        -------
        numpy.ndarray [shape=(excerpts,), dtype=bool]
        """
        found, labels = np.zeros(len(self.excerpts), dtype=bool), self.excerpts["labels"].to_numpy()
        for rows in self.excerpts.groupby("song").indices.values():
            for pair in itertools.combinations(rows, 2):
                one, other = pair
                if labels[one] != labels[other] and _sound_alike(self.windows_of(one), self.windows_of(other)):
                    found[list(pair)] = True
        return found

    def windows_of(self, excerpt: int) -> np.ndarray:
        """The levels of one excerpt's windows.

        Parameters
        ----------
        excerpt : int
            Its position in `excerpts`.

        Returns
        -------
        numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        """
        return self.values[self.offsets[excerpt] : self.offsets[excerpt + 1]]


def _sound_alike(some: np.ndarray, others: np.ndarray) -> bool:
    """Whether two excerpts are the same recording from the same moment on, but for dither and rounding."""
    if len(some) != len(others):
        return False
    pairs = zip(some.astype(np.int16), others, strict=True)
    return all(np.abs(one - other).mean() <= _SAME_SOUND for one, other in pairs)


def load_testing_pack(path: str | os.PathLike) -> TestingPack:
    """Read a pack of testing excerpts.

    Parameters
    ----------
    path : path
        An `.npz` file that `extract` wrote. The official set takes about 500 MB, in memory too.

    Returns
    -------
    TestingPack

    Raises
    ------
    DatasetError
        If the file is missing or no pack of testing excerpts.
    """
    cure = f"make it with: python -m irmas_helpers extract-polyphonic DIR {path}"
    try:
        with np.load(path) as archive:
            values, starts, offsets, paths, parts, labels = (archive[name] for name in _ARRAYS)
            bad = tuple(str(line) for line in archive.get("bad", ()))
        columns = (map(str, paths), parts.astype(int), map(testing_set.song_of, map(str, paths)), map(str, labels))
        excerpts = pd.DataFrame(dict(zip(testing_set.COLUMNS, map(list, columns), strict=True)))
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file; {cure}") from None
    except KeyError:
        raise DatasetError(f"{path}: holds no windows of testing excerpts; {cure}") from None
    except UNREADABLE:
        raise DatasetError(f"{path}: cannot be read as a pack of testing excerpts (.npz); {cure}") from None
    if not (_fits(values, starts, offsets, len(excerpts)) and _are_labels(excerpts["labels"])):
        raise DatasetError(f"{path}: its windows, offsets and labels do not belong together; {cure}")
    return TestingPack(values, starts, offsets, excerpts, bad)


def _fits(values: np.ndarray, starts: np.ndarray, offsets: np.ndarray, excerpts: int) -> bool:
    """Whether windows are of the right shape and every excerpt has at least one."""
    return (
        values.dtype == np.uint8
        and values.shape == (len(starts), *_WINDOW_SHAPE)
        and offsets.shape == (excerpts + 1,)
        and (offsets[0], offsets[-1]) == (0, len(values))
        and bool((np.diff(offsets) > 0).all())
    )


def _are_labels(labels: pd.Series) -> bool:
    return all(set(codes.split("+")) <= set(CODES) for codes in labels)


def cached(found: testing_set.TestingScan, *, progress: bool = True) -> TestingPack:
    """The windows of a folder of testing excerpts, extracted once and then read from the cache.

    Parameters
    ----------
    found : testing_set.TestingScan
        What `testing_set.scan` found in the folder.
    progress : bool
        Whether to show a bar while extracting.

    Returns
    -------
    TestingPack
    """
    identity = clips.identity(found.root, found.excerpts)
    labels = hashlib.sha256(found.excerpts.to_csv().encode()).hexdigest()[:8]
    path = cache_folder() / "features" / f"testing-{SETTINGS}-{identity}-{labels}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):  # two notebooks that start at once extract once
        if path.exists():
            try:
                return load_testing_pack(path)
            except DatasetError:
                path.unlink()
        extract(found, path, progress=progress)
        return load_testing_pack(path)


def extract(
    found: testing_set.TestingScan, out: str | os.PathLike, *, jobs: int | None = None, progress: bool = True
) -> list[str]:
    """Extract the windows of all excerpts into a pack.

    Parameters
    ----------
    found : testing_set.TestingScan
        What `testing_set.scan` found in a folder.
    out : path
        The `.npz` file to write. While the work is going on there is a folder of the same name and `.partial`
        beside it; called again, the work goes on from there.
    jobs : int
        Number of processes; None takes as many as there are cores, fewer for few files.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    list of str
        One line for each sound that could not be read; those are not in the pack.

    Raises
    ------
    DatasetError
        If none of the sounds can be read.
    """
    out, paths = Path(out), list(found.excerpts["path"])
    folder = out.with_name(out.name + ".partial")
    _take_up(folder, json.dumps([SETTINGS, str(found.root.absolute()), paths]))
    tasks = {
        folder / f"{first:06d}.npz": paths[first : first + _EXCERPTS_A_TASK]
        for first in range(0, len(paths), _EXCERPTS_A_TASK)
    }
    _run(found.root, tasks, jobs, progress)
    windows, starts, lines = (np.concatenate(arrays) for arrays in zip(*map(_short_arrays, tasks), strict=True))
    if not windows.any():
        raise DatasetError(f"{found.root}: none of the {len(paths)} files can be read; the first: {lines[0]}")
    good = found.excerpts[windows > 0]
    arrays = {
        "starts": starts,
        "offsets": np.concatenate([[0], np.cumsum(windows[windows > 0])]),
        "path": good["path"].to_numpy(dtype=str),
        "part": good["part"].to_numpy(),
        "labels": good["labels"].to_numpy(dtype=str),
        "bad": lines,
    }
    _save(out, arrays, len(starts), (_array(file, "windows_u8") for file in tasks))
    shutil.rmtree(folder, ignore_errors=True)
    return [str(line) for line in lines]


def _take_up(folder: Path, plan: str) -> None:
    """Keep the work of an earlier call for the same files, or begin anew."""
    try:
        if (folder / "plan.json").read_text("utf-8") == plan:
            return
    except (OSError, ValueError):
        pass  # there is none, or it is damaged
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(plan, "utf-8")


def _run(root: Path, tasks: dict[Path, list[str]], jobs: int | None, progress: bool) -> None:
    """Do the tasks that are not done yet; one with a bad sound is done again, for it may have been mended."""
    import joblib
    from tqdm.auto import tqdm

    todo = {file: paths for file, paths in tasks.items() if not _is_done(file)}
    # A new process costs about a second, which is worth it from some hundred excerpts on.
    jobs = jobs or min(joblib.cpu_count(), max(1, len(todo) * _EXCERPTS_A_TASK // 100))
    work = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(
        joblib.delayed(_compute)(root, paths, file) for file, paths in todo.items()
    )
    total, left = (sum(map(len, which.values())) for which in (tasks, todo))
    with tqdm(total=total, initial=total - left, unit="excerpt", disable=not progress) as bar:
        for done in work:
            bar.update(done)


def _is_done(file: Path) -> bool:
    try:
        return not len(_array(file, "bad")) and len(_array(file, "windows_u8")) == len(_array(file, "starts"))
    except (*UNREADABLE, KeyError):
        return False


def _compute(root: Path, paths: list[str], out: Path) -> int:
    """Windows of a few excerpts, written to a file; one excerpt in memory at a time besides what is written."""
    counts, starts, levels, bad = [], [], [], []
    for path in paths:
        try:
            excerpt = list(_windows(root / path))
        except AudioError as error:
            bad.append(str(error))
            excerpt = []
        counts.append(len(excerpt))
        starts += [start for start, _ in excerpt]
        levels += [window for _, window in excerpt]
    with written_whole(out) as temporary:
        np.savez(
            temporary,
            windows_u8=np.array(levels, dtype=np.uint8).reshape(-1, *_WINDOW_SHAPE),
            windows=np.array(counts),
            starts=np.array(starts, dtype=float),
            bad=np.array(bad, dtype=str),
        )
    return len(paths)


def _windows(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """Start and levels of each window of a file, as `predict` cuts it."""
    reader = WindowReader(audio.stream(path), round(HOP_SECONDS * audio.SAMPLE_RATE))
    heard = False
    for start, signal in reader.windows():
        heard = True
        yield start, features.quantise(features.log_mel(signal))
    audio.require_sound(path, reader.samples, silent=not heard)


def _array(file: Path, name: str) -> np.ndarray:
    """One array of an `.npz`; the others are not read."""
    with np.load(file) as archive:
        return archive[name]


def _short_arrays(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a finished task all but the levels: windows an excerpt, starts, lines on bad sounds."""
    return _array(file, "windows"), _array(file, "starts"), _array(file, "bad")


def _save(out: Path, arrays: dict[str, np.ndarray], windows: int, levels: Iterator[np.ndarray]) -> None:
    """Write an `.npz` whose levels come piece by piece: all at once they would not fit into a small memory twice."""
    with written_whole(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        with archive.open("windows_u8.npy", "w", force_zip64=True) as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": (windows, *_WINDOW_SHAPE)}
            np.lib.format.write_array_header_1_0(file, header)
            for piece in levels:
                file.write(piece.tobytes())
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
