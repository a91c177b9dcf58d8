"""A published prior: what papers and code commonly use for one kind of problem, with every source.

One prior is one portable JSON file (schema ``logminer-prior/1``, see ``published_file``). A prior mined from
one's own logs has the same shape; there the past tasks stand where the repositories stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from logminer.core.parameters import Parameter, Scalar
from logminer.core.prior import PastTask
from logminer.core.space import Config, Space

Confidence = Literal["good", "low", "untested"]


@dataclass(frozen=True)
class Source:
    """Where facts come from.

    Attributes:
        repo: repository (``owner/name``), or what the logs are called.
        version: commit or release they were read at.
        licence: SPDX identifier of the repository's licence.
    """

    repo: str
    version: str = ""
    licence: str = ""

    @property
    def said_version(self) -> str:
        """The release, or the first digits of the commit."""
        return self.version[:12] if len(self.version) == 40 else self.version


@dataclass(frozen=True)
class Belief:
    """What sources say of one parameter, in general or in one context.

    Attributes:
        when: the context this holds in, e.g. ``{"optimizer": "adamw"}``; empty for all.
        centre: weighted median, or the most common choice.
        spread: robust standard deviation: a factor (1 or more) on a log scale, else in the parameter's own unit.
            0 for choices.
        low: weighted 10 % quantile; None for choices.
        high: weighted 90 % quantile; None for choices.
        common: the most common values with their shares of all weight, largest first.
        sources: identities of the sources that set the parameter.
        groups: number of independent groups of configs (a schedule used for many models is one).
        configs: number of distinct configs.
        confidence: share of a density that follows these values instead of the plain space, from 0 to 1.
    """

    when: Mapping[str, str]
    centre: Scalar
    spread: float
    low: float | None
    high: float | None
    common: tuple[tuple[Scalar, float], ...]
    sources: tuple[str, ...]
    groups: int
    configs: int
    confidence: float


@dataclass(frozen=True)
class PublishedParameter:
    """One parameter: its plain bounds or choices, and what is believed of it.

    Attributes:
        parameter: bounds over all sources: the plain space.
        beliefs: the first holds in general; the others in one context each.
        unit: what it counts where that matters (``"total"``, ``"device"``, ``"per 256"``, ``"tokens"``).
        gain: nats gained on this parameter of a held-out source, or None where that was not tested.
    """

    parameter: Parameter
    beliefs: tuple[Belief, ...]
    unit: str = ""
    gain: float | None = None

    def belief(self, context: Mapping[str, str]) -> Belief:
        """The belief of the closest context: the first whose every condition holds, else the general one."""
        for belief in self.beliefs[1:]:
            if all(context.get(name) == value for name, value in belief.when.items()):
                return belief
        return self.beliefs[0]

    def speaks_of(self, context: Mapping[str, str]) -> bool:
        """Whether something is known for this context: not of an optimizer when only others were seen."""
        for name, value in context.items():
            seen = {belief.when[name] for belief in self.beliefs if name in belief.when}
            if seen and value not in seen:
                return False
        return True


@dataclass(frozen=True)
class PublishedConfig:
    """One config somebody published or measured.

    Attributes:
        config: hyperparameters by canonical name.
        weight: how much speaks for it; all weights of a prior sum to 1.
        context: what it was used for: optimizer, method, algorithm, model, dataset, as far as known.
        refs: where it stands: ``"<source id>:<path>#<place>"``.
        used: number of records that give the same config.
    """

    config: Config
    weight: float
    context: Mapping[str, str]
    refs: tuple[str, ...]
    used: int = 1


@dataclass(frozen=True)
class PublishedSpace:
    """A search space as its authors published it."""

    name: str
    space: Space
    ref: str


@dataclass(frozen=True)
class Evidence:
    """How much a prior helped on sources it had not seen.

    Attributes:
        confidence: ``"good"`` when the interval of the gain lies above 0, ``"low"`` when it does not,
            ``"untested"`` with fewer than four sources.
        gain: mean log-density gain over the plain space, nats a config of a held-out source.
        low: lower end of its 90 % interval.
        high: upper end.
        held_out: number of sources held out in turn.
    """

    confidence: Confidence = "untested"
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    held_out: int = 0


@dataclass(frozen=True)
class PublishedPrior:
    """One family of published configurations, or what was mined from own logs.

    Attributes:
        name: e.g. ``"image_classification"``.
        origin: ``"published"`` or ``"mined"``.
        matches: words by which the family is recognised, by kind (``optimizer``, ``method``, ``model``, ...).
        conditioned_on: context names the beliefs depend on, most telling first.
        parameters: by canonical name.
        configs: best first.
        spaces: search spaces of the sources.
        sources: by identity.
        evidence: how much it helped on held-out sources.
        records: number of records it was built from, repeats included.
        tasks: past tasks of a mined prior, so that a search can go on from them where the logs are not.
    """

    name: str
    origin: Literal["published", "mined"]
    matches: Mapping[str, tuple[str, ...]]
    conditioned_on: tuple[str, ...]
    parameters: Mapping[str, PublishedParameter]
    configs: tuple[PublishedConfig, ...]
    spaces: tuple[PublishedSpace, ...]
    sources: Mapping[str, Source]
    evidence: Evidence = Evidence()
    records: int = 0
    tasks: tuple[PastTask, ...] = field(default=(), compare=False)

    @property
    def space(self) -> Space:
        """The plain space: bounds over all sources, without conditions."""
        return Space({name: p.parameter for name, p in self.parameters.items()})

    def cite(self, ref: str) -> str:
        """A reference in words: repository, version, path and licence."""
        key, _, place = ref.partition(":")
        source = self.sources[key]
        version = f"@{source.said_version}" if source.version else ""
        licence = f" ({source.licence})" if source.licence else ""
        return f"{source.repo}{version}{' ' + place if place else ''}{licence}"
