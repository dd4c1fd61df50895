"""Splits: by clip they leak as the published set leaks, by song they do not, and the sealed rule is its definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import parse
from sklearn.model_selection import StratifiedGroupKFold

from irmas_helpers.data import clips, splits
from irmas_helpers.errors import DatasetError
from irmas_helpers.instruments import CODES

# How many recordings of IRMAS's training set have so many clips.
IRMAS_STRUCTURE = {3: 2152, 2: 86, 1: 11, 6: 9, 4: 3}
# First hexadecimal digits by sha256sum, whole numbers modulo 5 by bc.
SEALED = ["0019", "0039", "0043", "0047", "0050", "0057", "0670"]
NOT_SEALED = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0058", "1751", "2222"]


def table_of(songs: dict[str, tuple[str, int]]) -> pd.DataFrame:
    """A table of clips from each song's instrument and number of clips."""
    rows = [
        (f"{code}/{song}__{excerpt}.wav", code, song)
        for song, (code, count) in songs.items()
        for excerpt in range(count)
    ]
    return pd.DataFrame(rows, columns=["path", "instrument", "song"])


@pytest.fixture(scope="module")
def irmas():
    """A table with the structure of IRMAS's training set, classes dealt out in turn."""
    counts = np.repeat(list(IRMAS_STRUCTURE), list(IRMAS_STRUCTURE.values()))
    counts = np.random.default_rng(0).permutation(counts)
    return table_of({f"{number:04d}": (CODES[number % 11], count) for number, count in enumerate(counts)})


TABLES = st.lists(st.tuples(st.sampled_from(CODES[:3]), st.integers(1, 6)), min_size=0, max_size=30).map(
    lambda more: table_of(
        {f"{n:04d}": song for n, song in enumerate([(code, 2) for code in CODES[:3] for _ in range(5)] + more)}
    )
)


@settings(max_examples=30)
@given(TABLES, st.integers(2, 5), st.integers(0, 100))
def test_no_song_is_in_training_and_test(table, folds, seed):
    for train, test in splits.song_folds(table, folds, seed):
        assert not set(table["song"].iloc[train]) & set(table["song"].iloc[test])
        assert not splits.has_sibling(table, train, test).any()


@pytest.mark.parametrize("name", splits.FOLDS)
@settings(max_examples=30)
@given(table=TABLES, seed=st.integers(0, 100))
def test_every_clip_is_tested_once_and_trains_in_all_other_folds(name, table, seed):
    folds = splits.FOLDS[name](table, 4, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(len(table)))
    for train, test in folds:
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(table)))


@pytest.mark.parametrize("name", splits.FOLDS)
def test_classes_have_nearly_equal_shares_in_every_fold(irmas, name):
    whole = irmas["instrument"].value_counts(normalize=True)
    for train, test in splits.FOLDS[name](irmas):
        assert len(test) == pytest.approx(len(irmas) / 5, rel=0.02)
        for part in (train, test):
            shares = irmas["instrument"].iloc[part].value_counts(normalize=True)
            assert (shares - whole).abs().max() < 0.01


@pytest.mark.skipif(parse(sklearn.__version__) < parse("1.8"), reason="before 1.8 it shuffles classes without songs")
@pytest.mark.parametrize("seed", range(5))
def test_folds_by_song_are_scikit_learns(irmas, seed):
    reference = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(
        irmas, irmas["instrument"], irmas["song"]
    )
    for ours, theirs in zip(splits.song_folds(irmas, 5, seed), reference, strict=True):
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("name", splits.FOLDS)
def test_a_seed_decides_the_split(irmas, name):
    same, again, other = (splits.FOLDS[name](irmas[:600], 5, seed)[0][1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(same, again)
    assert not np.array_equal(same, other)


def test_one_split_is_the_first_fold(irmas):
    few = irmas[:600]
    np.testing.assert_array_equal(splits.song_split(few)[1], splits.song_folds(few)[0][1])
    np.testing.assert_array_equal(splits.random_split(few, 4)[1], splits.random_folds(few, 4)[0][1])


def test_a_random_split_of_irmas_leaks_into_95_percent_of_the_test_clips(irmas):
    assert len(irmas) == 6705
    shares = [splits.has_sibling(irmas, *splits.random_split(irmas, seed=seed)).mean() for seed in range(10)]
    assert np.mean(shares) == pytest.approx(0.955, abs=0.005)


def test_a_clip_has_a_sibling_if_its_song_is_in_training():
    table = table_of({"0001": ("cel", 2), "0002": ("cel", 1), "0003": ("cla", 2)})
    assert splits.has_sibling(table, np.array([0, 3]), np.array([1, 2, 4])).tolist() == [True, False, True]


@pytest.mark.parametrize(("name", "unit"), [("random", "clips"), ("song", "songs")])
def test_more_folds_than_a_class_can_fill_are_refused_with_the_cure(name, unit):
    table = table_of({"0001": ("cel", 1), "0002": ("cel", 1), **{f"1{n:03d}": ("cla", 1) for n in range(9)}})
    with pytest.raises(DatasetError, match=f"5 folds need at least 5 {unit} of each class, but cel has 2; take 2"):
        splits.FOLDS[name](table, 5)


@pytest.mark.parametrize("folds", [1, 0, -3])
@pytest.mark.parametrize("name", splits.FOLDS)
def test_fewer_than_two_folds_are_refused(irmas, name, folds):
    with pytest.raises(DatasetError, match=f"{folds} folds"):
        splits.FOLDS[name](irmas, folds)


@pytest.mark.parametrize("name", splits.FOLDS)
def test_no_clips_at_all_are_refused(irmas, name):
    with pytest.raises(DatasetError, match="there are none"):
        splits.FOLDS[name](irmas[:0])


def test_sealed_songs_are_those_whose_hash_five_divides():
    assert splits.is_sealed(SEALED).all()
    assert not splits.is_sealed(NOT_SEALED).any()


def test_about_a_fifth_of_the_songs_is_sealed():
    assert splits.is_sealed([f"{number:04d}" for number in range(10_000)]).mean() == pytest.approx(0.2, abs=0.02)


def test_the_sealed_rule_takes_a_column_and_no_songs_at_all():
    assert splits.is_sealed(pd.Series(["0019", "0001"])).tolist() == [True, False]
    assert splits.is_sealed([]).dtype == bool


def test_balanced_classes_have_as_many_clips_as_the_smallest_drawn_by_the_seed():
    sizes = {"cel": 3, "flu": 9}
    names = [f"{code}/[{code}][cla]{n:04d}__1.wav" for code, size in sizes.items() for n in range(size)]
    table = clips.table(names)
    rows = splits.balanced(table, seed=0)
    assert table.iloc[rows]["instrument"].value_counts().to_dict() == {"cel": 3, "flu": 3}
    assert list(rows) == sorted(set(rows))
    assert list(rows) == list(splits.balanced(table, seed=0)) != list(splits.balanced(table, seed=1))


def test_some_songs_are_a_share_of_each_class_and_whole(toy_pack):
    clips = toy_pack.clips
    rows = splits.some_songs(clips, 0.5, seed=1)
    chosen = clips.iloc[rows]
    assert chosen["song"].value_counts().equals(clips["song"].value_counts()[chosen["song"].value_counts().index])
    whole, part = (table.groupby("instrument")["song"].nunique() for table in (clips, chosen))
    assert (abs(part - whole / 2) <= 0.5).all()
    assert list(splits.some_songs(clips, 1.0)) == list(range(len(clips)))
    assert list(splits.some_songs(clips, 0.5, seed=2)) != list(rows)
    assert clips.iloc[splits.some_songs(clips, 0.001)]["instrument"].nunique() == 11
