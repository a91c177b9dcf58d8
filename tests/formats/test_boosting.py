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


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("xgboost", "[0]\ttrain-rmse:0.5\teval-set-rmse:nan\n[1]\ttrain-rmse:0.25\teval-set-rmse:inf\n",
         [("eval-set/rmse", 0, "nan"), ("eval-set/rmse", 1, "inf"), ("train/rmse", 0, "0.5"), ("train/rmse", 1, "0.25")]),
        ("xgboost", "[0]\ttest-poisson-nloglik:0.5+0.1\n[11:22:33] [1]\ttest-poisson-nloglik:1e-3+0\n",
         [("test/poisson-nloglik", 0, "0.5"), ("test/poisson-nloglik", 1, "0.001")]),
        ("xgboost", "[0]\ta-mine:1\n[1]\ta-mine:2\n", [("a/mine", 0, "1.0"), ("a/mine", 1, "2.0")]),
        ("lightgbm", "[1]\tcv_agg's valid l2: 0.5 + 0.01\n[2]\tcv_agg's valid l2: 0.25 + 0.01\n",
         [("cv_agg/valid l2", 0, "0.5"), ("cv_agg/valid l2", 1, "0.25")]),
        ("lightgbm", "[LightGBM] [Info] Iteration:1, training l2 : 0.5\n[LightGBM] [Info] Iteration:2, training l2 : 0.25\n",
         [("training/l2", 0, "0.5"), ("training/l2", 1, "0.25")]),
        ("catboost", "0:\tlearn: 1\ttest: 2\ttest1: 3\tbest: 2 (0)\ttotal: 1ms\n1:\tlearn: x\ttest: 1\ttotal: 2ms\n",
         [("learn", 0, "1.0"), ("test", 0, "2.0"), ("test", 1, "1.0"), ("test1", 0, "3.0")]),
    ],
)  # fmt: skip
def test_printed_rounds_are_read(tmp_path, form, text, expected):
    """What the libraries print is read among other lines; a line in the making waits."""
    path = tmp_path / "out.log"
    path.write_text(f"Loading data\n{text}done\n{text.splitlines()[-1][:-2]}")
    assert points(read_log(form, path)) == expected
    assert [name for name in ("xgboost", "lightgbm", "catboost") if match(name, path)] == [form]


def test_rounds_after_a_long_prelude_are_found(tmp_path):
    """A log that begins with pages of other lines is recognised by its end."""
    path = tmp_path / "out.log"
    path.write_text("loading …\n" * 3_000 + "".join(f"[{i}]\ttrain-rmse:{i}.5\n" for i in range(9)))
    assert curve(read_log("xgboost", path), "train/rmse") == {i: i + 0.5 for i in range(9)}


def test_the_best_round_is_not_repeated():
    """The line that LightGBM prints again after stopping early counts once."""
    log = read_log("lightgbm", SAMPLES / "lightgbm" / "console" / "train.log")
    steps = [step for name, step, _ in points(log) if name == "held out/auc"]
    assert steps == list(range(5))


def test_other_texts_are_not_boosters(tmp_path):
    """Brackets and numbers in a text make no rounds."""
    path = tmp_path / "out.log"
    path.write_text("[0]\tstarting: now\n[1]\tloss 0.5\n1: learn: 5\n[INFO] x's y: 3\n" * 3)
    assert not any(match(name, path) for name in ("xgboost", "lightgbm", "catboost"))


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
    assert log.runs[0].meta["target_metric"] == "learn/RMSE"
    assert log.runs[0].meta["direction"] == "minimize"


def test_catboost_cut_short_or_odd(tmp_path):
    """Iterations that are missing, odd or not numbers are passed over; the end is then not known."""
    log = catboost(
        tmp_path, [{"iteration": 0, "learn": [None, 3]}, 7, {"learn": "x"}], iteration_count=10
    )
    assert not len(log.points)
    assert log.runs[0].status == "unknown"
