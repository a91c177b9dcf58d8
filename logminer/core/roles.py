"""What a recorded name is to a search: the role that an analysis over all runs gives it.

Reading stores facts; a role says what follows from one. See ``docs/understanding.md``.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

Role = Literal[
    "hyperparameter",  # chosen, and can be chosen again: searched
    "context",  # describes the problem or its scale: tells tasks apart
    "budget",  # more of it is better and costs more: searched only if asked
    "derived",  # a function of others: computed again, never searched
    "repeat",  # a seed or a fold: averaged
    "result",  # measured
    "identity",  # names, ids, row numbers
    "circumstance",  # hosts, paths, times, versions
    "constant",  # one value in all runs: shown as fixed
]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class RoleDecision:
    """The role of one recorded name, with what speaks for it.

    Attributes:
        name: as the logs write it.
        role: what it is taken for.
        confidence: how sure, from 0 to 1.
        evidence: one line a reason, the strongest first.
        runner_up: what else it could be, or None where nothing speaks for anything else.
        runs: number of runs that record it.
        values: number of distinct values.
    """

    name: str
    role: Role
    confidence: float
    evidence: tuple[str, ...] = ()
    runner_up: Role | None = None
    runs: int = 0
    values: int = 0

    def changed(self, role: Role, confidence: float, *evidence: str) -> "RoleDecision":
        """Another role on stronger evidence; the one of before is the runner-up."""
        return replace(
            self, role=role, confidence=confidence, evidence=evidence, runner_up=self.role
        )
