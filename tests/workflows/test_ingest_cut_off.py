"""An ingest that dies is gone on with: nothing is lost, nothing doubled."""

import random
import signal
import subprocess
import sys
import time

import pytest
from csv_runs import ROWS, read_in, table, write_run

from logminer.store import open_store


def test_a_reading_that_was_cut_off_goes_on(store, tmp_path, monkeypatch):
    """A long file is read in pieces; when ingest dies between two, the next one reads the rest."""
    from logminer.formats.tables import blocks

    rows = 60_000
    text = "step,loss\n" + "".join(f"{i},{i}.5\n" for i in range(rows))
    write_run(tmp_path / "runs/a", rows=text)
    monkeypatch.setattr(blocks, "BLOCK", 300_000)
    original = store.write.readings
    calls = []

    def dies_after_the_first_piece(batch):
        calls.append(batch)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(batch)

    monkeypatch.setattr(store.write, "readings", dies_after_the_first_piece)
    with pytest.raises(KeyboardInterrupt):
        read_in(store, tmp_path / "runs")
    assert 0 < len(store.read.curves(["loss"])) < rows
    monkeypatch.setattr(store.write, "readings", original)
    read_in(store, tmp_path / "runs")
    assert store.read.curves(["loss"])["value"].tolist() == [i + 0.5 for i in range(rows)]


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path):
    """After kill -9 at random moments, one more ingest ends with the same tables as an undisturbed one."""
    for i in range(60):
        write_run(
            tmp_path / f"runs/{i}",
            rows=ROWS + "".join(f"{s},0.5,0.5\n" for s in range(3, 300)),
            lr=i,
        )
    with open_store(tmp_path / "calm.duckdb", write=True) as opened:
        read_in(opened, tmp_path / "runs")
        calm = table(opened)
    db = tmp_path / "killed.duckdb"
    command = [sys.executable, "-m", "logminer", "ingest", str(tmp_path / "runs"), "--db", str(db)]
    moments = random.Random(0)
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open_store(db) as opened:
        assert table(opened).equals(calm)
