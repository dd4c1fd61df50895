"""Work on many items: in order, a few at a time, and whatever becomes of the processes that do it."""

from __future__ import annotations

import ast
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from irmas_helpers import workers
from irmas_helpers.errors import AudioError, WorkerError

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def slow_first(number: int) -> int:
    time.sleep(0.3 * (number == 0))
    return number * number


def die_at(fatal: set[int], number: int) -> int:
    if number in fatal:
        os._exit(1)
    return number


def refuse(number: int) -> int:
    raise AudioError(f"{number}: no sound")


def threads(_: int) -> list[str | None]:
    return [os.environ.get(name) for name in workers._ONE_THREAD]


@pytest.mark.parametrize("pool", [workers.here, workers.processes(2)], ids=["here", "processes"])
def test_results_come_in_the_order_of_the_items(pool):
    assert list(workers.each(slow_first, range(20), pool)) == [(number, number**2) for number in range(20)]


def test_items_are_taken_as_there_is_work():
    taken = []
    items = (taken.append(number) or number for number in range(1000))
    results = workers.each(slow_first, items, workers.processes(2))
    assert next(results) == (0, 0)
    assert len(taken) <= 8
    results.close()


def test_an_item_that_ends_its_process_costs_its_own_result_alone():
    results = dict(workers.each(partial(die_at, {3, 11}), range(20), workers.processes(2)))
    assert results == {number: None if number in {3, 11} else number for number in range(20)}


def test_that_holds_for_one_item_alone():
    assert list(workers.each(partial(die_at, {3}), [3], workers.processes(1))) == [(3, None)]


def test_processes_that_end_whatever_they_are_given_are_told_in_one_line():
    with pytest.raises(WorkerError, match=r"^0: processes end, whatever they are given; make memory free"):
        dict(workers.each(partial(die_at, set(range(100))), range(100), workers.processes(2)))


@pytest.mark.parametrize("pool", [workers.here, workers.processes(2)], ids=["here", "processes"])
def test_what_the_function_raises_is_passed_on_and_no_process_stays(pool):
    others = {*multiprocessing.active_children()}  # joblib's stay for a while
    with pytest.raises(AudioError, match=r"^0: no sound$"):
        list(workers.each(refuse, range(5), pool))
    assert {*multiprocessing.active_children()} <= others


def test_each_process_has_one_thread():
    ((_, found),) = workers.each(threads, [0], workers.processes(2))
    assert set(found) == {"1"}


PROGRAM = """
import sys, time
sys.path.insert(0, {here!r})
from test_workers import name_yourself
from irmas_helpers import workers
if __name__ == "__main__":
    for _, number in workers.each(name_yourself, range(1000), workers.processes(2)):
        print(number, flush=True)
"""


def name_yourself(_: int) -> int:
    time.sleep(0.1)
    return os.getpid()


STARTED = """
import os, sys
from functools import partial
from pathlib import Path
sys.path.insert(0, {here!r})
from test_workers import die_at
from irmas_helpers import workers
from irmas_helpers.errors import WorkerError
if __name__ != "__main__":  # in a process of the pool
    Path({folder!r}, str(os.getpid())).touch()
    {at_once}
else:
    try:
        print(dict(workers.each(partial(die_at, {{7}}), range(20), workers.processes({jobs}))))
    except WorkerError as error:
        print(error)
"""


@pytest.fixture
def started(tmp_path):
    """Run a program whose pool has so many processes; return what it printed, and how many were started in all."""

    def run(jobs: int, at_once: str = "") -> tuple[str, int]:
        folder, program = tmp_path / "started", tmp_path / "program.py"
        folder.mkdir()
        here = str(Path(__file__).parent)
        program.write_text(STARTED.format(here=here, folder=str(folder), jobs=jobs, at_once=at_once))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run([sys.executable, program], capture_output=True, text=True, env=environment, check=False)
        return done.stdout + done.stderr, len(list(folder.iterdir()))

    return run


def test_an_item_that_is_tried_alone_gets_one_process(started):
    printed, processes = started(4)
    assert ast.literal_eval(printed) == {number: None if number == 7 else number for number in range(20)}
    assert processes <= 4 + 16 + 4  # at first, for each item that was on the way, and for the last four


def test_processes_that_end_while_others_are_started_are_told_in_one_line(started):
    printed, _ = started(30, at_once="os._exit(1)")
    assert printed == "0: processes end, whatever they are given; make memory free, or try --jobs 1\n"


def test_windows_gets_no_more_processes_than_it_can_have(monkeypatch):
    assert workers._MOST_ON_WINDOWS == 61
    monkeypatch.setattr(workers, "_MOST_ON_WINDOWS", 2)
    monkeypatch.setattr(sys, "platform", "win32")
    pool = workers.processes(200)
    monkeypatch.undo()
    with pool() as team:
        assert team.at_once() == 2 * workers._AHEAD


@POSIX
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL", "SIGTERM"])
def test_processes_end_with_the_one_that_started_them(tmp_path, how):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(here=str(Path(__file__).parent)))
    with subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as running:  # fmt: skip
        children = {int(running.stdout.readline()) for _ in range(10)}
        # Ctrl-C reaches all processes of a terminal, the others this one.
        (os.killpg if how == "SIGINT" else os.kill)(running.pid, getattr(signal, how))
        _, err = running.communicate(timeout=120)
    assert children
    assert err.count("Traceback") == (how == "SIGINT")  # the program's own
    for _ in range(100):
        if not any(map(alive, children)):
            return
        time.sleep(0.1)
    raise AssertionError(f"still running: {children}")


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{process}/status").read_text() if Path("/proc").exists() else True


def test_a_scheduler_that_is_not_there_is_told_in_one_line(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "_PATIENCE", 0.5)
    with pytest.raises(
        WorkerError, match=r"^tcp://127.0.0.1:9: the cluster cannot be used \(.*; is its scheduler there"
    ):
        list(workers.each(slow_first, range(3), workers.cluster("tcp://127.0.0.1:9")))


def test_without_dask_its_installation_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkerError, match="needs Dask; install it with: pip install distributed"):
        list(workers.each(slow_first, range(3), workers.cluster("tcp://127.0.0.1:9")))
