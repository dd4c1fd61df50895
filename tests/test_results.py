"""Recorded results are found in the repository; a copy that was installed without it says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import irmas_helpers
from irmas_helpers.errors import RecipeError
from irmas_helpers.learning import recipes, results
from irmas_helpers.paths import write_json

PACKAGE = Path(irmas_helpers.__file__).parent
READ = """
from irmas_helpers.errors import RecipeError
from irmas_helpers.learning import results
for read in (results.summary, results.folds, results.probabilities, results.measured, results.names):
    try:
        read("dense_scaled_song")
    except RecipeError as error:
        print(error)
try:
    from irmas_helpers import exercises
except RecipeError as error:
    print(error)
"""


@pytest.fixture
def installed(tmp_path):
    """Run Python with a copy of the package that lies elsewhere, as pip puts it there; what it printed, by lines."""
    shutil.copytree(
        PACKAGE, tmp_path / "irmas_helpers", ignore=shutil.ignore_patterns("*.keras", "__pycache__", "*.png")
    )

    def run(code: str) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
        )
        return done.stdout.splitlines()

    return run


def test_an_installed_copy_says_in_one_line_what_lies_in_the_repository_alone(installed, tmp_path):
    lines = installed(READ)
    assert len(lines) == 6  # five ways to read, and the exercises
    cure = "come with the course's repository; clone it and run pip install -e . in it"
    for line in lines[:5]:
        assert f"{tmp_path / 'results'}: recorded results {cure}" in line
    assert lines[-1] == f"{tmp_path / 'notebooks' / 'exercises'}: exercises {cure}"


def test_in_the_repository_every_summary_is_named_and_read():
    names = results.names()
    assert {"cnn_baseline_song", recipes.SHIPPED} <= set(names)
    assert all(results.summary(name)["recipe"]["name"] == name for name in results.names("dense_"))
    assert set(results.names("ablation_")) == {name for name in names if name.startswith("ablation_")}


def test_what_was_never_recorded_or_measured_is_named_with_the_cure(tmp_path):
    with pytest.raises(RecipeError, match=r"nothing\.json: no such recorded run; make it with: .* experiment nothing"):
        results.summary("nothing")
    with pytest.raises(RecipeError, match=r"nothing: no folds below .*experiment nothing"):
        results.folds("nothing", tmp_path)
    with pytest.raises(RecipeError, match=r"nothing\.json: no such measurement; research/README\.md says"):
        results.measured("nothing")


@pytest.mark.parametrize("content", ["", "no JSON", "[1, 2]", '{"seed": 0, '])
def test_a_damaged_record_is_named_with_the_cure_whoever_reads_it(tmp_path, content):
    readers = {
        "broken.json": lambda: results.summary("broken", tmp_path),
        "measured/broken.json": lambda: results.measured("broken", tmp_path),
        "runs/broken/seed0_fold0.json": lambda: results.folds("broken", tmp_path),
        "seeds/runs/cnn/seed1_fold0.json": lambda: results.trainings("cnn", tmp_path),
    }
    write_json(tmp_path / "runs" / "cnn" / "seed0_fold0.json", {"fold": 0, "seed": 0, "n": 1, "accuracy": 1.0})
    for name, read in readers.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
        with pytest.raises(RecipeError, match=f"{name}: is no record, or a damaged one; delete it, then make or copy"):
            read()
