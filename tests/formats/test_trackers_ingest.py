"""Samples of trackers and tuners through the whole ingest: their files meet in one run each."""

import json
import shutil

import pytest
from tracker_files import SAMPLES

from logminer.workflows.ingest import ingest

# Folder of the sample: how many runs it holds, how many of them have parameters, and how they ended.
EXPECTED = {
    "catboost/training": (1, 0, {"finished": 1}),
    "dvclive/training": (1, 1, {"unknown": 1}),
    "hpbandster/bohb": (4, 4, {"finished": 3, "failed": 1}),
    "hydra/multirun": (2, 2, {"unknown": 2}),
    "lightgbm/classifier": (1, 1, {"unknown": 1}),
    "mlagents/results": (2, 2, {"finished": 1, "unknown": 1}),
    "mlflow/mlruns": (2, 2, {"finished": 1, "failed": 1}),
    "mlflow_sqlite/database": (2, 2, {"finished": 1, "failed": 1}),
    "nni/experiment": (4, 4, {"finished": 2, "failed": 1, "pruned": 1}),
    "optuna/two_studies": (10, 10, {"finished": 8, "failed": 1, "pruned": 1}),
    "optuna_journal/two_studies": (10, 10, {"finished": 8, "failed": 1, "pruned": 1}),
    "ray/tune": (2, 2, {"finished": 1, "failed": 1}),
    "sacred/runs": (2, 2, {"finished": 1, "failed": 1}),
    "sb3/ppo_cartpole": (1, 0, {"unknown": 1}),
    "sb3/zoo": (1, 1, {"unknown": 1}),
    "sklearn_cv/grid": (6, 6, {"finished": 4, "failed": 2}),
    "smac/version_1": (4, 4, {"finished": 2, "failed": 2}),
    "spinningup/cmd_ppo": (1, 1, {"finished": 1}),
    "wandb/offline": (2, 2, {"finished": 1, "failed": 1}),
    "wandb/synced": (1, 1, {"unknown": 1}),
    "xgboost/booster": (1, 0, {"unknown": 1}),
}


@pytest.mark.parametrize("sample", EXPECTED)
def test_files_of_a_sample_meet_in_its_runs(store, tmp_path, sample):
    """Each training is one run with its parameters and points, and a second ingest changes nothing."""
    folder = shutil.copytree(SAMPLES / sample, tmp_path / "logs" / sample)
    ingest(store, [str(tmp_path / "logs")])
    found = rows(store)
    count, configured, status = EXPECTED[sample]
    assert len(found) == count
    assert sum(has_params for _, _, has_params, _ in found) == configured
    assert {s: sum(row[1] == s for row in found) for s in {row[1] for row in found}} == status
    with_points = sum(points > 0 for *_, points in found)
    assert with_points >= status.get("finished", 0) + status.get("unknown", 0)
    again = ingest(store, [str(folder)])
    assert again.new_runs == 0
    assert rows(store) == found


def rows(store):
    """Root, status, whether there are parameters, and number of points of each run."""
    frame = store.read.sql(
        "SELECT root, key, status, "
        "(SELECT count(*) FROM run_param p WHERE p.run = run.run AND p.kind = 'param') AS params, "
        "(SELECT count(*) FROM point q WHERE q.run = run.run) AS points FROM run ORDER BY root, key"
    )
    return [(f"{r}#{k}", s, p > 0, n) for r, k, s, p, n in frame.itertuples(index=False)]


def test_last_values_repeat_no_point(store, tmp_path):
    """What DVCLive repeats in metrics.json is the last point of its curve, once."""
    folder = shutil.copytree(SAMPLES / "dvclive" / "training", tmp_path / "training")
    ingest(store, [str(folder)])
    last = json.loads((folder / "dvclive" / "metrics.json").read_text())
    curves = store.read.sql("SELECT count(*) AS n FROM curve")
    assert curves["n"][0] == 2 * (last["step"] + 1) + 1
