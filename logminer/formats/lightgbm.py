"""LightGBM's evaluation results as JSON or as printed, and its saved model, whose end lists the parameters.

A round is printed as ``[7]<tab>valid_0's l2: 0.25``, by the command line program as ``Iteration:7, valid_1 l2 : 0.25``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats import xgboost
from logminer.formats._probe import Match, Probe
from logminer.formats.documents.values import parse_scalar, scalar
from logminer.formats.trackers import boosting

NAMES = (*boosting.NAMES, *boosting.CONSOLE, "*.model")

# https://lightgbm.readthedocs.io/en/stable/Parameters.html#metric
METRICS = frozenset(
    {
        "l1", "l2", "rmse", "quantile", "mape", "huber", "fair", "poisson", "gamma", "gamma_deviance",
        "tweedie", "ndcg", "map", "auc", "average_precision", "r2", "binary_logloss", "binary_error",
        "auc_mu", "multi_logloss", "multi_error", "cross_entropy", "cross_entropy_lambda",
        "kullback_leibler",
    }
)  # fmt: skip
_TAIL = 65_536
_PARAMETER = re.compile(r"^\[([a-z0-9_]+): (.*)\]$", re.MULTILINE)
_HOUSEKEEPING = re.compile(
    r"data|valid|task|config|verbosity|header|two_round|time_out|machines|.*port|.*model.*|.*_file.*|input_.*"
    r"|output_.*|num_threads|num_machines|num_gpu|gpu_.*|force_.*_wise|pre_partition|histogram_pool_size"
    r"|precise_float_parser|saved_feature_importance_type"
)
_LINE = re.compile(r"\[(\d{1,9})\]((?:\t[^\t']+'s [^\t:']+: \S+(?: \+ \S+)?)+)\s*")
_CELL = re.compile(r"\t([^\t']+)'s ([^\t:']+): (\S+)")
_PROGRAM = re.compile(r"\[LightGBM\] \[Info\] Iteration:(\d{1,9}), (\S+) (\S+) : (\S+)\s*")


def sniff(probe: Probe) -> Match:
    """Curves of a metric that is LightGBM's alone, or of one it shares under its own data set names."""
    if probe.suffix != ".json":
        known = _is_model(probe) or boosting.is_console(probe, _round)
        return Match.EXACT if known else Match.NO
    place, metric = boosting.first_curve(probe) or ("", "")
    named = place == "training" or place.startswith("valid_")
    return (
        Match.EXACT if metric in METRICS and (named or metric not in xgboost.METRICS) else Match.NO
    )


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The curves of a run, or the parameters of a model."""
    if probe.suffix == ".json":
        return boosting.read_curves(probe)
    if not _is_model(probe):
        return boosting.read_console(probe, _round)
    with Path(probe.path).open("rb") as file:
        file.seek(max(0, probe.size - _TAIL))
        tail = file.read().decode("utf-8", "replace")
    listed = _PARAMETER.findall(tail.rpartition("\nparameters:")[2])
    params = {n: scalar(parse_scalar(v)) for n, v in listed if v and not _HOUSEKEEPING.fullmatch(n)}
    return ParsedLog([RunFacts(probe.root, params=params)], offset=probe.size)


def _is_model(probe: Probe) -> bool:
    return re.match(r"tree\nversion=v\d", probe.text) is not None


def _round(line: str) -> boosting.Round | None:
    if line[:1] != "[":
        return None
    if found := _LINE.fullmatch(line):
        return int(found[1]) - 1, _cells(_CELL.findall(found[2]))
    found = _PROGRAM.fullmatch(line)
    return (int(found[1]) - 1, _cells([found.groups()[1:]])) if found else None


def _cells(cells: list[tuple[str, ...]]) -> Iterator[tuple[str, float]]:
    for place, metric, written in cells:
        try:
            yield f"{place}/{metric}", float(written)
        except ValueError:
            continue
