"""What a tuner says it optimised, as metadata that the choice of an objective understands."""

from collections.abc import Mapping


def objective_meta(directions: Mapping[str, str]) -> dict[str, str]:
    """``target_metric`` and ``direction`` of a single objective; of several, a direction by name.

    Args:
        directions: ``"minimize"`` or ``"maximize"`` by metric.
    """
    if len(directions) == 1:
        ((name, direction),) = directions.items()
        return {"target_metric": name, "direction": direction}
    return {f"direction.{name}": direction for name, direction in directions.items()}
