"""Files of NePS and Ax, in the forms that their samples do not have: rungs, several objectives, other versions, damage."""

import json

import pytest
from log_files import write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, ax, neps

METADATA = {"id": "3_1", "state": "success", "sampling_worker_id": "w", "previous_trial_id": "3_0", "time_started": 1.7e9, "time_end": 1.7e9 + 5}  # fmt: skip


def trial(folder, metadata=METADATA, report=None, config="lr: 1e-3\nepochs: 9\n"):
    """A trial's folder; its files read, by name."""
    place = folder / "search/configs/config_3_1"
    place.mkdir(parents=True)
    write(place, "metadata.json", json.dumps(metadata).encode())
    write(place, "config.yaml", config.encode())
    if report is not None:
        write(place, "report.yaml", report.encode())
    return {path.name: read(neps, path) for path in sorted(place.iterdir())}


def read(module, path):
    probe = Probe.of(path)
    assert module.sniff(probe) is Match.EXACT
    return module.read(probe, Resume())


# --- NePS ----------------------------------------------------------------------------------------


def test_neps_rung_with_two_objectives(tmp_path):
    """A config that goes on at the next rung names the one before; objectives are numbered in their order."""
    report = "objective_to_minimize: [0.25, 12.0]\ncost: 3\nlearning_curve: null\nextra: {acc: {val: 0.75}}\nerr: null\n"
    files = trial(tmp_path, report=report)
    run, log = files["report.yaml"].runs[0], files["report.yaml"]
    assert dict(zip(log.points.names, log.points.value.tolist(), strict=True)) == {
        "objective_to_minimize_0": 0.25, "objective_to_minimize_1": 12.0,
    }  # fmt: skip
    assert run.cells == {"cost": 3, "acc.val": 0.75}
    assert files["config.yaml"].runs[0].params == {"lr": 0.001, "epochs": 9}
    assert files["metadata.json"].runs[0].meta == {"neps_id": "3_1", "previous": "3_0"}
    assert len({one.runs[0].root for one in files.values()}) == 1


def test_neps_before_the_report(tmp_path):
    """A trial that is evaluated has no report yet; one that is damaged is refused."""
    files = trial(tmp_path, {**METADATA, "state": "evaluating", "time_end": None})
    run = files["metadata.json"].runs[0]
    assert (run.status, run.ended) == ("running", None)
    broken = write(tmp_path / "search/configs/config_3_1", "report.yaml", b"- 1\n- 2\n")
    with pytest.raises(ValueError, match="mapping"):
        read(neps, broken)


def test_neps_crash_and_a_value_that_is_none(tmp_path):
    """The reason is kept, and what is no number is no measurement."""
    report = "objective_to_minimize: null\ncost: null\nlearning_curve: [0.5, .nan, x]\nextra: null\nerr: out of memory\n"
    files = trial(tmp_path, {**METADATA, "state": "crashed"}, report)
    assert files["metadata.json"].runs[0].status == "failed"
    assert files["report.yaml"].runs[0].reason == "out of memory"
    assert files["report.yaml"].points.step.tolist() == [0, 1]


def test_configs_of_others_are_not_neps(tmp_path):
    """Files of these names elsewhere, or without NePS' metadata, are left to other formats."""
    place = tmp_path / "configs/config_1"
    place.mkdir(parents=True)
    write(place, "metadata.json", b'{"author": "ada"}')
    path = write(place, "config.yaml", b"lr: 0.1\n")
    assert neps.sniff(Probe.of(path)) is Match.NO
    assert neps.sniff(Probe.of(write(tmp_path, "full.csv", b"a,b\n1,2\n"))) is Match.NO


# --- Ax ------------------------------------------------------------------------------------------


def arm(name, **parameters):
    return {"__type": "Arm", "parameters": parameters, "name": name}


def experiment(*trials, objective=None, parameters=(), data=None):
    return {
        "__type": "Experiment", "name": "exp", "search_space": {"parameters": list(parameters)},
        "optimization_config": {"objective": objective}, "trials": dict(enumerate(trials)), "data_by_trial": data or {},
    }  # fmt: skip


def one_trial(number, state, *arms):
    return {"index": number, "status": {"__type": "TrialStatus", "name": state}, "generator_run": {"arms": list(arms)}}  # fmt: skip


def frame(**columns):
    cells = {name: {str(i): c for i, c in enumerate(cells)} for name, cells in columns.items()}
    return {"df": {"__type": "DataFrame", "value": json.dumps(cells)}, "__type": "Data"}


def read_ax(folder, loaded):
    return read(ax, write(folder, "experiment.json", json.dumps(loaded).encode()))


def test_ax_of_earlier_versions(tmp_path):
    """Until 1.2 the objective names its metric and whether it is minimised; the latest data count."""
    objective = {
        "__type": "Objective",
        "metric": {"__type": "Metric", "name": "rmse"},
        "minimize": True,
    }
    old, new = (frame(arm_name=["0_0"], metric_name=["rmse"], mean=[v]) for v in (2.0, 1.0))
    data = {"0": {"__type": "OrderedDict", "value": [[1, old], [2, new]]}}
    lr = {"__type": "RangeParameter", "name": "lr", "parameter_type": {"name": "FLOAT"}, "lower": 1e-4, "upper": 1.0, "log_scale": True}  # fmt: skip
    fixed = {"__type": "FixedParameter", "name": "seed", "value": 3}
    inner = experiment(
        one_trial(0, "COMPLETED", arm("0_0", lr=0.1, seed=3)),
        objective=objective, parameters=[lr, fixed, None, {"__type": "New"}], data=data,
    )  # fmt: skip
    log = read_ax(tmp_path, {"_type": "AxClient", "experiment": inner})
    assert log.runs[0].meta["target_metric"] == "rmse"
    assert log.runs[0].meta["direction"] == "minimize"
    assert log.runs[0].space == {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "seed": {"type": "categorical", "choices": [3]},
    }
    assert log.points.value.tolist() == [1.0]


def test_ax_batches_and_states(tmp_path):
    """Each arm of a batch is a run, one that two generators made only once; what waits never ran."""
    batch = {
        "index": 0, "status": {"name": "ABANDONED"}, "status_reason": "the cluster went down",
        "generator_run_structs": [
            {"generator_run": {"arms": [arm("0_0", x=1), arm("0_1", x=2)]}, "weight": 1.0},
            {"generator_run": {"arms": [arm("0_1", x=2)]}, "weight": 1.0},
        ],
    }  # fmt: skip
    waits, stopped = (
        one_trial(1, "CANDIDATE", arm("1_0", x=3)),
        one_trial(2, "EARLY_STOPPED", arm("2_0", x=4)),
    )
    log = read_ax(tmp_path, experiment(batch, waits, stopped))
    assert [(run.key, run.status) for run in log.runs] == [
        ("0_0", "preempted"), ("0_1", "preempted"), ("2_0", "pruned"),
    ]  # fmt: skip
    assert log.runs[0].reason == "the cluster went down"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-val_loss", {"target_metric": "val_loss", "direction": "minimize"}),
        ("acc, - cost", {"direction.acc": "maximize", "direction.cost": "minimize"}),
        ("2*acc + cost", {}),
    ],
)
def test_ax_expressions(tmp_path, expression, expected):
    """Of a sum of metrics nothing is known of each; names may hold a slash."""
    log = read_ax(
        tmp_path,
        experiment(one_trial(0, "RUNNING", arm("0_0", x=1)), objective={"expression": expression}),
    )
    meta = log.runs[0].meta
    assert {n: meta[n] for n in expected} == expected
    assert len([n for n in meta if n.startswith("direction")]) == len(expected) - (
        "target_metric" in expected and "direction" in expected
    )


def test_ax_damage(tmp_path):
    """Damaged data of a trial are said and the others kept; a file without trials is refused."""
    good = [[1, frame(arm_name=["1_0", "9_9"], metric_name=["a", "a"], mean=[0.5, 1.0])]]
    bad = [[1, {"df": {"value": '{"arm_name": {"0"'}}]]
    log = read_ax(
        tmp_path,
        experiment(
            one_trial(0, "COMPLETED"), one_trial(1, "COMPLETED", arm("1_0", x=1)),
            data={"0": {"value": bad}, "1": {"value": good}, "2": 7},
        ),
    )  # fmt: skip
    assert log.points.value.tolist() == [0.5]
    assert [problem.where for problem in log.problems] == ["trial 0", "data of trial 0"]
    with pytest.raises(ValueError, match="without trials"):
        read_ax(tmp_path, {"__type": "Experiment", "trials": None})
