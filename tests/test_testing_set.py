"""Testing folders become a table as the official label files have it, and what cannot be used is said in one line."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest

from irmas_helpers.data import testing_set
from irmas_helpers.errors import DatasetError
from irmas_helpers.instruments import CODES


@pytest.fixture
def make_set(tmp_path):
    """Make a folder of empty sounds and their label files; None makes no label file."""

    def make(labels: dict[str, str | None]):
        for name, text in labels.items():
            (tmp_path / f"{name}.wav").parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / f"{name}.wav").touch()
            if text is not None:
                (tmp_path / f"{name}.txt").write_bytes(text.encode())
        return tmp_path

    return make


def test_a_folder_becomes_a_table_of_paths_parts_songs_and_labels(make_set):
    root = make_set({
        "IRMAS-TestingData-Part1/Part1/(02) a whale-11": "gel\t\r\nvoi\t\r\n",
        "IRMAS-TestingData-Part2/IRTestingData-Part2/08 - Rufus - Poses-3": "pia",
        "Part3/one": "vio\n",
        "else/one-2": "vio\n",
    })  # fmt: skip
    table = testing_set.scan(root).excerpts
    assert list(table.columns) == ["path", "part", "song", "labels"]
    assert table[["part", "song", "labels"]].to_numpy().tolist() == [
        [1, "(02) a whale", "gel+voi"],
        [2, "08 - Rufus - Poses", "pia"],
        [3, "one", "vio"],
        [0, "one", "vio"],
    ]
    assert all((root / path).exists() for path in table["path"])


def test_the_folder_that_is_named_says_the_part_too(make_set):
    root = make_set({"IRMAS-TestingData-Part2/a-1": "cel", "IRMAS-TestingData-Part2/Part3/b-1": "cel"})
    found = testing_set.scan(root / "IRMAS-TestingData-Part2").excerpts
    assert found.set_index("song")["part"].to_dict() == {"a": 2, "b": 3}


@pytest.mark.parametrize(
    ("name", "song"),
    [
        ("Part1/01 - So What-3.wav", "01 - So What"),
        ("The Police - 01 - Synchronicity I-3.wav", "The Police - 01 - Synchronicity I"),
        ("101-eric_clapton-i_feel_free-12.wav", "101-eric_clapton-i_feel_free"),
        ("no number.wav", "no number"),
        ("07-My Romance.wav", "07-My Romance"),
    ],
)
def test_the_song_is_the_name_without_the_excerpts_number(name, song):
    assert testing_set.song_of(name) == song


def test_names_are_matched_whichever_way_their_letters_are_written(make_set, tmp_path):
    root = make_set({"Part1/" + unicodedata.normalize("NFD", "Andrés Ségovia-1"): None})
    (root / "Part1" / (unicodedata.normalize("NFC", "Andrés Ségovia-1") + ".txt")).write_text("gac")
    found = testing_set.scan(root)
    assert found.unlabelled == ()
    assert found.excerpts["song"].tolist() == [unicodedata.normalize("NFC", "Andrés Ségovia")]
    assert (root / found.excerpts["path"][0]).exists()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("voi", ("voi",)),
        ("voi\t\n", ("voi",)),
        ("\ufeffvoi\t\r\n\r\n \t\r\ngac \r\n", ("gac", "voi")),
        ("voi\nvoi\n", ("voi",)),
    ],
)
def test_tabs_blank_lines_line_ends_and_repetitions_do_not_matter(tmp_path, text, labels):
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert testing_set.read_labels(tmp_path / "a.txt") == labels


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"voi\nkazoo\n", "kazoo is no instrument; known are cel, cla"),
        (b"VOI\n", "VOI is no instrument"),
        (b"\xff\xfe\0v", "is no instrument"),
        (b"", "names no instrument; copy it again, or write one of cel, cla"),
        (b"\t\n\n", "names no instrument"),
    ],
    ids=["unknown", "capitals", "no text", "empty", "blank"],
)
def test_labels_that_cannot_be_used_are_refused_in_one_line_with_the_file(make_set, content, says):
    root = make_set({"Part1/a-1": "cel", "Part1/b-1": ""})
    (root / "Part1/b-1.txt").write_bytes(content)
    with pytest.raises(DatasetError, match=says) as refusal:
        testing_set.scan(root)
    assert str(refusal.value).startswith(f"{root / 'Part1/b-1.txt'}: ")
    assert "\n" not in str(refusal.value)


def test_a_sound_without_labels_is_left_out_and_named(make_set):
    root = make_set({"Part1/a-1": "cel", "Part1/a-2": None, "Part1/a-3": None, "Part1/._a-1": None})
    found = testing_set.scan(root)
    assert found.unlabelled == ("Part1/a-2.wav", "Part1/a-3.wav")
    assert found.excerpts["path"].tolist() == ["Part1/a-1.wav"]


@pytest.mark.parametrize("name", ["none", "", "x" * 300], ids=["missing", "empty", "long name"])
def test_a_folder_without_excerpts_is_refused(tmp_path, name):
    with pytest.raises(DatasetError, match=r"no such folder|holds no testing excerpt"):
        testing_set.scan(tmp_path / name)


def test_labels_become_a_row_in_the_order_of_the_outputs():
    matrix = testing_set.label_matrix(["voi", "gel+cel", "cel"])
    assert matrix.dtype == bool
    assert [[code for code, on in zip(CODES, row, strict=True) if on] for row in matrix] == [
        ["voi"],
        ["cel", "gel"],
        ["cel"],
    ]


def test_the_official_counts_agree_with_each_other():
    labels = sum(number * count for number, count in testing_set.OFFICIAL_LABELS_AN_EXCERPT.items())
    assert testing_set.OFFICIAL_EXCERPTS == sum(testing_set.OFFICIAL_LABELS_AN_EXCERPT.values()) == 2874
    assert sum(testing_set.OFFICIAL_LABELS.values()) == labels == 4917


def test_a_set_is_compared_with_the_official_one():
    excerpts = pd.DataFrame({"path": "a", "part": [1, 1, 3], "song": "a", "labels": ["voi", "voi+cla", "cla"]})
    report = testing_set.check_official(excerpts)
    assert report.loc["Part 1"].tolist() == [2, 807, 805, 0]
    assert report.loc["Part 2"].tolist() == [0, 1301, 1301, 0]
    assert report.loc["cla"].tolist() == [2, 62, 60, 0]
    assert report.loc["1 label"].tolist() == [2, 1236, 1234, 0]
    assert report.loc["5 labels"].tolist() == [0, 3, 3, 0]
    assert len(report) == 3 + 11 + 5


def test_more_than_the_official_number_is_extra():
    excerpts = pd.DataFrame({"path": "a", "part": 3, "song": "a", "labels": ["cla"] * 770})
    report = testing_set.check_official(excerpts)
    assert report["extra"].to_dict()["Part 3"] == 4
    assert report["extra"].to_dict()["cla"] == 770 - 62
    assert np.all(report["missing"] * report["extra"] == 0)


def test_the_rendered_testing_part_is_read_like_the_official_one(rendered_root):
    found = testing_set.scan(rendered_root / "IRMAS-TestingData-Part1")
    assert len(found.excerpts) == 40
    assert found.unlabelled == ()
    assert set(found.excerpts["part"]) == {1}
    assert found.excerpts["song"].nunique() < 20
