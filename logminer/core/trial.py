"""A trial: one evaluation of a config in a study, as strategies see it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from logminer.core.space import Config, ConfigKey, config_key

TrialStatus = Literal["complete", "failed", "running"]


@dataclass(frozen=True)
class Trial:
    """One evaluation of a config.

    Attributes:
        config: active hyperparameters by name.
        value: objective as a loss (lower is better), or None while unknown.
        status: ``"complete"``, ``"failed"`` (no usable value) or ``"running"`` (pending).
        budget: fidelity spent, or None for a full run.
        noise: standard deviation of ``value``, 0 when it is exact or unknown.
        id: identity within its study.
        values: losses of all objectives where there are several; ``value`` is then one loss for all, or the first.
        cost: what it cost, or None.
        failure: what a failed one failed of: see ``core.failure.failure_kind``.
    """

    config: Config
    value: float | None = None
    status: TrialStatus = "complete"
    budget: float | None = None
    noise: float = 0.0
    id: str = ""
    failure: str = "error"
    values: tuple[float, ...] = ()
    cost: float | None = None

    @property
    def share(self) -> float:
        """Budget as a share of a full run; 1 for a full run."""
        return 1.0 if self.budget is None else self.budget

    @cached_property
    def key(self) -> ConfigKey:
        """Identity of the config, kept because every ask needs that of every trial."""
        return config_key(self.config)
