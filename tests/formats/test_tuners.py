"""SMAC, HpBandSter and scikit-learn searches: many configs in one log."""

import json
import math

import pandas as pd
import pytest
from tracker_files import SAMPLES, curve, match, points, read_log

from logminer.formats import Match
from logminer.formats.trackers.budgets import BudgetSteps

HALVING = SAMPLES / "hpbandster" / "bohb"
SMAC = SAMPLES / "smac" / "version_2" / "clouds_budgets" / "0" / "runhistory.json"


def test_whole_budgets_are_steps():
    """Budgets of 1, 3 and 9 epochs are those steps; no budget is step 0."""
    steps = BudgetSteps([1.0, 9, None, 3.0])
    assert [steps[b] for b in (1, 3.0, 9, None, math.nan)] == [1, 3, 9, 0, 0]


def test_fractions_of_a_budget_are_ranked():
    """Budgets of which one is a fraction keep their order."""
    steps = BudgetSteps([1 / 3, 1.0, 1 / 9, 1 / 3])
    assert [steps[b] for b in (1 / 9, 1 / 3, 1.0)] == [1, 2, 3]


def test_smac_evaluations_of_a_config_form_a_curve():
    """Every evaluation in the history is a point of its config's run at its budget."""
    history, log = json.loads(SMAC.read_text()), read_log("smac", SMAC)
    place = {run.key.partition("/")[0]: i for i, run in enumerate(log.runs)}
    good = [e for e in history["data"] if e["status"] == 1]
    for entry in good:
        assert (
            curve(log, "cost", place[str(entry["config_id"])])[int(entry["budget"])]
            == entry["cost"]
        )
    assert sum(name == "cost" for i in place.values() for name, _, _ in points(log, i)) == len(good)
    assert all(log.runs[i].params == history["configs"][key] for key, i in place.items())


def smac(tmp_path, data, configs=None, **scenario):
    (tmp_path / "runhistory.json").write_text(
        json.dumps({"data": data, "configs": configs or {"1": {"x": 2}}})
    )
    if scenario:
        (tmp_path / "scenario.json").write_text(json.dumps(scenario))
    return read_log("smac", tmp_path / "runhistory.json")


def test_smac_2_0_arrays_with_two_objectives(tmp_path):
    """Flat arrays and several costs are read; the names come from the scenario."""
    data = [[1, None, 7, 25.0, [0.5, 12.0], 3.0, 1, 1.7e9, 1.7e9 + 3, {}]]
    log = smac(tmp_path, data, objectives=["error", "size"], name="both")
    assert points(log) == [("error", 25, "0.5"), ("size", 25, "12.0"), ("time", 25, "3.0")]
    assert (log.runs[0].parent, log.runs[0].ended) == ("both", 1.7e9 + 3)


def test_smac_failures_leave_no_cost(tmp_path):
    """The cost that stands for a crash is no measurement; running ones are running."""
    data = [
        [1, None, i, None, 2147483647.0, 1.0, status, 1.7e9, 1.7e9, {}]
        for i, status in enumerate((2, 3, 4, 0))
    ]
    log = smac(tmp_path, data)
    assert [run.status for run in log.runs] == ["failed", "failed", "failed", "running"]
    assert [run.reason for run in log.runs] == ["crashed", "timeout", "memoryout", None]
    assert "cost" not in log.points.names


def test_smac_entries_that_make_no_sense_are_said(tmp_path):
    """Short or strange entries, and ones without a config, cost themselves alone."""
    data = [[1], "x", {"config_id": 5}, [], [1, None, 0, 0, "nan", None, 1, None, None, None]]
    log = smac(tmp_path, data)
    assert len(log.problems) == 4
    assert len(log.runs) == 1


def test_hpbandster_points_are_the_losses():
    """Each result with a loss is a point at its budget; one without failed its config."""
    log = read_log("hpbandster", HALVING / "results.json")
    place = {run.key: i for i, run in enumerate(log.runs)}
    results = [json.loads(line) for line in (HALVING / "results.json").read_text().splitlines()]
    for number, budget, _, result, _ in results:
        key = "-".join(map(str, number))
        if result is None:
            assert log.runs[place[key]].status == "failed"
        else:
            assert curve(log, "loss", place[key])[budget] == result["loss"]
    configs = [json.loads(line) for line in (HALVING / "configs.json").read_text().splitlines()]
    assert {"-".join(map(str, c[0])): c[1] for c in configs} == {
        run.key: run.params for run in log.runs
    }


def test_hpbandster_while_it_runs(tmp_path):
    """A result in the making waits; a config without a result has no status; a stray result is said."""
    (tmp_path / "configs.json").write_text(
        '[[0, 0, 0], {"x": 1}, {}]\n[[0, 0, 1], {"x": 2}, {}]\n[[0, 0, 2], {'
    )
    good = '[[0, 0, 0], 1.0, {}, {"loss": 0.5, "info": 3}, null]\n'
    (tmp_path / "results.json").write_text(good + "[[9, 9, 9], 1.0, {}, null, null]\n" + good[:20])
    log = read_log("hpbandster", tmp_path / "results.json")
    assert [(run.key, run.status) for run in log.runs] == [
        ("0-0-0", "finished"),
        ("0-0-1", "unknown"),
    ]
    assert points(log) == [("info", 1, "3.0"), ("loss", 1, "0.5")]
    assert len(log.problems) == 1


@pytest.mark.parametrize("name", ["grid", "halving"])
def test_sklearn_scores_are_the_tables(name):
    """Every score in the table is a point of its row's run, at the resources of the row."""
    path = SAMPLES / "sklearn_cv" / name / "cv_results.csv"
    frame, log = pd.read_csv(path), read_log("sklearn_cv", path)
    assert len(log.runs) == len(frame)
    for row in range(len(frame)):
        step = frame["n_resources"][row] if "n_resources" in frame else 0
        found = {name: value for name, at, value in points(log, row) if at == step}
        for column in frame.columns[frame.columns.str.contains("test_")]:
            if pd.notna(frame[column][row]) and not column.startswith("rank_"):
                assert float(found[column]) == frame[column][row]


def test_sklearn_params_keep_none_and_unset_apart():
    """A parameter set to None is in the config; one of the grid's other part is not."""
    log = read_log("sklearn_cv", SAMPLES / "sklearn_cv" / "grid" / "cv_results.csv")
    assert "gamma" not in log.runs[0].params
    assert log.runs[2].params == {"C": 1.0, "class_weight": None, "gamma": "scale", "kernel": "rbf"}
    assert log.runs[3].status == "failed"


def test_sklearn_json_layouts_agree(tmp_path):
    """Lists a column, pandas' columns of rows and records hold the same search."""
    path = SAMPLES / "sklearn_cv" / "random" / "cv_results.json"
    columns = json.loads(path.read_text())
    frame = pd.DataFrame(columns)
    layouts = {
        "columns": frame.to_json(double_precision=15),
        "records": frame.to_json(orient="records", double_precision=15),
        "lists": path.read_text(),
    }
    found = []
    for name, text in layouts.items():
        (tmp_path / f"{name}.json").write_text(text)
        log = read_log("sklearn_cv", tmp_path / f"{name}.json")
        scores = [curve(log, "mean_test_score", i)[0] for i in range(len(log.runs))]
        assert scores == pytest.approx(columns["mean_test_score"])
        found.append([dict(run.params) for run in log.runs])
    assert found[2] == columns["params"]
    for written in found[:2]:
        assert [p["fit_intercept"] for p in written] == [
            p["fit_intercept"] for p in columns["params"]
        ]
        assert [p["C"] for p in written] == pytest.approx([p["C"] for p in columns["params"]])


def test_sklearn_cell_is_never_evaluated(tmp_path):
    """A params cell that is code is not run: the columns are used instead."""
    canary = tmp_path / "canary"
    cell = f"{{'C': __import__('pathlib').Path('{canary}').touch()}}"
    path = tmp_path / "cv.csv"
    path.write_text(f'mean_fit_time,param_C,params,mean_test_score\n0.1,3,"{cell}",0.5\n')
    assert read_log("sklearn_cv", path).runs[0].params == {"C": 3}
    assert not canary.exists()


def test_other_tables_are_not_scikit_learns(tmp_path):
    """A table with a time of fitting alone is not a search."""
    (tmp_path / "a.csv").write_text("mean_fit_time,loss\n1,2\n")
    assert match("sklearn_cv", tmp_path / "a.csv") is Match.NO


@pytest.mark.parametrize(
    ("delimiter", "comma"), [(",", False), (";", False), (";", True), ("\t", False)]
)
def test_cv_results_with_any_separator(tmp_path, delimiter, comma):
    """Semicolons with points or decimal commas, and tabs, give what commas give."""
    frame = pd.DataFrame(
        {
            "mean_fit_time": [1.25, 2.5],
            "param_C": [0.5, 1e-05],
            "params": ["{'C': 0.5, 'k': 'rbf'}", "{'C': 1e-05, 'k': 'rbf'}"],
            "mean_test_score": [0.75, 0.5],
        }
    )
    path = tmp_path / "cv_results.csv"
    frame.to_csv(path, sep=delimiter, decimal="," if comma else ".")
    log = read_log("sklearn_cv", path)
    assert [dict(run.params) for run in log.runs] == [
        {"C": 0.5, "k": "rbf"},
        {"C": 1e-05, "k": "rbf"},
    ]
    assert curve(log, "mean_test_score", 1) == {0: 0.5}
    assert not log.problems


@pytest.mark.parametrize(
    ("epoch", "steps", "target"),
    [
        ("Epoch", "TotalEnvInteracts", "AverageEpRet"),
        ("epoch", "total-env-interacts", "average-episode-return"),
        ("EPOCH", "total_env_interacts", "AverageTestEpRet"),
    ],
)
def test_spinning_up_and_its_descendants(tmp_path, epoch, steps, target):
    """Columns are known however they are spelt; all epochs of the config are an end."""
    rows = f"{epoch}\t{target}\tMaxEpRet\t{steps}\n1\t-5.0\t9\t4000\n2\t-4.0\t9\t8000\n"
    (tmp_path / "progress.txt").write_text(rows)
    (tmp_path / "config.json").write_text('{"exp_name": "vpg", "epochs": 2, "seed": 0}')
    log = read_log("spinningup", tmp_path / "progress.txt")
    assert curve(log, target) == {4000: -5.0, 8000: -4.0}
    assert log.runs[0].meta == {"target_metric": target}
    assert log.runs[0].status == "finished"
