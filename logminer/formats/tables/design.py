"""Whether the rows of a table are runs: a designed experiment, a search, a list of what was tried."""

from collections.abc import Sequence

import numpy as np

from logminer.core.names import words
from logminer.formats.documents.values import spoken
from logminer.formats.tables.axis import is_erratic
from logminer.formats.tables.columns import is_row_number, status_column
from logminer.formats.tables.groups import combinations, distinct
from logminer.formats.tables.list_cells import list_columns
from logminer.formats.tables.names import is_known_setting, is_measured, is_result
from logminer.formats.tables.table import Table

_RUN_TABLES = spoken("""
    results result trials runs sweep sweeps leaderboard experiments experiment grid search tuning trial hpo benchmark
    ablation ablations hyperparameter hyperparameters hparams optuna wandb comparison compare
""")
_SCHEDULES = spoken("rate lr momentum decay temperature eps epsilon beta")
_LARGE = 16  # powers of two below it may be counts
_ROUND = np.array([1.0, 2.0, 3.0, 5.0, 10.0])  # first digits of values over decades
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
    lists = list_columns(table)
    measured = any(is_measured(name) for name in [*table.numbers, *lists])
    hinted, crossed = says_runs(file_name), _is_crossed(table)
    numeric = [name for name in table.numbers if not is_row_number(table, name)]
    results = sum(map(is_result, numeric))
    if _label_column(table) and measured and 2 * results >= len(numeric):
        return "each row has a name, and measures beside it"
    chosen = [name for name in numeric if _looks_chosen(table, name)]
    known = any(is_known_setting(name) for name in table.names) or bool(chosen)
    if not (numeric or lists) or not (measured or hinted) or not (known or hinted or crossed):
        return ""
    if table.rows == 1:
        return "one row of settings and results" if known and measured else ""
    free = [name for name in varied if not follows_schedule(table, name) and not _is_fold(name)]
    if free:
        return f"{free[0]} differs from row to row"
    if status_column(table):
        return "each row has a state"
    if crossed:
        return "values are crossed"
    if erratic := [name for name in chosen if is_erratic(table, name)]:
        return f"{erratic[0]} holds round values that go up and down"
    rates = [name for name in varied if follows_schedule(table, name)]
    return _rates_evidence(table, file_name, rates) or _hint_evidence(table, file_name, varied)


def _is_fold(name: str) -> bool:
    return "fold" in words(name)


def _looks_chosen(table: Table, name: str) -> bool:
    """Whether a column holds values as people choose them: over decades in round steps, or powers of two."""
    present = np.unique(table.numbers[name].present)
    if is_result(name) or len(present) < 2 or not np.all(np.isfinite(present)) or present[0] <= 0:
        return False
    doubled = np.log2(present)
    if present[-1] >= _LARGE and np.all(doubled == np.floor(doubled)):
        return True
    mantissas = present / 10.0 ** np.floor(np.log10(present))
    round_values = np.isclose(np.min(np.abs(mantissas[:, None] - _ROUND), axis=1), 0, atol=1e-6)
    return bool(present[-1] >= 10 * present[0] and np.all(round_values))


def _rates_evidence(table: Table, file_name: str, rates: Sequence[str]) -> str:
    """Why a learning rate alone, which a schedule changes as well, tells runs apart."""
    erratic = [name for name in rates if is_erratic(table, name)]
    if erratic:
        return f"{erratic[0]} goes up and down"
    hinted = says_runs(file_name) or is_named_after_a_column(table, file_name)
    if rates and (hinted or _was_set_by_hand(table, rates[0])):
        return f"{rates[0]} differs from row to row"
    return ""


def _hint_evidence(table: Table, file_name: str, varied: Sequence[str]) -> str:
    """Why the name of the file is to be believed."""
    others = (n for n in table.numbers if not table.constant(n) and not is_result(n))
    others = (n for n in others if not is_row_number(table, n) and not _is_fold(n))
    return (
        "the file's name says runs" if says_runs(file_name) and not varied and any(others) else ""
    )


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
    """Whether all values of several columns meet equally often, as in a designed experiment."""
    few, levels = [], 1
    for name in table.names:
        if is_result(name) or is_row_number(table, name) or table.constant(name):
            continue
        own = len(distinct(table, name)[1])
        if 1 < own <= table.rows / 2:
            few.append(name)
            levels *= own
    if len(few) < 2 or levels > table.rows:
        return False
    often = np.bincount(combinations(table, few)[0])
    return len(often) == levels and bool(np.all(often == often[0]))
