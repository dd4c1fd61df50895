"""`course.py check` and `pack`: one line for each thing with its cure, and a copy that installs without a network."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import check_machine  # noqa: E402
import pack_course  # noqa: E402

import course  # noqa: E402


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A small course in a folder of its own, whose commands are noted instead of run."""
    here = tmp_path / "here"
    for name, text in {
        "course.py": "", "requirements.txt": "numpy>=1\n-e .\n", "constraints.txt": "numpy==2.0\n",
        "pyproject.toml": "", ".gitignore": "# made here\n.venv/\n*.pyc\n", "docs/page.md": "# Page\n",
        ".git/HEAD": "", ".venv/python": "", "docs/page.pyc": "",
    }.items():  # fmt: skip
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    places = {"HERE": here, "VENV": here / ".venv", "STAMP": here / ".venv" / "course.stamp"}
    places |= {"PYTHON": here / ".venv" / "python", "WHEELS": here / "wheels", "CACHE": here / "rendered_set"}
    for name, place in places.items():
        monkeypatch.setattr(course, name, str(place))
    return here


@pytest.fixture
def commands(monkeypatch):
    """What `run` was asked to run; each command succeeds unless a test says otherwise."""
    commands = []
    monkeypatch.setattr(course, "run", lambda command: commands.append(command) or 0)
    return commands


@pytest.fixture
def ready(here, commands, monkeypatch):
    """A machine that has everything."""
    monkeypatch.delenv("IRMAS_DATA", raising=False)
    monkeypatch.setattr(check_machine, "memory_bytes", lambda: 8e9)
    monkeypatch.setattr(check_machine.glob, "glob", lambda pattern: ["/dev/snd/pcmC0D0p"])
    monkeypatch.setattr(course.sys, "platform", "linux")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("firefox"))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=9e9))
    Path(course.STAMP).write_text("\n".join(course.wanted_stamp()))


def test_a_machine_that_has_everything_is_ready(ready, capsys):
    assert check_machine.main() == 0
    lines = capsys.readouterr().out.splitlines()
    names = ["Python", "Environment", "Disk", "Memory", "Sound", "Browser", "Set"]
    assert [line.split(":")[0] for line in lines] == [f"ok  {name}" for name in names]


def no_browser():
    raise webbrowser.Error("could not locate runnable browser")


LACKING = {
    "Python": (lambda patch: patch.setattr(course.sys, "version_info", (3, 9, 1)), "install one from python.org"),
    "Environment": (lambda patch: os.remove(course.STAMP), "run python3 course.py once, while there is a network"),
    "Disk": (lambda patch: patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3e8)), "make"),
    "Memory": (lambda patch: patch.setattr(check_machine, "memory_bytes", lambda: 2e9), "2.0 GB, 4 are needed"),
    "Sound": (lambda patch: patch.setattr(check_machine.glob, "glob", lambda pattern: []), "plug in headphones"),
    "Browser": (lambda patch: patch.setattr(webbrowser, "get", no_browser), "install Firefox"),
    "Set": (lambda patch: patch.setattr(course, "run", lambda command: 1), "practice_set.ensure()"),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_what_lacks_has_one_line_with_its_cure(ready, capsys, monkeypatch, lacking):
    lack, cure = LACKING[lacking]
    lack(monkeypatch)
    assert check_machine.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    (line,) = [line for line in lines if line.startswith(f"NO  {lacking}: ")]
    assert cure in line


def test_an_own_irmas_has_to_be_where_its_variable_says(ready, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("IRMAS_DATA", str(tmp_path / "none"))
    assert check_machine.main() == 1
    assert f"NO  Set: {tmp_path / 'none'}: no IRMAS there; change or unset IRMAS_DATA" in capsys.readouterr().out


def test_check_makes_nothing(here, commands, capsys):
    before = sorted(here.rglob("*"))
    check_machine.main()
    assert sorted(here.rglob("*")) == before
    assert commands == []


def test_the_commands_run_their_tools_and_nothing_else(here, commands, monkeypatch):
    monkeypatch.setattr(course, "prepare_environment", lambda: None)
    monkeypatch.chdir(here.parent)
    assert (course.main(["check"]), course.main(["pack", "stick"])) == (0, 0)
    check, pack = ([sys.executable, "check_machine"], [course.PYTHON, "pack_course", str(here.parent / "stick")])
    assert [[python, Path(file).stem, *more] for python, _, file, *more in commands] == [check, pack]
    assert (ROOT / "tools" / "check_machine.py").exists() and (ROOT / "tools" / "pack_course.py").exists()


@pytest.mark.parametrize(("missing", "installs"), [(True, 1), (False, 0)])
def test_the_site_is_built_with_what_only_it_needs(here, commands, monkeypatch, missing, installs):
    monkeypatch.setattr(course, "prepare_environment", lambda: None)
    monkeypatch.setattr(course, "fails", lambda command: missing)
    assert course.main(["site"]) == 0
    *installing, building = commands
    assert [".[site]" in command for command in installing] == [True] * installs
    assert building[-1].endswith("make_site.py")


def test_the_site_is_not_built_over_something_else(tmp_path):
    pytest.importorskip("sphinx")
    (tmp_path / "letter.txt").write_text("mine")
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_site.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert made.returncode == 1
    assert made.stderr == f"{tmp_path}: holds something else, which would be lost; name a new folder\n"
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize(("forbidden", "compiles"), [("", False), ("1", True)])
def test_pip_compiles_where_python_would_not_keep_what_it_compiles(forbidden, compiles):
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": forbidden}
    asked = [sys.executable, "-c", "import course; print('--no-compile' not in course.INSTALL)"]
    assert subprocess.check_output(asked, cwd=ROOT, env=environment, text=True).strip() == str(compiles)


def test_where_what_builds_the_site_cannot_be_installed_nothing_is_built(here, monkeypatch):
    monkeypatch.setattr(course, "prepare_environment", lambda: None)
    monkeypatch.setattr(course, "fails", lambda command: True)
    monkeypatch.setattr(course, "run", lambda command: 1)
    with pytest.raises(SystemExit, match="check the network"):
        course.main(["site"])


def test_memory_is_what_this_machine_has():
    assert 5e8 < check_machine.memory_bytes() < 1e14


def test_a_command_waits_for_another_that_makes_the_environment(here, tmp_path):
    with (tmp_path / "lock").open("a") as one, (tmp_path / "lock").open("a") as other:
        assert [course.locked(one), course.locked(other)] == [True, False]


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="a file that cannot be locked is had on Linux alone")
def test_where_there_are_no_locks_nobody_waits_for_ever(tmp_path, capsys):
    file = os.open(tmp_path, os.O_PATH)
    assert course.locked(file)
    os.close(file)
    assert "start one command at a time" in capsys.readouterr().out


def test_a_folder_in_which_nothing_can_be_written_is_told_in_one_line(here, monkeypatch):
    monkeypatch.setattr(course, "VENV", str(here / "course.py" / ".venv"))  # also root cannot write there
    with pytest.raises(SystemExit, match=r"nothing can be written there \(.+\); copy the course to"):
        course.main(["page"])


@pytest.mark.parametrize("arguments", [["check", "more"], ["pack"], ["pack", "a", "b"], ["nonsense"]])
def test_what_is_no_command_shows_the_help(arguments, capsys):
    assert course.main(arguments) == 2
    assert "course.py pack FOLDER" in capsys.readouterr().out


def test_a_pack_has_the_course_its_wheels_and_the_set(here, commands, tmp_path, capsys):
    folder = tmp_path / "stick" / "docs"  # the course has a folder of that name
    assert pack_course.main(str(folder)) == 0
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert copied == {
        "course.py", "requirements.txt", "constraints.txt", "pyproject.toml", ".gitignore", "docs/page.md",
        "wheels/requirements.txt", "wheels/packed_for.txt",
    }  # fmt: skip
    assert (folder / "wheels" / "requirements.txt").read_text() == "numpy>=1\n"
    wheel, render = commands
    assert wheel[1:6] == ["-m", "pip", "wheel", "-w", str(folder / "wheels")]
    assert {"pip", "setuptools"} <= set(wheel)
    assert "practice_set.ensure" in render[-1]
    assert "run python3 course.py there" in capsys.readouterr().out


def test_what_git_ignores_at_one_place_is_packed_from_all_others(here, commands, tmp_path):
    with (here / ".gitignore").open("a") as file:
        file.write("/site/\nresults/*/*.keras\n")
    ignored, kept = {"site/index.html", "results/runs/fold.keras"}, {"docs/site/index.md", "docs/cnn.keras"}
    for name in ignored | kept:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("")
    pack_course.main(str(tmp_path / "stick"))
    copied = {path.relative_to(tmp_path / "stick").as_posix() for path in (tmp_path / "stick").rglob("*")}
    assert kept <= copied and not ignored & copied


def test_a_second_run_finishes_a_pack_and_another_kind_is_added(here, commands, tmp_path, monkeypatch):
    folder = tmp_path / "stick"
    for kind in ("Python 3.12 on Windows AMD64", "Python 3.12 on Windows AMD64", "Python 3.11 on Linux x86_64"):
        monkeypatch.setattr(course, "this_kind", lambda kind=kind: kind)
        pack_course.main(str(folder))
    kinds = (folder / "wheels" / "packed_for.txt").read_text().splitlines()
    assert kinds == ["Python 3.12 on Windows AMD64", "Python 3.11 on Linux x86_64"]


@pytest.mark.parametrize(
    ("failing", "said"), [("wheel", "goes on where it stopped"), ("ensure", "rendered set failed")]
)
def test_a_pack_that_stops_halfway_says_so_and_is_not_called_ready(here, tmp_path, monkeypatch, failing, said):
    monkeypatch.setattr(course, "run", lambda command: int(failing in " ".join(command)))
    with pytest.raises(SystemExit, match=said):
        pack_course.main(str(tmp_path / "stick"))
    assert not (tmp_path / "stick" / "wheels" / "packed_for.txt").exists()


def test_a_pack_is_refused_where_it_cannot_be(here, commands, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="that is the course itself"):
        pack_course.main(str(here))
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="cannot be written"):
        pack_course.main(str(tmp_path / "file"))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1e9))
    with pytest.raises(SystemExit, match=r"a pack takes 2\.5 GB"):
        pack_course.main(str(tmp_path / "stick"))
    assert commands == []


def test_a_pack_installs_from_its_wheels_alone_and_uses_its_own_set(here, commands, monkeypatch):
    monkeypatch.delenv("IRMAS_CACHE", raising=False)
    monkeypatch.setattr(course, "make_environment", lambda: None)
    course.prepare_environment()
    assert "--no-index" not in commands[-1]
    assert "IRMAS_CACHE" not in course.environment()
    os.remove(course.STAMP)
    for folder in (course.WHEELS, course.CACHE):
        os.mkdir(folder)
    course.prepare_environment()
    assert commands[-1][-3:] == ["--no-index", "--find-links", course.WHEELS]
    assert course.environment()["IRMAS_CACHE"] == course.CACHE
    monkeypatch.setenv("IRMAS_CACHE", os.path.abspath("mine"))
    assert course.environment()["IRMAS_CACHE"] == os.path.abspath("mine")


def test_what_the_variables_name_is_looked_for_where_it_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IRMAS_MODEL", "mine.keras")
    monkeypatch.setenv("IRMAS_DATA", os.path.join("~", "IRMAS"))
    monkeypatch.setenv("IRMAS_CACHE", "")
    there = Path("there.txt")
    code = f"import os, pathlib; pathlib.Path({str(there.absolute())!r}).write_text(repr(dict(os.environ)))"
    assert course.run([sys.executable, "-c", code]) == 0  # in the course's folder
    told = ast.literal_eval(there.read_text())
    assert told["IRMAS_MODEL"] == str(tmp_path / "mine.keras")
    assert (told["IRMAS_DATA"], told["IRMAS_CACHE"]) == (os.path.join(Path.home(), "IRMAS"), "")


def test_a_laptop_of_another_kind_is_told_which_one_the_pack_is_for(here, monkeypatch, capsys):
    os.mkdir(course.WHEELS)
    assert "the pack was never finished" in course.packed_for()
    Path(course.WHEELS, "packed_for.txt").write_text("Python 3.12 on Windows AMD64\n")
    well, words = check_machine.installed()
    assert not well
    assert words.endswith("the wheels are for Python 3.12 on Windows AMD64; take one of these Pythons")
    monkeypatch.setattr(course, "make_environment", lambda: None)
    monkeypatch.setattr(course, "run", lambda command: 1)
    with pytest.raises(SystemExit, match=r"the wheels in this folder are for Python 3\.12 on Windows AMD64"):
        course.prepare_environment()


def as_windows(code: str) -> list[str]:
    """The lines that a program prints which has imported `course` where Python says that this is Windows."""
    before = "import hashlib, os, platform, shutil, subprocess, sys, sysconfig, time; os.name = 'nt'; import course; "
    done = subprocess.run([sys.executable, "-c", before + code], cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


def test_on_windows_the_environment_and_the_command_are_called_otherwise():
    assert as_windows("print(course.TYPED, os.path.relpath(course.PYTHON, course.HERE))") == [
        f"py course.py {os.path.join('.venv', 'Scripts', 'python.exe')}"
    ]
    assert as_windows("sys.version_info = (3, 9); print(course.wrong_python())")[0].endswith("py -3.12 course.py")


def test_on_windows_files_in_use_and_long_paths_are_told_with_the_cure():
    failing = "course.fails = course.run = lambda command: 1; "
    assert as_windows(failing + "course.make_environment()") == [
        f"{course.VENV} cannot be made: close the programs that use it, such as JupyterLab, then run this again."
    ]
    long = "course.make_environment = lambda: None; course.VENV += 'x' * 60; course.read_stamp = list; "
    assert (
        "move the course to a folder with a shorter path"
        in as_windows(failing + long + "course.prepare_environment()")[-1]
    )


def test_where_the_python_is_for_arm_windows_another_is_named(monkeypatch):
    monkeypatch.setattr(course, "ARM_WINDOWS", True)
    assert "needs Python for 64-bit Intel" in course.wrong_python()


def test_what_runs_in_the_environment_reads_and_prints_utf_8():
    code = "import sys; print(sys.flags.utf8_mode)"
    assert subprocess.check_output([sys.executable, "-c", code], env=course.environment(), text=True) == "1\n"
