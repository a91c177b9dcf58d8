"""Ultralytics: the tuner's trials, the data set, what is optimised, and whether a run has ended."""

import pytest
from log_files import write
from tracker_files import curve, match, read_log

from logminer.formats import Match

HEADER = "                  epoch,      train/box_loss,   metrics/mAP50(B),   metrics/mAP50-95(B)\n"


def results(folder, rows, args="epochs: 4\npatience: 100\n", header=HEADER):
    write(folder, "args.yaml", f"task: detect\nmode: train\nimgsz: 64\n{args}")
    body = "".join(f"{i}, {1 / (i + 1)}, {m}, {m}\n" for i, m in enumerate(rows))
    return read_log("ultralytics", write(folder, "results.csv", header + body)).runs[0]


def test_tuned_values_are_hyperparameters_whatever_they_are_called(tmp_path):
    """Gains of losses stand behind the fitness in the tuner's table and were chosen."""
    text = "fitness,lr0,box,cls,dfl\n0.5,0.01,7.5,0.5,1.5\n0.6,0.02,7.0,,1.4\n,0.1,1,1,1\n"
    log = read_log("ultralytics", write(tmp_path, "tune/tune_results.csv", text))
    assert [dict(run.params) for run in log.runs] == [
        {"lr0": 0.01, "box": 7.5, "cls": 0.5, "dfl": 1.5},
        {"lr0": 0.02, "box": 7, "dfl": 1.4},
        {"lr0": 0.1, "box": 1, "cls": 1, "dfl": 1},
    ]
    assert [run.status for run in log.runs] == ["finished", "finished", "failed"]
    assert (curve(log, "fitness", 0), curve(log, "fitness", 1)) == ({0: 0.5}, {0: 0.6})
    assert log.runs[0].meta == {"target_metric": "fitness", "direction": "maximize"}


def test_tuners_lines_of_json(tmp_path):
    """Later versions write a line a trial."""
    text = (
        '{"iteration": 1, "fitness": 0.5, "hyperparameters": {"lr0": 0.01, "box": 7.5}, "datasets": {}}\n'
        '{"iteration": 2, "fitness": 0.7, "hyperparameters": {"lr0": 0.02, "box": 7.0}, "datasets": {}}\n'
    )
    log = read_log("ultralytics", write(tmp_path, "tune_results.ndjson", text))
    assert [run.params["box"] for run in log.runs] == [7.5, 7.0]
    path = write(tmp_path, "best_hyperparameters.yaml", "lr0: 0.02\nbox: 7.0\n")
    assert match("ultralytics", path) is Match.PARTS


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("helmet.yaml", "helmet"),
        ("/home/ada/sets/pothole/data.yaml", "pothole"),
        ("C:\\sets\\pothole\\dataset.yaml", "pothole"),
        ("coco/", "coco"),
        ("data.yaml", "data"),
    ],
)
def test_data_is_the_data_set_and_no_hyperparameter(tmp_path, data, name):
    """The file that lists the data names it, its folder where the file's own name says nothing."""
    text = f"task: detect\nmode: train\nimgsz: 640\ndata: '{data}'\nlr0: 0.01\n"
    (run,) = read_log("ultralytics", write(tmp_path, "args.yaml", text)).runs
    assert (run.meta, run.params["lr0"]) == ({"dataset": name}, 0.01)
    assert "data" not in run.params


@pytest.mark.parametrize(
    ("maps", "args", "status", "reason"),
    [
        ([0.1, 0.2, 0.3, 0.4], "epochs: 4\n", "finished", None),
        ([0.1, 0.2], "epochs: 4\npatience: 100\n", "unknown", None),
        ([0.1, 0.5, 0.3, 0.4], "epochs: 90\npatience: 2\n", "finished", "stopped early"),
        ([0.1, 0.5, 0.3, 0.6], "epochs: 90\npatience: 2\n", "unknown", None),
        ([0.1, 0.2], "epochs: null\n", "unknown", None),
    ],
)
def test_a_run_has_ended_by_plan_or_patience(tmp_path, maps, args, status, reason):
    """As many rows as epochs, or so many since the best one, are an end; fewer rows tell nothing."""
    run = results(tmp_path, maps, args)
    assert (run.status, run.reason) == (status, reason)


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ("metrics/mAP50(B),metrics/mAP50-95(B)", "metrics/mAP50-95(B)"),
        ("metrics/mAP50-95(B),metrics/mAP50-95(M)", "metrics/mAP50-95(M)"),
        ("metrics/mAP_0.5,metrics/mAP_0.5:0.95", "metrics/mAP_0.5:0.95"),
        ("metrics/accuracy_top1,metrics/accuracy_top5", "metrics/accuracy_top1"),
        ("metrics/precision(B),metrics/recall(B)", None),
    ],
)
def test_target_is_what_the_fitness_is_made_of(tmp_path, columns, target):
    """Boxes, masks, YOLOv5's spelling and classification each have their measure."""
    run = results(tmp_path, [0.1], header=f"epoch,train/box_loss,{columns}\n")
    assert run.meta.get("target_metric") == target


def test_options_of_yolov5_and_yolov7(tmp_path):
    """``img_size`` or ``imgsz``: both write opt.yaml."""
    for size in ("imgsz", "img_size"):
        text = f"weights: a.pt\ncfg: b\ndata: data/coco.yaml\nhyp: c.yaml\nepochs: 3\n{size}: 640\n"
        (run,) = read_log("ultralytics", write(tmp_path / size, "opt.yaml", text)).runs
        assert (run.meta, run.params["epochs"]) == ({"dataset": "coco"}, 3)


def test_boxes_and_masks_keep_columns_of_their_own(tmp_path):
    """``(B)`` and ``(M)`` behind a measure name its kind, no unit: both curves are kept apart."""
    names = "epoch,metrics/mAP50-95(B),metrics/mAP50-95(M)"
    write(tmp_path, "args.yaml", "task: segment\nmode: train\nimgsz: 64\nepochs: 2\n")
    path = write(tmp_path, "results.csv", f"{names}\n1,0.5,0.25\n2,0.75,0.5\n")
    log = read_log("ultralytics", path)
    assert curve(log, "metrics/mAP50-95(B)") == {1: 0.5, 2: 0.75}
    assert curve(log, "metrics/mAP50-95(M)") == {1: 0.25, 2: 0.5}
