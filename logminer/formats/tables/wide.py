"""Runs and repeats that stand side by side in columns: ``run-3 - val_loss``, ``acc_seed0``, ``fold1``."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logminer.core.names import words
from logminer.formats.documents.values import spoken
from logminer.formats.tables.names import is_known_setting, is_measured, is_result
from logminer.formats.tables.table import STEP_NAMES, Table

_CHART = re.compile(r"(?:Group: )?(?P<run>.+?) - (?P<metric>(?:(?! - ).)+)")
_COPIES = ("__MIN", "__MAX")
_REPEAT = re.compile(
    r"(?P<metric>(?:.*[^A-Za-z])?)(?P<kind>seed|fold|run|rep|repeat|replicate|trial|cv)[ _\-#.]?(?P<number>\d{1,6})(?P<rest>[^0-9].*)?",
    re.IGNORECASE,
)
_AVERAGES = spoken("mean avg average median overall")
_SPLITS = spoken("train training tr val valid validation test testing eval dev holdout")


@dataclass(frozen=True)
class WideColumn:
    """A column that is one metric of one of several runs, or of one repeat of a run.

    Attributes:
        column: its name.
        metric: the metric it holds.
        run: name of the run, empty where ``kind`` and ``number`` tell it.
        kind: what its number counts: ``seed``, ``fold``, …; empty for a name.
        number: see ``kind``.
    """

    column: str
    metric: str
    run: str = ""
    kind: str = ""
    number: int = 0

    @property
    def key(self) -> str:
        """What tells its run from those beside it."""
        return f"{self.kind}={self.number}" if self.kind else self.run


def curves_side_by_side(table: Table, file_name: str) -> tuple[WideColumn, ...]:
    """Columns of a chart of several runs; empty where columns are metrics of one run.

    Args:
        table: the rows.
        file_name: of the table; where it names a metric, columns of other names are runs.
    """
    return _chart_columns(table) or _columns_of_one_metric(table, file_name)


def copies(names: Sequence[str]) -> frozenset[str]:
    """Columns that a chart's export adds to each of the others: the smallest and largest of what it drew."""
    known = set(names)
    return frozenset(n for n in names if n.endswith(_COPIES) and n[:-5] in known)


def _chart_columns(table: Table) -> tuple[WideColumn, ...]:
    """Columns of Weights & Biases' chart export, ``run - metric``; all but the axis are."""
    extra = copies(table.names)
    named = [n for n in table.names if n not in extra and _CHART.fullmatch(n)]
    others = set(table.names) - extra - set(named)
    if len(others) > 1 or not named or (len(named) == 1 and not extra):
        return ()
    parts = [(name, *name.removeprefix("Group: ").rpartition(" - ")[::2]) for name in named]
    metrics = Counter(metric for _, _, metric in parts)
    if len(metrics) > max(2, len(named) // 2) and not extra:
        return ()
    return tuple(
        WideColumn(name, metric, run.removeprefix("run: ").removeprefix("Name: "))
        for name, run, metric in parts
        if not metric.startswith("_") and name in table.numbers
    )


def _columns_of_one_metric(table: Table, file_name: str) -> tuple[WideColumn, ...]:
    """Columns named after runs in a file named after a metric: ``val_loss.csv`` with ``epoch,adam,sgd``."""
    stem = file_name.partition(".")[0]
    if not is_measured(stem) or table.texts or table.rows < 2:
        return ()
    plain = {n.strip().lower(): n for n in table.numbers}
    axis = next((plain[n] for n in STEP_NAMES if n in plain), None)
    columns = [name for name in table.numbers if name != axis]
    if axis is None or len(columns) < 2 or any(n.startswith("column_") for n in columns):
        return ()
    place = table.numbers[axis].value
    rising = bool(np.all(place[1:] > place[:-1]))
    if not rising or any(
        is_result(n) or is_known_setting(n) or "time" in words(n) for n in columns
    ):
        return ()
    if all(name.strip().lower() in _SPLITS for name in columns):
        return tuple(WideColumn(name, f"{name.strip()}/{stem}") for name in columns)
    return tuple(WideColumn(name, stem, name.strip()) for name in columns)


def repeats_side_by_side(table: Table) -> tuple[WideColumn, ...]:
    """Columns of one metric for several seeds, folds or repeats; empty where their mean stands beside them."""
    found = []
    for name in table.numbers:
        match = _REPEAT.fullmatch(name.strip())
        if match is not None:
            metric = f"{match['metric']}{match['rest'] or ''}".strip(" _-./")
            kind = match["kind"].lower()
            found.append(WideColumn(name, metric or "value", "", kind, int(match["number"])))
    groups = Counter((column.metric, column.kind) for column in found)
    found = [column for column in found if groups[column.metric, column.kind] > 1]
    others = set(table.numbers) - {column.column for column in found}
    if any(not _AVERAGES.isdisjoint(words(name)) for name in others):
        return ()
    return tuple(found)
