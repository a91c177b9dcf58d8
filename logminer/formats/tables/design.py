"""Whether the rows of a table are runs: a designed experiment, a search, a list of what was tried."""

from collections.abc import Sequence

import numpy as np

from logminer.core.names import is_known, words
from logminer.formats.documents.classify import is_measured
from logminer.formats.documents.values import spoken
from logminer.formats.tables.axis import is_erratic
from logminer.formats.tables.columns import is_row_number, status_column
from logminer.formats.tables.groups import distinct
from logminer.formats.tables.table import Table

_RUN_TABLES = spoken("""
    results result trials runs sweep sweeps leaderboard experiments experiment grid search tuning trial hpo benchmark
    ablation ablations hyperparameter hyperparameters hparams optuna wandb comparison compare
""")
_SCHEDULES = spoken("rate lr momentum decay temperature eps epsilon beta")
_FEW = 30  # rows up to which a lone learning rate that only rises was set by hand


def says_runs(file_name: str) -> bool:
    """Whether a file name says that each row is a run."""
    return not _RUN_TABLES.isdisjoint(words(file_name))


def follows_schedule(table: Table, name: str) -> bool:
    """Whether a setting is one that training changes as it goes: a learning rate, a momentum."""
    return name in table.numbers and not _SCHEDULES.isdisjoint(words(name))


def is_named_after_a_column(table: Table, file_name: str) -> bool:
    """Whether the file is named after one of its columns, as tables of an ablation are."""
    stem = "".join(words(file_name.rpartition(".")[0]))
    return any("".join(words(name)) == stem for name in table.names if not is_measured(name))


def rows_evidence(table: Table, file_name: str, varied: Sequence[str]) -> str:
    """Why each row of a table in which nothing climbs is a run of its own; empty when it is not.

    Args:
        table: the rows.
        file_name: a hint.
        varied: columns that are settings by name and differ between rows.
    """
    measured = any(is_measured(name) for name in table.numbers)
    hinted, crossed = says_runs(file_name), _is_crossed(table)
    numeric = [name for name in table.numbers if not is_row_number(table, name)]
    known = [name for name in table.names if is_known(name) or "seed" in words(name)]
    if _label_column(table) and numeric and all(map(is_measured, numeric)):
        return "each row has a name, and measures beside it"
    if not numeric or not (measured or hinted) or not (known or hinted or crossed):
        return ""
    if table.rows == 1:
        return "one row of settings and results" if known and measured else ""
    free = [name for name in varied if not follows_schedule(table, name)]
    if free:
        return f"{free[0]} differs from row to row"
    if status_column(table):
        return "each row has a state"
    return _rates_evidence(table, file_name, varied) or _hint_evidence(
        table, varied, hinted, crossed
    )


def _rates_evidence(table: Table, file_name: str, rates: Sequence[str]) -> str:
    """Why a learning rate alone, which a schedule changes as well, tells runs apart."""
    erratic = [name for name in rates if is_erratic(table, name)]
    if erratic:
        return f"{erratic[0]} goes up and down"
    hinted = says_runs(file_name) or is_named_after_a_column(table, file_name)
    if rates and (hinted or _was_set_by_hand(table, rates[0])):
        return f"{rates[0]} differs from row to row"
    return ""


def _hint_evidence(table: Table, varied: Sequence[str], hinted: bool, crossed: bool) -> str:
    """Why the name of the file is to be believed."""
    if hinted and crossed:
        return "values are crossed"
    others = (n for n in table.numbers if not table.constant(n) and not is_measured(n))
    if hinted and not varied and any(not is_row_number(table, name) for name in others):
        return "the file's name says runs"
    return ""


def _was_set_by_hand(table: Table, name: str) -> bool:
    """Whether a learning rate rises over few rows of a table that begins with it."""
    present = table.numbers[name].present
    first = next(n for n in table.names if not is_row_number(table, n)) == name
    return first and table.rows <= _FEW and bool(np.all(present[1:] > present[:-1]))


def _label_column(table: Table) -> str | None:
    """The first column, if its texts name every row differently."""
    first = next((n for n in table.names if not is_row_number(table, n)), None)
    if first is None or first not in table.texts or table.rows < 2:
        return None
    cells = table.texts[first].tolist()
    return first if None not in cells and len(set(cells)) == len(cells) else None


def _is_crossed(table: Table) -> bool:
    """Whether few values of several columns are crossed as in a designed experiment."""
    few = []
    for name in table.names:
        if is_measured(name) or is_row_number(table, name) or table.constant(name):
            continue
        levels = len(distinct(table, name)[1])
        if levels * 2 <= table.rows:
            few.append(levels)
    levels = int(np.prod([float(n) for n in few[:8]])) if len(few) >= 2 else 0
    return 0 < levels <= table.rows and table.rows % levels == 0
