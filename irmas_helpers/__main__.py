"""The command line: ``irmas COMMAND`` or ``python -m irmas_helpers COMMAND``, over the notebooks' functions.

The commands lie in `commands`; here are how they are called, and what becomes of an error.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow loads: no start-up chatter

from . import __version__
from .commands import COMMANDS
from .commands._common import BAD_INPUT, complain
from .errors import IrmasError, MissingError


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str
        Without the program's name; None takes them from the command line.

    Returns
    -------
    int
        0, or 2 where something that the user gave is unusable; then stderr says what and how to mend it.
    """
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="backslashreplace")  # a file's name may hold what the terminal cannot show
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except IrmasError as error:
        complain(error)
        return BAD_INPUT
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("irmas_helpers"):
            raise
        complain(MissingError(error.name))
        return BAD_INPUT
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = error.filename or "input or output"
        complain(f"{place}: {error.strerror or error}; check name, rights and free space")
        return BAD_INPUT
    except KeyboardInterrupt:
        complain("stopped; call the same command again to go on")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="irmas" if Path(sys.argv[0]).stem == "irmas" else "python -m irmas_helpers",
        description="Which instrument plays? Name it, get the data, train, measure.",
        epilog="Start with:  %(prog)s predict SONG.wav     (each command has its own --help)",
    )
    parser.add_argument("--version", action="version", version=f"irmas_helpers {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for run, arguments in COMMANDS:
        name, text = run.__name__.replace("_", "-"), inspect.getdoc(run) or ""  # none under python -OO
        looks = {"description": text, "formatter_class": argparse.RawDescriptionHelpFormatter}
        one = commands.add_parser(name, help=text.partition("\n")[0], **looks)
        one.set_defaults(run=run)
        for add in arguments:
            add(one)
    return parser


if __name__ == "__main__":
    sys.exit(main())
