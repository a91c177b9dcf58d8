"""How configs and results are put into words, the same in every section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from logminer.plots.style import number
from logminer.report._blocks import cell

if TYPE_CHECKING:
    from logminer.report._context import ReportContext

_SHOWN = 6


def fields_of(
    context: ReportContext, config: Mapping[str, Any]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Name and value of a config's hyperparameters: those that matter most, and the rest."""
    order = [n for n in context.by_importance if n in config]
    order += [n for n in config if n not in order]
    pairs = [(cell(name), cell(config[name])) for name in order if not unset(config[name])]
    return tuple(pairs[:_SHOWN]), tuple(pairs[_SHOWN:])


def config_of(context: ReportContext, row: pd.Series) -> dict[str, Any]:
    """The hyperparameters among the columns of a result's row."""
    return {name: row[name] for name in context.history.space.names if not unset(row[name])}


def unset(value: Any) -> bool:
    """Whether a hyperparameter has no value."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124


def spread(mean: float, std: float) -> str:
    """``0.21 ± 0.005``, with no more digits than the spread bears out."""
    if std != std:  # noqa: PLR0124 - NaN: one run only
        return number(mean)
    return f"{number(mean)} ± {std:.2g}"
