"""What the commands share: how they and their arguments are declared, lines on stderr, a folder's pack and its name."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import DatasetError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..sound.packs import Pack
    from ..sound.testing_packs import TestingPack

    AnyPack = TypeVar("AnyPack", Pack, TestingPack)

BAD_INPUT = 2  # the exit code where something that the user gave is unusable
NAMED_AT_MOST = 10  # of many bad files; the others are counted
Run = Callable[[Namespace], int | None]
Add = Callable[[ArgumentParser], object]  # adds arguments to a parser
COMMANDS: list[tuple[Run, tuple[Add, ...]]] = []


def command(*arguments: Add) -> Callable[[Run], Run]:
    """Enter a function as the command of its name, with these arguments.

    Its docstring is the help; in it ``%(prog)s`` is how the command was called, and a percent sign is written twice.
    """

    def enter(run: Run) -> Run:
        COMMANDS.append((run, arguments))
        return run

    return enter


def argument(*names: str, **options: Any) -> Add:
    """An argument, as `argparse.ArgumentParser.add_argument` takes it."""
    return lambda parser: parser.add_argument(*names, **options)


def one_of(*arguments: Add, required: bool = False) -> Add:
    """Arguments of which only one may be given."""

    def add(parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group(required=required)
        for each in arguments:
            each(group)

    return add


def data_options(features: str, folder: str) -> Add:
    """Where the features are from: a pack, or a folder."""
    return one_of(
        argument("--features", metavar="PACK.npz", help=features),
        argument("--data", metavar="DIR", help=f"{folder} (features are computed once and cached)"),
        required=True,
    )


def positive(text: str) -> int:
    """The type of an argument that counts something."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{text} is less than 1")
    return number


SCHEDULER = argument(
    "--scheduler", metavar="ADDRESS", help="work on the Dask cluster there, whose workers see the same files"
)
MODEL = argument("model", metavar="MODEL", help="a .keras or .onnx file")
NOT_SEALED = argument(
    "--not-sealed", dest="sealed", action="store_const", const=False,
    help="leave out the sealed songs, the fifth that is kept for one last test",
)  # fmt: skip
JSON = argument("--json", action="store_true", help="print JSON")


def of_part(clips: pd.DataFrame, sealed: bool | None, name: object) -> np.ndarray:
    """Positions of the clips of the part that --sealed or --not-sealed asks for; of all where neither is given."""
    import numpy as np

    from ..data import splits

    if sealed is None:
        return np.arange(len(clips))
    rows = np.flatnonzero(splits.is_sealed(clips["song"]) == sealed)
    if not len(rows):
        raise DatasetError(f"{name}: no clip is left; drop --{'' if sealed else 'not-'}sealed, or take other clips")
    return rows


def complain(what: object) -> None:
    """One line on stderr, also where a file's name would make it two."""
    print(f"irmas_helpers: {in_a_line(what)}", file=sys.stderr)


def in_a_line(what: object) -> str:
    """What is said, with line breaks, such as of a file's name, as they are typed."""
    return str(what).replace("\n", "\\n").replace("\r", "\\r")


def report(failed: Iterable[str]) -> int:
    """List bad files on stderr; the exit code is `BAD_INPUT` if there are any."""
    lines = list(failed)
    for line in lines:
        complain(line)
    return BAD_INPUT if lines else 0


def of_folder(pack: AnyPack, folder: str) -> tuple[AnyPack, str]:
    """A folder's pack and a word on what it is; its bad files, and that it is no real music, are said on stderr."""
    from ..rendered import practice_set

    report(pack.bad)
    if practice_set.is_rendered(folder):
        print(practice_set.WARNING, file=sys.stderr)
        return pack, "rendered set"
    return pack, Path(folder).name
