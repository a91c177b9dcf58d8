"""Which metric is the objective, and which way is better? Proposed from names, with the reason.

Validation metrics go before test and training ones, what people optimise (accuracy, BLEU, word error rate)
before losses, and a metric that the logs themselves name as target before all.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from logminer.core.concepts import Vocabulary
from logminer.core.errors import UnknownMetricError, did_you_mean
from logminer.core.names import words
from logminer.core.objective import Mode, Objective, Summary
from logminer.core.vocabulary import describe

_TARGET_NAMES = (
    "target metric name",
    "metric for best model",
    "target metric",
    "objective metric",
    "monitor",
)
# How the parts of a rating weigh: the measure before the split, and either before a few runs more.
_TARGET, _MEASURE, _COVERAGE, _COMPANION, _REFERENCE, _PART = 100.0, 4.0, 6.0, 100.0, 2.0, 1.5
_SPLIT_BONUS = {"validation": 2.0, "test": 1.0, "training": -7.0}
# How many runs a direction told by the data rests on, how well they agree, and how many move one way.
_FEWEST_RUNS, _AGREES, _MOST_RUNS = 6, 0.6, 0.8
_GUESSED = "lower is taken to be better: say --mode max if not"
_ONE_OF = "one of"
_DIRECTION_NAMES = ("direction", "objective mode", "metric mode")
_DIRECTION_OF = "direction."  # of one metric of several
_DIRECTIONS: dict[str, Mode] = {"minimize": "min", "min": "min", "maximize": "max", "max": "max"}


@dataclass(frozen=True)
class Reading:
    """What a metric's name tells: which way is better, on which split, how willingly it is optimised."""

    mode: Mode
    split: str
    weight: float
    because: str


def read_name(metric: str, vocabulary: Vocabulary | None = None) -> Reading | None:
    """What the name of a metric tells, or None where it names no known measure."""
    meaning = describe(metric, vocabulary)
    if meaning.direction is None:
        return None
    which = f"{meaning.split} " if meaning.split else ""
    return Reading(meaning.direction, meaning.split, meaning.weight, f"a {which}{meaning.reason}")


def is_loss(metric: str) -> bool:
    """Whether a metric is a loss, of whatever split: one that is not finite means divergence."""
    return describe(metric).measure in {"loss", "perplexity"}


def propose(
    metrics: Mapping[str, int],
    runs: int,
    recorded: Mapping[str, object] | None = None,
    *,
    summary: Summary = "best",
    asked: Mode | None = None,
    curves: pd.DataFrame | None = None,
    vocabulary: Vocabulary | None = None,
) -> Objective | None:
    """Propose the objective of one task.

    What the runs monitor themselves goes first, then the measure, then the split; companions of a measure (its
    spread, its time, its count) are never chosen where anything else is there.

    Args:
        metrics: for each metric, in how many of the task's runs it was logged.
        runs: number of runs of the task.
        recorded: values that hold for most runs of the task, such as ``target_metric_name``.
        summary: which value of a curve counts.
        asked: which way is better, where the user says so.
        curves: one row a curve of the task's runs, as from ``store.tail.ends``: tells which way is better where
            neither the logs nor the name do.
        vocabulary: the project's own words.

    Returns:
        The objective with its reasons, or None where the runs have no metric at all.
    """
    if not metrics:
        return None
    target, directions = _told(recorded or {})
    several = [name for name in _ordered(recorded or {}) if name in metrics]
    most = max(metrics.values())
    ratings = {
        metric: _rating(metric, count / most, metrics, vocabulary)
        + (_TARGET if _is(metric, target) or metric in several[:1] else 0.0)
        for metric, count in metrics.items()
    }
    metric = max(metrics, key=lambda name: (ratings[name], -len(name), name))
    reading = read_name(metric, vocabulary)
    reasons = [reading.because if reading else "no metric has a name that is known"]
    if _is(metric, target):
        reasons.append(f"the logs name '{target}' as their target")
    if metric in several and len(several) > 1:
        other = next(name for name in several if name != metric)
        reasons.append(f"{_ONE_OF} {len(several)} objectives: --metric {other} takes another")
    reasons.append(f"logged in {metrics[metric]} of {runs} runs")
    mode, why = direction(metric, directions, asked, curves, vocabulary=vocabulary)
    return Objective(metric, mode, summary, (*reasons, *why))


def _is(metric: str, target: str) -> bool:
    return bool(target) and words(metric)[-len(words(target)) :] == words(target)


def _rating(
    metric: str, coverage: float, others: Collection[str], vocabulary: Vocabulary | None
) -> float:
    """How willingly people select by a metric: by what it measures, then on which split, in how many runs."""
    meaning = describe(metric, vocabulary)
    if meaning.kind in {"companion", "time", "axis"} or _has_epoch_mean(metric, others):
        return _COVERAGE * coverage - _COMPANION
    weight = meaning.weight if meaning.kind == "measure" else 0.0
    part = _PART * (
        meaning.direction == "min" and not meaning.whole and _whole_exists(metric, others)
    )
    return (
        _MEASURE * weight
        + _SPLIT_BONUS.get(meaning.split, 0.0)
        + _COVERAGE * coverage
        - part
        - _REFERENCE * meaning.reference
    )


def _has_epoch_mean(metric: str, others: Collection[str]) -> bool:
    """Whether a metric of single batches stands beside its mean over the epoch."""
    return metric.endswith("_step") and f"{metric.removesuffix('_step')}_epoch" in others


def _whole_exists(metric: str, others: Collection[str]) -> bool:
    """Whether a loss stands beside the sum of which it may be a part, on the same split."""
    split = describe(metric).split
    beside = (describe(other) for other in others if other != metric)
    return any(b.measure == "loss" and b.whole and b.split == split for b in beside)


def direction(
    metric: str,
    recorded: Mapping[str, Mode],
    asked: Mode | None = None,
    curves: pd.DataFrame | None = None,
    *,
    vocabulary: Vocabulary | None = None,
) -> tuple[Mode, tuple[str, ...]]:
    """Which way is better, and why: as asked, as recorded, by the name, by the data, or a guess.

    Args:
        metric: name of the metric.
        recorded: directions that the logs record, by metric, under the empty name that of the only objective.
        asked: what the user says.
        curves: one row a curve of the runs, as from ``store.tail.ends``.
        vocabulary: the project's own words.
    """
    if asked:
        return asked, (f"{asked} as asked",)
    if found := recorded.get(metric, recorded.get("")):
        return found, (f"the logs say {found}",)
    reading = read_name(metric, vocabulary)
    if reading:
        return reading.mode, ()
    shown = None if curves is None else direction_in_data(metric, curves)
    return shown or ("min", (_GUESSED,))


def direction_in_data(metric: str, curves: pd.DataFrame) -> tuple[Mode, tuple[str, ...]] | None:
    """Which way a metric of unknown name is better, from metrics of known names beside it; None where nothing tells.

    Runs that are better by a known metric should be better by this one (rank correlation over runs), and while
    known losses fall it should move the better way within runs.

    Args:
        metric: name of the metric.
        curves: one row a curve: ``run``, ``metric``, ``points``, ``first``, ``last``.
    """
    own = curves[curves["metric"] == metric].set_index("run")
    known = [
        (str(other), reading)
        for other in curves["metric"].unique()
        if other != metric
        and (reading := read_name(str(other)))
        and describe(str(other)).weight > 0
    ]
    best: tuple[float, Mode, str] = (0.0, "min", "")
    for other, reading in known:
        rows = curves[curves["metric"] == other].set_index("run")
        both = pd.concat([own["last"], rows["last"]], axis=1, join="inner", keys=["own", "other"])
        both = both.dropna()
        if len(both) < _FEWEST_RUNS or both.nunique().min() < _FEWEST_RUNS:
            continue
        ranks = both.rank()
        agreement = float(ranks["own"].corr(ranks["other"]))
        mode: Mode = reading.mode if agreement > 0 else ("max" if reading.mode == "min" else "min")
        best = max(best, (abs(agreement), mode, other))
    if best[0] >= _AGREES:
        why = f"runs that are better by {best[2]} are better this way (rank correlation {best[0]:.2f})"
        return best[1], (why,)
    moved = (own["last"] - own["first"])[own["points"] > 1].dropna()
    losses = {other for other, reading in known if reading.mode == "min"}
    rows = curves[curves["metric"].isin(losses) & curves["run"].isin(moved.index)]
    falls = (rows["last"] < rows["first"]).groupby(rows["run"]).any()
    moved = moved[falls.reindex(moved.index, fill_value=False).astype(bool)]
    if len(moved) >= 3:
        up = float((moved > 0).mean())
        if max(up, 1 - up) >= _MOST_RUNS:
            return (
                "max" if up > 0.5 else "min",
                (
                    f"it {'rises' if up > 0.5 else 'falls'} while losses fall in {max(up, 1 - up):.0%} of runs",
                ),
            )
    return None


def _told(recorded: Mapping[str, object]) -> tuple[str, dict[str, Mode]]:
    """Target metric and directions as the logs themselves record them."""
    target, modes = "", dict[str, Mode]()
    for name, value in recorded.items():
        if not isinstance(value, str):
            continue
        if any(" ".join(words(name)).endswith(known) for known in _TARGET_NAMES):
            target = value
        metric = _directed(name)
        if metric is not None and value.lower() in _DIRECTIONS:
            modes[metric] = _DIRECTIONS[value.lower()]
    return target, modes


def _ordered(recorded: Mapping[str, object]) -> list[str]:
    """Objectives in the order in which a tool that has several records them."""
    written = recorded.get("objectives")
    try:
        names = json.loads(written) if isinstance(written, str) else []
    except (ValueError, RecursionError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _directed(name: str) -> str | None:
    """The metric whose direction is recorded under a name, empty for the only one; None for other names."""
    if name.startswith(_DIRECTION_OF):
        return name.removeprefix(_DIRECTION_OF)
    return "" if " ".join(words(name)).endswith(_DIRECTION_NAMES) else None


def recorded_directions(params: pd.DataFrame) -> pd.DataFrame:
    """Which way is better as runs record it: ``run``, ``metric`` (empty for the only one), ``mode``.

    Args:
        params: long frame ``run``, ``name``, ``value``.
    """
    metrics = {name: _directed(name) for name in params["name"].unique()}
    known = [name for name, metric in metrics.items() if metric is not None]
    rows = params[params["name"].isin(known)]
    modes = rows["value"].map(lambda v: _DIRECTIONS.get(str(v).lower()))
    found = pd.DataFrame({"run": rows["run"], "metric": rows["name"].map(metrics), "mode": modes})
    return found.dropna().drop_duplicates(["run", "metric"])


def choose(
    metric: str,
    known: Mapping[str, int],
    mode: Mode | None = None,
    *,
    summary: Summary = "best",
    recorded: Mapping[str, object] | None = None,
    curves: pd.DataFrame | None = None,
    vocabulary: Vocabulary | None = None,
) -> Objective:
    """The objective the user named; a direction that the logs record for it holds.

    Raises:
        UnknownMetricError: no run has such a metric; the message names the nearest.
    """
    if metric not in known:
        raise UnknownMetricError(
            f"no metric '{metric}'{did_you_mean(metric, list(known))}",
            "logminer metrics lists them",
        )
    target, directions = _told(recorded or {})
    if target and not _is(metric, target):  # the only direction is that of another metric
        directions.pop("", None)
    way, why = direction(metric, directions, mode, curves, vocabulary=vocabulary)
    reading = read_name(metric, vocabulary)
    return Objective(
        metric,
        way,
        summary,
        ("chosen by the user", *(why or ((reading.because,) if reading else ()))),
    )


def guess(objectives: Iterable[Objective], width: int = 80) -> str:
    """A line on metrics of which nothing tells which way is better, at most ``width`` wide; empty without any."""
    names = sorted({o.metric for o in objectives if _GUESSED in o.because})
    if not names:
        return ""
    line = "min is a guess for {}: say --metric {} --mode max if not"
    alone = line.format(names[0], names[0])
    if len(names) == 1 and len(alone) <= width:
        return alone
    room = width - len(line.format("", "NAME"))
    shown = _cut(names[0], room - len(", …"))
    for i, name in enumerate(names[1:], start=2):
        more = f"{shown}, {name}"
        if len(more) + (len(", …") if i < len(names) else 0) > room:
            return line.format(f"{shown}, …", "NAME")
        shown = more
    return line.format(shown, "NAME")


def several(objectives: Iterable[Objective]) -> str:
    """A line on the first task that has several objectives: which is used, and how another is; empty without any."""
    found = ((o.metric, r) for o in objectives for r in o.because if r.startswith(f"{_ONE_OF} "))
    return next((f"{metric} is {reason}" for metric, reason in found), "")


def _cut(name: str, length: int) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def table(objectives: Mapping[str, Objective]) -> pd.DataFrame:
    """Objectives by task: ``task``, ``metric``, ``mode``, ``because``."""
    return pd.DataFrame(
        [(t, o.metric, o.mode, "; ".join(o.because)) for t, o in objectives.items()],
        columns=["task", "metric", "mode", "because"],
    )
