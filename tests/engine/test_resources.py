"""A worker's cores and memory: what is told to libraries, what is enforced, and what an excess is called."""

import json
import os
import sys
import time

import pytest

from logminer.core.errors import UsageError
from logminer.engine.process import Control, own_cores, start, why_failed
from logminer.engine.resources import Resources, in_words, limited, share, size, used_by_group

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc and CPU affinity")
SHOW = (
    "import json, os; print(json.dumps([os.environ.get('OMP_NUM_THREADS'), "
    "sorted(os.sched_getaffinity(0)), os.environ.get('MKL_NUM_THREADS')]), flush=True)"
)


def shown(folder):
    """What ``SHOW`` has printed, waited for."""
    deadline = time.monotonic() + 30
    while not (text := (folder / "stdout.log").read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return json.loads(text)


@linux
def test_commands_get_cores_of_their_own(tmp_path):
    """Threads are as many as cores; who comes when all cores are taken runs on any; what has ended leaves its cores."""
    usable = sorted(os.sched_getaffinity(0))
    children = []
    for number in range(len(usable) + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        control = Control(tmp_path / f"control/{number}")
        argv = [sys.executable, "-c", f"{SHOW}; import time; time.sleep(60)"]
        children.append(start(argv, control, folder, {}, resources=Resources(cores=1)))
    told = [shown(tmp_path / str(number)) for number in range(len(children))]
    assert [cores for _, cores, _ in told] == [*([core] for core in usable), usable]
    assert {(omp, mkl) for omp, _, mkl in told} == {("1", "1")}
    for child in children:
        os.killpg(child.pid, 9)
        child.wait()
    assert sorted(os.sched_getaffinity(0)) == usable
    deadline = time.monotonic() + 30
    cores = None
    while (
        cores != {usable[0]} and time.monotonic() < deadline
    ):  # until the last of their children has died
        with own_cores(tmp_path / "control/cores", 1) as (locks, cores):
            assert len(locks) == (cores is not None)
    assert cores == {usable[0]}


@linux
def test_cores_are_shared_out_in_order():
    """Each worker's are others than those before; a worker that would get too few gets none."""
    usable = sorted(os.sched_getaffinity(0))
    assert share(0, len(usable)) == frozenset(usable)
    assert share(1, len(usable)) is None


@linux
@pytest.mark.parametrize(
    ("words", "reason"),
    [("x = bytearray(10**9)", "MemoryError"), ("x = bytearray(10**7)", "")],
)
def test_a_command_cannot_allocate_more_than_its_limit(tmp_path, words, reason):
    """It fails by itself, with the words of who was refused."""
    control = Control(tmp_path / "control")
    argv = [sys.executable, "-c", words]
    child = start(argv, control, tmp_path, {}, resources=Resources(memory=200_000_000))
    child.wait()
    assert bool(control.code) == bool(reason)
    if reason:
        assert (
            why_failed(control.code, tmp_path / "stderr.log") == f"out of memory (exit 1): {reason}"
        )


@linux
def test_memory_of_all_that_a_command_has_started_counts(tmp_path):
    """Children that hold some each hold much together; when they have gone, nothing is held."""
    control = Control(tmp_path / "control")
    script = (
        "import os, sys, time\nfor _ in range(3):\n    if not os.fork():\n        break\n"
        "x = bytearray(b'x' * 20_000_000)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    child = start([sys.executable, "-c", script], control, tmp_path, {})
    deadline = time.monotonic() + 30
    while (tmp_path / "stdout.log").read_text().count("ready") < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert 80_000_000 <= control.memory < 200_000_000
    assert used_by_group(child.pid) >= 80_000_000
    os.killpg(child.pid, 9)
    child.wait()
    while control.memory and time.monotonic() < deadline:  # its children die a moment later
        time.sleep(0.01)
    assert control.memory == 0


@linux
def test_a_process_can_limit_itself_for_a_while():
    """Too much raises MemoryError, also in NumPy; afterwards everything is as it was."""
    import numpy as np

    before = os.environ.get("OMP_NUM_THREADS")
    with limited(Resources(cores=1, memory=100_000_000)):
        assert os.environ["OMP_NUM_THREADS"] == "1"
        np.ones(1_000_000)
        with pytest.raises(MemoryError):
            np.ones(100_000_000)
    assert np.ones(100_000_000)[-1] == 1
    assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.parametrize(
    ("text", "count"),
    [("500MB", 5e8), ("4 GB", 4e9), ("2GiB", 2 * 1024**3), ("1.5g", 1.5e9), ("1000", 1000)],
)
def test_amounts_of_memory_are_read(text, count):
    """Powers of 1000, or of 1024 with an i."""
    assert size(text) == count


@pytest.mark.parametrize("text", ["", "much", "4XB", "-1GB"])
def test_what_is_no_amount_is_refused(text):
    """The hint shows how it is written."""
    with pytest.raises(UsageError, match="no amount of memory"):
        size(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2e9, "2 GB"), (3e13, "30 TB")],
)
def test_amounts_of_memory_are_said_briefly(count, text):
    """Three digits and a unit."""
    assert in_words(count) == text
