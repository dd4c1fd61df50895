"""What IRMAS's file names say. Counts and rules are those of the published set (see `irmas_helpers.data.clips`)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irmas_helpers.data import clips
from irmas_helpers.data.clips import ClipName, parse_name
from irmas_helpers.errors import DatasetError
from irmas_helpers.instruments import CODES

OFFICIAL = {  # clips and recordings of the official training set
    "cel": (388, 135), "cla": (505, 169), "flu": (451, 153), "gac": (637, 216), "gel": (760, 256), "org": (682, 230),
    "pia": (721, 245), "sax": (626, 209), "tru": (577, 195), "vio": (580, 193), "voi": (778, 260),
}  # fmt: skip
SAME_AUDIO = (  # noqa: SIM905
    "0670=0774 0672=0757 0673=0758 0674=0759 0675=0760 0676=0761 0708=0762 0709=0763 0711=0765 0712=0766 0713=0767 "
    "0714=0768 0715=0769 0716=0770 0717=0771 0718=0772 0719=0773 0856=0858 1682=1688 2222=2279 2311=2312"
).split()


def official_names() -> list[str]:
    """6,705 names with the official numbers of clips and recordings a class, all 42 merged numbers among them."""
    numbers = iter([*range(1, 2258), 2279, 2311, 2312, 2313])
    paths = []
    for code, (total, recordings) in OFFICIAL.items():
        own = [next(numbers) for _ in range(recordings)]
        paths += [
            f"{code}/[{code}][pop_roc]{own[clip % recordings]:04d}__{clip // recordings + 1}.wav"
            for clip in range(total)
        ]
    return paths


def make_files(root, paths):
    for folder in {root / path.rpartition("/")[0] for path in paths}:
        folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        (root / path).touch()
    return root


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("[pia][jaz_blu]1234__2.wav", ClipName("pia", "jaz_blu", "1234", 2)),
        ("008__[cel][nod][cla]0058__1.wav", ClipName("cel", "cla", "0058", 1, "nod", "008")),
        ("[gel][dru][pop_roc]0799__3.wav", ClipName("gel", "pop_roc", "0799", 3, "dru")),
        ("[voi][---][lat_sou]2300__1.wav", ClipName("voi", "lat_sou", "2300", 1, "---")),
        ("101__[org][cou_fol]1100__12.wav", ClipName("org", "cou_fol", "1100", 12, prefix="101")),
    ],
    ids=["no drum tag", "prefix and nod", "dru", "drums unknown", "prefix without drum tag"],
)
def test_a_name_says_instrument_genre_drums_recording_and_excerpt(name, fields):
    assert parse_name(name) == fields


def test_the_first_tag_is_the_instrument_and_the_last_the_genre():
    clarinet, classical_cello = parse_name("[cla][cla]0001__1.wav"), parse_name("[cel][cla]0001__1.wav")
    assert (clarinet.instrument, clarinet.genre) == ("cla", "cla")
    assert (classical_cello.instrument, classical_cello.genre) == ("cel", "cla")


@pytest.mark.parametrize("code", OFFICIAL)
@pytest.mark.parametrize("genre", ["pop_roc", "jaz_blu", "cla", "cou_fol", "lat_sou"])
def test_every_instrument_goes_with_every_genre(code, genre):
    assert parse_name(f"[{code}][{genre}]0001__1.wav") == ClipName(code, genre, "0001", 1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "song.wav",
        "[pia]0001__1.wav",
        "[dru][cla]0001__1.wav",
        "[pia][pop-roc]0001__1.wav",
        "[pia][rock]0001__1.wav",
        "[pia][nod][dru][cla]0001__1.wav",
        "[pia][cla]001__1.wav",
        "[pia][cla]00001__1.wav",
        "[pia][cla]0001_1.wav",
        "[pia][cla]0001__0.wav",
        "[pia][cla]0001__01.wav",
        "[pia][cla]0001__.wav",
        "[pia][cla]0001__1.mp3",
        "[pia][cla]0001__1.wav.part",
        "[pia][cla]0001__1.wav\n",
        "[pia][cla]٠٠٠١__1.wav",
        "08__[pia][cla]0001__1.wav",
        "008_[pia][cla]0001__1.wav",
        "cel/[cel][cla]0001__1.wav",
    ],
)
def test_a_name_that_breaks_a_rule_is_refused_with_an_example(name):
    with pytest.raises(DatasetError, match=r"no IRMAS clip name.*for example"):
        parse_name(name)


NAMES = st.builds(
    ClipName,
    st.sampled_from(CODES),
    st.sampled_from(sorted(clips.GENRES)),
    st.integers(0, 9999).map("{:04d}".format),
    st.integers(1, 10**6),
    st.sampled_from(["", "dru", "nod", "---"]),
    st.just("") | st.integers(0, 999).map("{:03d}".format),
)


@given(NAMES)
def test_fields_to_name_and_back_are_the_same_fields(fields):
    assert parse_name(str(fields)) == fields


@given(st.text())
def test_any_other_text_is_refused_and_nothing_else_happens(text):
    with pytest.raises(DatasetError):
        parse_name(text)


@pytest.mark.parametrize("pair", SAME_AUDIO)
def test_recordings_of_the_same_audio_are_one_song_named_by_the_smaller_number(pair):
    first, second = pair.split("=")
    assert clips.song_of(first) == clips.song_of(second) == first


def test_a_recording_of_its_own_is_its_own_song():
    assert clips.song_of("0671") == "0671"
    assert sum(clips.song_of(f"{number:04d}") != f"{number:04d}" for number in range(10_000)) == len(SAME_AUDIO)


def test_the_group_is_the_number_with_and_without_the_prefix():
    table = clips.table(["cel/008__[cel][nod][cla]0058__1.wav", "cel/[cel][nod][cla]0058__1.wav"])
    assert list(table["song"]) == ["0058", "0058"]


def test_the_table_has_the_columns_of_the_convention():
    table = clips.table(["cel/008__[cel][nod][cla]0058__1.wav"])
    assert list(table.columns) == ["path", "instrument", "genre", "drums", "recording", "excerpt", "song"]
    assert table.iloc[0].tolist() == ["cel/008__[cel][nod][cla]0058__1.wav", "cel", "cla", "nod", "0058", 1, "0058"]


def test_a_scan_takes_clips_ignores_what_is_none_and_names_what_it_cannot_parse(tmp_path):
    good = ["cel/[cel][cla]0001__1.wav", "cla/008__[cla][nod][cla]0002__1.wav"]
    none = ["README.txt", ".DS_Store", "cel/Thumbs.db", "cel/._[cel][cla]0001__1.wav"]
    odd = ["cel/[cel][cla]1__1.wav", "cel/notes.txt", "cla/[cel][cla]0003__1.wav"]
    found = clips.scan(make_files(tmp_path, [*good, *none, *odd]))
    assert list(found.clips["path"]) == good
    assert sorted(found.ignored) == sorted(none)
    assert sorted(found.unparsed) == odd


def test_a_listing_beside_the_class_folders_makes_no_twelfth_class(tmp_path):
    root = make_files(tmp_path, ["README.txt", *(f"{code}/[{code}][cla]0001__1.wav" for code in CODES)])
    assert sorted(clips.scan(root).clips["instrument"].unique()) == sorted(OFFICIAL)


def test_a_scan_of_all_6705_names_agrees_with_the_official_counts(tmp_path):
    found = clips.scan(make_files(tmp_path, official_names()))
    assert len(found.clips) == 6705
    assert found.clips["recording"].nunique() == 2261
    assert found.clips["song"].nunique() == 2240
    report = clips.check_official(found.clips)
    assert dict(zip(report.index, zip(report["clips"], report["recordings"], strict=True), strict=True)) == OFFICIAL
    assert not report[["missing", "extra"]].to_numpy().any()
    assert (report["official"] == report["clips"]).all()
    assert (report["official_recordings"] == report["recordings"]).all()


def test_the_check_says_what_is_missing_and_what_is_extra():
    names = [name for name in official_names() if not name.startswith("voi/")]
    report = clips.check_official(clips.table([*names[5:], *(f"tru/[tru][cla]9999__{k}.wav" for k in (1, 2))]))
    assert report.loc["cel", "missing"] == 5
    assert report.loc["voi", ["clips", "missing", "recordings"]].tolist() == [0, 778, 0]
    assert report.loc["tru", "extra"] == 2


def test_songs_with_contradicting_labels_are_set_aside_whole():
    pairs = [("gac", "0672"), ("gel", "0757"), ("gac", "0673"), ("gel", "0758"), ("gac", "0674"), ("gel", "0759")]
    agreeing = [("gel", "0675"), ("gel", "0760"), ("pia", "0001")]
    table = clips.table([f"{code}/[{code}][pop_roc]{number}__1.wav" for code, number in [*pairs, *agreeing]])
    kept, dropped = clips.drop_contradictions(table)
    assert list(zip(dropped["instrument"], dropped["recording"], strict=True)) == pairs
    assert list(zip(kept["instrument"], kept["recording"], strict=True)) == agreeing


@pytest.mark.parametrize("name", ["missing", "x" * 5000], ids=["missing", "very long"])
def test_a_folder_that_is_none_is_refused_with_the_cure(tmp_path, name):
    with pytest.raises(DatasetError, match="no such folder; point IRMAS_DATA"):
        clips.scan(tmp_path / name)


def test_a_folder_without_clips_is_refused_with_an_example(tmp_path):
    (tmp_path / "README.txt").touch()
    with pytest.raises(DatasetError, match="holds no IRMAS clip; expected files such as"):
        clips.scan(tmp_path)


@pytest.mark.parametrize("change", ["add", "remove", "replace"])
def test_the_identity_of_a_set_changes_with_its_files(tmp_path, change):
    root = make_files(tmp_path, ["cel/[cel][cla]0001__1.wav", "cel/[cel][cla]0001__2.wav"])
    before = clips.identity(root, clips.scan(root).clips["path"])
    assert clips.identity(root, clips.scan(root).clips["path"]) == before
    if change == "add":
        make_files(root, ["cel/[cel][cla]0001__3.wav"])
    elif change == "remove":
        (root / "cel/[cel][cla]0001__2.wav").unlink()
    else:
        (root / "cel/[cel][cla]0001__2.wav").write_bytes(b"another")
    assert clips.identity(root, clips.scan(root).clips["path"]) != before
