"""Small runs on disk, a CSV and its hyperparameters each, and what is stored of them."""

import json

from logminer.workflows.ingest import ingest

ROWS = "step,loss,accuracy\n0,1.0,0.5\n1,0.8,0.6\n2,0.7,0.65\n"


def write_run(folder, rows=ROWS, **params):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.csv").write_text(rows)
    (folder / "hparams.json").write_text(json.dumps(params or {"lr": 0.1}))
    return folder


def table(store):
    """Everything that was measured, without the store's numbers."""
    return store.read.sql(
        "SELECT r.name AS run, m.name AS metric, c.step, c.value FROM curve c "
        "JOIN run r ON r.run = c.run JOIN metric m ON m.id = c.metric ORDER BY ALL"
    )


def read_in(store, *paths, **options):
    return ingest(store, [str(path) for path in paths], **options)
