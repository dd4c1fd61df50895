"""A table of answers, a row a file, as CSV or Parquet: written as it goes, and gone on with where it stopped.

A CSV table grows by a line a file, each of which is written at once; no cell holds a line break, so that a line that
was cut off is known. A Parquet file is readable only when its end is there. Until then its rows are in a CSV file
beside it, from which the whole file is made and put in place at the end, or when the work is broken off.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..errors import TableError
from ..instruments import CODES, name_of
from ..paths import written_alone, written_whole
from .predict import Prediction
from .stretches import Stretch, stretches

# The columns and their types in Parquet; between the two parts stand a network's classes. The path is absolute;
# `instrument` is the class with the largest probability, `answer` its name, "not sure" or "none of the eleven";
# `foreign` see `Prediction`. Stretches are JSON, see `Stretch.as_dict`; weights are the windows'.
_BEFORE = {"path": "string", "seconds": "float64", "answer": "string", "sure": "bool", "instrument": "string"}
_BEHIND = {
    "threshold": "float64",
    "foreign": "float64",
    "notes": "string",
    "error": "string",
    "segments": "string",
    "weights": "string",
    "model": "string",
    "bytes": "int64",
    "modified": "string",
}
_LONGEST_CELL = 2**31 - 1
Row = dict[str, str]


def columns(classes: Sequence[str] = CODES) -> dict[str, str]:
    """The columns of a table about these classes, and their types in Parquet.

    A class that is called like another column stands in quotation marks.
    """
    return {**_BEFORE, **{_column(each): "float64" for each in classes}, **_BEHIND}


def _column(each: str) -> str:
    return f'"{each}"' if each in _BEFORE or each in _BEHIND else each


def row(
    path: str, stamp: tuple[str, str], outcome: Prediction | str, model: str, classes: Sequence[str] = CODES
) -> Row:
    """A row of the table: an answer, or the line that says why there is none.

    Parameters
    ----------
    path : str
        The file.
    stamp : tuple
        See `stamp`, from before the file was read.
    outcome : Prediction or str
        What became of it.
    model : str
        Which network was asked; another one's answers are made anew.
    classes : sequence of str
        The network's classes.
    """
    cells: dict[str, Any] = {"path": os.path.abspath(path), "bytes": stamp[0], "modified": stamp[1], "model": model}
    if isinstance(outcome, str):
        cells["error"] = outcome.removeprefix(f"{path}: ")
    else:
        told = outcome.as_dict()
        cells |= told | {_column(each): p for each, p in told["probabilities"].items()}
        cells["answer"] = outcome.doubt or name_of(outcome.instrument)
        cells["notes"] = "; ".join(note.removeprefix(f"{path}: ") for note in outcome.notes)
        cells["segments"] = json.dumps([stretch.as_dict() for stretch in stretches(outcome)])
        cells["weights"] = " ".join(f"{window.weight:.3g}" for window in outcome.windows)
    return {name: _text(cells.get(name)) for name in columns(classes)}


def stretches_of(found: Row) -> list[Stretch]:
    """The stretches of a row; none where there was no answer."""
    return [Stretch(**each) for each in json.loads(found["segments"] or "[]")]


def stamp(path: str) -> tuple[str, str]:
    """A file's bytes and the time of its last change: both the same, it is taken for the same; empty without a file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return "", ""
    seconds, nanoseconds = divmod(status.st_mtime_ns, 10**9)
    try:
        when = f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"
    except (OSError, OverflowError, ValueError):  # what damaged disks and archives say may be in any year
        when = str(seconds)
    return str(status.st_size), f"{when}.{nanoseconds:09d}Z"


def _text(value: object) -> str:
    """A cell in one line that every reader of UTF-8 can read, also where a file's name is in no encoding."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    one_line = str(value).replace("\r", "\\r").replace("\n", "\\n")
    return one_line.encode("utf-8", "backslashreplace").decode("utf-8")


class Table:
    """A table that is being written; see `opened`."""

    def __init__(self, out: Path, classes: Sequence[str]) -> None:
        self.out, self.columns = out, columns(classes)
        self.parquet = out.suffix.lower() == ".parquet"
        self.file = out.with_name(f"{out.name}.csv") if self.parquet else out  # where the rows go
        self.begun = False

    def keep(self, paths: Iterable[str], model: str, kept: Callable[[str, Row], object]) -> dict[str, tuple[str, str]]:
        """Keep the rows that are there, but those of files that have to be answered again.

        Those are the files that were changed since, that another network answered, or that could not be read.

        Parameters
        ----------
        paths : iterable of str
            The files that are asked about now; rows of others stay as they are.
        model : str
            As in `row`.
        kept : callable
            Is given each of these files that need not be answered again, and its row.

        Returns
        -------
        dict
            The files to answer, and their stamps.
        """
        left = {_text(os.path.abspath(path)): (path, stamp(path)) for path in paths}
        with written_whole(self.file) as temporary:
            self._copy(temporary, left, model, kept)
        self.begun = True
        return dict(left.values())

    def _copy(self, to: Path, left: dict[str, tuple], model: str, kept: Callable[[str, Row], object]) -> None:
        with to.open("w", encoding="utf-8", newline="") as file:
            file.write(_line(self.columns))
            for old in self.rows():
                asked = left.get(old["path"])
                if asked and (old["error"] or (old["bytes"], old["modified"], old["model"]) != (*asked[1], model)):
                    continue
                if asked:
                    kept(asked[0], old)
                    del left[old["path"]]
                file.write(_line(old.values()))

    def add(self, new: Row) -> None:
        """Write one row, or nothing."""
        with self.file.open("ab", buffering=0) as file:
            end, line = file.tell(), _line(new.values()).encode()
            try:
                while line:
                    line = line[file.write(line) :]
            except OSError:  # the disk is full
                file.truncate(end)
                raise

    def rows(self) -> Iterator[Row]:
        """The rows that are there."""
        if self.parquet and not self.file.exists():
            yield from _parquet_rows(self.out, self.columns) if self.out.exists() else ()
        elif self.file.exists():
            yield from _csv_rows(self.file, self.columns)

    def finish(self) -> None:
        """Put a Parquet file in place; it takes the rows from the file beside it, which goes."""
        if self.parquet and self.begun:
            _make_parquet(self.file, self.out, self.columns)
            self.file.unlink()


@contextmanager
def opened(out: str | os.PathLike, classes: Sequence[str] = CODES) -> Iterator[Table]:
    """A table to write to, or to go on with, for this process alone.

    Parameters
    ----------
    out : path
        A name that ends in ``.csv`` or ``.parquet``, in a folder that exists.
    classes : sequence of str
        Those of the network that answers.

    Raises
    ------
    TableError
        If it cannot be written, is something else than such a table, or another process is writing it.
    """
    out = Path(out)
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise TableError(f"{out}: a table's name ends in .csv or .parquet; choose such a name")
    if out.is_dir() or not out.parent.is_dir():
        raise TableError(f"{out}: is a folder, or lies in none that is there; name a file in an existing folder")
    table = Table(out, classes)
    if table.parquet:
        _import_pyarrow(out)
    try:
        with written_alone(out, TableError):
            try:
                yield table
            finally:
                table.finish()
    except BrokenPipeError:  # of whoever reads what is printed
        raise
    except OSError as error:
        place, reason = error.filename or out, error.strerror or error
        raise TableError(
            f"{place}: cannot be written ({reason}); check rights and free space, and call the same command again"
        ) from None


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _csv_rows(path: Path, columns: dict[str, str]) -> Iterator[Row]:
    """The rows of a table, without a last one that was cut off."""
    csv.field_size_limit(_LONGEST_CELL)
    with path.open("rb") as file:
        head = file.readline()
        if head and head.rstrip(b"\r\n") != _line(columns).rstrip().encode():
            raise TableError(f"{path}: is no table of answers, it has other columns; choose another name")
        for number, line in enumerate(file, 2):
            if not line.endswith(b"\n"):
                return
            try:
                (cells,) = csv.reader([line.decode("utf-8").rstrip("\r\n")], strict=True)
                yield dict(zip(columns, cells, strict=True))
            except (ValueError, csv.Error):
                raise TableError(f"{path}: line {number} is no row of this table; mend or delete that line") from None


def _import_pyarrow(out: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise TableError(f"{out}: needs pyarrow; install it with: pip install pyarrow, or write a .csv") from None


def _parquet_rows(path: Path, columns: dict[str, str]) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if names != list(columns):
                raise TableError(f"{path}: is no table of answers, it has other columns; choose another name")
            for batch in file.iter_batches(1_000):
                yield from ({name: _text(cell) for name, cell in found.items()} for found in batch.to_pylist())
    except pyarrow.ArrowException as error:
        raise TableError(f"{path}: is no Parquet file ({str(error)[:80]}); choose another name") from None


def _make_parquet(rows: Path, out: Path, columns: dict[str, str]) -> None:
    """The whole file from its rows, in bounded memory."""
    import pyarrow
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    schema = pyarrow.schema(list(columns.items()))
    reading = arrow_csv.ReadOptions(block_size=1 << 24)  # longer than any row
    empty = arrow_csv.ConvertOptions(column_types=schema, null_values=[""], strings_can_be_null=True)
    with (
        written_whole(out) as temporary,
        arrow_csv.open_csv(rows, read_options=reading, convert_options=empty) as batches,
        parquet.ParquetWriter(temporary, schema) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)
