"""HyperMapper: the task's own past runs as CSV, to be resumed from; save it as ``past.csv``."""

import csv
import io

from logminer.core.space import Space
from logminer.exports import _text, hypermapper
from logminer.exports._context import ExportContext, settled
from logminer.exports.hypermapper import checked, filled, objective, told


def limits(space: Space) -> list[str]:
    """What the table cannot say: there are no unset parameters."""
    unset = [name for name, p in space.parameters.items() if p.when]
    middle = [f"where '{name}' does not apply, the middle of its range stands" for name in unset]
    return [
        *hypermapper.limits(space),
        *middle,
        "runs that are open, failed, or outside the space are left out",
    ]


def write(context: ExportContext) -> str:
    """One row a past run that has a value: every parameter, then what is minimised.

    Raises:
        UsageError: HyperMapper takes no parameter of that name.
    """
    space = _text.in_lists(context.space)
    parameters = {name: settled(p) for name, p in space.parameters.items()}
    sign = 1.0 if context.mode == "min" else -1.0
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*map(checked, parameters), objective(context)])
    for run in context.runs:
        if run.value is not None:
            config = filled(space, run.config)
            row = [told(p, config[name]) for name, p in parameters.items()]
            table.writerow([*row, sign * run.value])
    return text.getvalue()
