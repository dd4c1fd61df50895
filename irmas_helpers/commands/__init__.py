"""The commands by subject: each module enters its commands and calls what the notebooks call.

Knows everything but `__main__`. Nothing heavy loads until a command runs: no module here imports pandas, scipy or a
module that does, except inside the function that needs it, so that `--help` is there at once.
"""

from . import answers, data, learning, polyphonic
from ._common import COMMANDS

__all__ = ["COMMANDS", "answers", "data", "learning", "polyphonic"]
