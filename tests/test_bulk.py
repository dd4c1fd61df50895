"""Who answers about many recordings: how many processes there are, and what is left when they are stopped."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_tables import read

from irmas_helpers.answers import bulk
from irmas_helpers.errors import ModelError


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("kind", "after"), [("csv", 1), ("parquet", 9)])
def test_killed_it_goes_on_and_ends_with_every_file_once(tmp_path, write_wav, tone, kind, after):
    out, rows = tmp_path / f"t.{kind}", tmp_path / ("t.csv" if kind == "csv" else "t.parquet.csv")
    for number in range(40):
        write_wav(f"music/{number:02d}.wav", tone(60, 200 + number, 8_000), 8_000)
    command = [sys.executable, "-m", "irmas_helpers", "predict", tmp_path / "music"]
    command += ["--table", out, "--jobs", "2"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stderr=subprocess.PIPE) as running:
        wait_for_rows(rows, after, running)
        running.kill()
    seen = rows.read_bytes().count(b"\n") - 1
    assert after <= seen < 40
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"40 files, {40 - seen} of them answered now, 0 with an error\n")
    assert [row["path"] for row in read(out)] == sorted(map(str, (tmp_path / "music").iterdir()))
    assert not any(math.isnan(float(row["pia"])) for row in read(out))


def wait_for_rows(path, rows, running):
    for _ in range(15_000):
        if path.exists() and path.read_bytes().count(b"\n") - 1 >= rows:
            return
        assert running.poll() is None, running.stderr.read()
        time.sleep(0.02)
    raise AssertionError(f"{path} has not {rows} rows after five minutes")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_is_one_line_and_a_whole_parquet_table(tmp_path, write_wav, tone):
    out = tmp_path / "t.parquet"
    for number in range(40):
        write_wav(f"music/{number:02d}.wav", tone(60, 200 + number, 8_000), 8_000)
    command = [sys.executable, "-m", "irmas_helpers", "predict", tmp_path / "music"]
    with subprocess.Popen(
        [*command, "--table", out, "--jobs", "2"], cwd=Path(__file__).parents[1], stderr=subprocess.PIPE,
        start_new_session=True,
    ) as running:  # fmt: skip
        wait_for_rows(tmp_path / "t.parquet.csv", 3, running)
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert err.decode().splitlines()[-1] == "irmas_helpers: stopped; call the same command again to go on"
    assert b"Traceback" not in err
    assert 3 <= len(read(out)) < 40
    assert sorted(path.name for path in tmp_path.iterdir()) == ["music", "t.parquet"]


@pytest.mark.parametrize(
    ("files", "jobs", "apart", "processes"),
    [(1, None, False, None), (1, None, True, 1), (15, None, False, None), (16, None, False, 2), (900, None, True, 4),
     (900, 1, True, None), (1, 3, False, 3)],
)  # fmt: skip
def test_there_is_a_process_a_core_where_there_is_work_for_them(monkeypatch, files, jobs, apart, processes):
    monkeypatch.setattr(bulk.workers, "processors", lambda: 4)
    monkeypatch.setattr(bulk.workers, "processes", lambda jobs: jobs)
    found = bulk.pool_for(files, jobs, None, apart)
    assert found == (bulk.workers.here if processes is None else processes)


def test_a_worker_with_another_network_is_refused(network_file):
    with pytest.raises(ModelError, match=r"a worker has tiny.keras .* where tiny.keras other is asked"):
        bulk._predictor(str(network_file), "tiny.keras other")
