# /// script
# requires-python = ">=3.11"
# dependencies = ["mlflow-skinny==3.17.2", "sqlalchemy==2.1.9", "alembic==1.20.1"]
# ///
"""Write the MLflow database: the runs of the file store's sample, by MLflow itself.

MLflow makes some sixty tables. Those that say nothing of a run (traces, webhooks, reviews, …) are dropped afterwards
and the file is rewritten with small pages, to take a tenth of the room; the others stay as MLflow made them.
"""

import importlib.util
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from scratch import REPLACED, keep, scratch_folder

specification = importlib.util.spec_from_file_location(
    "runs", Path(__file__).parents[1] / "mlflow" / "make.py"
)
runs = importlib.util.module_from_spec(specification)
specification.loader.exec_module(runs)

KEPT = (
    "experiments", "runs", "metrics", "latest_metrics", "params", "tags", "experiment_tags",
    "datasets", "inputs", "alembic_version",
)  # fmt: skip


def shrink(path):
    database = sqlite3.connect(path)
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in tables:
        if name not in KEPT:
            database.execute(f'DROP TABLE "{name}"')
    database.execute("UPDATE runs SET artifact_uri = '', user_id = 'ada'")
    database.execute("UPDATE experiments SET artifact_location = ''")
    for old, new in {str(Path.cwd()): "/home/ada", **REPLACED}.items():
        database.execute("UPDATE tags SET value = replace(value, ?, ?)", (old, new))
    database.commit()
    database.execute("PRAGMA page_size = 512")
    database.execute("VACUUM")
    database.close()


if __name__ == "__main__":
    with scratch_folder() as folder:
        runs.main("sqlite:///mlflow.db")
        shrink("mlflow.db")
        keep(folder, Path(__file__).parent / "database", leave_out=("mlruns",))
