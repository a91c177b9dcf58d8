"""LightGBM's evaluation results as JSON, and its saved model, whose end lists the parameters."""

import re
from pathlib import Path

from logminer.core.parsed import ParsedLog, Resume, RunFacts
from logminer.formats import _boosting, xgboost
from logminer.formats._probe import Match, Probe
from logminer.formats._values import parse_scalar, scalar

NAMES = (*_boosting.NAMES, "*.txt", "*.model")

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


def sniff(probe: Probe) -> Match:
    """Curves of a metric that is LightGBM's alone, or of one it shares under its own data set names."""
    if probe.suffix in {".txt", ".model"}:
        return Match.EXACT if re.match(r"tree\nversion=v\d", probe.text) else Match.NO
    place, metric = _boosting.first_curve(probe) or ("", "")
    named = place == "training" or place.startswith("valid_")
    return (
        Match.EXACT if metric in METRICS and (named or metric not in xgboost.METRICS) else Match.NO
    )


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """The curves of a run, or the parameters of a model."""
    if probe.suffix == ".json":
        return _boosting.read_curves(probe)
    with Path(probe.path).open("rb") as file:
        file.seek(max(0, probe.size - _TAIL))
        tail = file.read().decode("utf-8", "replace")
    listed = _PARAMETER.findall(tail.rpartition("\nparameters:")[2])
    params = {n: scalar(parse_scalar(v)) for n, v in listed if v and not _HOUSEKEEPING.fullmatch(n)}
    return ParsedLog([RunFacts(probe.root, params=params)], offset=probe.size)
