"""A pruner for Optuna that looks ahead: a trial goes on while it may still beat the best one."""

from typing import Any

import pandas as pd
from optuna.pruners import BasePruner
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel
from logminer.curves.stopping_rule import DEFAULT
from logminer.store import Store
from logminer.workflows.history import View
from logminer.workflows.mine import mine
from logminer.workflows.stopping import stopping_rule

_TASK = "this study"
_PEERS = 100


class LogminerPruner(BasePruner):
    """Prune a trial whose learning curve will end better than the best trial with a probability below ``p``.

    Nothing is pruned before a trial has completed. A trial whose last reported value is NaN is lost, and pruned.
    """

    def __init__(
        self,
        model: CurveModel | None = None,
        *,
        p: float = DEFAULT.threshold,
        horizon: int | None = None,
        least: int = 4,
        share: float = DEFAULT.least,
        every: int = 1,
    ) -> None:
        """Make a pruner.

        Args:
            model: a model fitted on past learning curves, e.g. by ``logminer mine``; without one, public
                curves and the study's own trials answer.
            p: probability below which a trial is not worth going on, in (0, 1).
            horizon: last step of a full trial; by default where completed trials ended.
            least: values that a trial has reported before it is judged; one or two say nothing of a curve's shape.
            share: share of a full trial before which none is judged.
            every: ask the model only at steps that are multiples of this.

        Raises:
            UsageError: ``p`` is no probability, or ``every`` is below 1.
        """
        if not 0 < p < 1:
            raise UsageError(f"p is a probability between 0 and 1, not {p}")
        if every < 1:
            raise UsageError(f"every is 1 or more, not {every}")
        self._model = model or CurveModel()
        self._p = p
        self._horizon = horizon
        self._least = least
        self._share = share
        self._every = every

    @classmethod
    def from_store(
        cls, store: Store, view: View | None = None, *, task: str | None = None, **options: Any
    ) -> "LogminerPruner":
        """A pruner that has learnt from the learning curves of ``task`` and those related to it.

        Its threshold is that of the stopping rule which a backtest of the store chose, where that asks forecasts.
        """
        rule = stopping_rule(store)
        if rule.kind == "forecast":
            options = {"p": rule.threshold, "share": rule.least, **options}
        return cls(mine(store, view, task=task).curves, **options)

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether to stop the trial now."""
        step = trial.last_step
        if step is None:
            return False
        if pd.isna(trial.intermediate_values[step]):
            return True
        if len(trial.intermediate_values) < self._least or step % self._every:
            return False
        complete = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        done = [t for t in complete if t.value is not None and t.intermediate_values]
        if not done:
            return False
        maximise = study.direction == StudyDirection.MAXIMIZE
        best = (max if maximise else min)(t.value for t in done if t.value is not None)
        end = self._horizon or max(t.last_step or 0 for t in done)
        if step < self._share * end:
            return False
        curves = _curves([*done[-_PEERS:], trial], end)
        forecast = self._model.predict(curves, mode="max" if maximise else "min")
        return bool(forecast.prob_better(best)[-1] < self._p)


def _curves(trials: list[FrozenTrial], end: int) -> pd.DataFrame:
    """Reported values as learning curves, the trials in their order."""
    parts = [
        pd.DataFrame({
            "task": _TASK, "run": str(t.number), "step": list(t.intermediate_values),
            "value": list(t.intermediate_values.values()), "finished": t.state.is_finished(), "horizon": end,
        }).sort_values("step")
        for t in trials
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
