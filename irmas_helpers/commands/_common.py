"""What the commands share: a parser with its details, lines on stderr, and a folder's pack with its name."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from ..sound.packs import Pack
    from ..sound.testing_packs import TestingPack

    Commands = _SubParsersAction[ArgumentParser]
    AnyPack = TypeVar("AnyPack", Pack, TestingPack)

BAD_INPUT = 2  # the exit code where something that the user gave is unusable


def add_command(
    commands: Commands, name: str, run: Callable[[Namespace], int | None], summary: str, details: str
) -> ArgumentParser:
    """A parser whose help shows `summary` and then `details`, in which ``%(prog)s`` is how the command was called."""
    parser = commands.add_parser(
        name, help=summary, description=f"{summary}\n\n{details}", formatter_class=RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    return parser


def complain(what: object) -> None:
    """One line on stderr, also where a file's name would make it two."""
    line = str(what).replace("\n", "\\n").replace("\r", "\\r")
    print(f"irmas_helpers: {line}", file=sys.stderr)


def report(failed: Iterable[str]) -> int:
    """List bad files on stderr; the exit code is `BAD_INPUT` if there are any."""
    code = 0
    for line in failed:
        complain(line)
        code = BAD_INPUT
    return code


def of_folder(pack: AnyPack, folder: str) -> tuple[AnyPack, str]:
    """A folder's pack and a word on what it is; its bad files, and that it is no real music, are said on stderr."""
    from ..rendered import rendering

    report(pack.bad)
    if rendering.is_rendered(folder):
        print(rendering.WARNING, file=sys.stderr)
        return pack, "rendered set"
    return pack, Path(folder).name
