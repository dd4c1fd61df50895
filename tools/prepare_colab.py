"""Install on Google Colab what the course needs and Colab lacks; the first cell of each notebook runs this there.

What Colab has stays as it is wherever it is new enough: a NumPy or a TensorFlow that is replaced under a running kernel
breaks it. Its ipywidgets stay even though the course asks for newer ones, for Colab's pages speak to no others.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tomllib
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
KEPT = {"ipywidgets"}


def needed() -> list[Requirement]:
    """What answers and notebooks import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["course"]]


def is_there(requirement: Requirement) -> bool:
    """Whether Colab has it, new enough or to be kept anyway."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return requirement.name in KEPT or version in requirement.specifier


def pip_install(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-qq", *arguments], check=True)


def main() -> None:
    """Install what is lacking, and let this kernel and the processes that it starts find the course."""
    wanted = needed()
    lacking = [requirement for requirement in wanted if not is_there(requirement)]
    there = [requirement.name for requirement in wanted if requirement not in lacking]
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, "colab.txt")
        pins.write_text("".join(f"{name}=={importlib.metadata.version(name)}\n" for name in there), "utf-8")
        if lacking:
            pip_install("--constraint", str(pins), *map(str, lacking))
    pip_install("--no-deps", "--editable", str(ROOT))
    # Python looks for editable packages when it starts; this one runs already.
    sys.path.insert(0, str(ROOT))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    importlib.invalidate_caches()
    names = ", ".join(requirement.name for requirement in lacking)
    print(f"The course is ready. Installed: {names or 'nothing, for all was there'}.")


if __name__ == "__main__":
    main()
