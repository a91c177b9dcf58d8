"""Evidence for the role of one recorded name, added up as log odds.

Names are a prior, values and designs of experiment the likelihood: a column called ``score`` that takes three values, each
constant among runs that agree on everything else, may still be a setting. The weights were chosen on hand-labelled tables of
several kinds; ``docs/understanding.md`` says which and how.
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from logminer.analyses._columns import Column, Contrast
from logminer.core.names import words
from logminer.core.roles import Role

# What a role weighs before anything speaks for it: most of what stands beside a run was chosen or measured.
_PRIOR: Mapping[Role, float] = {
    "hyperparameter": 0.0, "result": 0.0, "context": -1.0, "identity": -1.0,
    "budget": -1.5, "repeat": -1.5, "circumstance": -1.5,
}  # fmt: skip
_NAME = 3.5  # weight of a name that the vocabulary knows,
_SHORT_NAME = 2.0  # and of one or two letters, which may mean anything
_LARGEST_DURATION = 1e8  # seconds; more is a point in time
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T _]\d\d[:-]\d\d)?|\d{8}[-_]\d{6}")
_PLACE = re.compile(r"^(/|\.{1,2}/|~/|[A-Za-z]:\\|[a-z0-9]+://)|[^/\s]+/[^/\s]+/[^/\s]+")
_DIGITS = 0.7
_FEWEST_GROUPS = 3
_CROSSED = 0.8  # share of all values in a usual group from which a column is a factor of the design


CHOSEN: frozenset[Role] = frozenset(["hyperparameter", "context", "budget", "repeat"])


def _family(role: Role) -> Role:
    return "hyperparameter" if role in CHOSEN else "result" if role == "result" else "identity"


@dataclass
class Ballot:
    """Weights of roles with their reasons, as they come in."""

    weights: dict[Role, float] = field(default_factory=lambda: dict(_PRIOR))
    reasons: list[tuple[float, Role, str]] = field(default_factory=list)

    def add(self, role: Role, weight: float, reason: str) -> None:
        """Let a reason speak for a role, or against it with a negative weight."""
        self.weights[role] += weight
        if weight > 0:
            self.reasons.append((weight, role, reason))

    @property
    def order(self) -> list[Role]:
        """Roles, the likeliest first."""
        return sorted(self.weights, key=lambda role: -self.weights[role])

    @property
    def margin(self) -> float:
        """Log odds of the likeliest role against the likeliest of another family: chosen, measured, or neither."""
        first = self.order[0]
        others = [w for role, w in self.weights.items() if _family(role) != _family(first)]
        return self.weights[first] - max(others)

    @property
    def confidence(self) -> float:
        """Probability of the likeliest role."""
        top = max(self.weights.values())
        return 1 / sum(math.exp(weight - top) for weight in self.weights.values())

    def evidence(self, role: Role) -> tuple[str, ...]:
        """What speaks for a role, the strongest first."""
        own = sorted((r for r in self.reasons if r[1] == role), key=lambda r: -r[0])
        return tuple(reason for _, _, reason in own)


def first_ballot(column: Column, names: Collection[str] = ()) -> Ballot:
    """What the name and the values of a column tell by themselves.

    Args:
        column: the column.
        names: all recorded names: the spread of a measure that nobody recorded may be that of anything.
    """
    ballot = Ballot()
    _name(column, ballot, names)
    if column.numeric:
        _numbers(column, ballot)
    elif column.boolean:
        ballot.add("hyperparameter", 1.5, "true or false")
    else:
        _texts(column, ballot)
    return ballot


def accompanies(column: Column, names: Collection[str]) -> bool:
    """Whether a companion by its name stands beside its measure, or belongs to no measure of one name."""
    measure = column.meaning.companion_of
    return column.meaning.kind == "companion" and (not measure or measure in names)


def _name(column: Column, ballot: Ballot, names: Collection[str]) -> None:
    meaning = column.meaning
    kind, reason = meaning.kind, meaning.reason
    weight = _SHORT_NAME if len(column.name) <= 2 and kind != "hyperparameter" else _NAME
    if kind in {"hyperparameter", "context", "budget", "repeat", "identity", "circumstance"}:
        ballot.add(kind, weight, reason)
    elif kind == "measure" and (column.numeric or column.boolean):
        ballot.add("result", weight + 0.5, reason)
    elif kind == "measure":
        ballot.add("hyperparameter", 1.0, f"{reason}, and which one was chosen")
    elif kind == "companion" and (column.numeric or column.boolean):
        ballot.add("result", _NAME if accompanies(column, names) else 1.0, reason)
    elif kind == "time":
        duration = column.numeric and float(abs(column.numbers).max()) < _LARGEST_DURATION
        ballot.add("result" if duration else "circumstance", weight, reason)
    elif kind == "axis" and column.numeric:
        whole_name = len(words(column.name)) == 1  # epochs, but not best_epoch or grok_step
        role: Role = "budget" if column.recurs and whole_name else "result"
        ballot.add(role, 2.5 if whole_name else weight, f"{reason}, one a run")


def _open_to_choice(column: Column) -> float:
    """How far values that recur speak for a choice: little where the name says that nobody chose."""
    return 0.25 if column.meaning.kind in {"identity", "circumstance", "time", "companion"} else 1.0


def _numbers(column: Column, ballot: Ballot) -> None:
    n = len(column.values)
    if column.counter:
        ballot.add("identity", 3.0, f"a counter: counts the runs from {int(min(column.numbers))}")
    elif column.recurs:
        weight = 1.5 * _open_to_choice(column)
        ballot.add("hyperparameter", weight, f"{column.distinct} values shared by {n} runs")
    elif column.precise and column.distinct > 0.8 * n:
        ballot.add(
            "result", _DIGITS, "as many digits as a measurement, different in nearly every run"
        )


def _texts(column: Column, ballot: Ballot) -> None:
    n, texts = len(column.values), [str(value) for value in column.examples]
    if column.prose:
        ballot.add("identity", 4.0, "long texts")
    elif all(_TIME.search(text) for text in texts):
        ballot.add("circumstance", 4.0, "times")
    elif all(_PLACE.search(text) for text in texts) and any("/" in t or "\\" in t for t in texts):
        # A few places that many runs share may well be what they were trained on.
        ballot.add("circumstance", 6.0 if column.distinct > n / 2 else 1.5, "places on disk")
    elif column.distinct == n > 2 and not any("[" in text or "(" in text for text in texts):
        ballot.add("identity", 3.0, "an identity: different in every run")
    elif column.distinct <= max(2, n // 2):
        weight = 2.0 * _open_to_choice(column)
        ballot.add("hyperparameter", weight, f"{column.distinct} choices in {n} runs")
    else:
        ballot.add("hyperparameter", 0.5, f"{column.distinct} different texts in {n} runs")


def discount_digits(column: Column, ballot: Ballot) -> None:
    """Take back what many digits said where settings were drawn at random, and have as many."""
    if column.precise and not column.recurs and column.distinct > 0.8 * len(column.values):
        ballot.add("result", -_DIGITS, "")


def weigh_design(column: Column, ballot: Ballot, contrast: Contrast) -> None:
    """What runs that agree on everything else say: a setting agrees too, or is crossed with the rest.

    Args:
        column: the column.
        ballot: what speaks for its roles.
        contrast: its values among runs that agree on everything else.
    """
    groups, differing = contrast.groups, contrast.differing
    if groups < _FEWEST_GROUPS:
        return
    kind = column.meaning.kind
    chosen: Role = "repeat" if kind == "identity" else kind if kind in CHOSEN else "hyperparameter"
    by_name = (
        1.0 if kind in {"", "identity", *CHOSEN} else 0.5
    )  # what names a measurement may well stay the same
    measurable = column.numeric or column.boolean
    if differing > 0.5 and contrast.coverage >= _CROSSED:
        weight = 4.0 if kind == "identity" and column.whole else 1.5 * by_name
        ballot.add(chosen, weight, f"crossed with the other settings in {groups} groups")
    elif contrast.repeats and differing > (0.0 if column.boolean else 0.5) and measurable:
        ballot.add("result", 2.5, f"differs in {differing:.0%} of {groups} repeated configs")
    elif contrast.repeats and differing == 0 and not column.boolean:
        ballot.add(chosen, 2.0 * by_name, f"the same within each of {groups} repeated configs")


def weigh_correlation(ballot: Ballot, metric: str, correlation: float) -> None:
    """What moving with a known measure says."""
    ballot.add("result", 1.5, f"moves with {metric} (rank correlation {correlation:.2f})")


def weigh_neighbours(
    column: Column, ballot: Ballot, left: Role | None, right: Role | None, *, drawn: bool
) -> None:
    """What stands on either side: tables keep settings together and results together.

    Args:
        column: the column.
        ballot: what speaks for its roles.
        left: role of the nearest column to the left that is sure; None at the edge.
        right: likewise to the right.
        drawn: whether settings were drawn at random, and have as many digits as what was measured.
    """
    if left == right == "result":
        ballot.add("result", 1.5, "stands among results")
    elif left in CHOSEN and right in CHOSEN:
        ballot.add("hyperparameter", 1.0, "stands among what was chosen")
        if column.precise and column.distinct > 2 and not drawn:
            ballot.add("context", 2.5, "measured, and stands among what was chosen")
            ballot.add("result", -3.0, "")
    elif {left, right} == {"result", None}:
        ballot.add("result", 0.7, "stands at the end of the results")
    elif left in CHOSEN and right is None:
        ballot.add("result", 0.3, "stands last")
    elif left not in CHOSEN and right in CHOSEN:
        ballot.add("hyperparameter", 0.7, "stands at the head of what was chosen")
