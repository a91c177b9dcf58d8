"""What a tuner says it optimised, as metadata that the choice of an objective understands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logminer.formats.documents.values import MAX_DEPTH

_MODES = {"min": "minimize", "max": "maximize", "minimize": "minimize", "maximize": "maximize"}


def objective_meta(directions: Mapping[str, str]) -> dict[str, str]:
    """``target_metric`` and ``direction`` of a single objective; of several, their order and a direction by name.

    Args:
        directions: ``"minimize"`` or ``"maximize"`` by metric, in the tool's order.
    """
    if len(directions) == 1:
        ((name, direction),) = directions.items()
        return {"target_metric": name, "direction": direction}
    return {**objectives_meta(list(directions)), **directions_meta(directions)}


def directions_meta(directions: Mapping[str, str]) -> dict[str, str]:
    """A direction by metric, where none of them is said to go before another."""
    return {f"direction.{name}": direction for name, direction in directions.items()}


def objectives_meta(names: Sequence[str]) -> dict[str, str]:
    """Several objectives in the tool's order, as one text; nothing of fewer than two."""
    return {"objectives": json.dumps(list(names))} if len(names) > 1 else {}


def best_model_meta(params: Mapping[str, Any]) -> dict[str, str]:
    """The objective of Hugging Face's arguments ``metric_for_best_model`` and ``greater_is_better``.

    Where only the metric is written, losses are minimised and all else maximised, as the Trainer does.
    """
    metric, greater = params.get("metric_for_best_model"), params.get("greater_is_better")
    if not isinstance(metric, str) or not metric:
        return {}
    rises = greater if isinstance(greater, bool) else not metric.endswith("loss")
    name = metric if metric.startswith("eval_") else f"eval_{metric}"
    return objective_meta({name: "maximize" if rises else "minimize"})


def monitor_meta(config: Mapping[str, Any]) -> dict[str, str]:
    """The metric that callbacks in a config monitor, and its direction: ``monitor`` beside ``mode``.

    What checkpoints are kept by goes before what early stopping waits for. Where no mode is written that tells, as
    with Keras' ``auto``, only the metric is known; where callbacks of a kind disagree, nothing is.
    """
    monitors = list(_monitors(config, "", 0))
    kept = [pair for place, pair in monitors if "checkpoint" in place.lower()]
    metrics = dict(kept or [pair for _, pair in monitors])
    if len(metrics) != 1:
        return {}
    ((metric, mode),) = metrics.items()
    return objective_meta({metric: mode}) if mode else {"target_metric": metric}


def _monitors(value: Any, place: str, depth: int) -> Iterator[tuple[str, tuple[str, str | None]]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _monitors(item, place, depth + 1)
    if not isinstance(value, Mapping):
        return
    kind = value.get("class_path") or value.get("_target_") or value.get("class_name") or ""
    here = f"{place}.{kind}"
    if isinstance(value.get("monitor"), str) and value["monitor"]:
        yield here, (value["monitor"], _MODES.get(str(value.get("mode")).lower()))
    for key, item in value.items():
        if isinstance(item, Mapping | list):
            yield from _monitors(item, f"{here}.{key}", depth + 1)
