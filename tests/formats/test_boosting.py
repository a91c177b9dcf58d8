"""XGBoost, LightGBM and CatBoost."""

import json

import pytest
from tracker_files import SAMPLES, curve, match, points, read_log

from logminer.formats import Match

CATBOOST = SAMPLES / "catboost" / "training" / "catboost_info"


@pytest.mark.parametrize("name", ["xgboost/booster", "xgboost/classifier", "lightgbm/classifier"])
def test_curves_are_the_lists(name):
    """Each list of the JSON is a curve over the rounds."""
    path = SAMPLES / name / "evals_result.json"
    log = read_log(name.partition("/")[0], path)
    for place, metrics in json.loads(path.read_text()).items():
        for metric, values in metrics.items():
            assert curve(log, f"{place}/{metric}") == dict(enumerate(values))


@pytest.mark.parametrize(
    ("results", "form"),
    [
        ({"training": {"auc": [1]}}, "lightgbm"),
        ({"valid_0": {"rmse": [1]}}, "lightgbm"),
        ({"mine": {"binary_logloss": [1]}}, "lightgbm"),
        ({"mine": {"auc": [0.5]}}, "xgboost"),
        ({"train": {"mlogloss": [1]}}, "xgboost"),
        ({"train": {"ndcg@5-": [1]}}, "xgboost"),
        ({"train": {"loss": [1]}}, None),
        ({"train": {"logloss": "low"}}, None),
        ({"logloss": [1]}, None),
    ],
)
def test_metrics_tell_the_libraries_apart(tmp_path, results, form):
    """Names of data sets and metrics decide; what is neither's is left to the generic formats."""
    path = tmp_path / "evals_result.json"
    path.write_text(json.dumps(results))
    claimed = [name for name in ("xgboost", "lightgbm") if match(name, path) is Match.EXACT]
    assert claimed == ([form] if form else [])


def test_lightgbm_model_gives_the_parameters():
    """What was asked for in the script is in the model's list; housekeeping is not."""
    run = read_log("lightgbm", SAMPLES / "lightgbm" / "classifier" / "model.txt").runs[0]
    assert (
        run.params.items() >= {"learning_rate": 0.2, "num_leaves": 4, "num_iterations": 6}.items()
    )
    assert not {"num_threads", "verbosity", "data"} & run.params.keys()


def test_catboost_tables_agree_with_the_whole(tmp_path):
    """The error tables, read where the JSON is missing, hold the same curves."""
    whole = read_log("catboost", CATBOOST / "catboost_training.json")
    found = []
    for name in ("learn_error.tsv", "test_error.tsv"):
        assert match("catboost", CATBOOST / name) is Match.PARTS
        (tmp_path / name).write_bytes((CATBOOST / name).read_bytes())
        found += points(read_log("catboost", tmp_path / name))
    assert sorted(found) == points(whole)


def catboost(tmp_path, iterations, **meta):
    sets = {"learn_sets": ["learn"], "learn_metrics": [{"name": "RMSE", "best_value": "Min"}]}
    path = tmp_path / "catboost_training.json"
    path.write_text(
        json.dumps({"meta": {**sets, "test_sets": [], **meta}, "iterations": iterations})
    )
    return read_log("catboost", path)


def test_catboost_logged_now_and_then(tmp_path):
    """With a metric period the steps are the iterations logged; the last one ends the training."""
    log = catboost(
        tmp_path, [{"iteration": i, "learn": [1 / (i + 1)]} for i in (0, 5, 9)], iteration_count=10
    )
    assert curve(log, "learn/RMSE") == {0: 1.0, 5: 1 / 6, 9: 0.1}
    assert log.runs[0].status == "finished"
    assert log.runs[0].meta["direction.learn/RMSE"] == "minimize"


def test_catboost_cut_short_or_odd(tmp_path):
    """Iterations that are missing, odd or not numbers are passed over; the end is then not known."""
    log = catboost(
        tmp_path, [{"iteration": 0, "learn": [None, 3]}, 7, {"learn": "x"}], iteration_count=10
    )
    assert not len(log.points)
    assert log.runs[0].status == "unknown"
