"""Write the sample with logminer's own writer: trials that came to their end, failed, were stopped, and were told by hand."""

import json
from pathlib import Path

from logminer.runner._outcome_file import write_outcome
from logminer.store.trials import StudyRow, TrialRow

FOLDER = Path(__file__).parent / "search"
STUDY = StudyRow("tiny", {}, "val_loss", "min", "random", 0, str(FOLDER))


def trial(
    number: int, lr: float, losses: list[float], row: dict, below: str = "", **told: object
) -> None:
    """A trial's folder: its config, what it logged, and its outcome."""
    folder = FOLDER / str(number)
    (folder / below).mkdir(parents=True, exist_ok=True)
    (folder / "hparams.json").write_text(json.dumps({"lr": lr}, indent=2) + "\n")
    lines = [json.dumps({"epoch": e, "val_loss": loss}) + "\n" for e, loss in enumerate(losses)]
    if lines:
        (folder / below / "metrics.jsonl").write_text("".join(lines))
    start = 1_700_000_000.0 + 100 * number
    times = {"started": start, "ended": start + 60}
    ended = TrialRow("tiny", number, {"lr": lr}, folder=str(folder), **times, **row)
    runs = {(str(folder / below), "")} if lines else ()
    write_outcome(STUDY, ended, runs, **told)


trial(0, 0.01, [0.5, 0.25], {"status": "complete", "value": 0.25}, "version_0")
trial(1, 0.5, [0.75], {"status": "failed", "reason": "out of memory (exit 1): MemoryError"})
trial(
    2,
    0.001,
    [0.875, 0.75],
    {"status": "stopped", "value": 0.7, "reason": "worse than the median"},
    pruned=True,
)
trial(3, 0.02, [0.5, 0.375], {"status": "stopped", "value": 0.375, "reason": "time limit of 60 s"})
trial(4, 0.03, [], {"status": "complete", "value": 0.125}, values={"val_loss": 0.125})
trial(5, 1.0, [], {"status": "failed", "reason": "exit 1: ValueError"})
