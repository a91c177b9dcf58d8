"""Which hyperparameters matter: shares of the differences each explains, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logminer.plots import importance as plot
from logminer.plots.style import plain
from logminer.report._blocks import Picture, Row, Section, Text, listing, table_of

if TYPE_CHECKING:
    from logminer.analyses.importance import Importance
    from logminer.report._context import ReportContext

PLACE = 30
_TRUSTED = 0.3


def section(context: ReportContext) -> Section | None:
    """Draw the importance of the hyperparameters over all tasks."""
    result = context.importance
    if result.overall.empty:
        return None
    first = result.overall.iloc[0]
    behind = table_of(
        result.overall[["parameter", "share", "low", "high", "tasks"]],
        "Importance of every hyperparameter",
        folded=True,
    )
    picture = Picture(
        "importance",
        plot.draw(result),
        f"{first['parameter']} explains {first['share']:.0%} of the differences between configs",
        "Functional ANOVA on random forests. Lines hold the middle 80 % of 64 trees, each grown on"
        " another sample of the configs; what the bars leave of 100 % is owed to hyperparameters"
        " acting together.",
        behind,
    )
    return Section(
        "Which hyperparameters matter", _lead(result), (Row((picture,)), Text(_trust(result)))
    )


def _lead(result: Importance) -> str:
    first = result.overall.iloc[0]
    text = f"{plain(first['parameter'])} alone explains {first['share']:.0%} of the differences between configs"
    return f"{text} ({first['low']:.0%} to {first['high']:.0%})."


def _trust(result: Importance) -> tuple[str, ...]:
    fit = float(np.mean(list(result.fit.values())))
    lines = []
    if fit < _TRUSTED:
        lines.append(
            f"Take this with care: the model behind it foretells only {max(fit, 0):.0%} of the differences"
            " between configs it has not seen. More runs, or more repeats, would sharpen it."
        )
    else:
        lines.append(
            f"The model behind it foretells {fit:.0%} of the differences between configs it has not seen."
        )
    if result.skipped:
        reasons = listing(f"{task} ({why})" for task, why in result.skipped.items())
        lines.append(f"Left out: {reasons}.")
    return tuple(lines)
