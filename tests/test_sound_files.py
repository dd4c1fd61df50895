"""Files, folders and patterns become the files that are meant, each once."""

from __future__ import annotations

import os

import pytest

from irmas_helpers.data.sound_files import find


@pytest.fixture
def music(tmp_path, monkeypatch):
    """A folder with sounds, and what lies beside sounds; it is the working folder's `music`."""
    for name in (
        "b.wav",
        "a.MP3",
        "deep/er/c.Flac",
        "deep/[live].ogg",
        "deep/cover.jpg",
        "README",
        "._b.wav",
        "__MACOSX/deep/._c.Flac",
        "__MACOSX/b.wav",
    ):
        (tmp_path / "music" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "music" / name).write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "music"


def link(place, target):
    try:
        place.symlink_to(target)
    except OSError:
        pytest.skip("no right to make links")


def found_in(*names):
    """The files, with `/`, as they are named."""
    return [file.replace(os.sep, "/") for file in find(names).files]


ALL = ["music/a.MP3", "music/b.wav", "music/deep/[live].ogg", "music/deep/er/c.Flac"]


def test_a_folder_is_every_sound_below_it_whatever_the_case_of_its_ending(music):
    assert found_in("music") == ALL


def test_what_macos_puts_beside_the_sound_and_other_files_are_left_out_and_counted(music):
    found = find(["music"])
    assert str(found) == "files left out: macOS's own (._*, __MACOSX), 3; without a sound's ending, 2"
    assert found.refused == []


def test_a_folder_of_that_name_can_be_asked_for(music):
    assert found_in("music/__MACOSX") == ["music/__MACOSX/b.wav"]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("music/*.wav", ["music/b.wav"]),
        ("music/?.*", ["music/a.MP3", "music/b.wav"]),
        ("m*/deep", ALL[2:]),
        ("music/**/*.ogg", ["music/deep/[live].ogg"]),
        ("music/**/er/*.Flac", ["music/deep/er/c.Flac"]),
        ("music/**/*.wav", ["music/b.wav"]),
        ("music/**", ALL),
        ("**/b.wav", ["music/b.wav"]),
        ("music/**.wav", ["music/b.wav"]),
        ("music/**/er/**/*.Flac", ["music/deep/er/c.Flac"]),
        ("**/deep/**/*", ["music/deep/[live].ogg", "music/deep/cover.jpg", "music/deep/er/c.Flac"]),
        ("**/deep/**", ["music/deep/[live].ogg", "music/deep/er/c.Flac"]),
        ("music/**/**/?.Flac", ["music/deep/er/c.Flac"]),
        ("music/../**/er/*", ["music/../music/deep/er/c.Flac"]),
        ("music/deep/[[]live].ogg", ["music/deep/[live].ogg"]),
    ],
)
def test_patterns_are_understood_where_no_shell_does_it(music, pattern, files):
    assert found_in(pattern) == files


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(music):
    (music / "deep" / "l.ogg").touch()
    assert found_in("music/deep/[live].ogg") == ["music/deep/[live].ogg"]
    assert found_in("music/deep/[live].*") == ["music/deep/l.ogg"]


@pytest.mark.parametrize(
    "name", ["music/*.xyz", "music/**/*.xyz", "music/**/music/*.wav", "nowhere/x.wav", "a\0b.wav", "[", "x" * 9000]
)
def test_what_leads_nowhere_is_kept_for_the_one_who_opens_it_to_say_so(music, name):
    assert find([name]).files == [name]


def test_an_empty_folder_is_kept_for_the_one_who_opens_it_to_say_so(music):
    (music / "empty").mkdir()
    assert found_in("music/empty") == ["music/empty"]


def test_a_named_file_is_taken_by_any_name(music):
    assert found_in("music/README", "music/b.wav") == ["music/README", "music/b.wav"]


def test_links_to_folders_are_followed_and_a_cycle_of_them_ends(music, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.wav").touch()
    link(music / "link", tmp_path / "elsewhere")
    for number in range(5):
        link(music / "deep" / f"back{number}", music)
        link(tmp_path / "elsewhere" / f"there{number}", music / "deep")
    found = found_in("music")
    assert sorted(os.path.basename(file) for file in found) == ["[live].ogg", "a.MP3", "b.wav", "c.Flac", "d.wav"]
    assert sorted(os.path.basename(file) for file in found_in("music/**/*.[wF]*")) == ["b.wav", "c.Flac", "d.wav"]


def test_the_same_file_by_two_links_is_found_once_by_its_own_name(music):
    link(music / "0.wav", music / "b.wav")
    link(music / "1.wav", music / "b.wav")
    os.link(music / "b.wav", music / "c.wav")
    found = find(["music", "music/b.wav", str(music / "b.wav")])
    assert [file.replace(os.sep, "/") for file in found.files] == ["music/b.wav", *ALL[:1], *ALL[2:]]
    assert "found before, by another link or name, 5" in str(found)


def test_a_link_that_leads_nowhere_is_found_too(music):
    link(music / "gone.wav", music / "none.wav")
    assert "music/gone.wav" in found_in("music")


@pytest.mark.parametrize("pattern", ["music/*.mp3", "music/**/*.mp3", "**/*.Mp3"])
def test_a_pattern_means_its_ending_in_any_case(music, pattern):
    assert [os.path.basename(file) for file in found_in(pattern)] == ["a.MP3"]


def test_what_is_being_written_is_no_recording(music):
    assert "music/README" not in find(["music/*"], but={str(music / "README")}).files


def test_ten_thousand_files_are_found(tmp_path):
    for number in range(10_000):
        (tmp_path / f"{number:05d}.wav").touch()
    assert len(find([str(tmp_path)]).files) == 10_000


def test_a_folder_that_cannot_be_read_is_named_and_the_others_are_read(music, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if os.path.basename(path) == "er":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = find(["music"])
    assert len(found.files) == 3
    (line,) = found.refused
    assert (
        line == f"{os.path.join('music', 'deep', 'er')}: cannot be read (Permission denied); change the folder's rights"
    )
