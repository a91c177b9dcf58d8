"""Which priors a search takes, and what they give to it: first configs, past tasks, densities with weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from logminer.core.names import canonical_names, optimizer_family
from logminer.core.parameters import Categorical
from logminer.core.prior import PastTask, Prior, Published
from logminer.core.published import PublishedPrior
from logminer.core.space import Config, Space, config_key
from logminer.published.density import (
    Mixture,
    PriorDensity,
    density,
    explained,
    weights_after,
)
from logminer.published.portable import past_tasks
from logminer.published.projection import Projected, configs
from logminer.workflows._prior_match import TRUST, Match, match_priors
from logminer.workflows.prior_files import all_shipped, load
from logminer.workflows.priors import conditions, in_context

_NAMED = 0.8  # weight of a prior the user chose by name, before the trust it has earned


def match(
    space: Space,
    configs_seen: Sequence[Config] = (),
    texts: Iterable[str] = (),
    aliases: Mapping[str, str] | None = None,
) -> list[Match]:
    """Priors that fit a space and its logs, best first, each with its weight and why.

    Args:
        space: what is searched.
        configs_seen: configs of past runs, for constants that the space does not hold (model, data set).
        texts: other words that tell what this is about, e.g. task names.
        aliases: the user's own table of names, written to canonical; it wins.
    """
    seen = {("", text) for text in texts}
    for name, parameter in space.parameters.items():
        if isinstance(parameter, Categorical):
            seen |= {(name, c) for c in parameter.choices if isinstance(c, str)}
    for config in configs_seen:
        seen |= {(name, value) for name, value in config.items() if isinstance(value, str)}
    names_seen = [*space.names, *(name for config in configs_seen[:1] for name in config)]
    return match_priors(all_shipped(), names_seen, sorted(seen), aliases)


@dataclass(frozen=True)
class Chosen:
    """Priors as a search takes them.

    Attributes:
        published: configs to try first, best first, each with its sources.
        tasks: past tasks of shared priors, under the names of the space; strategies learn from them as from logs.
        parts: densities of the other priors on the space's unit cube, with their weights.
        because: which prior was taken with which weight, and why.
    """

    published: tuple[Published, ...]
    tasks: tuple[PastTask, ...]
    parts: tuple[tuple[PriorDensity, float], ...]
    because: tuple[str, ...]

    def mixture(self, best: Sequence[Config], tried: Sequence[Config]) -> Mixture:
        """The densities after own results: weights move with how they point at the best, and fall with all.

        Args:
            best: own best configs, a handful.
            tried: all own configs with results.
        """
        gains = [explained(part, best, tried) for part, _ in self.parts]
        weights = weights_after([weight for _, weight in self.parts], len(tried), gains)
        return Mixture(tuple(zip((part for part, _ in self.parts), weights, strict=True)))

    def added_to(self, prior: Prior) -> Prior:
        """A mined prior with the past tasks of these priors added."""
        return replace(prior, tasks=(*prior.tasks, *self.tasks))


def choose(
    wanted: Sequence[str],
    space: Space,
    configs_seen: Sequence[Config] = (),
    texts: Iterable[str] = (),
    aliases: Mapping[str, str] | None = None,
    *,
    most: int = 8,
) -> Chosen:
    """The priors behind ``--prior`` (names, files, model names, or ``auto``) as a search takes them.

    Args:
        wanted: values of ``--prior``; ``auto`` matches from the space and the logs.
        space: what is searched.
        configs_seen: configs of past runs, for ``auto``.
        texts: task names, for ``auto``.
        aliases: the user's own table of names, written to canonical; it wins.
        most: number of configs to try first.

    Raises:
        UsageError: a prior that does not exist or is malformed.
    """
    found: dict[str, Match] = {}
    because: list[str] = []
    for name in wanted:
        matched = match(space, configs_seen, texts, aliases) if name == "auto" else [_by_name(name)]
        if not matched:
            because.append("auto: no published prior fits these parameters")
        for one in matched:
            found.setdefault(one.prior.name, one)
    total = max(1.0, sum(one.weight for one in found.values()) / 0.9)
    taken = [replace(one, weight=one.weight / total) for one in found.values()]
    context = _context_of(space, configs_seen, aliases)
    tasks = [task for one in taken for task in past_tasks(one.prior, space, aliases)]
    because += [
        f"{m.prior.name}, weight {m.weight:.2f}: {'; '.join((*m.because, *_told(m.prior, context)))}"
        for m in taken
    ]
    told = [m for m in taken if not m.prior.tasks]
    parts = [(density(m.prior, space, _own(m.prior, context), aliases), m.weight) for m in told]
    queues = [
        [
            (found, m.prior.name)
            for found in configs(m.prior, space, most, _own(m.prior, context), aliases)
        ]
        for m in sorted(told, key=lambda one: -one.weight)
    ]
    return Chosen(_in_turns(queues, most), tuple(tasks), tuple(parts), tuple(because))


def _told(prior: PublishedPrior, context: Mapping[str, str]) -> list[str]:
    """What the prior was asked for, and where it has no answer."""
    return [
        f"taken as {name} = {value}"
        if value in conditions(prior, name)
        else f"knows nothing of {name} = {value}"
        for name, value in context.items()
        if name in prior.conditioned_on
    ]


def _by_name(name: str) -> Match:
    prior = load(name)
    weight = _NAMED * (1.0 if prior.origin == "mined" else TRUST[prior.evidence.confidence])
    return Match(prior, weight, (f"asked for by name; {prior.evidence.confidence} confidence",))


def _own(prior: PublishedPrior, context: Mapping[str, str]) -> dict[str, str]:
    """The part of a context that a prior depends on, also where it knows nothing of it."""
    own = {name: value for name, value in context.items() if name in prior.conditioned_on}
    return in_context(prior, {}) | own


def _context_of(
    space: Space, configs_seen: Sequence[Config], aliases: Mapping[str, str] | None
) -> dict[str, str]:
    """What the constants of the space and of the logs decide: optimizer, algorithm, method."""
    decided: dict[str, set[str]] = {}
    meant = canonical_names([*space.names, *(n for c in configs_seen for n in c)], aliases)
    for name, parameter in space.parameters.items():
        if isinstance(parameter, Categorical):
            decided[meant[name]] = {str(choice) for choice in parameter.choices}
    for config in configs_seen:
        for name, value in config.items():
            if name not in space.parameters and isinstance(value, str):
                decided.setdefault(meant[name], set()).add(value)
    if "momentum" in meant.values() and not {"optimizer", "beta1", "beta2"} & set(meant.values()):
        decided["optimizer"] = {"sgd"}  # who tunes momentum and no betas trains with SGD
    if {"lora_r", "lora_alpha"} & set(meant.values()):
        decided.setdefault("method", {"lora"})
    return {
        name: optimizer_family(next(iter(values))) or next(iter(values)).lower()
        for name, values in decided.items()
        if len(values) == 1 and name in ("optimizer", "algorithm", "method", "phase")
    }


def _in_turns(
    queues: Sequence[Sequence[tuple[Projected, str]]], most: int
) -> tuple[Published, ...]:
    """Configs to try first: priors take turns, repeats are left out."""
    found: dict[object, Published] = {}
    for projected, name in (pair for turn in zip_longest(*queues) for pair in turn if pair):
        said = "; ".join(projected.refs[:2])
        notes = f" ({', '.join(projected.notes)})" if projected.notes else ""
        published = Published(projected.config, f"{name}: {said}{notes}")
        found.setdefault(config_key(projected.config), published)
    return tuple(found.values())[:most]
