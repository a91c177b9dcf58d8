"""XGBoost's evaluation results, kept as JSON: ``json.dump(model.evals_result(), file)``."""

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._boosting import NAMES, first_curve, read_curves
from logminer.formats._probe import Match, Probe

__all__ = ["NAMES", "read", "sniff"]

# https://xgboost.readthedocs.io/en/stable/parameter.html (eval_metric)
METRICS = frozenset(
    {
        "rmse", "rmsle", "mae", "mape", "mphe", "logloss", "error", "merror", "mlogloss", "auc", "aucpr",
        "pre", "ndcg", "map", "poisson-nloglik", "gamma-nloglik", "cox-nloglik", "gamma-deviance",
        "tweedie-nloglik", "aft-nloglik", "interval-regression-accuracy", "quantile", "expectile",
    }
)  # fmt: skip


def sniff(probe: Probe) -> Match:
    """Curves of one of XGBoost's metrics on a data set that has not one of LightGBM's names."""
    place, metric = first_curve(probe) or ("", "")
    theirs = place == "training" or place.startswith("valid_")
    return Match.EXACT if metric in METRICS and not theirs else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One run with a curve for each data set and metric."""
    return read_curves(probe)
