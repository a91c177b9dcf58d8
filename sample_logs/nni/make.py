# /// script
# requires-python = ">=3.11"
# ///
"""Write the NNI sample by hand: the tables of ``nni.sqlite`` as NNI 2 and 3 create them, four trials of two kinds of end."""

import json
import sqlite3
from pathlib import Path

FILE = Path(__file__).parent / "experiment" / "nni-experiments" / "a1b2c3d4" / "db" / "nni.sqlite"
SPACE = {
    "lr": {"_type": "loguniform", "_value": [0.001, 1.0]},
    "hidden": {"_type": "choice", "_value": [8, 16]},
}
PROFILE = {
    "experimentName": "tiny",
    "searchSpace": SPACE,
    "tuner": {"name": "TPE", "classArgs": {"optimize_mode": "maximize"}},
}
TRIALS = [(0.01, 8, 0.75, "SUCCEEDED"), (0.1, 16, 0.875, "SUCCEEDED"), (0.5, 8, None, "FAILED"),
          (0.9, 16, 0.25, "EARLY_STOPPED")]  # fmt: skip
START = 1_700_000_000_000


def main():
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.unlink(missing_ok=True)
    with sqlite3.connect(FILE) as database:
        database.execute("PRAGMA page_size = 512")
        database.executescript(
            "create table TrialJobEvent (timestamp integer, trialJobId text, event text, data text, logPath text,"
            " sequenceId integer, message text, envId text);"
            "create table MetricData (timestamp integer, trialJobId text, parameterId text, type text,"
            " sequence integer, data text);"
            "create table ExperimentProfile (params text, id text, execDuration integer, startTime integer,"
            " endTime integer, logDir text, nextSequenceId integer, revision integer);"
        )
        database.execute(
            "insert into ExperimentProfile values (?, 'a1b2c3d4', 60, ?, null, '/home/ada', 4, 1)",
            (json.dumps(PROFILE), START),
        )
        for i, (lr, hidden, accuracy, end) in enumerate(TRIALS):
            params = {"parameter_id": i, "parameters": {"lr": lr, "hidden": hidden}}
            start = START + 60_000 * i
            for offset, event in ((0, "WAITING"), (1_000, "RUNNING"), (30_000, end)):
                row = (start + offset, f"Tr{i:03}", event, json.dumps(params), "", i, "", None)
                database.execute("insert into TrialJobEvent values (?, ?, ?, ?, ?, ?, ?, ?)", row)
            values = [("PERIODICAL", step, 0.25 * (step + 1) / 2) for step in range(2)]
            values += (
                [("FINAL", 0, {"default": accuracy, "loss": 1 - accuracy})] if accuracy else []
            )
            for kind, number, value in values:
                written = json.dumps(json.dumps(value))
                row = (start + 2_000 + number, f"Tr{i:03}", str(i), kind, number, written)
                database.execute("insert into MetricData values (?, ?, ?, ?, ?, ?)", row)
    database.close()


if __name__ == "__main__":
    main()
