"""Past runs that failed: which they are, and of what."""

import numpy as np
import pandas as pd

from logminer.core.failure import Failure, failure_kind
from logminer.core.history import History
from logminer.core.space import Space
from logminer.transfer.past_configs import configs_in

_FAILED = ("failed", "infeasible")


def failure_kinds(history: History) -> pd.Series:
    """What each run failed of, empty where it did not: see ``core.failure.failure_kind``.

    A run that failed or violates a constraint says why; one that logged and has no finite value has diverged. A run that
    was pruned, still runs or never logged says nothing of its config.
    """
    trials = history.trials
    reasons = trials.get("reason", pd.Series("", trials.index)).fillna("").astype(str)
    told = trials["status"].isin(_FAILED)
    kinds = reasons.map(failure_kind).where(told, "")
    kinds[trials["status"] == "infeasible"] = "constraint"
    lost = ~np.isfinite(trials["value"]) & (trials["steps"] > 0)
    ended = ~trials["status"].isin(["running", "pruned", *_FAILED])
    kinds[lost & ended] = "divergence"
    return kinds


def failures_in(
    rows: pd.DataFrame, losses: "np.ndarray", configs: pd.DataFrame, space: Space
) -> tuple[Failure, ...]:
    """The trials of a table that failed.

    Args:
        rows: perhaps with ``failure``, the kind of each, empty where a trial did not fail, and ``name``; without it a
            trial of a task without a finite value has failed.
        losses: of each row.
        configs: their hyperparameters, same rows.
        space: what configs are seen in.
    """
    lost = pd.Series(np.where(np.isfinite(losses), "", "error"), rows.index)
    kinds = rows.get("failure", lost).fillna("").astype(str)
    failed = (kinds != "") & rows["task"].notna()
    names = rows.get("name", pd.Series("", rows.index)).astype(str)
    found = zip(
        configs_in(configs[failed], space), kinds[failed], rows["task"][failed], names[failed],
        strict=True,
    )  # fmt: skip
    return tuple(Failure(c, kind, str(task), name) for c, kind, task, name in found if c)
