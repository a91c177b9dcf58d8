"""Telling hyperparameters, results and incidental metadata apart, by file name, key and type.

What the user chose are parameters, what training measured are metrics, the rest is metadata. The name of the
file speaks first (``hparams.json``, ``results.json``, ``meta.json``), then folders inside it
(``config.lr``, ``metrics.loss``), then the names themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Literal

from logminer.core.names import is_incidental, is_known, words
from logminer.formats.documents.values import is_number, spoken

Kind = Literal["params", "results", "meta", "mixed"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        spoken("""
        hparams hparam hyperparameters hyperparams hyperparameter hyper config configs configuration cfg conf args
        arg arguments params param parameters flags flag opts opt options settings kwargs
        """), "params"),
    **dict.fromkeys(
        spoken("""
        results result metrics metric summary scores score evaluation performance final history measurements
        """),
        "results"),
    **dict.fromkeys(
        spoken("""
        meta metadata env environment info system manifest host machine about
        """), "meta"),
}  # fmt: skip
_MEASURED = spoken("""
    loss losses acc accuracy accuracies error errors err auc auroc auprc f1 fbeta bleu wer cer ter ppl perplexity
    reward rewards return returns score scores precision recall map map50 map75 map95 ap ap50 ap75 iou miou mse mae
    rmse mape smape r2 nll bpb bpc bits logloss psnr ssim lpips fid rouge rouge1 rouge2 rougel meteor chrf elbo dice
    jaccard top1 top5 kl mrr ndcg hits success mcc kappa specificity sensitivity crossentropy xent regret
    objective fitness likelihood correlation pearson spearman throughput elapsed
""")
# Words beside a measured one that make it a setting: loss_weight, score_threshold, error_feedback_coef.
_SETTING = spoken("""
    weight weights scale coef coeff coefficient factor alpha beta gamma threshold thr fn function type name target
    lambda margin smoothing reduction mode key size every freq interval steps patience delta kind class cls gain
""")
_STARTERS = spoken("""
    train training val valid validation test eval dev best final mean avg std min max
""")


def file_kind(path: str) -> Kind:
    """What a file of mappings holds, by the words of its name: the last telling one counts."""
    said = words(PurePath(path).name.split(".")[0])
    return next((_KINDS[word] for word in reversed(said) if word in _KINDS), "mixed")


@lru_cache(maxsize=20_000)
def is_measured(name: str) -> bool:
    """Whether a name is one of a measurement: ``val/accuracy`` and ``test_loss`` are, ``loss_weight`` is not."""
    said = words(name)
    if not said or is_known(name) or not _SETTING.isdisjoint(said):
        return False
    if not _MEASURED.isdisjoint(said):
        return True
    compact = "".join(said)
    return any(
        compact == start + word for start in _STARTERS for word in ("loss", "acc", "err", "error")
    )


@dataclass
class Parts:
    """One mapping taken apart; ``results`` holds numbers only."""

    params: dict[str, Any] = field(default_factory=dict)
    results: dict[str, float] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)


def take_apart(flat: Mapping[str, Any], kind: Kind) -> Parts:
    """Sort the entries of a flat mapping.

    Args:
        flat: scalars by dotted name.
        kind: what the file as a whole holds.
    """
    parts = Parts()
    for name, value in flat.items():
        place = _place(name, value, kind)
        if place == "results":
            parts.results[name] = float(value)
        else:
            (parts.params if place == "params" else parts.meta)[name] = value
    return parts


def _place(name: str, value: Any, kind: Kind) -> Kind:
    if kind in {"params", "meta"}:
        return kind
    for folder in reversed(name.split(".")[:-1]):
        told = file_kind(folder)
        if told == "results" and is_number(value):
            return "results"
        if told in {"params", "meta"}:
            return told
    if not is_number(value):
        return _unmeasured(name)
    if is_measured(name):
        return "results"
    if kind == "results" and not is_known(name) and not is_incidental(name):
        return "results"
    return _unmeasured(name)


@lru_cache(maxsize=20_000)
def _unmeasured(name: str) -> Kind:
    """A value nobody measured: a parameter, unless it only records circumstances (a seed is kept)."""
    reason = is_incidental(name)
    return "params" if not reason or "seed" in reason else "meta"


@lru_cache(maxsize=20_000)
def column_kind(name: str, numeric: bool) -> Kind:
    """What a column of a table of runs holds; "mixed" when the name alone does not tell."""
    start = words(name)[:1]
    if start and start[0] in {"param", "params", "config", "hparam", "hparams", "hp"}:
        return "params"
    if start and start[0] in {"metric", "metrics", "result", "results"} and numeric:
        return "results"
    if numeric and is_measured(name):
        return "results"
    if is_known(name):
        return "params"
    if is_incidental(name):
        return _unmeasured(name)
    return "mixed" if numeric else "params"
