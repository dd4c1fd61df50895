"""Names in a zip come out as they were meant, whatever program wrote them, and excerpts find their labels by them."""

from __future__ import annotations

import re
import unicodedata
import zipfile

import pytest

from irmas_helpers.data import download, testing_set

NAMES = ("[cel][cla]0001 fl\u00fbte__1.wav", "Mon\u00e9 \u2013 \u0141\u00f3d\u017a.txt", "plain.wav")


def zip_with_names(names, tmp_path, encoding, form, says_utf8):
    """A zip whose names are written as one of the official archives' programs writes them."""
    path = tmp_path / "made.zip"
    written = [unicodedata.normalize(form, name).encode(encoding) for name in names]
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(written):
            archive.writestr("made/" + str(number) * len(name), b"sound")
    content = path.read_bytes()
    for number, name in enumerate(written):
        content = content.replace(b"made/" + str(number).encode() * len(name), b"made/" + name)
    if says_utf8:  # the flag lies 6 bytes behind a local header's beginning and 8 behind a central one's
        for beginning, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            places = [match.start() for match in re.finditer(re.escape(beginning), content)]
            for place in places:
                content = content[: place + at] + b"\0\x08" + content[place + at + 2 :]
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("says_utf8", [True, False])
def test_names_in_a_zip_come_out_as_they_were_meant(tmp_path, form, says_utf8):
    download.unpack(zip_with_names(NAMES, tmp_path, "utf-8", form, says_utf8), tmp_path / "made", progress=False)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(NAMES)


@pytest.mark.parametrize(
    ("code_page", "name"),
    [("cp437", "Caf\u00e9 \u00fcber.wav"), ("cp850", "\u00c1gua \u00d3 n\u00e3o \u00f8 \u00cdndia.wav")],
)
def test_names_in_the_encodings_of_consoles_are_read_by_them(tmp_path, code_page, name):
    names = (name, "plain.wav")
    download.unpack(zip_with_names(names, tmp_path, code_page, "NFC", False), tmp_path / "made", progress=False)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(names)


def test_a_name_that_is_no_consoles_is_taken_as_it_is():
    name = download._name(zipfile.ZipInfo("\u0141o\u0301dz\u0301.txt"))
    assert download._composed([name]) == ["\u0141\u00f3d\u017a.txt"]


def test_two_names_that_differ_in_their_unicode_form_alone_are_two_files(tmp_path):
    names = [unicodedata.normalize(form, "made/Mon\u00e9-1.wav") for form in ("NFC", "NFD")]
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        for name in names:
            archive.writestr(name, name)
    download.unpack(tmp_path / "made.zip", tmp_path / "made", progress=False)
    assert {file.read_text("utf-8") for file in (tmp_path / "made").iterdir()} == set(names)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("says_utf8", [True, False])
def test_an_excerpt_of_any_zip_finds_its_label(tmp_path, form, says_utf8):
    names = ("Part/Mon\u00e9 \u0141\u00f3d\u017a-1.wav", "Part/Mon\u00e9 \u0141\u00f3d\u017a-1.txt")
    download.unpack(zip_with_names(names, tmp_path, "utf-8", form, says_utf8), tmp_path / "made", progress=False)
    (label,) = (tmp_path / "made").rglob("*.txt")
    label.write_text("pia\n")
    found = testing_set.scan(tmp_path / "made")
    assert found.excerpts["labels"].tolist() == ["pia"] and found.excerpts["song"].tolist() == [
        "Mon\u00e9 \u0141\u00f3d\u017a"
    ]
