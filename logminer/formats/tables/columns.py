"""What a table of runs declares of its columns: prefixes, states, times, row numbers, a tool's own bookkeeping.

Only what stands in the header of a known export, or in the values themselves, counts as declared. All other columns are
cells: facts beside a run, of which an analysis over all runs decides what they are.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from logminer.core.parsed import Status
from logminer.formats.documents.values import parse_time
from logminer.formats.tables.exports import own_columns, result_columns
from logminer.formats.tables.names import is_known_setting, is_result
from logminer.formats.tables.table import Table

_DOTTED_PARAM = re.compile(
    r"^(?:param(?:eter)?s?|config|cfg|hparams?|args|hyper_?params?|hyper_?parameters?)(?:[.:/]|__)(?=.)", re.IGNORECASE
)  # fmt: skip
_LINED_PARAM = re.compile(r"^(?:params|param|hparams?|hp)_(?=.)", re.IGNORECASE)
_POINT = re.compile(
    r"^(?:(?:last_)?metrics?|summary|results?|scores?|perf)(?:[.:/]|__)(?=.)", re.IGNORECASE
)
_OPTUNA_VALUE = re.compile(r"values?|values?_.+")
_CV_SCORE = re.compile(r"(?:(?:mean|std)_(?:train|test|fit|score)_|split\d+_(?:train|test)_).+")
_BOOKKEEPING = re.compile(
    r"(?:user_attrs|system_attrs|datetime|rank_test|rank_train|tags|_wandb)(?:[_./]|$).*|_[a-z].*|(?:config|summary)[./]_.*"
)
_UNNAMED = re.compile(r"index|unnamed: ?\d+|column_1|level_\d+", re.IGNORECASE)
_NAMELESS = re.compile(r"index(?:\.\d+)?|unnamed: ?\d+|level_\d+", re.IGNORECASE)
_IDENTITIES = (
    "trial_id", "run_id", "run_name", "run", "trial", "trial_name", "experiment_id", "exp_id", "exp_name", "experiment", "exp",
    "job_id", "config_id", "record_id", "uuid", "id", "name", "number", "run_number", "trial_number", "no", "nr", "idx", "index",
    "save_name", "run_key", "hash", "date",
)  # fmt: skip
_COUNTERS = frozenset((*_IDENTITIES, "#", "row", "n", "count", "i", "iter", "iteration", "it"))

_STATUS: dict[str, Status] = {
    **dict.fromkeys(("complete", "completed", "finished", "done", "success", "succeeded", "ok", "terminated", "trialstate.complete"), "finished"),
    # What came of a try, as people and agents who keep a diary of tries write it: it ran to its end either way.
    **dict.fromkeys(("keep", "kept", "discard", "discarded", "accept", "accepted", "reject", "rejected", "revert", "reverted", "baseline"), "finished"),
    **dict.fromkeys(("failed", "fail", "error", "errored", "crashed", "crash", "oom", "nan", "invalid", "diverged"), "failed"),
    **dict.fromkeys(("running", "pending", "started", "in_progress", "in progress", "scheduled", "waiting", "active"), "running"),
    **dict.fromkeys(("preempted", "preempting", "killed", "stopped", "timeout", "timed_out", "cancelled", "canceled", "aborted", "interrupted"), "preempted"),
    **dict.fromkeys(("pruned", "early_stopped", "early-stopped"), "pruned"),
    **dict.fromkeys(("infeasible", "constraint violated"), "infeasible"),
}  # fmt: skip
_STATUS_NAMES = frozenset(
    ("status", "state", "trial_status", "run_status", "trial_state", "outcome", "lifecycle")
)
_DURATION = re.compile(
    r"(?:\d+ days?,? )?\d{1,4}:\d\d(?::\d\d(?:\.\d+)?)?|(?:\d+(?:\.\d+)? ?(?:d|h|hrs?|m|mins?|s|secs?|ms) ?)+"
)
_FEASIBLE = frozenset(("feasible", "is_feasible", "valid", "constraint_satisfied"))
_VIOLATION = re.compile(r"(?:.*_)?constraints?(?:_violation|_value)?(?:_\d+)?|violation|infeasible")
_STARTS = frozenset(("start", "start_time", "started", "started_at", "datetime_start", "time_start", "begin", "created", "created_at", "date", "datetime", "timestamp"))  # fmt: skip
_ENDS = frozenset(("end", "end_time", "ended", "ended_at", "datetime_complete", "time_end", "finished_at", "completed_at"))  # fmt: skip


@dataclass(frozen=True)
class RowColumns:
    """Columns of a table of runs by what they are declared to hold; kept in the state of a log that is read on.

    Attributes:
        params: column of each declared hyperparameter, and its name without the prefix.
        points: column of each declared result, and its name without the prefix.
        meta: columns merely recorded: row numbers, a tool's bookkeeping.
        key: column that names the rows, each differently.
        status: column that says how a run ended.
        violation: columns of truth values or numbers that say which run breaks a constraint.
        started: column of start times.
        ended: column of end times.
    """

    params: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)
    meta: Sequence[str] = ()
    key: str | None = None
    status: str | None = None
    violation: Sequence[str] = ()
    started: str | None = None
    ended: str | None = None

    def to_state(self) -> dict[str, Any]:
        """As plain data for ``Resume.state``."""
        return asdict(self)

    @property
    def taken(self) -> set[str]:
        """Columns that are no cells."""
        singles = (self.status, self.started, self.ended)
        return {*self.params, *self.points, *self.meta, *self.violation, *(n for n in singles if n)}


def declared_params(names: Iterable[str]) -> dict[str, str]:
    """Columns that a prefix declares to be hyperparameters, with their names without it.

    ``params_lr`` counts where it does not stand alone: a single ``param_count`` is a name.
    """
    names = list(names)
    lined = [name for name in names if _LINED_PARAM.match(name)]
    if len(lined) == 1 and not any(_is_optuna(n) or _CV_SCORE.fullmatch(n) for n in names):
        lined = []
    found = {n: _DOTTED_PARAM.sub("", n) for n in names if _DOTTED_PARAM.match(n)}
    found |= {name: _LINED_PARAM.sub("", name) for name in lined}
    found = {name: short for name, short in found.items() if not short.startswith("_")}
    often = Counter([*found.values(), *(name for name in names if name not in found)])
    return {name: short if often[short] == 1 else name for name, short in found.items()}


def _is_optuna(name: str) -> bool:
    return (
        name in {"number", "state", "datetime_start"} or _OPTUNA_VALUE.fullmatch(name) is not None
    )


def declared_points(table: Table, params: Mapping[str, str]) -> dict[str, str]:
    """Columns that a prefix or a known export declares to be results, with their names without it."""
    told = result_columns(table.names)
    optuna = _is_trials_frame(table.names)
    found = {}
    for name in table.numbers:
        if name in params or _BOOKKEEPING.fullmatch(name):
            continue
        if (
            (name in told)
            or (optuna and _OPTUNA_VALUE.fullmatch(name))
            or _CV_SCORE.fullmatch(name)
        ):
            found[name] = name
        elif match := _POINT.match(name):
            found[name] = name[match.end() :]
    often = Counter([*found.values(), *(name for name in table.names if name not in found)])
    return {name: short if often[short] == 1 else name for name, short in found.items()}


def optuna_objectives(names: Sequence[str]) -> list[str]:
    """Columns of the several objectives of Optuna's ``trials_dataframe()``, in their order; none where there is one."""
    found = [name for name in names if _OPTUNA_VALUE.fullmatch(name)]
    return found if len(found) > 1 and _is_trials_frame(names) else []


def _is_trials_frame(names: Collection[str]) -> bool:
    has_own = not {"number", "state", "datetime_start"}.isdisjoint(names)
    return has_own and any(name.startswith("params_") for name in names)


def row_columns(table: Table) -> RowColumns:
    """What the columns of a table with one row a run are declared to hold."""
    params = declared_params(table.names)
    points = declared_points(table, params)
    started, ended = _time_column(table, _STARTS), _time_column(table, _ENDS)
    status, key = status_column(table), key_column(table)
    free = _without(table.names, {*params, *points, started, ended, status})
    violation = [name for name in free if _tells_violation(table, name)]
    free = _without(free, set(violation))
    kept = own_columns(table.names)
    meta = {n for n in free if _BOOKKEEPING.fullmatch(n) or n in kept}
    if any(name.startswith("params_") for name in params):
        meta |= {"number", "duration"} & set(free)
    others = any(_may_be_chosen(table, n) for n in _without(free, {*meta, key}))
    alone = not (others or params)
    meta |= {n for n in _without(free, meta) if is_row_number(table, n, alone=alone)}
    if key in free and not alone:
        meta.add(str(key))
    ordered = [name for name in free if name in meta]
    return RowColumns(params, points, ordered, key, status, violation, started, ended)


def _without(names: Iterable[str], taken: Collection[str | None]) -> list[str]:
    return [name for name in names if name not in taken]


def _may_be_chosen(table: Table, name: str) -> bool:
    """Whether a column may tell the runs apart as a setting does: it varies, and its name is no measure's."""
    return not table.constant(name) and not is_result(name) and not _UNNAMED.fullmatch(name)


def is_nameless(name: str) -> bool:
    """Whether a column has no name of its own, as the index that pandas writes."""
    return _NAMELESS.fullmatch(name.strip()) is not None


def is_row_number(table: Table, name: str, *, alone: bool = False) -> bool:
    """Whether a column is an index: nameless, or 0 to n-1 or 1 to n in a table where it need not be the setting.

    Args:
        table: the rows.
        name: the column.
        alone: whether no other column may tell the runs apart.
    """
    counts = _counts_rows(table, name)
    if _UNNAMED.fullmatch(name.strip()):
        return name in table.numbers or not alone
    if is_known_setting(name) or is_result(name) or not counts:
        return False
    return _plain_name(name) in _COUNTERS or not alone


def _counts_rows(table: Table, name: str) -> bool:
    """Whether the rows are numbered there, from 0 or 1."""
    column = table.numbers.get(name)
    if column is None or name in table.mixed or table.rows < 3 or column.value[0] not in {0, 1}:
        return False
    return bool(np.array_equal(column.value, np.arange(table.rows) + column.value[0]))


def _plain_name(name: str) -> str:
    return re.sub(r"[\s.\-/]+", "_", name.strip().lower())


def key_column(table: Table) -> str | None:
    """The column of names or numbers that tells every row from the others, if one is made for that."""
    named = {_plain_name(name): name for name in reversed(table.names)}
    places = [named[name] for name in _IDENTITIES if name in named]
    places += [name for name in table.names if _UNNAMED.fullmatch(name)]
    return next((name for name in places if _is_unique(table, name)), None)


def _is_unique(table: Table, name: str) -> bool:
    if name in table.texts:
        cells = table.texts[name].tolist()
        return None not in cells and len(set(cells)) == len(cells)
    column = table.numbers[name]
    whole = column.measured.all() and bool(np.all(column.value == np.floor(column.value)))
    return bool(whole) and len(np.unique(column.value)) == table.rows


def status_column(table: Table) -> str | None:
    """The column that says how runs ended: by its name, and because most cells are known states."""
    for name in table.texts:
        if is_status_name(name):
            cells = [str(cell) for cell in table.texts[name].tolist() if cell is not None]
            if sum(status_of(cell) != "unknown" for cell in cells) * 2 > len(cells):
                return name
    return None


def is_status_name(name: str) -> bool:
    """Whether a name is that of a run's state."""
    return _plain_name(name) in _STATUS_NAMES


def status_of(cell: Any) -> Status:
    """The state that a cell names: ``TrialState.COMPLETE`` is finished."""
    word = str(cell).strip().lower()
    return _STATUS.get(word, _STATUS.get(word.rpartition(".")[2], "unknown"))


def _tells_violation(table: Table, name: str) -> bool:
    plain = _plain_name(name)
    if name not in table.numbers:
        return False
    return (plain in _FEASIBLE and name in table.booleans) or _VIOLATION.fullmatch(
        plain
    ) is not None


def is_violated(name: str, value: Any) -> bool:
    """Whether a cell of a violation column says that a constraint is broken: above 0, as tuners write it."""
    if _plain_name(name) in _FEASIBLE:
        return value is False
    return value is True or (isinstance(value, int | float) and value > 0)


def is_time(table: Table, name: str) -> bool:
    """Whether the texts of a column are points in time or durations: ``0:03:20``, ``2024-05-01 10:00``, ``7.2min``."""
    if name not in table.texts:
        return False
    cells = [str(cell) for cell in table.texts[name][:50].tolist() if cell is not None]
    return bool(cells) and all(
        _DURATION.fullmatch(c.strip()) or parse_time(c) is not None for c in cells
    )


def _time_column(table: Table, names: frozenset[str]) -> str | None:
    """The first column of such a name whose cells are points in time."""
    for name in table.names:
        if _plain_name(name) in names:
            rows = range(min(table.rows, 20))
            cells = [cell for row in rows if (cell := table.cell(name, row)) is not None]
            if cells and all(parse_time(cell) is not None for cell in cells):
                return name
    return None
