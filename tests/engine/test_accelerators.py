"""Dealing out accelerators: each worker sees its own, as they are named, and no more than there are."""

import json
import sys

import pytest

from logminer.core.errors import UsageError
from logminer.core.space_spec import space_from_spec
from logminer.engine.accelerators import devices, slots, visible
from logminer.engine.resources import Resources
from logminer.runner._command import Command
from logminer.runner.search import Limits, search_command
from logminer.workflows.history import View


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"CUDA_VISIBLE_DEVICES": "0,1"}, ["0", "1"]),
        ({"CUDA_VISIBLE_DEVICES": "GPU-3a, MIG-7"}, ["GPU-3a", "MIG-7"]),
        ({"CUDA_VISIBLE_DEVICES": ""}, []),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, []),
        ({"ROCR_VISIBLE_DEVICES": "2"}, ["2"]),
    ],
)
def test_devices_are_those_that_a_process_is_told(environment, named):
    """By their names, which need not be numbers."""
    assert devices(environment) == named


@pytest.mark.parametrize(
    ("each", "count", "seen"),
    [
        (1, 4, ["4", "5", "6", "7"]),
        (2, 2, ["4,5", "6,7"]),
        (0.5, 8, ["4", "4", "5", "5", "6", "6", "7", "7"]),
    ],
)
def test_workers_get_devices_of_their_own(each, count, seen, monkeypatch):
    """Or share one evenly."""
    monkeypatch.delenv("ROCR_VISIBLE_DEVICES", raising=False)
    named = ["4", "5", "6", "7"]
    assert slots(4, each) == count
    assert [visible(s, each, named)["CUDA_VISIBLE_DEVICES"] for s in range(count)] == seen


@pytest.mark.parametrize(("gpus", "workers"), [(1, 3), (2, 2), (0.5, 5), (1.5, 1), (0, 1), (-1, 1)])
def test_more_than_there_is_is_refused(gpus, workers, monkeypatch):
    """Before anything is started."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with pytest.raises(UsageError):
        Resources(gpus=gpus).check(workers)


def test_trials_that_run_side_by_side_see_other_devices(tmp_path, monkeypatch):
    """With numbers of workers that differ likewise; a device that is free is used again."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,7")
    (tmp_path / "train.py").write_text(
        "import json, os, sys, time\n"
        "print(json.dumps({'val_loss': 1.0, 'epoch': 1}))\n"
        "json.dump([os.environ['CUDA_VISIBLE_DEVICES'], sys.argv[2], time.time()], open(sys.argv[3] + '/seen.txt', 'w'))\n"
        "time.sleep(0.3)\n"
    )
    command = Command((sys.executable, str(tmp_path / "train.py"), "{lr}", "{worker}", "{run_dir}"))
    search_command(
        str(tmp_path / "db"), command, View(space=space_from_spec({"lr": [1, 2, 3, 4]})), study="s", strategy="grid",
        limits=Limits(trials=4), workers=2, gpus_per_worker=1, runs=tmp_path,
    )  # fmt: skip
    seen = sorted(
        (json.loads((tmp_path / f"s/{n}/seen.txt").read_text()) for n in range(4)),
        key=lambda row: row[2],
    )
    assert {(device, worker) for device, worker, _ in seen} == {("3", "0"), ("7", "1")}
    assert seen[0][:2] != seen[1][:2]
