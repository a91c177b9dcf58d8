"""What the columns of a table mean.

Four shapes occur in the wild: a curve (one row a step), a curve in long form (``metric``, ``value`` columns, or a
``split`` column), several runs stacked (a run id or the hyperparameters say which), and a table with one row a run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.names import is_known, words
from logminer.formats.documents.classify import column_kind, file_kind
from logminer.formats.documents.values import spoken
from logminer.formats.tables.table import Table, step_column, wall_column, whole_steps

_RUN_NAMES = (
    "run_id", "run", "run_name", "run_number", "trial_id", "trial", "trial_number", "trial_name", "experiment_id",
    "exp_id", "experiment", "exp", "job_id", "config_id", "number", "id",
)  # fmt: skip
_SPLIT_NAMES = ("split", "phase", "subset", "partition", "stage", "mode", "set", "dataset_split")
_SPLITS = spoken("""
    train training tr val valid validation test testing eval evaluation dev holdout
""")
_METRIC_NAMES = ("metric", "metric_name", "tag", "name", "key", "measure")
_VALUE_NAMES = ("value", "metric_value", "val", "score")
_RUN_TABLES = spoken("""
    results result trials runs sweep sweeps leaderboard experiments grid search tuning trial hpo benchmark
""")
_LOGS = spoken("log logs history curve curves loss losses train training progress monitor")


@dataclass(frozen=True)
class Roles:
    """Which column is what; kept in the state of a log that is read on.

    Attributes:
        step: column of steps, None when the row number counts.
        wall: column of Unix times.
        run: column that says which run a row belongs to.
        split: column such as ``train``/``val`` that names of metrics begin with.
        metric: column of metric names of a long table; ``value`` holds their values.
        value: see ``metric``.
        status: column that says how a run ended.
        params: columns of hyperparameters.
        meta: columns merely recorded.
        group: hyperparameters that tell stacked runs apart where no column names them.
        per_row: whether every row is a run of its own.
    """

    step: str | None = None
    wall: str | None = None
    run: str | None = None
    split: str | None = None
    metric: str | None = None
    value: str | None = None
    status: str | None = None
    params: tuple[str, ...] = ()
    meta: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    per_row: bool = False

    def to_state(self) -> dict[str, Any]:
        """As plain data for ``Resume.state``."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Roles":
        """Back from ``to_state``."""
        lists = {name: tuple(state[name]) for name in ("params", "meta", "group")}
        return cls(**{**state, **lists})

    @property
    def spoken_for(self) -> set[str]:
        """Columns that are no metrics."""
        singles = (self.step, self.wall, self.run, self.split, self.metric, self.status)
        return {*self.params, *self.meta, *(name for name in singles if name)}


def is_log(table: Table, file_name: str = "") -> bool:
    """Whether a table can be a training log at all: steps, times, a known metric or a telling file name."""
    if step_column(table.numbers) or wall_column(table) or _long_columns(table)[0]:
        return True
    if not spoken_log(file_name):
        return any(column_kind(name, numeric=True) == "results" for name in table.numbers)
    return True


def spoken_log(file_name: str) -> bool:
    """Whether a file name says "training log"."""
    return not _LOGS.isdisjoint(words(file_name)) or file_kind(file_name) == "results"


def roles_of(table: Table, file_name: str = "") -> Roles:
    """Decide what each column of a table is, from names first and values where names do not tell."""
    split = _split_column(table)
    metric, value = _long_columns(table)
    step = step_column(name for name in table.numbers if name != value)
    wall = wall_column(table)
    if step and (step == wall or whole_steps(table.numbers[step]) is None):
        step = None
    run, status = _named(table, _RUN_NAMES), _named(table, ("status", "state"))
    roles = Roles(step, wall, run, split, metric, value, status)
    if metric is None and _is_table_of_runs(table, roles, file_name):
        return _per_row(table, roles)
    roles = replace(roles, run=run if _tells_runs(table, roles) else None)
    others = [name for name in table.names if name not in roles.spoken_for]
    group = _group(table, roles, others)
    constants = [name for name in others if name not in group and _is_setting(table, name, roles)]
    params = [name for name in constants if column_kind(name, name in table.numbers) != "meta"]
    meta = tuple(name for name in constants if name not in params)
    return replace(roles, params=(*group, *params), meta=meta, group=group)


def _group(table: Table, roles: Roles, names: Sequence[str]) -> tuple[str, ...]:
    """Hyperparameters that tell stacked runs apart: steps repeat, but climb wherever all of these agree."""
    if roles.step is None or roles.run is not None or roles.metric is not None:
        return ()
    step = whole_steps(table.numbers[roles.step])
    if step is None or bool(np.all(np.diff(step) > 0)):
        return ()
    chosen = [n for n in names if column_kind(n, n in table.numbers) == "params"]
    chosen = [n for n in chosen if not table.constant(n)]
    codes, keys = combinations(table, chosen)
    order = np.lexsort((np.arange(table.rows), codes))
    same = np.diff(codes[order]) == 0
    climb = np.diff(step[order])
    climbs = bool(np.all(climb[same] >= 0 if roles.split else climb[same] > 0))
    return tuple(chosen) if climbs and 1 < len(keys) <= table.rows // 2 else ()


def _named(table: Table, names: Sequence[str]) -> str | None:
    lowered = {name.strip().lower().replace(" ", "_"): name for name in table.names}
    return next((lowered[name] for name in names if name in lowered), None)


def _split_column(table: Table) -> str | None:
    name = _named(table, _SPLIT_NAMES)
    if name is None or name not in table.texts:
        return None
    found = {str(cell).lower() for cell in table.texts[name].tolist() if cell is not None}
    return name if found and found <= _SPLITS else None


def _long_columns(table: Table) -> tuple[str | None, str | None]:
    metric, value = _named(table, _METRIC_NAMES), _named(table, _VALUE_NAMES)
    if metric in table.texts and value in table.numbers:
        return metric, value
    return None, None


def _is_setting(table: Table, name: str, roles: Roles) -> bool:
    """Whether a column beside a curve tells of the run rather than of the step."""
    if name == roles.value:
        return False
    if name in table.texts:
        return table.constant(name) or _constant_within_runs(table, name, roles)
    if not is_known(name) or table.rows < 2:
        return False
    if roles.run is not None:
        return _constant_within_runs(table, name, roles)
    # A learning rate follows a schedule: constant so far says nothing.
    return "rate" not in _column_words(name) and table.constant(name)


def _column_words(name: str) -> tuple[str, ...]:
    """Words of a column name, with ``lr`` spelled out."""
    return tuple("rate" if word == "lr" else word for word in words(name))


def _constant_within_runs(table: Table, name: str, roles: Roles) -> bool:
    if roles.run is None:
        return False
    runs = distinct(table, roles.run)[0]
    cells = distinct(table, name)[0]
    return len(np.unique(np.stack([runs, cells]), axis=1).T) == len(np.unique(runs))


def distinct(table: Table, name: str) -> tuple[NDArray[np.int64], list[Any]]:
    """Each row's number among the distinct values of a column, and those values."""
    cells = [table.cell(name, row) for row in range(table.rows)] if name in table.texts else None
    if cells is None:
        values, codes = np.unique(table.numbers[name].value, return_inverse=True)
        return codes.astype(np.int64), [
            int(v) if float(v).is_integer() else float(v) for v in values
        ]
    places: dict[Any, int] = {}
    codes = np.array([places.setdefault(cell, len(places)) for cell in cells], dtype=np.int64)
    return codes, list(places)


def combinations(table: Table, names: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Each row's number among the combinations of several columns, and those as text: ``lr=0.1,bs=32``."""
    codes = np.zeros(table.rows, dtype=np.int64)
    for name in names:
        own, values = distinct(table, name)
        codes = np.unique(codes * len(values) + own, return_inverse=True)[1].astype(np.int64)
    firsts = np.unique(codes, return_index=True)[1].tolist()
    return codes, [",".join(f"{name}={table.cell(name, row)}" for name in names) for row in firsts]


def _tells_runs(table: Table, roles: Roles) -> bool:
    """A run column counts when it is there for every row; ``number`` and ``id`` alone are too vague."""
    if roles.run is None or roles.run.strip().lower() in {"number", "id"}:
        return False
    if roles.run in table.texts:
        return all(cell is not None for cell in table.texts[roles.run].tolist())
    return whole_steps(table.numbers[roles.run]) is not None


def _is_table_of_runs(table: Table, roles: Roles, file_name: str) -> bool:
    names = [n for n in table.names if n not in {roles.run, roles.wall, roles.status, roles.split}]
    kinds = {n: column_kind(n, n in table.numbers) for n in names}
    chosen = [n for n, kind in kinds.items() if kind == "params" and n != roles.step]
    if table.rows == 0 or not chosen or "results" not in kinds.values():
        return False
    hinted = not _RUN_TABLES.isdisjoint(words(file_name))
    if roles.step is not None and not roles.step.lower().endswith("s"):
        steps = whole_steps(table.numbers[roles.step])
        climbing = steps is not None and bool(np.all(np.diff(steps) > 0)) and table.rows > 1
        if climbing or not hinted:
            return False
    if roles.run is not None:
        return len(distinct(table, roles.run)[1]) == table.rows
    varied = [n for n in chosen if not table.constant(n)]
    texts = [n for n in varied if n in table.texts]
    return len(varied) >= 2 or bool(texts) or (hinted and bool(chosen))


def _per_row(table: Table, roles: Roles) -> Roles:
    """Roles of a table with one row a run: what stands left of the first result is a hyperparameter."""
    params, meta, seen_result = [], [], False
    skipped = {roles.run, roles.wall, roles.status, roles.split}
    for name in table.names:
        kind = column_kind(name, name in table.numbers)
        if name in skipped:
            continue
        if kind == "results" or (kind == "mixed" and seen_result):
            seen_result = True
        elif kind == "meta":
            meta.append(name)
        else:
            params.append(name)
    return Roles(
        wall=roles.wall, run=roles.run, status=roles.status, params=tuple(params), meta=tuple(meta), per_row=True
    )  # fmt: skip
