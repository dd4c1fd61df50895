"""The sounds of the site's pages are kept, and made again when what they come from changes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from irmas_helpers.rendered import further_set, practice_set

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import site_sounds


@pytest.mark.parametrize("made_from", [practice_set, further_set])
def test_sounds_are_made_once_for_each_version_of_the_sets(monkeypatch, tmp_path, made_from):
    made = []

    def make():
        made.append(0.5 * np.sin(np.arange(4_410) / 10))
        return made[-1], 22_050

    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(site_sounds, "SOUNDS", [("01_data_exploration", "line", "a tone", make)])
    for _ in range(2):
        written = site_sounds.written(tmp_path / "site")
    assert written == {"01_data_exploration": {"line": [("a tone", "01_data_exploration_1.ogg")]}}
    assert len(made) == 1
    monkeypatch.setattr(made_from, "VERSION", made_from.VERSION + 1)
    site_sounds.written(tmp_path / "site")
    assert len(made) == 2
