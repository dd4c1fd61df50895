"""The same commands on a Dask cluster: a scheduler and two workers that these tests start."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from irmas_helpers import workers
from irmas_helpers.__main__ import main
from irmas_helpers.sound import packs, testing_packs

pytest.importorskip("distributed", reason="Dask is not installed")
ROOT = Path(__file__).parents[1]


class Cluster:
    """A scheduler and its workers, each a process with one thread; nothing starts them again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, []
        # Workers do not lie in the repository: they find the package as any installed one, and paths must be whole.
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}

    def start(self, program: str, *arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *map(str, arguments), "--no-dashboard"]
        log = (self.folder / f"{program}{len(self.running)}.log").open("w")
        self.running.append(
            subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        )
        return self.running[-1]

    def start_scheduler(self) -> str:
        told = self.folder / "scheduler.json"
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", told)
        for _ in range(3_000):
            try:
                return json.loads(told.read_text())["address"]
            except (OSError, ValueError):
                time.sleep(0.1)
        raise AssertionError((self.folder / "scheduler0.log").read_text())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster with its `address` and `workers`."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.address = made.start_scheduler()
        made.workers = [made.start("worker", made.address, "--no-nanny", "--nthreads", "1") for _ in range(2)]
        with workers.cluster(made.address)() as team:
            team.executor._client.wait_for_workers(2, timeout=300)
        yield made
    finally:
        for process in made.running:
            process.kill()
            process.wait()


def rows_of(path):
    return list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []


def test_extraction_makes_the_same_pack(cluster, write_wav, tone, tmp_path, capsys, monkeypatch):
    for number in range(70):  # three pieces
        write_wav(f"set/cel/[cel][cla]{number:04d}__1.wav", tone(0.5, 100 + 20 * number, 8_000), 8_000)
    (tmp_path / "set" / "cel" / "[cel][cla]0007__1.wav").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    for out, where in (("here.npz", []), ("there.npz", ["--scheduler", cluster.address])):
        assert main(["extract", "set", out, *where]) == 2
        said = capsys.readouterr()
        assert said.out == f"69 of 70 clips in {out}\n"
        assert said.err.splitlines()[-1].endswith("0007__1.wav: is empty (0 bytes); copy or download it again")
    here, there = packs.load_pack("here.npz"), packs.load_pack("there.npz")
    np.testing.assert_array_equal(here.values, there.values)
    assert list(here.clips["path"]) == list(there.clips["path"])


def test_extraction_of_testing_excerpts_makes_the_same_pack(cluster, write_wav, tone, tmp_path, capsys, monkeypatch):
    for number in range(40):  # two pieces
        write_wav(f"IRMAS/Part1/song{number}-1.wav", tone(4, 100 + 20 * number, 8_000), 8_000)
        (tmp_path / "IRMAS" / "Part1" / f"song{number}-1.txt").write_text("cel\n")
    monkeypatch.chdir(tmp_path)
    for out, where in (("here.npz", []), ("there.npz", ["--scheduler", cluster.address])):
        assert main(["extract-polyphonic", "IRMAS", out, *where]) == 0
        assert capsys.readouterr().out == f"40 of 40 excerpts in {out}\n"
    here, there = testing_packs.load_testing_pack("here.npz"), testing_packs.load_testing_pack("there.npz")
    for array in ("values", "starts", "offsets"):
        np.testing.assert_array_equal(getattr(here, array), getattr(there, array))
    assert here.excerpts.equals(there.excerpts)


def test_without_a_table_the_answers_are_printed_in_order(cluster, write_wav, capsys):
    files = [str(write_wav(f"{number}.wav")) for number in (2, 0, 1)]
    assert main(["predict", *files, "--scheduler", cluster.address]) == 0
    assert [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()] == files


def test_a_number_of_processes_says_nothing_to_a_cluster(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["predict", "song.wav", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"])
    assert "argument --scheduler: not allowed with argument --jobs" in capsys.readouterr().err


def test_a_worker_that_is_killed_midway_costs_no_file_and_doubles_none(cluster, write_wav, tone, tmp_path):
    for number in range(40):
        write_wav(f"music/{number:02d}.wav", tone(60, 200 + number, 8_000), 8_000)
    (tmp_path / "music" / "bad.wav").write_bytes(b"la la la")
    command = [sys.executable, "-m", "irmas_helpers", "predict", "music"]
    command += ["--table", "t.csv", "--scheduler", cluster.address]
    with subprocess.Popen(
        command, cwd=tmp_path, env=cluster.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        while len(rows_of(tmp_path / "t.csv")) < 4:
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.02)
        cluster.workers[0].kill()
        assert len(rows_of(tmp_path / "t.csv")) < 30
        out, err = running.communicate(timeout=300)
    assert (running.returncode, out) == (2, "t.csv: 41 files, 41 of them answered now, 1 with an error\n"), err
    rows = rows_of(tmp_path / "t.csv")
    assert [row["path"] for row in rows] == sorted(map(str, (tmp_path / "music").iterdir()))
    assert [Path(row["path"]).name for row in rows if row["error"]] == ["bad.wav"]
    cluster.workers[0].wait()
    assert cluster.workers[1].poll() is None


def test_a_scheduler_that_is_lost_is_told_in_one_line_and_rows_are_kept(write_wav, tone, tmp_path):
    cluster = Cluster(tmp_path)
    try:
        address = cluster.start_scheduler()
        cluster.start("worker", address, "--no-nanny", "--nthreads", "1")
        for number in range(40):
            write_wav(f"music/{number:02d}.wav", tone(60, 200 + number, 8_000), 8_000)
        command = [sys.executable, "-m", "irmas_helpers", "predict", "music"]
        with subprocess.Popen(
            [*command, "--table", "t.csv", "--scheduler", address], cwd=tmp_path, env=cluster.environment,
            stderr=subprocess.PIPE, text=True,
        ) as running:  # fmt: skip
            while len(rows_of(tmp_path / "t.csv")) < 2:
                assert running.poll() is None, running.stderr.read()
                time.sleep(0.02)
            cluster.running[0].kill()
            _, err = running.communicate(timeout=300)
    finally:
        for process in cluster.running:
            process.kill()
            process.wait()
    assert running.returncode == 2
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith(f"irmas_helpers: {address}: the cluster cannot be used (")
    assert 2 <= len(rows_of(tmp_path / "t.csv")) < 40
