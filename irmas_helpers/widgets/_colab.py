"""What Google Colab needs otherwise: there, what a page sends to a widget arrives empty from 1 MB on.

Hence its own way to upload a file, and shorter recordings (ipywidgets' issue 3452).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable

from ipywidgets import HBox, Output

from ._common import button

MOST_SECONDS = 12  # of a recording, which is sent as text: 0.7 MB


def is_here() -> bool:
    """Whether this kernel is one of Colab's; each has loaded Colab's own module when it starts."""
    return "google.colab" in sys.modules


class ColabUpload(HBox):
    """A button, and beside it, once it is clicked, Colab's own field to choose a file.

    `take` is called with the name and the content of each file.
    """

    def __init__(self, take: Callable[[str, bytes], None]) -> None:
        self._take, self._field = take, Output()
        self.ask = button("Upload", "upload", "A sound file of up to 100 MB", "120px", self._ask)
        super().__init__([self.ask, self._field])

    def _ask(self) -> None:
        from google.colab import files

        uploaded, here = {}, os.getcwd()
        # Colab also writes what it takes into the folder at hand; here that is one which goes away.
        with self._field, tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                uploaded = files.upload()
            finally:
                os.chdir(here)
        self._field.clear_output()
        for name, content in uploaded.items():
            self._take(name, content)
