"""A searcher for Ray Tune that asks logminer: warm-started, aware of conditions and of running trials."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from ray.tune.search import Searcher

from logminer.core.files import write_whole
from logminer.core.objective import Mode
from logminer.core.prior import Prior
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.exports._bridge import past_of, whole_run
from logminer.store import Store
from logminer.workflows.history import View
from logminer.workflows.study import Study


class LogminerSearcher(Searcher):  # type: ignore[misc]
    """Search a given space with a logminer strategy, warm-started by past trials.

    The space is logminer's, since a search space of Ray Tune's knows no conditions: leave the Tuner's
    ``param_space`` empty. Wrap the searcher in a ``ConcurrencyLimiter`` to let it learn between trials.

    Attributes:
        study: the study that is asked and told.
    """

    def __init__(
        self,
        space: Any,
        metric: str,
        mode: Mode,
        *,
        history: pd.DataFrame | Prior | None = None,
        strategy: str = "auto",
        seed: int = 0,
    ) -> None:
        """Make a searcher.

        Args:
            space: a ``Space``, or what its YAML loads to.
            metric: name of the objective in what the training reports; Ray does not pass on the Tuner's.
            mode: ``"min"`` or ``"max"``.
            history: past trials of other tasks, as for ``logminer.Study``.
            strategy: name of a logminer strategy, but for those that grant budgets.
            seed: same seed and same trials, same configs.

        Raises:
            SpaceError: the space makes no sense.
            UsageError: the mode is unknown, there is no such strategy, or the history cannot be used.
        """
        super().__init__(metric=metric, mode=mode)
        self._objective = metric
        self._ids: dict[str, str] = {}
        self.study = Study(space, mode, history, strategy, seed)

    @classmethod
    def from_store(
        cls,
        store: Store,
        metric: str,
        mode: Mode,
        view: View | None = None,
        *,
        task: str | None = None,
        **options: Any,
    ) -> "LogminerSearcher":
        """A searcher of the space behind the logs, warm-started by all related tasks but ``task`` itself."""
        space, prior = past_of(store, view, task=task)
        return cls(space, metric, mode, history=prior, **options)

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next config, by Ray's name of the trial.

        Raises:
            UsageError: the strategy grants budgets.
            NothingFoundError: the strategy has nothing left to propose.
        """
        suggestion = self.study.ask()
        self._ids[trial_id] = suggestion.id
        return whole_run(suggestion)

    def on_trial_complete(
        self,
        trial_id: str,
        result: dict[str, Any] | None = None,
        error: bool = False,
    ) -> None:
        """Tell the study what became of a trial; one without the metric has failed."""
        number = self._ids.pop(trial_id, None)
        if number is None:
            return
        value = None if error or not result else result.get(self._objective)
        trial = next(t for t in self.study.trials if t.id == number)
        self.study.tell(Suggestion(trial.config, id=number), value)

    def save(self, checkpoint_path: str) -> None:
        """Write the trials so far as JSON."""
        state = {"ids": self._ids, "trials": [asdict(trial) for trial in self.study.trials]}
        write_whole(checkpoint_path, json.dumps(state))

    def restore(self, checkpoint_path: str) -> None:
        """Go on where a saved search was."""
        state = json.loads(Path(checkpoint_path).read_text(encoding="utf-8"))
        self._ids = state["ids"]
        self.study.trials = [Trial(**trial) for trial in state["trials"]]
