"""What is installed: one list of needs in two files, pins that satisfy it, and imports that stay light."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import soundfile
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import irmas_helpers
from irmas_helpers.learning import models
from irmas_helpers.scoring.calibration import load_calibration

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
SYSTEMS = {"linux": ("posix", "Linux"), "darwin": ("posix", "Darwin"), "win32": ("nt", "Windows")}
MODULES = [module.name for module in pkgutil.walk_packages(irmas_helpers.__path__, "irmas_helpers.")]


def lines_of(name: str) -> list[str]:
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def listed_in_pyproject(start: str) -> list[str]:
    """The strings of the array that `start` opens (Python 3.10 has no tomllib)."""
    text = (ROOT / "pyproject.toml").read_text()
    return re.findall(r'"([^"]+)"', text.split(f"\n{start} = [", 1)[1].split("\n]", 1)[0])


def environment(python: str, system: str) -> dict[str, str]:
    os_name, platform_system = SYSTEMS[system]
    return {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": system,
        "os_name": os_name,
        "platform_system": platform_system,
        "platform_machine": "arm64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def applies(marker: Marker | None, where: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(where)


def test_requirements_and_pyproject_name_the_same_ranges():
    *ranges, last = lines_of("requirements.txt")
    assert last == "-e ."
    groups = ("dependencies", "course", "lab")
    assert ranges == [needed for group in groups for needed in listed_in_pyproject(group)]


@pytest.mark.parametrize("extra", ["parquet", "cluster"])
def test_what_is_installed_by_choice_is_there_in_the_tests(extra):
    needed = listed_in_pyproject(extra)
    assert needed
    assert set(needed) <= set(listed_in_pyproject("lab"))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_range_has_one_pin_within_it_on_every_python_and_system(python, system):
    where = environment(python, system)
    pins: dict[str, list[str]] = {}
    for pin in map(Requirement, lines_of("constraints.txt")):
        if applies(pin.marker, where):
            pins.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    assert not {name: versions for name, versions in pins.items() if len(versions) > 1}
    extras = [needed for group in ("export", "site", "dev") for needed in listed_in_pyproject(group)]
    for needed in map(Requirement, [*lines_of("requirements.txt")[:-1], *extras]):
        (version,) = pins[canonicalize_name(needed.name)]
        assert version in needed.specifier, needed


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "pyproject.toml"])
def test_no_package_index_or_local_path_is_named(name):
    # The one address is where the course lies in public (tools/launch.py).
    text = re.sub(
        r'^Repository = "https://github\.com/[\w-]+/[\w-]+"$', "", (ROOT / name).read_text(), flags=re.MULTILINE
    )
    assert not re.search(r"--(extra-)?index-url|--find-links|://|file:", text)


def test_importing_the_modules_loads_neither_tensorflow_nor_pandas_nor_librosa():
    code = (
        "import importlib, sys\n"
        f"for name in {MODULES}:\n"
        "    importlib.import_module(name)\n"
        "    print(name, *{'tensorflow', 'keras', 'pandas', 'librosa', 'seaborn', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == MODULES


def installed_for(needs: list[str]) -> set[str]:
    """The distributions that these needs bring, with what those need."""
    found, left = set(), list(map(Requirement, needs))
    while left:
        needed = left.pop()
        name = canonicalize_name(needed.name)
        if name not in found and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
            found.add(name)
            left += map(Requirement, importlib.metadata.requires(name) or [])
    return found


@pytest.fixture(scope="module")
def bare():
    """Run the command as where nothing but the package's own dependencies is installed."""
    there = installed_for(listed_in_pyproject("dependencies"))
    others = {
        name
        for name, distributions in importlib.metadata.packages_distributions().items()
        if name != "irmas_helpers" and not there & set(map(canonicalize_name, distributions))
    }
    assert {"tensorflow", "keras", "pandas", "librosa", "scipy", "matplotlib", "IPython"} <= others

    def run(*arguments):
        code = (
            "import sys\n"
            f"sys.modules.update(dict.fromkeys({others}))\n"
            "from irmas_helpers.__main__ import main\n"
            f"sys.exit(main({[str(argument) for argument in arguments]}))"
        )
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("ending", ["wav", "mp3"])
def test_an_answer_needs_nothing_but_the_packages_own_dependencies(bare, tmp_path, tone, ending):
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, tone(4), 44_100)
    done = bare("predict", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{path}: ")


@pytest.mark.parametrize("model", sorted(models.PRETRAINED.glob("*.onnx")), ids=lambda file: file.name)
def test_no_exported_network_needs_more(bare, write_wav, model):
    done = bare("predict", write_wav(), "--model", model)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_not_installed_is_named_in_one_line_with_the_cure(bare, write_wav, tmp_path):
    write_wav("clips/cel/[cel][cla]0001__1.wav")
    for arguments in (
        ("predict", write_wav(), "--model", models.DEFAULT_MODEL),
        ("train", "--data", tmp_path / "clips", "--out", tmp_path / "net.keras"),
        ("export", models.DEFAULT_MODEL),
        ("scan", tmp_path / "clips"),
        ("download", "training"),
    ):
        done = bare(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        (line,) = done.stderr.splitlines()
        assert re.search(r': is not installed; .* pip install -e "\.\[course\]"$', line), line


def test_by_default_an_answer_loads_neither_tensorflow_nor_pandas_nor_librosa(write_wav):
    code = (
        "import sys\n"
        "from irmas_helpers.__main__ import main\n"
        f"assert main(['predict', {str(write_wav())!r}]) == 0\n"
        "print({'tensorflow', 'keras', 'pandas', 'librosa', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("own", [False, True])
def test_the_page_answers_without_tensorflow_pandas_and_librosa(own, write_wav, tmp_path):
    cells = json.loads((ROOT / "notebooks" / "page" / "which_instrument.ipynb").read_text("utf-8"))["cells"]
    (page,) = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    *_, last = page.strip().splitlines()
    assert last.startswith("widgets.which_instrument(")
    code = (
        f"import sys\n{page.removesuffix(last)}\nbrowser = {last}\n"
        f"browser.show({str(write_wav())!r})\n"
        "print(browser.answer.threshold, 'image/png' in browser.picture.value, 'audio/wav' in browser.sound.value)\n"
        "print({'tensorflow', 'keras', 'pandas', 'librosa', 'seaborn', 'sklearn'} & set(sys.modules))"
    )
    threshold, model = load_calibration(models.DEFAULT_EXPORTED).threshold, {}
    if own:  # the network without its calibration
        threshold, model = None, {"IRMAS_MODEL": shutil.copy(models.DEFAULT_EXPORTED, tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | model, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-2:] == [f"{threshold} True True", "set()"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of the package, built once, without network, from a copy: a build leaves folders beside its sources."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT / "irmas_helpers", source / "irmas_helpers", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(built)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, check=True)
    (file,) = built.iterdir()
    with zipfile.ZipFile(file) as archive:
        yield archive


def test_a_wheel_holds_all_modules_networks_and_the_mark_that_says_typed(wheel):
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "irmas_helpers").rglob("*") if path.is_file()}
    wanted = {name for name in sources if "__pycache__" not in name}
    assert {"irmas_helpers/py.typed", "irmas_helpers/pretrained/cnn.keras", "irmas_helpers/data/clips.py"} <= wanted
    assert {f"irmas_helpers/pretrained/{file.stem}.onnx" for file in models.PRETRAINED.glob("*.keras")} <= wanted
    assert {name for name in wheel.namelist() if name.startswith("irmas_helpers/")} == wanted


def test_a_wheel_brings_the_command(wheel):
    (points,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert "irmas = irmas_helpers.__main__:main" in wheel.read(points).decode()


@pytest.mark.parametrize("old", ["3.6", "3.9"])
@pytest.mark.parametrize("name", ["course.py", "tools/check_machine.py"])
def test_the_course_command_parses_on_old_pythons_to_tell_which_it_needs(old, name):
    ast.parse((ROOT / name).read_text(), feature_version=tuple(map(int, old.split("."))))
