"""A sampler for Optuna that asks logminer: warm-started, aware of conditions and of running trials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import Study as OptunaStudy
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from logminer.core.errors import UsageError
from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.space_spec import space_from_spec
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.exports._bridge import past_of, whole_run
from logminer.exports._optuna_fit import adapted, fitted
from logminer.store import Store
from logminer.workflows.history import View
from logminer.workflows.study import Study

_REASONS = "logminer:because"


class LogminerSampler(BaseSampler):
    """Sample configs of a given space with a logminer strategy, warm-started by past trials.

    The objective asks for the parameters as always, ``trial.suggest_float("learning_rate", 1e-5, 0.1, log=True)``
    and so on; those of the space get their values from logminer, others are drawn at random. Why a config was
    proposed stands in the trial's user attributes under ``logminer:because``.

    Where the objective asks for less than the space holds (``step=32``, narrower bounds), its first trial gets the
    closest value that it takes; from the second on, only such configs are searched.

    Nothing is kept between two asks but the prior and the configs of trials that are open: the study's trials are
    read anew, so that several processes can share one study, and one that is loaded again goes on where it was.
    """

    def __init__(
        self,
        space: Any,
        *,
        history: pd.DataFrame | Prior | None = None,
        strategy: str = "auto",
        seed: int = 0,
    ) -> None:
        """Make a sampler.

        Args:
            space: a ``Space``, or what its YAML loads to.
            history: past trials of other tasks, as for ``logminer.Study``.
            strategy: name of a logminer strategy, but for those that grant budgets.
            seed: same seed and same trials, same configs.

        Raises:
            SpaceError: the space makes no sense.
            UsageError: there is no such strategy, or the history cannot be used.
        """
        self._space = space_from_spec(space)
        self._history = history
        self._strategy = strategy
        self._seed = seed
        self._random = RandomSampler(seed=seed)
        self._priors: dict[str, Prior] = {}
        self._open: dict[tuple[str, int], Suggestion] = {}
        self._study(self._space, "min", seed)

    @classmethod
    def from_store(
        cls, store: Store, view: View | None = None, *, task: str | None = None, **options: Any
    ) -> "LogminerSampler":
        """A sampler of the space behind the logs, warm-started by all related tasks but ``task`` itself."""
        space, prior = past_of(store, view, task=task)
        return cls(space, history=prior, **options)

    def infer_relative_search_space(
        self,
        study: OptunaStudy,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
    ) -> dict[str, BaseDistribution]:
        """Nothing: whether a value fits is known when the objective asks for it."""
        return {}

    def sample_relative(
        self,
        study: OptunaStudy,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],  # noqa: ARG002
    ) -> dict[str, Any]:
        """Choose a config by the strategy, whose values are handed out one by one as the objective asks.

        Raises:
            UsageError: the study has several objectives, or the strategy grants budgets.
            NothingFoundError: the strategy has nothing left to propose.
        """
        if len(study.directions) > 1:
            raise UsageError(
                f"study '{study.study_name}' has {len(study.directions)} objectives, the sampler takes one",
                "give the others as user attributes of the trials",
            )
        mode = "max" if study.direction == StudyDirection.MAXIMIZE else "min"
        trials = study.get_trials(deepcopy=False)
        space = adapted(self._space, _asked(trials))
        own = self._study(space, mode, _seed_of(self._seed, trial.number))
        own.trials.extend(as_trials(trials, 1.0 if mode == "min" else -1.0))
        found = own.ask()
        whole_run(found)
        self._open[study.study_name, trial.number] = found
        _note(study, trial, found.because)
        return {}

    def sample_independent(
        self,
        study: OptunaStudy,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """The value of the chosen config; a random one where it has none, or none that the objective takes."""
        found = self._open.get((study.study_name, trial.number))
        if found is not None and param_name in found.config:
            wanted = found.config[param_name]
            value = fitted(wanted, param_distribution)
            if value is not None:
                return value[0]
            drawn = f"{param_name} drawn: the objective does not take {wanted}"
            self._open[study.study_name, trial.number] = replace(
                found, because=(*found.because, drawn)
            )
            _note(study, trial, (*found.because, drawn))
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: OptunaStudy,
        trial: FrozenTrial,
        state: TrialState,  # noqa: ARG002
        values: Sequence[float] | None,  # noqa: ARG002
    ) -> None:
        """Forget the config of a trial that has ended."""
        self._open.pop((study.study_name, trial.number), None)

    def reseed_rng(self) -> None:
        """Give threads of one study different random values; configs differ by the number of the trial."""
        self._random.reseed_rng()

    def _study(self, space: Space, mode: Any, seed: int) -> Study:
        """An empty study of a space; the prior is made once a direction."""
        study = Study(space, mode, self._priors.get(mode, self._history), self._strategy, seed)
        # What is kept has the sampler's own seed: those of single trials differ.
        self._priors[mode] = replace(study.prior, seed=self._seed)
        return study


def _note(study: OptunaStudy, trial: FrozenTrial, because: Iterable[str]) -> None:
    # Optuna's own samplers leave their notes by the same door: there is no public one.
    study._storage.set_trial_user_attr(trial._trial_id, _REASONS, list(because))  # noqa: SLF001


def _asked(trials: Sequence[FrozenTrial]) -> Mapping[str, BaseDistribution]:
    """What the objective asked for last, by parameter."""
    return {name: d for trial in trials for name, d in trial.distributions.items()}


def as_trials(trials: Sequence[FrozenTrial], sign: float) -> list[Trial]:
    """Optuna's trials as logminer's: pruned ones count with the share of the steps they had.

    Args:
        trials: trials of one study; those waiting in its queue count as running, and those that have not asked for
            any parameter yet, such as the one that is being sampled, are left out.
        sign: 1 where the study minimises, -1 where it maximises.
    """
    full = max((t.last_step or 0 for t in trials if t.state == TrialState.COMPLETE), default=0)
    return [_as_trial(t, sign, full) for t in trials if _config(t)]


def _config(trial: FrozenTrial) -> Config:
    """What the objective asked for; before it has ended also what was enqueued."""
    waiting = {} if trial.state.is_finished() else trial.system_attrs.get("fixed_params", {})
    return {**waiting, **trial.params}


def _as_trial(trial: FrozenTrial, sign: float, full: int) -> Trial:
    number, config = str(trial.number), _config(trial)
    if trial.state in (TrialState.RUNNING, TrialState.WAITING):
        return Trial(config, status="running", id=number)
    pruned = trial.state == TrialState.PRUNED
    value = trial.intermediate_values.get(trial.last_step or 0) if pruned else trial.value
    if trial.state == TrialState.FAIL or value is None or not np.isfinite(value):
        return Trial(config, status="failed", id=number)
    share = min((trial.last_step or 0) / full, 1.0) if pruned and full else None
    return Trial(config, sign * value, budget=share, id=number)


def _seed_of(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
