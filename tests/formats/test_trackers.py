"""Hydra, Sacred and DVCLive: folders of several small files that agree on one run."""

import json

import pytest
from tracker_files import SAMPLES, curve, match, points, read_log

from logminer.formats import Match


def write(folder, **files):
    """Files of a folder by name, dots written as double underscores; mappings become JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def hydra_config(tmp_path, text):
    return read_log(
        "hydra", write(tmp_path / "job" / ".hydra", config__yaml=text) / "config.yaml"
    ).runs[0]


def test_hydra_references_are_followed(tmp_path):
    """A reference alone keeps its value's type, several in a text are filled in, unknown ones stay."""
    run = hydra_config(
        tmp_path,
        "a: {lr: 1e-3}\nb: ${a.lr}\nc: ${b}\nd: x-${a.lr}-${c}\ne: ${oc.env:HOME}\nf: ${.g}\n",
    )
    assert run.params == {
        "a.lr": 0.001, "b": 0.001, "c": 0.001, "d": "x-0.001-0.001", "e": "${oc.env:HOME}", "f": "${.g}"
    }  # fmt: skip
    assert run.root == str(tmp_path / "job")


def test_hydra_references_in_a_circle_end(tmp_path):
    """References to each other, or that grow when followed, neither hang nor blow up."""
    run = hydra_config(tmp_path, "a: ${b}\nb: ${a}\nc: ${c}${c}${c}${c}${c}${c}${c}${c}\n")
    assert all(len(value) <= 4_096 for value in run.params.values())


def test_hydra_config_names_what_its_callbacks_monitor(tmp_path):
    """The checkpoint's monitor is the target; a sweep of trainings is no tuner's study, so no direction is told."""
    run = hydra_config(tmp_path, "callbacks: {checkpoint: {monitor: val/acc, mode: max}}\n")
    assert run.meta == {"target_metric": "val/acc"}


def test_hydra_single_run_has_no_parent(tmp_path):
    """Only a job of a multirun belongs to a sweep."""
    text = "hydra:\n  mode: RUN\n  job: {name: train}\n  overrides: {task: [lr=0.1]}\n"
    run = read_log("hydra", write(tmp_path / ".hydra", hydra__yaml=text) / "hydra.yaml").runs[0]
    assert (run.parent, run.command) == (None, "train lr=0.1")


def test_hydra_claims_only_its_folder(tmp_path):
    """A config.yaml elsewhere is anyone's."""
    assert match("hydra", write(tmp_path, config__yaml="lr: 0.1") / "config.yaml") is Match.NO


@pytest.fixture
def sacred(tmp_path):
    """A run folder of Sacred."""
    run = {"status": "COMPLETED", "heartbeat": "2024-01-01T00:00:00", "result": None}
    return write(
        tmp_path / "3",
        config__json={},
        run__json=run,
        metrics__json={},
        info__json={},
        cout__txt="",
    )


def test_sacred_unwraps_pickled_values_without_building_them(sacred):
    """Tuples, sets and objects that jsonpickle wrapped are read as the data in them."""
    config = {
        "layers": {"py/tuple": [64, {"py/tuple": [1]}]},
        "model": {"py/object": "os.system", "cmd": "true"},
        "fn": {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": ["true"]}]},
    }
    run = read_log("sacred", write(sacred, config__json=config) / "config.json").runs[0]
    assert run.params == {"layers": "[64, [1]]", "model.cmd": "true", "fn": "{}"}


def test_sacred_metrics_of_numpy_are_numbers(sacred):
    """Values written as numpy scalars count; lists of unequal length end with the shortest; others are said."""
    metrics = {
        "loss": {
            "steps": [0, 10.0, 20],
            "timestamps": ["2024-01-01T00:00:00", "2024-01-01T00:00:01.5"],
            "values": [
                {"dtype": "float64", "py/object": "numpy.float64", "value": 0.5},
                float("nan"),
                3,
            ],
        },
        "bad": {"steps": 3},
        "worse": None,
    }
    log = read_log("sacred", write(sacred, metrics__json=metrics) / "metrics.json")
    assert points(log) == [("loss", 0, "0.5"), ("loss", 10, "nan")]
    assert log.points.wall.tolist() == [1_704_067_200.0, 1_704_067_201.5]
    assert len(log.problems) == 2


@pytest.mark.parametrize(
    ("written", "status", "reason"),
    [("RUNNING", "running", None), ("INTERRUPTED", "preempted", "interrupted"), ("QUEUED", "unknown", None),
     ("TIMED_OUT", "preempted", "timed out")],
)  # fmt: skip
def test_sacred_status(sacred, written, status, reason):
    """Sacred's words for how a run stands are understood."""
    facts = read_log(
        "sacred", write(sacred, run__json={"status": written, "heartbeat": 0}) / "run.json"
    ).runs[0]
    assert (facts.status, facts.reason) == (status, reason)


def test_sacred_notes_commit_and_command(sacred):
    """The first repository gives the commit, main file and command the command line."""
    experiment = {
        "name": "mnist",
        "mainfile": "train.py",
        "repositories": [{"commit": "abc", "dirty": True}],
    }
    run = {"status": "RUNNING", "heartbeat": 0, "experiment": experiment, "command": "main"}
    facts = read_log("sacred", write(sacred, run__json=run) / "run.json").runs[0]
    assert (facts.commit, facts.command, facts.parent) == ("abc", "train.py main", "mnist")


def test_sacred_needs_its_other_files(tmp_path):
    """A config.json without Sacred's other files belongs to anyone."""
    folder = write(tmp_path, config__json={"lr": 1}, metrics__json={})
    assert match("sacred", folder / "config.json") is Match.NO


def test_dvclive_last_values_agree_with_the_curves():
    """metrics.json repeats the last point of every curve at the same step, and holds what has no curve."""
    live = SAMPLES / "dvclive" / "training" / "dvclive"
    last = {
        (name, step): value
        for name, step, value in points(read_log("dvclive", live / "metrics.json"))
    }
    for path in live.rglob("*.tsv"):
        log = read_log("dvclive", path)
        name, step, value = points(log)[-1]
        assert last.pop((name, step)) == value
        assert log.runs[0].root == str(live)
    assert [name for name, _ in last] == ["test_loss"]


def test_dvclive_line_in_the_making_waits(tmp_path):
    """The last line of a curve that is being written is left for the next read."""
    curves = tmp_path / "plots" / "metrics"
    path = write(curves, loss__tsv="step\tloss\n0\t0.5\n1\t0.2") / "loss.tsv"
    assert curve(read_log("dvclive", path), "loss") == {0: 0.5}


def test_dvclive_of_version_1_is_read(tmp_path):
    """The folder ``scalars`` of earlier versions is known."""
    path = (
        write(
            tmp_path / "dvclive" / "scalars",
            loss__tsv="timestamp\tstep\tloss\n1650000000000\t0\t0.5\n",
        )
        / "loss.tsv"
    )
    log = read_log("dvclive", path)
    assert log.runs[0].root == str(tmp_path / "dvclive")
    assert log.points.wall.tolist() == [1_650_000_000.0]


def test_dvclive_claims_no_other_metrics(tmp_path):
    """A DVC project's own metrics.json, or a TSV elsewhere, is not claimed."""
    write(tmp_path, metrics__json={"auc": 0.9}, x__tsv="step\tloss\n0\t1\n")
    assert match("dvclive", tmp_path / "metrics.json") is Match.NO
    assert match("dvclive", tmp_path / "x.tsv") is Match.NO


def test_sacred_info_keeps_the_steps_beside_each_metric(sacred):
    """``<metric>_T`` is the steps of a metric and no metric; without the metric it is one, and lists may be short."""
    value = {"py/object": "numpy.float64", "dtype": "float64", "value": 2.5}
    info = {
        "return": [1.0, value, "lost"],
        "return_T": [100, 200, 300],
        "short": [1, 2, 3],
        "short_T": [5, 10],
        "plain": [7],
        "alone_T": [4],
    }
    log = read_log("sacred", write(sacred, info__json=info) / "info.json")
    assert points(log) == [
        ("alone_T", 0, "4.0"),
        ("plain", 0, "7.0"),
        ("return", 100, "1.0"),
        ("return", 200, "2.5"),
        ("short", 5, "1.0"),
        ("short", 10, "2.0"),
    ]


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (
            {"evaluations": [{"acc": 0.5, "n": "x"}, {"acc": 0.75}]},
            [("evaluations.acc", 0, "0.5"), ("evaluations.acc", 1, "0.75")],
        ),
        (
            {"test": [{"f1": 0.5}, None, {"f1": 0.25}], "test_T": [10, 20, 30]},
            [("test.f1", 10, "0.5"), ("test.f1", 30, "0.25")],
        ),
        ({"evaluations": [], "folds": [{"top": {"1": 0.5}}]}, [("folds.top.1", 0, "0.5")]),
    ],
)
def test_sacred_evaluations_in_info_are_curves(sacred, info, expected):
    """A list of mappings is one evaluation after another, at the steps beside it where they are kept."""
    log = read_log("sacred", write(sacred, info__json=info) / "info.json")
    assert points(log) == expected


def test_sacred_run_whose_heart_stopped_has_died(sacred):
    """A killed run is called running for ever; its heartbeat tells."""
    run = {"status": "RUNNING", "heartbeat": "2024-01-01T00:00:00.123456"}
    facts = read_log("sacred", write(sacred, run__json=run) / "run.json").runs[0]
    assert (facts.status, facts.reason) == ("failed", "died: its heartbeat stopped")


def test_sacred_output_is_read_where_nothing_was_logged(sacred):
    """What a run printed repeats its metrics, or is all there is."""
    write(sacred, cout__txt="epoch 1 loss=0.5\nepoch 2 loss=0.4\n")
    assert match("sacred", sacred / "cout.txt") is Match.NO
    write(sacred, info__json={"loss": [0.5, 0.4]})
    assert match("sacred", sacred / "cout.txt") is Match.PARTS


def test_sacred_top_level_wrapper_is_an_error_of_the_file(sacred):
    """A file that is no mapping of names is refused in one line."""
    with pytest.raises(ValueError, match="no object"):
        read_log("sacred", write(sacred, config__json={"py/tuple": [1]}) / "config.json")
