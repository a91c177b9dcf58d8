"""Priors that travel: what was mined from own logs, as a small file for a team without the logs.

Names are canonical, paths, hosts and other incidental things stay at home, and a long task is thinned: its best
trials stay, the others are taken evenly over its ranks, so that what is bad is still known.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logminer.core.checked import is_fit
from logminer.core.names import canonical_names, is_incidental
from logminer.core.parameters import Categorical, Parameter, Scalar
from logminer.core.prior import PastTask, Prior
from logminer.core.published import PublishedConfig, PublishedPrior, Source
from logminer.core.space import Config, Space
from logminer.published.evidence import held_out, typicality, with_gains
from logminer.published.marginals import meaning
from logminer.published.ranking import ranked
from logminer.published.summarise import Record, distinct, summarise

MOST_TRIALS = 300
_MOST_CONFIGS = 60
_WINNERS = 0.2
# What the other values are judged by, where the logs vary it.
_DEPENDS = ("optimizer", "algorithm")
_PLACE = re.compile(r"^(/|~|\\\\|[A-Za-z]:[\\/])|://|\\|^\.\.?/|@|^\d+\.\d+\.\d+\.\d+$")
_UNFIT = re.compile(r"[^A-Za-z0-9_.,:=+ -]+")


def records_of(configs: Sequence[PublishedConfig]) -> list[Record]:
    """Published configs as records again, for statistics over some of them; a file is a group."""
    found = []
    for config in configs:
        source, _, place = (config.refs[0] if config.refs else "").partition(":")
        group = place.partition("#")[0]
        weight = max(config.weight, 1e-9)  # a stranger may give nothing a weight
        found.append(Record(config.config, config.context, source, group, weight, used=config.used))
    return found


def portable(prior: Prior, space: Space, name: str = "mined") -> PublishedPrior:
    """A mined prior in the schema of the published ones, with its past tasks thinned and cleaned.

    Args:
        prior: past tasks, as mined from logs.
        space: the search space of the logs.
        name: what the prior is called.
    """
    meant = canonical_names(space.names)
    kept = {own: new for own, new in meant.items() if _travels(space, own, new)}
    plain = {new: _renamed(space.parameters[own], kept) for own, new in kept.items()}
    tasks = tuple(_thinned(task, kept, i) for i, task in enumerate(prior.tasks))
    depends = tuple(n for n in _DEPENDS if isinstance(plain.get(n), Categorical))
    winners = distinct(
        [record for i, task in enumerate(tasks) for record in _winners(task, f"t{i + 1}", depends)]
    )
    parameters = summarise(winners, depends, plain)
    result = held_out(winners, depends, plain)
    return PublishedPrior(
        name=name,
        origin="mined",
        matches={},
        conditioned_on=depends,
        parameters=with_gains(parameters, result),
        configs=ranked(
            winners, list(plain), depends, typicality(parameters, winners), _MOST_CONFIGS
        ),
        spaces=(),
        sources={f"t{i + 1}": Source(task.name) for i, task in enumerate(tasks)},
        evidence=result.evidence,
        records=sum(map(len, prior.tasks)),
        tasks=tasks,
    )


def past_tasks(
    prior: PublishedPrior, space: Space, aliases: Mapping[str, str] | None = None
) -> tuple[PastTask, ...]:
    """The past tasks of a mined prior under the names of the user's space."""
    own = {meant: name for name, meant in canonical_names(space.names, aliases).items()}
    return tuple(
        PastTask(
            task.name,
            tuple({own.get(n, n): v for n, v in config.items()} for config in task.configs),
            task.losses,
            task.runs,
        )
        for task in prior.tasks
    )


def _travels(space: Space, own: str, meant: str) -> bool:
    parameter = space.parameters[own]
    choices = parameter.choices if isinstance(parameter, Categorical) else ()
    return not is_incidental(own) and is_fit(meant) and not any(map(_stays_home, choices))


def _renamed(parameter: Parameter, kept: Mapping[str, str]) -> Parameter:
    """The parameter with its conditions under canonical names; those on parameters that stay at home go."""
    when = {kept[parent]: values for parent, values in parameter.when.items() if parent in kept}
    return replace(parameter, when=when)


def _thinned(task: PastTask, kept: dict[str, str], number: int) -> PastTask:
    rows = _rows(task.losses)
    configs = tuple(_clean(task.configs[i], kept) for i in rows)
    losses = np.array([float(f"{task.losses[i]:.7g}") for i in rows])
    # The last part of a path names a task as well as the whole, and tells nothing of the machine.
    last = re.split(r"[\\/]", task.name.rstrip("/\\"))[-1]
    told = _UNFIT.sub(" ", last).strip()[:120] or f"task {number + 1}"
    return PastTask(told, configs, losses, ("",) * len(rows))


def _rows(losses: NDArray[np.float64]) -> list[int]:
    order = np.argsort(losses, kind="stable")
    if len(order) > MOST_TRIALS:
        best = MOST_TRIALS // 3
        rest = np.linspace(best, len(order) - 1, MOST_TRIALS - best).round().astype(int)
        order = order[np.concatenate([np.arange(best), rest])]
    return [int(i) for i in order]


def _clean(config: Config, kept: dict[str, str]) -> Config:
    named = {kept[name]: value for name, value in config.items() if name in kept}
    return {name: value for name, value in named.items() if not _stays_home(value)}


def _stays_home(value: Scalar) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return True
    return isinstance(value, str) and (bool(_PLACE.search(value)) or not is_fit("value", value))


def _winners(task: PastTask, source: str, depends: Sequence[str]) -> list[Record]:
    """The best fifth of a task, at least three trials, heavier the better they rank."""
    order = np.argsort(task.losses, kind="stable")[: max(3, round(_WINNERS * len(task)))]
    found = []
    for rank, i in enumerate(order):
        config = task.configs[i]
        context = {name: meaning(config[name]) for name in depends if name in config}
        if config:
            found.append(Record(config, context, source, source, 1.0 / (1 + rank), f"{source}:"))
    return found
