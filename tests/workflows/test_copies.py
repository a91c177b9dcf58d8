"""One training is one run however often its tracker's folder was copied, linked or gone on with."""

import json
import shutil

import pytest

from logminer.store import open_store
from logminer.workflows.ingest import ingest

CONFIG = "_wandb:\n    value:\n        cli_version: 0.19.1\nlr:\n    value: {lr}\n"


def wandb_run(folder, name, lr, **summary):
    """A run folder of W&B 0.17 or later without its record file: sorted keys, ``_wandb`` first."""
    files = folder / name / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text(CONFIG.format(lr=lr))
    (files / "wandb-summary.json").write_text(json.dumps({"_step": 9, **summary}))
    (files / "output.log").write_text("epoch 1 loss=2.0\nepoch 2 loss=1.0\n")
    return folder / name


def mlflow_run(folder, name):
    run = folder / "0" / name
    (run / "metrics").mkdir(parents=True)
    (run / "metrics" / "loss").write_text("1700000000000 0.5 0\n")
    (run / "meta.yaml").write_text(
        f"artifact_uri: x\nlifecycle_stage: active\nrun_id: {name}\nstatus: 3\n"
    )
    return run


def run_names(tmp_path, *folders):
    """Names of the runs after folders were ingested one after the other."""
    with open_store(tmp_path / "x.duckdb", write=True) as store:
        for folder in folders:
            ingest(store, [str(folder)])
        return sorted(store.read.runs()["name"])


def test_latest_run_is_no_run_beside_others(tmp_path):
    """A link and a copied folder alike leave each run under its own name."""
    runs = tmp_path / "wandb"
    first = wandb_run(runs, "run-20250301_120000-aaaa1111", 0.1, acc=0.5)
    wandb_run(runs, "run-20250301_120001-bbbb2222", 0.2, acc=0.6)
    expected = ["run-20250301_120000-aaaa1111", "run-20250301_120001-bbbb2222"]
    (runs / "latest-run").symlink_to(first.name)
    assert run_names(tmp_path, runs) == expected
    (runs / "latest-run").unlink()
    (tmp_path / "x.duckdb").unlink()
    shutil.copytree(first, runs / "latest-run")
    assert run_names(tmp_path, runs) == expected


def test_latest_run_alone_is_the_run(tmp_path):
    """Where nothing else was kept, the copy is read, what it printed with it."""
    wandb_run(tmp_path / "wandb", "latest-run", 0.1, acc=0.5)
    assert run_names(tmp_path, tmp_path / "wandb") == ["latest-run"]


def test_resumed_run_is_one(tmp_path):
    """A second folder with the same id goes on with the run of the first."""
    runs = tmp_path / "wandb"
    wandb_run(runs, "run-20250301_120000-aaaa1111", 0.1, acc=0.5)
    wandb_run(runs, "offline-run-20250302_080000-aaaa1111", 0.1, acc=0.7)
    assert run_names(tmp_path, runs) == ["run-20250301_120000-aaaa1111"]


@pytest.mark.parametrize("together", [True, False])
def test_copies_of_stores_count_once(tmp_path, together):
    """W&B's and MLflow's folders copied to a second place, ingested at once or later, are no new runs."""
    store = tmp_path / "logs" / "first"
    wandb_run(store / "wandb", "run-20250301_120000-aaaa1111", 0.1, acc=0.5)
    mlflow_run(store / "mlruns", "0" * 32)
    before = store, tmp_path / "logs" / "second"
    shutil.copytree(*before)
    names = run_names(tmp_path, *([tmp_path / "logs"] if together else before))
    assert len(names) == 2
    assert not any("second" in name for name in names)


def test_different_runs_of_one_name_are_kept(tmp_path):
    """Names that anyone may choose are no ids."""
    for place in ("a", "b"):
        folder = tmp_path / "logs" / place / "run-1"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("step,loss\n1,0.5\n2,0.4\n")
    assert len(run_names(tmp_path, tmp_path / "logs")) == 2
