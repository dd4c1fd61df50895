"""The ways in: workflows, Binder, dev container and Docker call what a learner calls, and links come from one place."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import launch  # noqa: E402

import course  # noqa: E402

WORKFLOWS = {file.name: yaml.safe_load(file.read_text("utf-8")) for file in (ROOT / ".github/workflows").glob("*.yml")}
NOTEBOOKS = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks/solutions").glob("*.ipynb")])
each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: "/".join(file.parts[-2:]))


def jobs(name: str) -> dict:
    return WORKFLOWS[name]["jobs"]


def steps(name: str) -> list[dict]:
    return [step for job in jobs(name).values() for step in job["steps"]]


def commands(name: str) -> list[str]:
    return [line for step in steps(name) for line in step.get("run", "").splitlines()]


def pythons_of_the_package() -> list[str]:
    low, high = map(int, re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', read("pyproject.toml")).groups())
    return [f"3.{minor}" for minor in range(low, high)]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["ci.yml", "site.yml"])
def test_a_workflow_runs_nothing_but_course_py_and_the_ci_script(name):
    assert commands(name)
    for command in commands(name):
        if command == ".ci/run":
            assert os.access(ROOT / ".ci" / "run", os.X_OK)
            continue
        subcommand = re.fullmatch(r"python course\.py (\w+)", command)[1]
        assert f"python3 course.py {subcommand} " in course.__doc__
        assert f'"{subcommand}"' in inspect.getsource(course.main)


def test_ci_tests_every_python_of_the_package_on_three_systems_and_runs_the_ci_script_as_root():
    matrix = jobs("ci.yml")["test"]["strategy"]["matrix"]
    assert matrix["python"] == pythons_of_the_package()
    assert [system.split("-")[0] for system in matrix["os"]] == ["ubuntu", "macos", "windows"]
    assert commands("ci.yml") == ["python course.py test", ".ci/run"]
    assert re.search(r"python3 course\.py test$", read(".ci/run"), re.MULTILINE)
    assert jobs("ci.yml")["debian"]["container"].startswith(
        "python:3.1"
    )  # where a step is root, as the script has to be


def test_the_site_is_published_from_the_folder_that_is_built():
    (upload,) = (step for step in steps("site.yml") if "upload-pages-artifact" in step.get("uses", ""))
    assert commands("site.yml") == ["python course.py site"]
    assert upload["with"]["path"] == "site"
    assert "site" in [line.strip("/") for line in read(".gitignore").splitlines()]
    assert jobs("site.yml")["publish"]["needs"] == "build"


@pytest.mark.parametrize("name", ["ci.yml", "site.yml"])
def test_every_action_is_github_s_own_at_a_version_and_every_job_ends_and_may_read_only(name):
    for step in steps(name):
        assert "run" in step or re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]), step
    assert all(job["timeout-minutes"] <= 90 and job["steps"] for job in jobs(name).values())
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    for step in steps(name):
        if "setup-python" in step.get("uses", ""):
            version = step["with"]["python-version"]
            assert version == "${{ matrix.python }}" or version in pythons_of_the_package()


def test_binder_has_a_python_of_the_package_our_pins_and_the_practice_set():
    assert re.fullmatch(r"python-(3\.\d+)\n", read(".binder/runtime.txt"))[1] in pythons_of_the_package()
    for line in read(".binder/requirements.txt").splitlines():
        assert (ROOT / ".binder" / line.split()[1]).exists()
    assert read(".binder/requirements.txt") == "-c ../constraints.txt\n-r ../requirements.txt\n"
    assert os.access(ROOT / ".binder" / "postBuild", os.X_OK)
    assert "practice_set.ensure" in read(".binder/postBuild")


def test_docker_starts_jupyterlab_as_course_py_does_and_not_as_root():
    lines = read("Dockerfile").splitlines()
    (base,) = (line for line in lines if line.startswith("ARG BASE=python:"))
    assert re.search(r"python:(3\.\d+)-slim", base)[1] in pythons_of_the_package()
    (command,) = (json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD "))
    code = command[-1].replace("course.run(", "print(").replace("sys.exit(", "(")
    shown = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert shown == f"{[sys.executable, '-m', *course.LAB, '--ip=0.0.0.0', '--no-browser']}\n"
    assert [line for line in lines if line.startswith("USER ")] == ["USER 1000"]
    assert "--constraint constraints.txt" in read("Dockerfile")


def test_the_dev_container_is_the_docker_image_with_what_vs_code_needs():
    settings = json.loads(read(".devcontainer/devcontainer.json"))
    build = settings["build"]
    assert (ROOT / ".devcontainer" / build["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (ROOT / ".devcontainer" / build["context"]).resolve() == ROOT
    code = settings["customizations"]["vscode"]
    assert code["settings"]["python.defaultInterpreterPath"] == "/opt/course/bin/python"
    assert "python3 -m venv /opt/course " in read("Dockerfile")
    assert "ms-toolsai.jupyter" in code["extensions"]
    assert "ipywidgets==8.1.8\n" in read("constraints.txt")  # 8.1.9 shows nothing in VS Code


@each_notebook
def test_a_notebook_links_to_itself_in_colab_and_fetches_the_course_from_the_same_address(file):
    notebook = nbformat.read(file, as_version=4)
    path = file.relative_to(ROOT).as_posix()
    before = [cell.source for cell in notebook.cells[1:3]]
    assert [cell.source for cell in launch.with_launch(notebook, path).cells[1:3]] == before, "python tools/launch.py"
    where = launch.address().removeprefix("https://github.com/")
    assert f"](https://colab.research.google.com/github/{where}/blob/main/{path})" in before[0]


def test_a_new_address_is_set_in_one_place(monkeypatch):
    code = [file for folder in ("irmas_helpers", "tools") for file in (ROOT / folder).rglob("*.py")]
    assert not [file.name for file in code if launch.address() in file.read_text("utf-8")]
    monkeypatch.setattr(launch, "address", lambda: "https://github.com/someone/course")
    notebook = launch.with_launch(nbformat.read(NOTEBOOKS[0], as_version=4), "notebooks/x.ipynb")
    assert (
        "https://colab.research.google.com/github/someone/course/blob/main/notebooks/x.ipynb"
        in notebook.cells[1].source
    )
    assert '    address = "https://github.com/someone/course"\n' in notebook.cells[2].source
    assert launch.binder("x").startswith("https://mybinder.org/v2/gh/someone/course/main?")
    assert launch.codespace() == "https://codespaces.new/someone/course"


def test_a_notebooks_page_has_buttons_where_the_course_has_an_address(monkeypatch):
    pytest.importorskip("sphinx", reason="python3 course.py site installs what builds the site")
    import make_site

    assert make_site.launches("x") == {}
    monkeypatch.setattr(launch, "address", lambda: "https://github.com/someone/course")
    links = make_site.launches("x")
    assert links == {
        "Open in Binder": "https://mybinder.org/v2/gh/someone/course/main?urlpath=lab/tree/notebooks/x.ipynb",
        "Open in Colab": "https://colab.research.google.com/github/someone/course/blob/main/notebooks/x.ipynb",
    }
    bar = make_site.bar(make_site.Row("X", "x", "does", 5), 1, 2)
    assert all(f'href="{link}">{name}</a>' in bar for name, link in links.items())


def test_a_notebook_without_the_cell_is_not_written_over():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print()") for _ in range(3)])
    with pytest.raises(SystemExit, match="its third cell is not the one for Google Colab"):
        launch.with_launch(notebook, "notebooks/x.ipynb")


def test_the_page_on_the_ways_in_has_the_links():
    assert f"<!-- begin links -->\n{launch.links()}\n<!-- end links -->" in read("docs/ways_in.md"), "tools/launch.py"


@pytest.fixture
def colab(monkeypatch):
    """What is installed there, and the arguments of each call of pip."""
    pytest.importorskip("tomllib", reason="Colab has a Python that has it")
    import prepare_colab

    installed = {need.name: importlib.metadata.version(need.name) for need in prepare_colab.needed()}
    calls = []

    def version(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    def pip(*arguments):
        pins = [Path(after).read_text("utf-8") for option, after in pairwise(arguments) if option == "--constraint"]
        calls.append(([argument for argument in arguments if not argument.startswith("/")], *pins))

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(prepare_colab, "pip_install", pip)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("PYTHONPATH", "/there")
    return prepare_colab, installed, calls


def test_on_colab_only_what_it_lacks_is_installed_and_the_rest_keeps_its_version(colab, capsys):
    prepare_colab, installed, calls = colab
    del installed["av"], installed["onnxruntime"]
    installed |= {"keras": "3.10.0", "numpy": "2.0.2", "ipywidgets": "7.7.1"}
    prepare_colab.main()
    (lacking, pins), (course_itself,) = calls
    names = [re.match(r"\w+", argument)[0] for argument in lacking if not argument.startswith("--")]
    assert names == ["av", "onnxruntime", "keras"]
    assert {"numpy==2.0.2", "ipywidgets==7.7.1", f"tensorflow=={installed['tensorflow']}"} <= set(pins.splitlines())
    assert "keras" not in pins
    assert course_itself == ["--no-deps", "--editable"]
    assert capsys.readouterr().out == "The course is ready. Installed: av, onnxruntime, keras.\n"


def test_on_colab_the_running_kernel_and_its_processes_find_the_course(colab):
    prepare_colab, _, calls = colab
    prepare_colab.main()
    assert [call[0] for call in calls] == [["--no-deps", "--editable"]]
    assert sys.path[0] == str(ROOT)
    assert os.environ["PYTHONPATH"] == os.pathsep.join([str(ROOT), "/there"])
