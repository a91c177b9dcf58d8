"""XGBoost's evaluation results: ``json.dump(model.evals_result(), file)``, or the lines it prints.

A round is printed as ``[7]<tab>train-rmse:0.25<tab>eval-rmse:0.31``, by ``xgboost.cv`` with ``+0.01`` behind.
"""

import re
from collections.abc import Iterator

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe
from logminer.formats.trackers import boosting

NAMES = (*boosting.NAMES, *boosting.CONSOLE)

# https://xgboost.readthedocs.io/en/stable/parameter.html (eval_metric)
METRICS = frozenset(
    {
        "rmse", "rmsle", "mae", "mape", "mphe", "logloss", "error", "merror", "mlogloss", "auc", "aucpr",
        "pre", "ndcg", "map", "poisson-nloglik", "gamma-nloglik", "cox-nloglik", "gamma-deviance",
        "tweedie-nloglik", "aft-nloglik", "interval-regression-accuracy", "quantile", "expectile",
    }
)  # fmt: skip
_LINE = re.compile(r"(?:\[[\d:]{8}\] )?\[(\d{1,9})\]((?:\t[^\t:]+:[-+.\deainf]+)+)\s*")
_CELL = re.compile(r"\t([^\t:]+):(-?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf))", re.ASCII)


def sniff(probe: Probe) -> Match:
    """Curves of one of XGBoost's metrics on a data set that has not one of LightGBM's names."""
    if probe.suffix != ".json":
        return Match.EXACT if boosting.is_console(probe, _round) else Match.NO
    place, metric = boosting.first_curve(probe) or ("", "")
    theirs = place == "training" or place.startswith("valid_")
    return Match.EXACT if metric in METRICS and not theirs else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """One run with a curve for each data set and metric."""
    if probe.suffix == ".json":
        return boosting.read_curves(probe)
    return boosting.read_console(probe, _round)


def _round(line: str) -> boosting.Round | None:
    found = _LINE.fullmatch(line) if line[:1] == "[" else None
    return (int(found[1]), _cells(found[2])) if found else None


def _cells(text: str) -> Iterator[tuple[str, float]]:
    return ((_named(name), float(written)) for name, written in _CELL.findall(text))


def _named(name: str) -> str:
    """``train-poisson-nloglik`` as ``train/poisson-nloglik``: where a known metric begins, else at the first dash."""
    cuts = [i for i, letter in enumerate(name) if letter == "-"]
    known = (i for i in cuts if re.split("[@:]", name[i + 1 :])[0].removesuffix("-") in METRICS)
    cut = next(known, cuts[0] if cuts else -1)
    return f"{name[:cut]}/{name[cut + 1 :]}" if cut > 0 else name
