"""A study: ask for configs, tell their values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from logminer.core.errors import UsageError
from logminer.core.objective import Mode
from logminer.core.prior import Prior
from logminer.core.space import Config, config_key
from logminer.core.space_spec import space_from_spec
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial, TrialStatus
from logminer.strategies import STRATEGIES
from logminer.transfer.past import prior_from_frame


class Study:
    """A search for the best config of one objective, warm-started by past tasks."""

    def __init__(
        self, space: Any, mode: Mode = "min", history: pd.DataFrame | Prior | None = None,
        strategy: str = "auto", seed: int = 0,
    ) -> None:  # fmt: skip
        self.space = space_from_spec(space)
        self.sign = 1.0 if mode == "min" else -1.0
        if isinstance(history, Prior):
            self.prior = history
        else:
            self.prior = (
                Prior() if history is None else prior_from_frame(history, self.space, self.sign)
            )
        self.strategy = STRATEGIES.load(strategy)
        self.seed = seed
        self.trials: list[Trial] = []
        self._asked = 0

    def ask(self, n: int | None = None) -> Any:
        """Next suggestion, or a list of ``n``."""
        rng = np.random.default_rng([self.seed, self._asked])
        found = self.strategy.suggest(self.space, self.trials, self.prior, n or 1, rng)
        out = []
        for s in found:
            s = replace(s, id=str(self._asked))
            self._asked += 1
            self.trials.append(Trial(s.config, status="running", budget=s.budget, id=s.id))
            out.append(s)
        return out[0] if n is None else out

    def tell(
        self,
        what: Suggestion | Mapping[str, Any],
        value: float | None,
        budget: float | None = None,
        status: TrialStatus = "complete",
    ) -> None:
        """Report a result."""
        config: Config = dict(what.config if isinstance(what, Suggestion) else what)
        key = config_key(config)
        loss = None if value is None or not np.isfinite(value) else self.sign * float(value)
        self.trials = [
            t for t in self.trials if not (t.status == "running" and config_key(t.config) == key)
        ]
        self.trials.append(Trial(config, loss, status if loss is not None else "failed", budget))
