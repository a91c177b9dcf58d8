"""Tables the wrong way round: each column is a run, and the first column names the settings and measures.

``pandas.DataFrame({run: {"lr": 0.1, "val_loss": 0.4}})`` writes them, and people who compare a few runs side by side.
"""

import re
from collections.abc import Sequence

from logminer.core.names import words
from logminer.core.vocabulary import describe
from logminer.formats.documents.name_values import name_values
from logminer.formats.documents.values import parse_scalar, spoken
from logminer.formats.tables.columns import is_nameless, is_status_name, row_columns
from logminer.formats.tables.layout import is_numeric
from logminer.formats.tables.list_cells import is_list
from logminer.formats.tables.names import is_known_setting, is_measured, is_setting
from logminer.formats.tables.shape import Shape
from logminer.formats.tables.table import BLANK, Table, from_columns

_MOST_ROWS = 1_000  # names of settings and measures
_MOST_CELLS = 200_000
_TITLES = spoken("""
    metric metrics parameter parameters param params hyperparameter hyperparameters hparam hparams setting settings
    config configuration name names key field property attribute variable measure quantity item row
""")
_RUNS = spoken("run runs trial trials experiment experiments exp model models")
# Columns that sum up others or compare two runs, or parts of one run.
_SUMMARIES = spoken("""
    mean average avg std stdev var median best worst max min total overall sum all count value values unit units type
    description default range note notes comment meaning importance diff difference delta change improvement rank
    train training tr val valid validation test testing eval evaluation dev holdout target step steps epoch epochs
""")
_QUANTILE = re.compile(r"\d+ ?%")


def turned(table: Table) -> Table | None:
    """The table with a row a run, where each column but the first is one; None where its rows are runs or steps.

    Args:
        table: as it stands in the file.
    """
    names = table.names
    if len(names) < 3 or not 1 < table.rows <= _MOST_ROWS or names[0] not in table.texts:
        return None
    labels = [_text(table, names[0], row).strip() for row in range(table.rows)]
    if len(names) * table.rows > _MOST_CELLS or not _are_known(labels):
        return None
    rows = [[_text(table, name, row) for name in names] for row in range(table.rows)]
    if not is_transposed(names, rows):
        return None
    columns = dict(zip(labels, (_cells(row[1:]) for row in rows), strict=True))
    runs = [name.strip() for name in names[1:]]
    title = "name" if _is_title(names[0]) or names[0] in columns else names[0]
    told = [name_values(run) for run in runs]
    extra = {
        key: [values.get(key) for values in told]
        for key in dict.fromkeys(key for values in told for key in values)
        if key not in columns
    }
    own = {} if title in columns else {title: runs}
    return from_columns({**own, **extra, **columns})


def runs_in_columns(table: Table) -> Shape:
    """The shape of a table that was turned: a row a run."""
    return Shape("rows", "runs in columns", rows=row_columns(table))


def is_transposed(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows are settings and measures of runs that stand side by side.

    Most names in the first column must be known, a measure among them, none in the header; and all cells of a measure
    are numbers, or lists of them.

    Args:
        names: the header.
        rows: cells of each row.
    """
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    labels = [row[0].strip() for row in rows if row]
    heads = [name.strip() for name in names[1:]]
    if (
        len(heads) < 2
        or len(labels) < 2
        or len(set(labels)) < len(labels)
        or len(labels) < len(rows)
    ):
        return False
    measures = [is_measured(label) for label in labels]
    settings = [is_setting(label) or is_status_name(label) for label in labels]
    known = sum(m or s for m, s in zip(measures, settings, strict=True))
    if not any(measures) or 2 * known <= len(labels) or not _names_labels(names[0]):
        return False
    if any(is_numeric(label) for label in labels) or any(map(_is_no_run, heads)):
        return False
    if all(map(is_numeric, heads)) and (not any(settings) or not _speaks_of_runs(names[0])):
        return False
    measured = [row[1:] for row, measure in zip(rows, measures, strict=True) if measure]
    cells = [cell.strip() for row in measured for cell in row if cell.strip().lower() not in BLANK]
    return len(cells) > 0 and all(is_numeric(cell) or is_list(cell) for cell in cells)


def _are_known(labels: Sequence[str]) -> bool:
    """Whether names are different, most are those of settings and measures, and one is a measure's."""
    if len(labels) < 2 or len(set(labels)) < len(labels) or any(map(is_numeric, labels)):
        return False
    measures = [is_measured(label) for label in labels]
    settings = (is_setting(label) or is_status_name(label) for label in labels)
    known = sum(m or s for m, s in zip(measures, settings, strict=True))
    return any(measures) and 2 * known > len(labels)


def _names_labels(title: str) -> bool:
    """Whether the first cell of the header may stand above names: nameless, a word for them, or a setting."""
    return _is_title(title) or (is_known_setting(title) and not is_measured(title))


def _is_title(title: str) -> bool:
    plain = title.strip()
    if not plain or is_nameless(plain) or plain == "column_1":
        return True
    return any(word in _TITLES or word in _RUNS for word in words(plain))


def _speaks_of_runs(title: str) -> bool:
    return not _RUNS.isdisjoint(words(title))


def _is_no_run(head: str) -> bool:
    """Whether a cell of the header is that of another kind of table: a measure, a budget, a summary, a split."""
    if not head or _QUANTILE.fullmatch(head) or head.startswith("column_"):
        return True
    if name_values(head):
        return False
    meaning = describe(head)
    known = meaning.known and meaning.kind in {"measure", "companion", "budget"}
    return known or head.lower() in _SUMMARIES


def _text(table: Table, name: str, row: int) -> str:
    value = table.cell(name, row)
    return "" if value is None else str(value)


def _cells(cells: Sequence[str]) -> list[object]:
    return [None if c.strip().lower() in BLANK else parse_scalar(c.strip()) for c in cells]
