"""All that the page shows, at one revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from logminer.analyses.roles import with_results
from logminer.analyses.standing import cut_short, doing, gaps
from logminer.dashboard.overview import Overview
from logminer.dashboard.strict_json import dumps, plain
from logminer.workflows.objective_values import objective_ends

FACTS = ("name", "task", "state", "reason", "started", "duration", "step", "seen", "value")
EMPTY: Mapping[str, Any] = {
    "tasks": [],
    "metrics": [],
    "params": [],
    "params_left_out": 0,
}


@dataclass(frozen=True)
class Snapshot:
    """The project at one moment.

    Attributes:
        table: one row a run, indexed by run id: the columns of ``FACTS``.
        params: one column a parameter, same index.
        metrics: latest value by metric, same index; None where a run has none.
        state: tasks, metrics and parameters, as the page asks for them.
        rows: each run as JSON: what is compared to know whether it changed.
    """

    table: pd.DataFrame
    params: pd.DataFrame
    metrics: pd.DataFrame
    state: Mapping[str, Any]
    rows: Mapping[int, bytes]

    def columns(self) -> dict[str, Any]:
        """The run table, column by column."""
        return {
            "id": self.table.index.tolist(),
            **{name: self.table[name].tolist() for name in FACTS},
            "params": {str(n): self.params[n].tolist() for n in self.params.columns},
            "metrics": {str(n): self.metrics[n].tolist() for n in self.metrics.columns},
        }


def make_snapshot(
    runs: pd.DataFrame,
    ends: pd.DataFrame,
    alive: pd.Series,
    overview: Overview,
    now: float,
) -> Snapshot:
    """Put together what was read.

    Args:
        runs: facts of the runs, as from ``store.read.runs``.
        ends: one row a curve, as from ``store.tail.ends``.
        alive: last sign of life of each run, Unix seconds, indexed by run id.
        overview: tasks and parameters of these runs.
        now: Unix seconds.
    """
    ends = with_results(ends, overview.seen.results)
    table = _table(runs, ends, alive, overview, now)
    latest = ends.pivot(index="run", columns="metric", values="end").reindex(table.index)
    params = overview.params.reindex(table.index)
    state = {
        "tasks": _tasks(table, overview),
        "metrics": _metrics(ends),
        "params": plain(overview.facts),
        "params_left_out": overview.left_out,
    }
    return Snapshot(table, params, latest, state, _rows(table, params, latest))


def _table(
    runs: pd.DataFrame, ends: pd.DataFrame, alive: pd.Series, overview: Overview, now: float
) -> pd.DataFrame:
    by_run = ends.groupby("run")
    table = pd.DataFrame(
        {"name": runs["name"], "task": overview.seen.labels.reindex(runs.index).fillna("")}
    )
    table["step"] = by_run["last_step"].max().reindex(runs.index).astype("Int64")
    table["seen"] = by_run["last_wall"].max().reindex(runs.index)
    first = by_run["first_wall"].min().reindex(runs.index)
    table["started"] = runs["started"].fillna(first)
    table["duration"] = (runs["ended"].fillna(table["seen"]) - table["started"]).clip(lower=0)
    table["value"] = _values(ends, overview).reindex(runs.index)
    short = cut_short(table["step"].fillna(0).astype(float), table["task"])
    silent, gap = now - alive.reindex(runs.index), gaps(ends).reindex(runs.index)
    found = [
        doing(status, age, between, cut_short=bool(is_short))
        for status, age, between, is_short in zip(runs["status"], silent, gap, short, strict=True)
    ]
    said = runs["reason"].where(runs["reason"].notna(), None)
    table["state"] = [each.state for each in found]
    table["reason"] = [each.reason or why for each, why in zip(found, said, strict=True)]
    table["step"] = [None if step is pd.NA else step for step in table["step"]]
    return table


def _values(ends: pd.DataFrame, overview: Overview) -> pd.Series:
    seen = overview.seen
    return objective_ends(ends, seen.labels, seen.objectives, seen.names)["value"]


def _tasks(table: pd.DataFrame, overview: Overview) -> list[dict[str, Any]]:
    found = []
    for task, rows in table.groupby("task", sort=True):
        objective = overview.seen.objectives.get(str(task))
        values = rows["value"].dropna()
        best = None
        if objective is not None and len(values):
            run = int(str((values * objective.sign).idxmin()))
            best = {"run": run, "value": float(values[run])}
        found.append(
            {
                "name": str(task),
                "runs": len(rows),
                "metric": objective.metric if objective else None,
                "mode": objective.mode if objective else None,
                "best": best,
            }
        )
    return found


def _metrics(ends: pd.DataFrame) -> list[dict[str, Any]]:
    counts = ends["metric"].value_counts()
    pairs: Sequence[tuple[Any, Any]] = sorted(counts.items(), key=lambda p: (-p[1], str(p[0])))
    return [{"name": str(name), "runs": int(count)} for name, count in pairs]


def _rows(table: pd.DataFrame, params: pd.DataFrame, metrics: pd.DataFrame) -> dict[int, bytes]:
    param_names, metric_names = list(map(str, params.columns)), list(map(str, metrics.columns))
    rows = {}
    for run, facts, settings, latest in zip(
        table.index.tolist(),
        table[list(FACTS)].itertuples(index=False, name=None),
        params.itertuples(index=False, name=None),
        metrics.itertuples(index=False, name=None),
        strict=True,
    ):
        rows[run] = dumps(
            {
                "id": run,
                **dict(zip(FACTS, facts, strict=True)),
                "params": dict(zip(param_names, settings, strict=True)),
                "metrics": dict(zip(metric_names, latest, strict=True)),
            }
        )
    return rows
