"""The package's exceptions: what went wrong, where, and what to do next, each in one line.

Code raises one of these for anything a user can mend (a bad file, a wrong folder, a broken download). The command
line turns them into one line on stderr and exit code 2; notebooks show the same line.
"""

from __future__ import annotations


class IrmasError(Exception):
    """Base class of every error that this package raises on purpose."""


class AudioError(IrmasError):
    """A file that is no usable audio."""


class DatasetError(IrmasError):
    """A data set's folder, pack or name that is not as it should be."""


class DownloadError(IrmasError):
    """A download that could not be finished or is not what it should be."""


class MissingError(IrmasError):
    """A package that is needed and not installed: answers do without most of what the course needs."""

    def __init__(self, package: str | None) -> None:
        super().__init__(package)

    def __str__(self) -> str:
        (package,) = self.args  # by which it is known again when another process sends it
        extra = "export" if package in ("onnx", "tf2onnx") else "course"
        cure = f'python -m pip install -e ".[{extra}]"'  # Windows' cmd takes single quotes for letters
        return (
            f"{package}: is not installed; only answers do without it. Install the package with its extra [{extra}], "
            f"in the course's folder with: {cure}"
        )


class ModelError(IrmasError):
    """A model file that cannot be loaded or does not fit the package."""


class RecipeError(IrmasError):
    """An experiment's recipe that is unknown or cannot be run."""


class TableError(IrmasError):
    """A table of answers that cannot be written, or is another program's."""


class WorkerError(IrmasError):
    """Processes or a cluster that cannot do the work."""
