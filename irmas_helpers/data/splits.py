"""Which clips train and which test: at random by clip (to show the leak), by song, in folds, and the sealed rule.

Excerpts of one song share players, room and microphones. A split by clip puts some in training and their siblings in
the test, so that a network may recognise the recording instead of the instrument; a split by song does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

Fold = tuple[np.ndarray, np.ndarray]


def random_folds(clips: pd.DataFrame, folds: int = 5, seed: int = 0) -> list[Fold]:
    """Folds by clip: every clip is in one test fold, whatever its song. It leaks; see `has_sibling`.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.
    folds : int
        Number of folds.
    seed : int
        Of the shuffle.

    Returns
    -------
    list of (train, test)
        Positions in `clips`, sorted; classes in equal shares in each fold.

    Raises
    ------
    DatasetError
        If a class has fewer clips than there are folds.

    Examples
    --------
    >>> import pandas as pd
    >>> clips = pd.DataFrame({"path": list("abcd"), "instrument": ["cel", "cel", "voi", "voi"], "song": list("1234")})
    >>> [clips["instrument"].iloc[test].tolist() for _, test in random_folds(clips, 2)]
    [['cel', 'voi'], ['cel', 'voi']]
    """
    from sklearn.model_selection import StratifiedKFold

    _check_folds(clips, folds, "path", "clips")
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(clips, clips["instrument"]))


def song_folds(clips: pd.DataFrame, folds: int = 5, seed: int = 0) -> list[Fold]:
    """Folds by song: all clips of a song are in the same test fold.

    All else is as in `random_folds`, but that classes have nearly equal shares, and need as many songs as folds.

    Examples
    --------
    >>> import pandas as pd
    >>> clips = pd.DataFrame({"song": ["1", "1", "2", "2"], "instrument": ["cel"] * 4})
    >>> sorted(test.tolist() for _, test in song_folds(clips, 2))
    [[0, 1], [2, 3]]
    """
    _check_folds(clips, folds, "song", "songs")
    return group_folds(clips["instrument"], clips["song"], folds, seed)


def group_folds(y: Sequence, groups: Sequence, folds: int, seed: int = 0) -> list[Fold]:
    """Folds in which no group is on both sides and each class has as equal a share as the groups allow.

    They are those of scikit-learn's ``StratifiedGroupKFold(folds, shuffle=True, random_state=seed)`` from 1.8 on.

    Parameters
    ----------
    y, groups : sequences [length: examples]
        Class and group of each example.
    folds, seed : int
        Their number, and of the order in which groups are dealt out.

    Examples
    --------
    >>> sorted(test.tolist() for _, test in group_folds(["oboe"] * 4, ["ann", "ann", "bob", "bob"], 2))
    [[0, 1], [2, 3]]
    """
    from sklearn.model_selection import StratifiedGroupKFold

    # Shuffled here: until 1.8 scikit-learn shuffled the groups' classes without the groups.
    _, group = np.unique(groups, return_inverse=True)
    order = np.arange(group.max() + 1)
    np.random.RandomState(seed).shuffle(order)
    return list(StratifiedGroupKFold(folds).split(y, y, np.argsort(order)[group]))


FOLDS = {"random": random_folds, "song": song_folds}


def random_split(clips: pd.DataFrame, parts: int = 5, seed: int = 0) -> Fold:
    """One part of `parts` for testing, by clip: the first of `random_folds`."""
    return random_folds(clips, parts, seed)[0]


def song_split(clips: pd.DataFrame, parts: int = 5, seed: int = 0) -> Fold:
    """One part of `parts` for testing, by song: the first of `song_folds`.

    Examples
    --------
    >>> import pandas as pd
    >>> clips = pd.DataFrame({"song": ["1", "1", "2", "2"], "instrument": ["cel"] * 4})
    >>> [part.tolist() for part in song_split(clips, 2)]
    [[0, 1], [2, 3]]
    """
    return song_folds(clips, parts, seed)[0]


def balanced(clips: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """As many clips of each class as the smallest has, drawn at random: their positions in the table, sorted.

    Examples
    --------
    >>> import pandas as pd
    >>> clips = pd.DataFrame({"instrument": ["cel", "cel", "cel", "voi"]})
    >>> clips["instrument"].iloc[balanced(clips)].tolist()
    ['cel', 'voi']
    """
    shuffled = clips.reset_index(drop=True).sample(frac=1, random_state=seed)
    smallest = clips["instrument"].value_counts().min()
    return np.sort(shuffled.groupby("instrument").head(smallest).index.to_numpy())


def some_songs(clips: pd.DataFrame, share: float, seed: int = 0) -> np.ndarray:
    """The clips of a share of each class's songs, at least one, drawn at random: their positions, sorted.

    Examples
    --------
    >>> import pandas as pd
    >>> clips = pd.DataFrame({"song": ["1", "1", "2", "2"], "instrument": ["cel"] * 4})
    >>> len(some_songs(clips, 0.5))  # both clips of one song
    2
    """
    songs = clips[["instrument", "song"]].drop_duplicates("song").sample(frac=1, random_state=seed)
    place = songs.groupby("instrument").cumcount()
    size = songs.groupby("instrument")["song"].transform("size")
    return np.flatnonzero(clips["song"].isin(songs["song"][place < np.maximum(1, np.round(share * size))]))


def _check_folds(clips: pd.DataFrame, folds: int, column: str, unit: str) -> None:
    counts = clips.groupby("instrument")[column].nunique()
    if counts.empty:
        raise DatasetError(f"{folds} folds need {unit}, and there are none; look where they got lost")
    if folds < 2 or counts.min() < folds:
        raise DatasetError(
            f"{folds} folds need at least {max(folds, 2)} {unit} of each class, "
            f"but {counts.idxmin()} has {counts.min()}; take 2 to {counts.min()} folds or more clips"
        )


def has_sibling(clips: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Which test clips have a clip of the same song in training [shape=(len(test),), dtype=bool].

    Examples
    --------
    >>> import pandas as pd
    >>> clips = pd.DataFrame({"song": ["1", "1", "2"]})
    >>> has_sibling(clips, np.array([0]), np.array([1, 2])).tolist()
    [True, False]
    """
    songs = clips["song"].to_numpy()
    return np.isin(songs[test], songs[train])


def is_sealed(songs: Iterable[str]) -> np.ndarray:
    """Which songs belong to the sealed test, kept for one measurement of a finished model.

    A song, four digits as `clips.song_of` gives them, is sealed if the SHA-256 of ``irmas-sealed-SONG`` is divisible by
    five.

    Examples
    --------
    >>> is_sealed(["0001", "0019"]).tolist()
    [False, True]
    """
    hashes = (hashlib.sha256(f"irmas-sealed-{song}".encode()).hexdigest() for song in songs)
    return np.array([int(digits, 16) % 5 == 0 for digits in hashes], dtype=bool)
