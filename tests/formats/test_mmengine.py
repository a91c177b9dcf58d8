"""MMEngine and mmcv: epochs and iterations brought together."""

import json

from log_files import curve, read, write

from logminer.formats import mmengine


def test_mmengine_validation_steps_are_iterations(tmp_path):
    """A validation row, whose step is the epoch, is put at the iteration of the training row before it."""
    rows = [
        {"lr": 0.1, "loss": 2, "iter": 50, "step": 50, "epoch": 1},
        {"mAP": 0.5, "step": 1, "time": 1.0},
    ]
    path = write(
        tmp_path,
        "20240101_000000/vis_data/scalars.json",
        "\n".join(map(json.dumps, rows)) + "\nbroken\n",
    )
    log = read(path, mmengine)
    assert curve(log, "mAP") == [(50, 0.5)]
    assert curve(log, "val/time") == [(50, 1.0)]
    assert log.runs[0].root == str(tmp_path / "20240101_000000")
    assert [p.where for p in log.problems] == ["line 3"]


def test_mmcv_iterations_go_on_over_epochs(tmp_path):
    """Iterations begin anew in every epoch of mmcv's log, and are added up."""
    rows = [{"env_info": "x", "config": "lr = 0.1\n", "seed": 1}]
    rows += [
        {"mode": "train", "epoch": e, "iter": i, "loss": 1.0} for e in (1, 2) for i in (50, 100)
    ]
    rows += [{"mode": "val", "epoch": 2, "iter": 7, "acc": 0.5}]
    log = read(write(tmp_path, "a.log.json", "\n".join(map(json.dumps, rows))), mmengine)
    assert [step for step, _ in curve(log, "loss")] == [50, 100, 150, 200]
    assert curve(log, "acc") == [(200, 0.5)]
    assert log.runs[0].params == {"lr": 0.1, "seed": 1}
