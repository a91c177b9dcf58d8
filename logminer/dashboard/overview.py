"""What changes seldom: tasks, objectives, and the hyperparameters as columns of the run table."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from logminer.analyses.space import NO_SPACES, InferredSpace
from logminer.core.parameters import Categorical, Float, Integer, is_number
from logminer.workflows.history import Outline, View, outline, searched

MOST_PARAMS = 300
_MOST_CHOICES = 50


@dataclass(frozen=True)
class Overview:
    """The runs without their points.

    Attributes:
        seen: tasks and objectives.
        params: one row a run, one column a hyperparameter or other recorded setting, searched ones first;
            None where a run has none.
        facts: what the page should know of each column, in the same order.
        left_out: number of columns beyond ``MOST_PARAMS``.
    """

    seen: Outline
    params: pd.DataFrame
    facts: tuple[dict[str, Any], ...]
    left_out: int


def look_over(
    runs: pd.Index,
    params: pd.DataFrame,
    ends: pd.DataFrame,
    view: View,
    spaces: pd.DataFrame = NO_SPACES,
) -> Overview:
    """Tell the tasks apart and lay the parameters out as columns.

    Args:
        runs: ids of all runs.
        params: as from ``store.read.params``.
        ends: one row a curve, as from ``store.tail.ends``.
        view: how the user wants the runs to be seen.
        spaces: what tools declare, as from ``store.read.spaces``.
    """
    seen = outline(runs, params, ends, view, everything=True, declared=set(spaces["name"]))
    inferred = searched(seen, view, spaces)
    columns = _columns(runs, seen.params, inferred)
    # What varies is what tells runs apart: it goes first, and what is cut off is what all runs share.
    varies = {str(name): _varies(columns[name]) for name in columns.columns}
    searched_names = set(inferred.space.names)
    order = sorted(varies, key=lambda n: (n not in searched_names, not varies[n]))
    kept = order[:MOST_PARAMS]
    facts = tuple(
        {
            "name": name,
            **_kind(name, columns[name], inferred),
            "varies": varies[name],
            "searched": name in searched_names,
        }
        for name in kept
    )
    return Overview(seen, columns[kept], facts, len(order) - len(kept))


def _columns(runs: pd.Index, params: pd.DataFrame, inferred: InferredSpace) -> pd.DataFrame:
    """Hyperparameters under the names they are searched by, everything else as it is written."""
    known = inferred.configs.reindex(runs).astype(object)
    shown = {written for d in inferred.decisions if d.parameter for written in (d.name, *d.written)}
    rest = params[~params["name"].isin(shown) & (params["kind"] != "level")]
    wide = rest.drop_duplicates(["run", "name"]).pivot(index="run", columns="name", values="value")
    wide = wide.reindex(runs).astype(object)
    wide = wide[[name for name in wide.columns if name not in known.columns]]
    both = pd.concat([known, wide], axis=1)
    return both.where(both.notna(), None)


def _varies(column: pd.Series) -> bool:
    return len({repr(value) for value in column}) > 1


def _kind(name: str, column: pd.Series, inferred: InferredSpace) -> dict[str, Any]:
    """``kind``, ``log`` and ``choices`` of a column: as it is searched, or as its values look."""
    parameter = inferred.space.parameters.get(name)
    if isinstance(parameter, Categorical):
        return {"kind": "categorical", "log": False, "choices": list(parameter.choices)}
    if isinstance(parameter, Float | Integer):
        kind = "float" if isinstance(parameter, Float) else "integer"
        return {"kind": kind, "log": parameter.log, "choices": None}
    values = [value for value in column if value is not None]
    if values and all(is_number(value) for value in values):
        whole = all(isinstance(value, int) for value in values)
        return {"kind": "integer" if whole else "float", "log": False, "choices": None}
    choices = list(dict.fromkeys(repr(v) if isinstance(v, list | dict) else v for v in values))
    return {
        "kind": "categorical",
        "log": False,
        "choices": choices if len(choices) <= _MOST_CHOICES else None,
    }
