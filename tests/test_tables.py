"""A folder in, a table out: a row a file, gone on with wherever it was cut off, and nothing of anyone else's lost."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock
from pyarrow import parquet

from irmas_helpers.__main__ import main
from irmas_helpers.answers import bulk, tables
from irmas_helpers.answers.predict import Prediction, Predictor, Window
from irmas_helpers.errors import TableError
from irmas_helpers.instruments import CODES, NAMES

KINDS = pytest.mark.parametrize("kind", ["csv", "parquet"])


def made(path, top=0.8, threshold=0.5, windows=2):
    """An answer that no network gave."""
    probabilities = dict.fromkeys(CODES, (1 - top) / 10) | {"pia": top}
    heard = tuple(Window(1.5 * place, 1.5 * place + 3, probabilities, 0.5) for place in range(windows))
    return Prediction(str(path), 1.5 * windows + 1.5, "pia", probabilities, heard, (f"{path}: odd",), threshold)


def read(path):
    """The rows of a CSV or Parquet table, all cells as text."""
    if path.suffix == ".csv":
        return list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    rows = parquet.read_table(path).to_pylist()
    return [{name: tables._text(cell) for name, cell in row.items()} for row in rows]


def fill(out, paths, model="net 1", stop=None):
    """Answer what has to be answered, up to `stop`; the files that were."""
    with tables.opened(out) as table:
        left = table.keep([str(path) for path in paths], model, lambda path, row: None)
        for path, stamp in list(left.items())[:stop]:
            table.add(tables.row(path, stamp, made(path), model))
    return list(left)[:stop]


@pytest.mark.parametrize("seconds", [2**38, -(2**38), 2**62])
def test_a_file_of_an_impossible_year_has_a_stamp(monkeypatch, seconds):
    status = SimpleNamespace(st_size=5, st_mtime_ns=seconds * 10**9 + 7)
    monkeypatch.setattr(tables, "os", SimpleNamespace(stat=lambda path: status))
    assert tables.stamp("song.wav") == ("5", f"{seconds}.000000007Z")


@pytest.fixture
def songs(tmp_path):
    paths = [tmp_path / "music" / f"{number}.wav" for number in range(5)]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(b"sound")
    return paths


@pytest.fixture
def asked(monkeypatch):
    """The files that a network was asked about, by their names; no network is."""
    seen = []

    def predict(self, path):
        seen.append(os.path.basename(path))
        return made(path)

    monkeypatch.setattr(Predictor, "predict", predict)
    return seen


@pytest.fixture
def run(capsys, network_file):
    """Run ``predict`` in this process: exit code, stdout, the package's lines on stderr."""

    def run(*arguments, model=network_file):
        code = main(["predict", "--model", str(model), "--jobs", "1", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, [line for line in err.splitlines() if line.startswith("irmas_helpers: ")]

    return run


@KINDS
def test_a_row_holds_the_file_the_answer_and_all_that_makes_it_one(tmp_path, songs, kind):
    out = tmp_path / f"t.{kind}"
    with tables.opened(out) as table:
        left = table.keep([str(song) for song in songs[:3]], "net 1", lambda path, row: None)
        outcomes = made(songs[0]), made(songs[1], top=0.4), f"{songs[2]}: is empty"
        for (path, stamp), outcome in zip(left.items(), outcomes, strict=True):
            table.add(tables.row(path, stamp, outcome, "net 1"))
    sure, unsure, bad = read(out)
    assert list(sure) == list(tables.columns())
    assert [row["path"] for row in (sure, unsure, bad)] == [str(song) for song in songs[:3]]
    assert (sure["seconds"], sure["answer"], sure["sure"], sure["instrument"]) == ("4.5", "piano", "true", "pia")
    assert (unsure["answer"], unsure["sure"], unsure["instrument"]) == ("not sure", "false", "pia")
    assert (sure["pia"], sure["cel"], sure["threshold"]) == ("0.8", "0.02", "0.5")
    assert (sure["notes"], sure["error"], sure["weights"], sure["model"]) == ("odd", "", "0.5 0.5", "net 1")
    assert json.loads(sure["segments"]) == [
        {"start": 0.0, "end": 4.5, "instrument": "pia", "probability": 0.8, "sure": True, "doubt": ""}
    ]
    assert (bad["error"], bad["answer"], bad["sure"], bad["pia"]) == ("is empty", "", "", "")
    assert sure["bytes"] == "5"
    assert not list(tmp_path.glob("t.*.*"))  # no lock, no rows beside it


def test_in_parquet_numbers_are_numbers_and_what_is_not_there_is_null(tmp_path, songs):
    fill(tmp_path / "t.parquet", songs)
    schema = parquet.read_schema(tmp_path / "t.parquet")
    assert (schema.field("pia").type, schema.field("sure").type, schema.field("bytes").type) == (
        "double", "bool", "int64",
    )  # fmt: skip
    assert parquet.read_table(tmp_path / "t.parquet").column("error").null_count == len(songs)


@KINDS
def test_what_was_answered_is_not_answered_again(tmp_path, songs, kind):
    out = tmp_path / f"t.{kind}"
    assert fill(out, songs, stop=2) == [str(song) for song in songs[:2]]
    assert fill(out, songs) == [str(song) for song in songs[2:]]
    assert fill(out, songs) == []
    assert [row["path"] for row in read(out)] == [str(song) for song in songs]


@KINDS
def test_what_is_new_or_changed_is_answered_and_rows_of_others_stay(tmp_path, songs, kind):
    out = tmp_path / f"t.{kind}"
    fill(out, songs[:3])
    songs[1].write_bytes(b"other sound")
    before = songs[2].stat()
    os.utime(songs[2], ns=(before.st_atime_ns, before.st_mtime_ns + 1000))
    assert fill(out, songs[1:4]) == [str(song) for song in songs[1:4]]
    assert sorted(row["path"] for row in read(out)) == [str(song) for song in songs[:4]]


@KINDS
def test_another_network_answers_anew(tmp_path, songs, kind):
    out = tmp_path / f"t.{kind}"
    fill(out, songs)
    assert fill(out, songs[:2], model="net 2") == [str(song) for song in songs[:2]]
    assert sorted(row["model"] for row in read(out)) == ["net 1"] * 3 + ["net 2"] * 2


def test_a_file_is_the_same_however_it_is_named(tmp_path, songs, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill("t.csv", ["music/0.wav"])
    assert fill("t.csv", ["./music/../music/0.wav", songs[0]]) == []


def test_a_table_that_was_cut_anywhere_in_its_last_line_is_mended(tmp_path, songs):
    out = tmp_path / "t.csv"
    fill(out, songs[:3])
    whole = out.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in range(last, len(whole)):
        out.write_bytes(whole[:end])
        assert fill(out, songs[:3]) == [str(songs[2])]
        assert out.read_bytes() == whole


def test_from_the_rows_beside_a_parquet_file_it_goes_on_at_any_point(tmp_path, songs, monkeypatch):
    out, rows = tmp_path / "t.parquet", tmp_path / "t.parquet.csv"
    monkeypatch.setattr(tables, "_make_parquet", lambda rows, out, columns: 1 / 0)  # killed before the file is in place
    with pytest.raises(ZeroDivisionError):
        fill(out, songs, stop=3)
    monkeypatch.undo()
    assert not out.exists()
    shutil.copy(rows, tmp_path / "kept")
    assert fill(out, songs[:4]) == [str(songs[3])]
    assert not rows.exists()
    shutil.copy(out, tmp_path / "whole.parquet")
    shutil.copy(tmp_path / "kept", rows)  # killed before the rows were taken away, or in the next call
    assert fill(out, songs) == [str(song) for song in songs[3:]]
    assert [row["path"] for row in read(out)] == [str(song) for song in songs]


OTHERS = {
    "columns": ("t.csv", "path,answer\na.wav,piano\n", "has other columns"),
    "semicolons": ("t.csv", ";".join(tables.columns()) + "\n", "has other columns"),
    "text": ("t.csv", "Dear diary", "has other columns"),
    "bytes": ("t.csv", bytes(range(256)), "has other columns"),
    "a damaged row": ("t.csv", ",".join(tables.columns()) + "\na.wav,1,2\n", "line 2 is no row of this table"),
    "not UTF-8": ("t.csv", ",".join(tables.columns()).encode() + b"\n\xff\n", "line 2 is no row of this table"),
    "no parquet": ("t.parquet", "Dear diary", "is no Parquet file"),
    "a name of another kind": ("t.xlsx", "sheet", "ends in .csv or .parquet"),
    "a file where rows would go": ("t.parquet.csv", "Dear diary", "has other columns"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_such_table_is_refused_in_one_line_and_stays_as_it_is(tmp_path, write_wav, run, what):
    name, content, says = OTHERS[what]
    content = content if isinstance(content, bytes) else content.encode()
    (tmp_path / name).write_bytes(content)
    code, out, (line,) = run(write_wav(), "--table", tmp_path / name.replace(".parquet.csv", ".parquet"))
    assert (code, out) == (2, "")
    assert line.startswith(f"irmas_helpers: {tmp_path / name}: ")
    assert says in line
    assert (tmp_path / name).read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} == {name, "tone.wav"}


def test_a_parquet_table_of_other_columns_is_refused_and_stays_as_it_is(tmp_path, songs):
    import pyarrow

    parquet.write_table(pyarrow.table({"path": ["a.wav"]}), tmp_path / "t.parquet")
    before = (tmp_path / "t.parquet").read_bytes()
    with pytest.raises(TableError, match="has other columns; choose another name"):
        fill(tmp_path / "t.parquet", songs)
    assert (tmp_path / "t.parquet").read_bytes() == before


NO_PLACE = "is a folder, or lies in none that is there; name a file in an existing folder"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none/t.csv", NO_PLACE),
        ("music.csv", NO_PLACE),
        ("music", "a table's name ends in .csv or .parquet; choose such a name"),
    ],
)
def test_a_place_that_is_none_is_refused_before_anything_is_answered(tmp_path, songs, asked, run, name, says):
    (tmp_path / "music.csv").mkdir()
    code, out, (line,) = run(songs[0], "--table", tmp_path / name)
    assert (code, out, asked) == (2, "", [])
    assert line == f"irmas_helpers: {tmp_path / name}: {says}"
    assert f"| `{says}` |" in (Path(__file__).parents[1] / "docs" / "bad_input.md").read_text("utf-8")
    assert not (tmp_path / "none").exists()


def test_two_runs_do_not_write_one_table(tmp_path, songs, asked, run):
    with FileLock(tmp_path / "t.csv.lock"):
        code, _, (line,) = run(songs[0], "--table", tmp_path / "t.csv")
    assert (code, asked) == (2, [])
    assert line.endswith("t.csv: is being written by another run; wait for it, or choose another name")


def test_without_pyarrow_its_installation_is_told_before_anything_is_answered(tmp_path, songs, asked, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, (line,) = run(songs[0], "--table", tmp_path / "t.parquet")
    assert (code, asked) == (2, [])
    assert line.endswith("t.parquet: needs pyarrow; install it with: pip install pyarrow, or write a .csv")


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_disk_that_is_full_is_told_and_the_rows_before_are_kept(tmp_path, songs, asked, run):
    import resource

    fill(tmp_path / "whole.csv", songs)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "whole.csv").stat().st_size * 2 // 3, hard))
    try:
        code, _, (line,) = run(tmp_path / "music", "--table", tmp_path / "t.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 2
    assert "t.csv: cannot be written (File too large); check rights and free space, and call the same command" in line
    answered = len(asked)
    assert 1 < answered < 5
    assert (tmp_path / "t.csv").read_bytes().endswith(b"\n")
    assert run(tmp_path / "music", "--table", tmp_path / "t.csv")[0] == 0
    assert len(asked) == 5 + 1  # one row had no room, and its file is answered twice
    assert len(read(tmp_path / "t.csv")) == 5


@KINDS
def test_the_command_answers_a_folder_and_goes_on_with_the_table(tmp_path, songs, asked, run, kind):
    out = tmp_path / "music" / f"t.{kind}"  # in the folder that is read
    code, said, _ = run(tmp_path / "music", "--table", out)
    assert (code, said) == (0, f"{out}: 5 files, 5 of them answered now, 0 with an error\n")
    assert asked == [song.name for song in songs]
    songs[3].write_bytes(b"changed")
    code, said, _ = run(tmp_path / "music" / "*", "--table", out)
    assert (code, said) == (0, f"{out}: 5 files, 1 of them answered now, 0 with an error\n")
    assert asked[5:] == ["3.wav"]
    assert [row["answer"] for row in read(out)] == ["piano"] * 5


def test_another_network_or_calibration_is_asked_anew(tmp_path, songs, asked, run, network_file):
    model = shutil.copy(network_file, tmp_path / "net.keras")
    shutil.copy(Path(tables.__file__).parents[1] / "pretrained" / "cnn.json", tmp_path / "kept.json")
    for change, answered in (
        (lambda: None, 5),
        (lambda: os.utime(model), 0),
        (lambda: shutil.copy(tmp_path / "kept.json", tmp_path / "net.json"), 5),
        (lambda: None, 0),
    ):
        change()
        asked.clear()
        run(tmp_path / "music", "--table", tmp_path / "t.csv", model=model)
        assert len(asked) == answered


def test_an_unreadable_file_is_a_row_the_others_go_on_and_the_exit_code_says_so(tmp_path, write_wav, run):
    good, bad = write_wav("music/good.wav"), tmp_path / "music" / "bad.wav"
    bad.write_text("la la la")
    arguments = tmp_path / "music", tmp_path / "none.wav", "--table", tmp_path / "t.csv"
    code, said, lines = run(*arguments)
    assert (code, len(lines)) == (2, 2)
    assert said.endswith("3 files, 3 of them answered now, 2 with an error\n")
    first, second, third = read(tmp_path / "t.csv")
    assert (first["path"], first["answer"]) == (str(bad), "")
    assert first["error"].startswith("no audio that can be decoded here")
    assert (second["path"], second["error"]) == (str(good), "")
    assert second["answer"] in NAMES.values()
    assert (third["error"], third["bytes"]) == ("no such file; check the name and the folder", "")
    assert run(*arguments)[0] == 2  # they are tried again, and still bad
    bad.unlink()
    shutil.copy(good, bad)
    assert run(tmp_path / "music", "--table", tmp_path / "t.csv")[0] == 0
    assert {row["error"] for row in read(tmp_path / "t.csv")[:2]} == {"no such file; check the name and the folder", ""}


def test_of_many_errors_ten_are_named(tmp_path, run):
    files = [tmp_path / f"{number}.wav" for number in range(30)]
    code, _, lines = run(*files, "--table", tmp_path / "t.csv")
    assert (code, len(lines)) == (2, 11)
    assert lines[-1].endswith("t.csv: 20 more errors are in the table")


def test_a_folder_without_a_table_is_a_line_a_file(tmp_path, songs, asked, run):
    code, out, lines = run(tmp_path / "music")
    assert code == 0
    assert [line.split(": ")[0] for line in out.splitlines()] == [str(song) for song in songs]
    assert lines == [f"irmas_helpers: {song}: odd" for song in songs]


def test_an_empty_folder_is_refused(tmp_path, run):
    (tmp_path / "empty").mkdir()
    code, _, (line,) = run(tmp_path / "empty")
    assert code == 2
    assert line.endswith("empty: is a folder; name a file in it")


def test_names_of_two_lines_with_commas_and_in_no_encoding_are_rows_of_one_line(tmp_path, asked, run):
    names = ["a,b.wav", 'a"b.wav', "Ärger 🎻.wav", "=1+1.wav"]
    if os.name != "nt":
        names += ["a\nb.wav", "a\r\nb.wav", os.fsdecode(b"caf\xe9.wav")]
    for name in names:
        (tmp_path / "music" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "music" / name).write_bytes(b"sound")
    for kind in ("csv", "parquet"):
        out = tmp_path / f"t.{kind}"
        assert run(tmp_path / "music", "--table", out)[0] == 0
        assert len(read(out)) == len(names)
        asked.clear()
        assert run(tmp_path / "music", "--table", out)[0] == 0
        assert asked == []
    assert len((tmp_path / "t.csv").read_bytes().splitlines()) == len(names) + 1


@KINDS
def test_a_recording_of_days_has_a_row_too(tmp_path, songs, kind):
    out = tmp_path / f"t.{kind}"
    with tables.opened(out) as table:
        ((path, stamp),) = table.keep([str(songs[0])], "net 1", lambda path, row: None).items()
        long = made(path, windows=40_000)
        table.add(tables.row(path, stamp, long, "net 1"))
    assert fill(out, songs[:1]) == []


def test_json_and_sentences_tell_stretches_where_they_are_asked_for(songs, asked, run):
    answer = json.loads(run(songs[0], "--json", "--segments")[1])
    assert list(answer)[-2:] == ["segments", "model"]
    stretch = {"start": 0.0, "end": 4.5, "instrument": "pia", "probability": 0.8, "sure": True, "doubt": ""}
    assert answer["segments"] == [stretch]
    _, said, _ = run(songs[0], "--segments")
    assert said.splitlines()[1:] == ["      0.0 to     4.5 s  piano 80%"]
    assert "segments" not in json.loads(run(songs[0], "--json")[1])


def test_label_tracks_are_written_with_and_without_a_table_and_from_its_rows(tmp_path, songs, asked, run):
    labels, line = tmp_path / "labels", "0.000000\t4.500000\tpiano 80%\n"
    assert run(*songs[:2], "--labels", labels)[0] == 0
    assert [path.read_text("utf-8") for path in labels.iterdir()] == [line] * 2
    assert run(tmp_path / "music", "--table", tmp_path / "t.csv")[0] == 0
    asked.clear()
    assert run(tmp_path / "music", "--table", tmp_path / "t.csv", "--labels", labels)[0] == 0
    assert (asked, [path.read_text("utf-8") for path in labels.iterdir()]) == ([], [line] * 5)


def test_ten_thousand_rows_are_gone_on_with_in_bounded_memory(tmp_path):
    import tracemalloc

    out, paths = tmp_path / "t.csv", [str(tmp_path / f"{number}.wav") for number in range(10_000)]
    with tables.opened(out) as table:
        left = table.keep(paths, "net 1", lambda path, row: None)
    line = tables._line(tables.row(paths[0], ("", ""), made(paths[0], windows=600), "net 1").values())
    with out.open("a", encoding="utf-8") as file:
        file.writelines(line.replace(f"{os.sep}0.wav", f"{os.sep}{number}.wav") for number in range(10_000))
    assert len(left) == 10_000
    tracemalloc.start()
    try:
        with tables.opened(out) as table:
            table.keep(paths, "net 1", lambda path, row: None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 15e6 < out.stat().st_size


def test_a_file_that_ends_its_process_is_a_row_with_an_error(tmp_path, songs, run, monkeypatch):
    from irmas_helpers import workers

    monkeypatch.setattr(workers, "each", lambda ask, files, pool: ((file, None) for file in files))
    monkeypatch.setattr(bulk, "asker", lambda *_: None)
    code, _, lines = run(*songs, "--table", tmp_path / "t.csv")
    assert (code, len(lines)) == (2, 5)
    assert read(tmp_path / "t.csv")[0]["error"] == "the process that read it ended; please report it, with the file"
