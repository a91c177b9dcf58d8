"""The shape of a table: a curve, several runs stacked or side by side, or one run a row.

What climbs and what repeats decides; names only settle what the values leave open. A column is the axis of a curve if it
climbs within runs. Several runs are stacked where it climbs only within the rows that agree in a run id or in settings.
Rows are runs where nothing climbs and something that can be chosen differs between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from logminer.core.names import words
from logminer.core.problem import NotALogError
from logminer.core.vocabulary import describe
from logminer.formats.documents.classify import file_kind
from logminer.formats.documents.values import spoken
from logminer.formats.tables.axis import LIKELY, Axis, axes_of, is_erratic, name_rank
from logminer.formats.tables.columns import (
    RowColumns,
    declared_params,
    is_nameless,
    is_row_number,
    is_time,
    row_columns,
    status_column,
)
from logminer.formats.tables.design import (
    follows_schedule,
    is_named_after_a_column,
    rows_evidence,
    says_runs,
)
from logminer.formats.tables.exports import is_runs_export
from logminer.formats.tables.groups import combinations, distinct
from logminer.formats.tables.names import is_known_setting, is_measured, is_result, is_setting
from logminer.formats.tables.reports import refuse_reports
from logminer.formats.tables.table import Table, step_column, wall_column
from logminer.formats.tables.wide import WideColumn, curves_side_by_side, repeats_side_by_side

Kind = Literal["curve", "rows"]

_RUN_NAMES = (
    "run_id", "run", "run_name", "run_number", "trial_id", "trial", "trial_number", "trial_name", "experiment_id",
    "exp_id", "exp_name", "experiment", "exp", "job_id", "config_id", "uuid", "name", "number", "id",
)  # fmt: skip
_SPLIT_NAMES = ("split", "phase", "subset", "partition", "stage", "mode", "set", "dataset_split")
SPLITS = spoken("""
    train training tr val valid validation test testing eval evaluation dev holdout
""")
_METRIC_NAMES = ("metric", "metric_name", "tag", "variable", "name", "key", "measure")
_VALUE_NAMES = ("value", "metric_value", "val", "score")
_LOGS = spoken("log logs history curve curves loss losses train training progress monitor")
_COUNTERS = spoken("iteration iterations iter iters it round step steps generation t")


@dataclass(frozen=True)
class Shape:
    """Which column is what; kept in the state of a log that is read on.

    Attributes:
        kind: whether rows lie on curves or are runs.
        evidence: why, in a few words.
        axis: column of steps, None when the row number counts.
        outer: column that climbs where the axis starts anew, such as the epoch of a batch.
        span: steps of the axis within one of ``outer``.
        wall: column of Unix times.
        keys: columns that tell stacked runs apart.
        named: whether ``keys`` is a single column of run names.
        split: column such as ``train``/``val`` that names of metrics begin with.
        metric: column of metric names of a long table; ``value`` holds their values.
        value: see ``metric``.
        settings: columns that are constant within each run.
        left_out: nameless columns that number the rows.
        rows: what a table of runs declares of its columns.
        wide: columns that belong to runs, or to repeats of a run, which stand side by side.
        is_chart: whether no other column than the axis and those is a metric.
    """

    kind: Kind = "curve"
    evidence: str = ""
    axis: str | None = None
    outer: str | None = None
    span: int = 0
    wall: str | None = None
    keys: tuple[str, ...] = ()
    named: bool = False
    split: str | None = None
    metric: str | None = None
    value: str | None = None
    settings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    rows: RowColumns = field(default_factory=RowColumns)
    wide: tuple[WideColumn, ...] = ()
    is_chart: bool = False

    def to_state(self) -> dict[str, Any]:
        """As plain data for ``Resume.state``."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Shape":
        """Back from ``to_state``."""
        lists = {name: tuple(state[name]) for name in ("keys", "settings", "left_out")}
        wide = tuple(WideColumn(**column) for column in state["wide"])
        return cls(**{**state, **lists, "rows": RowColumns(**state["rows"]), "wide": wide})

    @property
    def places(self) -> set[str]:
        """Columns of a curve that tell where the cells of a row belong."""
        singles = (self.axis, self.outer, self.wall, self.split, self.metric)
        return {*self.keys, *(name for name in singles if name)}

    @property
    def not_measured(self) -> set[str]:
        """Columns of a curve that are no metrics."""
        return {*self.places, *self.settings, *self.left_out}


def says_log(file_name: str) -> bool:
    """Whether a file name says "training log"."""
    return not _LOGS.isdisjoint(words(file_name)) or file_kind(file_name) == "results"


def heads_a_log(names: Sequence[str], file_name: str) -> bool:
    """Whether a header without rows is that of a training log."""
    ranks = [rank for name in names if (rank := name_rank(name)) is not None]
    return (
        bool(ranks and min(ranks) < LIKELY) or says_log(file_name) or any(map(is_measured, names))
    )


def shape_of(table: Table, file_name: str = "", *, is_part: bool = False) -> Shape:
    """Decide what shape a table has.

    Args:
        table: its first rows.
        file_name: a hint.
        is_part: whether more rows follow, so that a column of run names may have others there.

    Raises:
        NotALogError: it is a report by class, a table of predictions, a data set, or holds nothing measured.
    """
    refuse_reports(table)
    wall = wall_column(table)
    if wide := curves_side_by_side(table, file_name):
        axis = next(iter(axes_of(table, {*(c.column for c in wide)})), None)
        return Shape(
            evidence="runs in columns",
            axis=axis.name if axis else None,
            wall=wall,
            wide=wide,
            is_chart=True,
        )
    metric, value = _long_columns(table)
    return _Decision(table, file_name, wall, metric, value, is_part).shape()


@dataclass(frozen=True)
class _Decision:
    """One table about to be judged."""

    table: Table
    file_name: str
    wall: str | None
    metric: str | None
    value: str | None
    is_part: bool = False

    def shape(self) -> Shape:
        if self.metric is None and is_runs_export(self.table.names):
            return self._rows("a tool's table of runs")
        split = self.split
        taken = {n for n in (split, self.wall, self.metric, self.value) if n}
        declared = declared_params(self.table.names)
        chosen = [n for n in self.table.names if n not in taken and self._is_setting(n)]
        varied = [n for n in chosen if not self.table.constant(n)]
        for axis in axes_of(self.table, taken | {*declared}):
            shape = self._on(axis, varied, declared)
            if shape is not None:
                return shape
        if self.metric is None and (why := self._rows_evidence(varied, declared)):
            return self._rows(why)
        if self.metric is not None:
            return self._long_without_axis(split)
        free = [n for n in varied if not follows_schedule(self.table, n) and "fold" not in words(n)]
        if not self._measures() or (free and not says_log(self.file_name)):
            names = ", ".join(self.table.names[:5])
            raise NotALogError(f"no training log: neither steps nor a known metric among {names}")
        counts = (n for n in self.table.numbers if "fold" in words(n) or is_nameless(n))
        axis = Axis(next(counts, None))
        return self._curve(axis, (), False, "nothing climbs, and nothing that is chosen differs")

    @property
    def split(self) -> str | None:
        """The column of splits."""
        name = _named(self.table, _SPLIT_NAMES)
        if name is None or name not in self.table.texts:
            return None
        found = {str(cell).lower() for cell in self.table.texts[name].tolist() if cell is not None}
        return name if found and found <= SPLITS else None

    def _is_setting(self, name: str) -> bool:
        """Whether a column's name, or its texts, are those of something that can be chosen."""
        numeric = name in self.table.numbers
        if (
            is_row_number(self.table, name)
            or _plain(name) in _RUN_NAMES
            or is_time(self.table, name)
        ):
            return False
        return is_setting(name) or (not numeric and not describe(name).kind)

    def _on(self, axis: Axis, varied: Sequence[str], declared: Mapping[str, str]) -> Shape | None:
        """The shape with this axis, or None where it is no axis of this table."""
        settings = [n for n in varied if n != axis.name]
        free = [n for n in settings if not follows_schedule(self.table, n)]
        erratic = [n for n in settings if is_erratic(self.table, n)]
        hinted = says_runs(self.file_name)
        if axis.climbs or self._climbs_within_parts(axis):
            if axis.is_weak and (
                declared or free or is_named_after_a_column(self.table, self.file_name)
            ):
                return None
            if not axis.counts_on(beside_settings=False) or (axis.is_unknown and hinted):
                return None
            if erratic and (declared or hinted or _plain(axis.name) in _COUNTERS):
                return None
            if axis.is_unknown and not self._measures():
                return None
            return self._curve(axis, *self._constant_key(axis), f"{axis.name} climbs")
        keys, named = self._run_keys(axis, settings)
        for name in free if keys else ():
            if (
                name not in keys
                and (axis.is_weak or name in erratic)
                and not _constant_within(self.table, name, keys)
            ):
                return None
        chosen = any(describe(name).kind not in {"repeat", "identity"} for name in keys)
        goes_on = axis.is_regular and axis.counts_on(beside_settings=chosen)
        if keys and (not axis.is_weak or goes_on):
            return self._curve(axis, keys, named, f"{axis.name} climbs within {', '.join(keys)}")
        if (
            axis.is_weak
            or declared
            or (erratic and hinted)
            or len(erratic) > 1
            or not axis.starts_anew
        ):
            return None
        return self._curve(axis, (), False, f"{axis.name} climbs and starts anew")

    def _run_keys(self, axis: Axis, settings: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """Columns within whose values the axis climbs, and whether they are one column of run names."""
        split = self.split
        for name in [n for n in (_named(self.table, (r,)) for r in _RUN_NAMES) if n]:
            if name not in {axis.name, self.metric} and self._climbs_within(axis, (name,), split):
                return (name,), True
        constant = [
            n for n in self.table.names
            if n not in {axis.name, axis.outer, split, self.metric, self.value, self.wall}
            and not self.table.constant(n)
            and (n in settings or (axis.is_piecewise(self.table, n) and not is_result(n)))
        ]  # fmt: skip
        constant = [n for n in constant if axis.is_piecewise(self.table, n)] or constant
        texts = [n for n in constant if n in self.table.texts]
        for group in (constant, [n for n in constant if n in settings], texts):
            if group and self._climbs_within(axis, group, split):
                return self._fewest(group), False
        return (), False

    def _fewest(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of some columns that it takes to tell their combinations apart, the first ones kept."""
        kept, groups = list(names), len(combinations(self.table, names)[1])
        for name in reversed(names):
            rest = [n for n in kept if n != name]
            if rest and len(combinations(self.table, rest)[1]) == groups:
                kept = rest
        return tuple(kept)

    def _constant_key(self, axis: Axis) -> tuple[tuple[str, ...], bool]:
        """The column of run names that has one value in the first part of a long table, if there is one."""
        name = _named(self.table, _RUN_NAMES)
        is_key = self.is_part and name not in {None, axis.name, self.metric}
        return ((str(name),), True) if is_key and self.table.constant(str(name)) else ((), False)

    def _climbs_within_parts(self, axis: Axis) -> bool:
        """Whether the axis climbs in the rows of each split and each metric of a long table."""
        parts = [n for n in (self.split, self.metric) if n]
        if not parts:
            return False
        codes = combinations(self.table, parts)[0]
        order = np.lexsort((np.arange(self.table.rows), codes))
        climb = np.diff(axis.step[order])[np.diff(codes[order]) == 0]
        return bool(np.all(climb > 0))

    def _climbs_within(self, axis: Axis, names: Sequence[str], split: str | None) -> bool:
        """Whether the axis climbs in the rows that agree in some columns, of which there are several groups."""
        extra = [n for n in (split, self.metric) if n]
        codes, keys = combinations(self.table, names)
        if not (1 if self.is_part else 2) <= len(keys) <= self.table.rows / 1.5:
            return False
        codes = combinations(self.table, [*names, *extra])[0] if extra else codes
        order = np.lexsort((np.arange(self.table.rows), codes))
        climb = np.diff(axis.step[order])[np.diff(codes[order]) == 0]
        falls = np.count_nonzero(climb < 0) if axis.repeats else np.count_nonzero(climb <= 0)
        return len(climb) > 0 and bool(falls * 20 <= len(climb))

    def _curve(self, axis: Axis, keys: tuple[str, ...], named: bool, why: str) -> Shape:
        shape = Shape(
            evidence=why, axis=axis.name, outer=axis.outer, span=axis.span,
            wall=None if self.wall == axis.name else self.wall, keys=keys, named=named,
            split=self.split, metric=self.metric, value=self.value,
            rows=RowColumns(status=status_column(self.table)),
            left_out=tuple(n for n in self.table.numbers if is_nameless(n) and n != axis.name),
        )  # fmt: skip
        wide = () if self.metric else repeats_side_by_side(self.table)
        taken = {*shape.not_measured, self.value}
        others = [n for n in self.table.names if n not in taken]
        settings = tuple(n for n in others if self._tells_of_the_run(n, shape))
        return Shape(**{**vars(shape), "settings": settings, "wide": wide})

    def _tells_of_the_run(self, name: str, shape: Shape) -> bool:
        """Whether a column beside a curve tells of the run rather than of the step."""
        if shape.keys and not self.table.constant(name):
            return not is_result(name) and _constant_within(self.table, name, shape.keys)
        if name in self.table.texts:
            return self.table.constant(name)
        if self.table.rows < 2 or not is_known_setting(name):
            return False
        # A learning rate follows a schedule: constant so far says nothing.
        spoken_words = {"rate" if word == "lr" else word for word in words(name)}
        return self.table.constant(name) and ("rate" not in spoken_words or bool(shape.keys))

    def _rows_evidence(self, varied: Sequence[str], declared: Mapping[str, str]) -> str:
        if declared:
            return f"{next(iter(declared))} is declared to be a hyperparameter"
        return rows_evidence(self.table, self.file_name, varied)

    def _rows(self, why: str) -> Shape:
        return Shape(
            "rows", why, wall=self.wall, rows=row_columns(self.table),
            wide=repeats_side_by_side(self.table),
        )  # fmt: skip

    def _long_without_axis(self, split: str | None) -> Shape:
        """A long table without steps: each combination of the other columns is a run."""
        taken = {self.metric, self.value, self.wall, split}
        others = [
            n for n in self.table.names
            if n not in taken and not self.table.constant(n) and not is_row_number(self.table, n)
            and (n in self.table.texts or not is_result(n))
        ]  # fmt: skip
        codes, keys = combinations(self.table, others)
        often = np.bincount(codes).max() if others else 0
        metrics = len(distinct(self.table, str(self.metric))[1])
        is_per_run = len(keys) > 1 and 1 < often <= metrics
        return self._curve(
            self._one_step(), tuple(others) if is_per_run else (), False, "metric and value"
        )

    def _one_step(self) -> Axis:
        """The axis of a table that has not got beyond its first step, if there is one by its name."""
        named = step_column(self.table.numbers)
        axis = Axis(named, 0 if named is None else name_rank(named) or 0)
        return axis if named and self.table.constant(named) and not axis.is_weak else Axis(None)

    def _measures(self) -> bool:
        """Whether any column is a known metric, or the file's name says that it is a log."""
        return says_log(self.file_name) or any(map(is_measured, self.table.numbers))


@lru_cache(maxsize=1 << 16)
def _plain(name: str | None) -> str:
    return (name or "").strip().lower().replace(" ", "_")


def _named(table: Table, names: Sequence[str]) -> str | None:
    lowered = {_plain(name): name for name in reversed(table.names)}
    return next((lowered[name] for name in names if name in lowered), None)


def _long_columns(table: Table) -> tuple[str | None, str | None]:
    metric, value = _named(table, _METRIC_NAMES), _named(table, _VALUE_NAMES)
    if metric in table.texts and value in table.numbers:
        return metric, value
    return None, None


def _constant_within(table: Table, name: str, keys: Sequence[str]) -> bool:
    runs, groups = combinations(table, keys)
    cells = distinct(table, name)[0]
    return len(np.unique(np.stack([runs, cells]), axis=1).T) == len(groups)
