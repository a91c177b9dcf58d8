"""How configs and results are put into words, the same in every section."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from logminer.core.history import unset
from logminer.core.parameters import Categorical
from logminer.plots.style import number, plain
from logminer.reports._blocks import Fields, cell, listing

if TYPE_CHECKING:
    from logminer.analyses.effects import Effect
    from logminer.reports._context import ReportContext
    from logminer.workflows.backtest import Backtest

_SHOWN = 6
_MATTERS = 0.02
_TRUSTED = 0.2


def fields_of(context: ReportContext, config: Mapping[str, Any]) -> tuple[Fields, Fields]:
    """Name and value of a config's hyperparameters: those that matter most, and the rest."""
    order = [n for n in context.by_importance if n in config]
    order += [n for n in config if n not in order]
    pairs = [(cell(name), cell(config[name])) for name in order if not unset(config[name])]
    return tuple(pairs[:_SHOWN]), tuple(pairs[_SHOWN:])


def config_of(context: ReportContext, config: int) -> dict[str, Any]:
    """The hyperparameters of a config by its number."""
    row = context.top.configs.loc[config].to_dict()
    return {str(name): value for name, value in row.items() if not unset(value)}


def spread(mean: float, std: float) -> str:
    """``0.2131 ± 0.005``; without repeats the mean alone."""
    if std != std:  # noqa: PLR0124 - NaN: one run only
        return number(mean)
    if std == 0 or not np.isfinite(std):
        return f"{number(mean)} ± {number(std)}"
    decimals = max(1 - math.floor(math.log10(std)), 0)
    return (
        f"{mean:.{decimals}f} ± {std:.{decimals}f}"
        if decimals < 9
        else f"{number(mean)} ± {std:.1e}"
    )


def what_is_good(effect: Effect) -> str:
    """``best between 0.001 and 0.01`` or ``best: adam``; empty when it makes no difference."""
    if not effect.good:
        return ""
    if isinstance(effect.parameter, Categorical):
        return f"best: {listing(effect.good, 'or')}"
    low, high = (number(float(value or 0), 2) for value in (effect.good[0], effect.good[-1]))
    return f"best near {low}" if low == high else f"best between {low} and {high}"


def what_matters(context: ReportContext, most: int = 3) -> tuple[tuple[str, str], ...]:
    """The hyperparameters that explain most, each with its share and its good values."""
    findings = []
    for row in context.importance.overall.head(most).to_dict("records"):
        if row["share"] < _MATTERS:
            break
        share, low, high = (f"{row[key]:.0%}" for key in ("share", "low", "high"))
        why = f"explains {share} of the differences between configs ({low} to {high})"
        effect = context.effects.get(row["parameter"])
        good = what_is_good(effect) if effect else ""
        findings.append((plain(row["parameter"], 60), f"{why}; {good}." if good else f"{why}."))
    return tuple(findings)


def fit(context: ReportContext) -> float:
    """Share of the differences between unseen configs that the model foretells, in the median task."""
    return max(float(np.median(list(context.importance.fit.values()) or [0.0])), 0.0)


def is_trusted(context: ReportContext) -> bool:
    """Whether importance and effects rest on more than chance."""
    return fit(context) >= _TRUSTED


def worth(result: Backtest) -> str:
    """What replaying the logged tasks says of the past."""
    low, high = (number(end, 2) for end in result.interval)
    saved = f"{number(result.saved, 2)} trials ({low} to {high}) against picking at random"
    if result.verdict == "helps":
        return f"The past helps: on a task held out it saves about {saved}"
    if result.verdict == "harms":
        return "The past misleads: on tasks held out a search without it does better"
    return "It is unclear whether the past helps: with and without it searches of held-out tasks go alike"


def _little(context: ReportContext) -> str:
    return f"only {fit(context):.0%}" if fit(context) >= 0.01 else "next to none"


def trust(context: ReportContext) -> str:
    """How well the model behind importance and effects foretells configs it has not seen."""
    if not is_trusted(context):
        return (
            f"Take this with care: the model behind it foretells {_little(context)} of the"
            " differences between configs it has not seen. More runs, or more repeats, would sharpen it."
        )
    return f"The model behind it foretells {fit(context):.0%} of the differences between configs it has not seen."
