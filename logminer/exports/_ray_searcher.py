"""A searcher for Ray Tune that asks logminer: warm-started, aware of conditions and of running trials."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from ray.tune.search import Searcher

from logminer.core.prior import Prior
from logminer.core.trial import Trial
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
        *,
        metric: str | None = None,
        mode: str | None = None,
        history: pd.DataFrame | Prior | None = None,
        strategy: str = "auto",
        seed: int = 0,
    ) -> None:
        """Make a searcher.

        Args:
            space: a ``Space``, or what its YAML loads to.
            metric: name of the objective in what the training reports; may come from the Tuner.
            mode: ``"min"`` or ``"max"``; may come from the Tuner.
            history: past trials of other tasks, as for ``logminer.Study``.
            strategy: name of a logminer strategy.
            seed: same seed and same trials, same configs.

        Raises:
            SpaceError: the space makes no sense.
            UsageError: there is no such strategy, or the history cannot be used.
        """
        super().__init__(metric=metric, mode=mode)
        self._metric, self._mode = metric, mode
        self._given = (space, history, strategy, seed)
        self._ids: dict[str, str] = {}
        self.study = self._new(mode)

    def set_search_properties(
        self, metric: str | None, mode: str | None, config: dict[str, Any], **_: Any
    ) -> bool:
        """Take metric and direction from the Tuner; a space of its own is refused."""
        if config:
            return False
        self._metric = metric or self._metric
        if mode and mode != self._mode:
            self._mode, self.study = mode, self._new(mode)
        return True

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next config, by Ray's name of the trial."""
        suggestion = self.study.ask()
        self._ids[trial_id] = suggestion.id
        return dict(suggestion.config)

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
        value = None if error or not result else result.get(str(self._metric))
        trial = next(t for t in self.study.trials if t.id == number)
        self.study.tell(trial.config, value)

    def save(self, checkpoint_path: str) -> None:
        """Write the trials so far as JSON."""
        state = {"ids": self._ids, "trials": [asdict(trial) for trial in self.study.trials]}
        Path(checkpoint_path).write_text(json.dumps(state), encoding="utf-8")

    def restore(self, checkpoint_path: str) -> None:
        """Go on where a saved search was."""
        state = json.loads(Path(checkpoint_path).read_text(encoding="utf-8"))
        self._ids = state["ids"]
        self.study = self._new(self._mode)
        self.study.trials = [Trial(**trial) for trial in state["trials"]]

    def _new(self, mode: Any) -> Study:
        space, history, strategy, seed = self._given
        return Study(space, mode or "min", history, strategy, seed)
