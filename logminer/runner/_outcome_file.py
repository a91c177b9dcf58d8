"""A trial's outcome as a file beside its logs, so that whoever reads these knows what became of it."""

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from logminer.core.aims import Aim, Aims
from logminer.core.files import write_whole
from logminer.store.trials import StudyRow, TrialRow

OUTCOME = "outcome.json"
_STATUS = {"complete": "finished", "failed": "failed", "infeasible": "infeasible"}


def write_outcome(
    study: StudyRow,
    row: TrialRow,
    runs: Collection[tuple[str, str]] = (),
    *,
    pruned: bool = False,
    values: Mapping[str, float] | None = None,
) -> None:
    """Write what became of a trial into its folder; nothing where that has gone.

    Args:
        study: the study, with its objective.
        row: the trial, ended.
        runs: root and key of the runs that its logs tell of; the folder itself where there are none.
        pruned: whether it was stopped because it was not worth going on with.
        values: values of metrics that its logs do not hold.
    """
    folder = Path(row.folder)
    if not row.folder or not folder.is_dir():
        return
    status = _STATUS.get(row.status, "pruned" if pruned else "preempted")
    told = {
        "study": study.name, "trial": row.number, "config": dict(row.config), "status": status, "reason": row.reason,
        "objectives": _objectives(study), "results": dict(row.results), "cost": row.cost,
        "value": row.value, "noise": row.noise, "budget": row.budget, "spent": row.spent,
        "started": row.started, "ended": row.ended, "values": dict(values or {}),
        "runs": [{"folder": os.path.relpath(root, row.folder), "key": key} for root, key in sorted(runs)],
    }  # fmt: skip
    text = json.dumps({"logminer_trial": told}, indent=2, default=_plain)
    write_whole(folder / OUTCOME, f"{text}\n".encode())


def _objectives(study: StudyRow) -> dict[str, str]:
    first = Aim(study.metric, study.mode) if study.metric and study.mode else None  # type: ignore[arg-type]
    return {a.metric: a.mode for a in Aims.from_dict(first, study.aims).objectives if a.mode}


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else str(value)
