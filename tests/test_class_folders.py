"""Class folders: what is a class, a recording and a source, and what is left out with a line that says why."""

from __future__ import annotations

import os
import unicodedata

import pytest

from irmas_helpers.data import class_folders
from irmas_helpers.errors import DatasetError


@pytest.fixture
def folder(tmp_path):
    """Make files with the text given, or with their own names, below the test's folder."""

    def make(*paths, **contents):
        for path in paths:
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(contents.get(file.stem, path), "utf-8")
        return tmp_path

    return make


def found(root, groups=None):
    scanned = class_folders.scan(root, groups)
    return scanned, dict(zip(scanned.recordings["path"], scanned.recordings["song"], strict=True))


def test_subfolders_of_a_class_are_sources_and_loose_files_are_one(folder):
    scanned, sources = found(folder("oboe/anna/1.wav", "oboe/ben/2.mp3", "oboe/3.ogg", "horn/4.flac", "horn/5.flac"))
    assert scanned.classes == ("horn", "oboe")
    assert sources == {
        "horn/4.flac": "horn", "horn/5.flac": "horn",
        "oboe/3.ogg": "oboe", "oboe/anna/1.wav": "oboe/anna", "oboe/ben/2.mp3": "oboe/ben",
    }  # fmt: skip
    assert scanned.notes == ()


def test_a_pattern_names_sources_and_what_it_does_not_match_is_left_out(folder):
    root = folder("oboe/anna_1.wav", "oboe/ben_2.wav", "horn/anna_3.wav", "horn/nobody.wav")
    scanned, sources = found(root, "^([^_]+)_")
    assert sources == {"horn/anna_3.wav": "anna", "oboe/anna_1.wav": "anna", "oboe/ben_2.wav": "ben"}
    assert scanned.notes == ("1 recordings without a source were left out, the first: horn/nobody.wav",)


def test_a_column_of_the_table_names_sources(folder):
    root = folder("oboe/1.wav", "horn/2.wav", "horn/3.wav")
    (root / "who.csv").write_text("path,player\noboe/1.wav,anna\nhorn\\2.wav,ben\n", "utf-8")
    scanned, sources = found(root, "player")
    assert sources == {"horn/2.wav": "ben", "oboe/1.wav": "anna"}
    assert scanned.grouped == "column player of who.csv"


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ("player", "is no column of the one .csv table"),
        ("Player", "with a column path, and no pattern"),
        ("([", "is no pattern"),
        ("^(zebra)", "tells no source of two"),
    ],
)
def test_sources_that_cannot_be_told_get_one_line(folder, groups, says):
    with pytest.raises(DatasetError, match=says.replace(".", r"\.")):
        class_folders.scan(folder("oboe/1.wav", "horn/2.wav"), groups)


def test_a_table_that_is_none_gets_one_line(folder):
    root = folder("oboe/1.wav", "horn/2.wav")
    (root / "who.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="cannot be read as a table"):
        class_folders.scan(root, "player")


def test_the_same_file_in_two_classes_is_left_out_of_both_and_twice_in_one_is_taken_once(folder):
    paths = ["oboe/1.wav", "horn/one.wav", "horn/2.wav", "horn/two.wav", "oboe/3.wav"]
    root = folder(*paths, **{"1": "same", "one": "same", "2": "alike", "two": "alike"})
    scanned, sources = found(root)
    assert sorted(sources) == ["horn/2.wav", "oboe/3.wav"]
    assert sorted(scanned.notes) == [
        "horn/2.wav: is there 2 times; one of them was taken",
        "horn/one.wav and oboe/1.wav: the same file in horn and oboe; all copies left out",
    ]


def test_files_of_the_same_size_and_beginning_may_differ(folder, monkeypatch):
    monkeypatch.setattr(class_folders, "_HEAD_BYTES", 4)
    _, sources = found(folder("oboe/1.wav", "horn/2.wav", **{"1": "beginning", "2": "beginners"}))
    assert len(sources) == 2


def test_what_is_no_sound_and_empty_folders_are_counted(folder):
    root = folder("oboe/1.wav", "oboe/cover.jpg", "horn/2.wav", "notes/text.txt", ".git/3.wav", "__MACOSX/4.wav")
    scanned, _ = found(root)
    assert scanned.classes == ("horn", "oboe")
    assert scanned.notes == (
        ".git: hidden, for the name begins with a dot; left out",
        "notes: holds no sound and was left out",
        "notes: files left out: without a sound's ending, 1",
        "oboe: files left out: without a sound's ending, 1",
    )


def test_names_need_not_be_identifiers(folder):
    scanned, _ = found(folder("große Trommel/1.wav", "my 2nd oboe (old)/2.wav", "<b>;,/3.wav"))
    assert scanned.classes == ("<b>;,", "große Trommel", "my 2nd oboe (old)")


@pytest.mark.parametrize("paths", [(), ("oboe/1.wav",), ("1.wav", "2.wav"), ("oboe/1.wav", "horn/2.txt")])
def test_fewer_than_two_classes_get_one_line(folder, paths):
    with pytest.raises(DatasetError, match="two or more") as refusal:
        class_folders.scan(folder(*paths))
    assert "\n" not in str(refusal.value)


def test_no_folder_gets_one_line(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        class_folders.scan(tmp_path / "nowhere")


def test_hidden_class_folders_and_loose_files_are_said(folder):
    root = folder("oboe/1.wav", "_horn/2.wav", ".odd/3.wav", "4.wav", "5.FLAC", "._6.wav", "who.txt")
    scanned, _ = found(root)
    assert scanned.classes == ("_horn", "oboe")
    assert scanned.notes == (
        ".odd: hidden, for the name begins with a dot; left out",
        "2 sound files lie in no class folder and were left out, the first: 4.wav",
    )


def test_links_into_another_class_do_not_count_and_take_nothing_from_it(folder):
    root = folder("oboe/1.wav", "horn/2.wav", "horn/3.wav")
    (root / "oboe" / "up").symlink_to("..")
    (root / "oboe" / "self").symlink_to(".")
    scanned, sources = found(root)
    assert sorted(sources) == ["horn/2.wav", "horn/3.wav", "oboe/1.wav"]
    assert scanned.notes[0] == "oboe: 2 of its files are links into other classes; left out"


def test_names_in_other_encodings_and_names_of_several_lines(folder):
    root = folder("oboe/1.wav", "a\nhorn\t2/2.wav")
    with open(os.fsencode(root / "oboe") + b"/\xff\xfe.wav", "w") as file:
        file.write("latin")
    scanned, sources = found(root)
    assert scanned.classes == ("a horn 2", "oboe")
    assert len(sources) == 2
    assert scanned.notes == ("oboe: 1 of its files have names that are no UTF-8; left out: rename them",)


def test_a_link_to_recordings_elsewhere_counts(folder, tmp_path_factory):
    root, elsewhere = folder("oboe/1.wav", "horn/2.wav"), tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "3.wav").write_text("three", "utf-8")
    (root / "oboe" / "anna").symlink_to(elsewhere)
    assert found(root)[1]["oboe/anna/3.wav"] == "oboe/anna"


def test_links_to_nothing_pipes_and_empty_files_are_left_to_who_decodes_them(folder):
    root = folder("oboe/1.wav", "horn/2.wav")
    (root / "oboe" / "nothing.wav").symlink_to("/no/such/file.wav")
    for name in ("oboe", "horn"):
        (root / name / "empty.wav").touch()
        os.mkfifo(root / name / "pipe.wav")  # to read it would wait for ever
    scanned, sources = found(root)
    assert len(sources) == 7
    assert scanned.notes == ()


def test_many_copies_get_one_line(folder):
    paths = [f"{name}/{number}.wav" for name in ("horn", "oboe") for number in range(4)]
    same = {"0": "zero", "1": "one"}  # in both classes
    root = folder(*paths, "oboe/again/2.wav", "oboe/again/3.wav", **same, **{"2": "two", "3": "three"})
    (root / "horn" / "2.wav").write_text("another", "utf-8")
    (root / "horn" / "3.wav").write_text("a third", "utf-8")
    scanned, sources = found(root)
    assert sorted(sources) == ["horn/2.wav", "horn/3.wav", "oboe/2.wav", "oboe/3.wav"]
    assert sorted(scanned.notes) == [
        "horn/0.wav and oboe/0.wav: one of 2 files that are in horn and oboe; all copies left out",
        "oboe/2.wav and 1 other files of oboe: are there more than once; one of each was taken",
    ]


def test_a_spreadsheets_table_is_read_and_a_class_without_sources_named(folder):
    root = folder("oboe/Flöte 1.wav", "horn/2.wav", "harp/3.wav")
    text = unicodedata.normalize("NFD", "\ufeffpath;player\r\n ./oboe/Flöte 1.wav; anna \r\nhorn\\2.wav;ben\r\n")
    (root / "who.csv").write_text(text, "utf-8")
    (root / "._who.csv").write_bytes(b"\0\5\x16\7")
    scanned, sources = found(root, "player")
    assert sources == {"oboe/Flöte 1.wav": "anna", "horn/2.wav": "ben"}
    assert scanned.notes == (
        "1 recordings without a source were left out, the first: harp/3.wav",
        "harp: none of its recordings has a source; left out",
    )


def test_ten_thousand_files_are_found_in_seconds_and_read_only_where_sizes_agree(tmp_path, monkeypatch):
    for name in ("oboe", "horn"):
        (tmp_path / name).mkdir()
        for number in range(5_000):
            file = tmp_path / name / f"{number}.wav"
            os.close(os.open(file, os.O_CREAT))
            os.truncate(file, 2 * number + (name == "oboe") + 1)
    monkeypatch.setattr(class_folders, "_head", lambda path: pytest.fail(f"{path} was read"))
    assert len(class_folders.scan(tmp_path).recordings) == 10_000
