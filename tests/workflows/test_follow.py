"""Following: what is appended becomes visible, and others can read in between."""

from logminer.store import open_store
from logminer.workflows.follow import follow


def test_growing_files_are_followed(tmp_path):
    """Each pass reads what was appended to any of many files, and then lets go of the database."""
    files = [tmp_path / f"runs/{i}/metrics.csv" for i in range(64)]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("step,loss\n0,1.0\n")
    db, written = tmp_path / "logs.duckdb", []

    def grow(_):
        with open_store(db, wait=0) as store:  # free between passes
            written.append(len(store.read.curves(["loss"])))
        step = len(written)
        for file in files:
            with file.open("a") as out:
                out.write(f"{step},{1 / (step + 1)}\n")

    passes = follow(str(db), [str(tmp_path / "runs")], sleep=grow)
    for _ in range(4):
        next(passes)
    passes.close()
    assert written == [64, 128, 192]
