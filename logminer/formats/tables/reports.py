"""Tables beside training that are no logs of it: reports by class, confusion matrices, predictions, statistics."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.core.names import words
from logminer.core.problem import NotALogError
from logminer.formats.documents.values import spoken
from logminer.formats.tables.names import is_known_setting, is_result
from logminer.formats.tables.table import Table

_AVERAGES = frozenset(("macro avg", "micro avg", "weighted avg", "samples avg", "accuracy", "macro_avg", "weighted_avg", "micro_avg", "average"))  # fmt: skip
_SUPPORT = spoken("support weight count n instances samples total nsamples numsamples images")
_CLASSES = spoken(
    "class classes label labels category categories species classname classid target digit tag emotion intent entity"
)
_SCORES = frozenset(("precision", "recall"))
_SUMMARIES = spoken(
    "mean average avg std median best max min total overall sum all worst mean±std stdev var"
)
_STATISTICS = frozenset(("count", "mean", "std", "min", "max"))
_PREDICTED = re.compile(r"y_?pred\w*|pred|preds|predicted\w*|predictions?(?:_\w+)?|y_?hat|\w+_pred|pred_\w+|\w+_prediction", re.IGNORECASE)  # fmt: skip
_COSTS = frozenset(("time", "times", "seconds", "secs", "ms", "latency", "speed", "throughput"))
_TRUE = re.compile(r"y_?true|y|true\w*|labels?|target\w*|actual\w*|ground_?truth|gt|\w+_true|true_\w+|observed", re.IGNORECASE)  # fmt: skip


def refuse_reports(table: Table) -> None:
    """Leave alone what tells of one model in detail, or of data.

    Raises:
        NotALogError: the table is such a report.
    """
    if not (table.rows and table.names):
        return
    if _is_report_by_class(table):
        raise NotALogError("no training log: results by class of one model")
    if _is_confusion_matrix(table):
        raise NotALogError("no training log: a confusion matrix")
    if _holds_predictions(table.names):
        raise NotALogError("no training log: predictions")
    if _is_statistics(table):
        raise NotALogError("no training log: statistics of data")


def is_report_mapping(names: Iterable[str], inner: Iterable[str]) -> bool:
    """Whether a mapping of mappings is a report: classes over precision and recall, or averages over them.

    Args:
        names: keys of the mapping.
        inner: keys that its mappings share.
    """
    plain = {_plain(name) for name in inner}
    below = {str(name).lower() for name in names}
    return plain >= _SCORES and (bool(plain & _SUPPORT) or bool(below & (_AVERAGES - {"accuracy"})))


def without_summaries(table: Table) -> Table:
    """The table without rows at its end that sum up the others: ``mean``, ``std``, ``best``."""
    if table.rows < 3 or not table.names:
        return table
    first = table.names[0]
    cells = table.texts.get(first, table.mixed.get(first))
    if cells is None:
        return table
    plain = [str(cell).strip().lower() for cell in cells.tolist()]
    last = table.rows
    while last > 1 and plain[last - 1] in _SUMMARIES:
        last -= 1
    words_below = plain[last:]
    if not words_below or last < 2 or len(set(words_below)) < len(words_below):
        return table
    is_summed = first in table.mixed or _are_means(table, last, words_below)
    return table.take(slice(0, last)) if is_summed else table


_FUNCTIONS: dict[str, Callable[[NDArray[np.float64]], Any]] = {
    "mean": np.mean, "average": np.mean, "avg": np.mean, "max": np.max, "min": np.min, "std": np.std, "median": np.median,
}  # fmt: skip


def _are_means(table: Table, last: int, labels: Sequence[str]) -> bool:
    """Whether the values beside ``mean``, ``max``, … are those of the rows above, in some column."""
    return any(
        label in _FUNCTIONS and _is_value_of(_FUNCTIONS[label], column.value, last, place)
        for place, label in enumerate(labels, start=last)
        for column in table.numbers.values()
    )


def _is_value_of(
    function: Callable[[NDArray[np.float64]], Any],
    values: NDArray[np.float64],
    last: int,
    place: int,
) -> bool:
    above = values[:last][np.isfinite(values[:last])]
    if not len(above) or not np.isfinite(values[place]) or not np.std(above) > 0:
        return False
    return abs(float(function(above)) - float(values[place])) <= 1e-2 * float(np.std(above))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _labels(table: Table) -> tuple[str, set[str]]:
    """The first column and its cells in lower case, if they are texts."""
    first = table.names[0]
    cells = table.texts.get(first, table.mixed.get(first))
    return first, set() if cells is None else {str(c).strip().lower() for c in cells.tolist()}


def _is_report_by_class(table: Table) -> bool:
    if any(is_known_setting(n) and _plain(n) not in _SUPPORT | _CLASSES for n in table.names):
        return False
    first, labels = _labels(table)
    if {"precision", "recall"} <= labels or {"precision", "recall", "f1-score"} <= labels:
        return True
    if not labels and _plain(first) not in _CLASSES:
        return False
    scores = [n for n in table.names[1:] if n in table.numbers]
    plain = {_plain(name) for name in scores}
    measured = all(is_result(n) or _plain(n) in _SUPPORT for n in scores) and len(scores) > 0
    if _plain(first) in _CLASSES and measured and len(scores) == len(table.names) - 1:
        return True
    if not plain >= _SCORES:
        return False
    nameless = first in {"index", "column_1"} or first.lower().startswith("unnamed")
    return bool(plain & _SUPPORT or labels & (_AVERAGES - {"accuracy"})) or (
        nameless and measured and "accuracy" not in plain
    )


def _is_confusion_matrix(table: Table) -> bool:
    """Whether the counts of a square table have the same names along both sides."""
    first, labels = _labels(table)
    columns = [n for n in table.numbers if n != first or not labels]
    if not 2 <= len(columns) <= table.rows + 1:
        return False
    lowered = {name.strip().lower() for name in columns}
    if labels and len(lowered & labels) * 2 > len(labels) and len(labels) > 1:
        return True
    if table.rows not in {len(columns), len(columns) - 1}:
        return False
    counts = columns if table.rows == len(columns) else columns[1:]
    numbered = all(
        re.fullmatch(r"(column_|pred\w*[ _]?|class[ _]?)?\d+", n.strip().lower()) for n in counts
    )
    values = np.stack([table.numbers[name].value for name in counts])
    return numbered and bool(np.all(values >= 0)) and bool(np.all(values == np.floor(values)))


def _holds_predictions(names: Iterable[str]) -> bool:
    plain = [name.strip().lower().replace(" ", "_") for name in names]
    predicted = [n for n in plain if _PREDICTED.fullmatch(n) and not _is_cost(n)]
    true = [n for n in plain if _TRUE.fullmatch(n) and n not in predicted]
    return bool(predicted and true) or len(predicted) > 1


def _is_cost(name: str) -> bool:
    """Whether a name is that of how long a prediction took: ``pred_time_val`` is, ``pred_val`` is not."""
    return bool(_COSTS & {*words(name)})


def _is_statistics(table: Table) -> bool:
    _, labels = _labels(table)
    lowered = {name.strip().lower() for name in table.names}
    return labels >= _STATISTICS or (
        lowered >= _STATISTICS and not any(is_known_setting(name) for name in table.names)
    )
