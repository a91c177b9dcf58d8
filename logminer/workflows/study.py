"""A study: ask for configs, tell what became of them.

study = Study(space, mode="max", history=past_trials)
for _ in range(50):
    suggestion = study.ask()
    study.tell(suggestion, train(**suggestion.config))
study.best.config
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from logminer.analyses.repeats import weigh_repeats
from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.failure import failure_kind
from logminer.core.objective import Mode, mode_of
from logminer.core.pareto import front, scalarised
from logminer.core.prior import Prior
from logminer.core.space import Config, ConfigKey, config_key
from logminer.core.space_spec import space_from_spec
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial, TrialStatus
from logminer.strategies import STRATEGIES
from logminer.transfer.contexts import Law, at_scale
from logminer.transfer.past import prior_from_frame
from logminer.workflows.feasible import suggest_feasible

ModeName = Mode | Literal["minimize", "maximize"]
_STATUSES = ("complete", "failed", "running")
_FACTS = ("id", "status", "value", "budget")  # columns of a table of trials beside the config


class Study:
    """A search for the best config of one objective, warm-started by past tasks.

    The suggestions depend on the space, the history, the seed, and the trials so far, and on nothing else: a study
    that is told the same trials again goes on where it stopped.

    Attributes:
        space: the search space.
        mode: ``"min"`` or ``"max"``, of the first objective.
        signs: factors that turn the values of all objectives into losses.
        laws: how the best values move with the contexts.
        prior: what the history came to; ``prior.used`` and ``prior.dropped`` count its rows.
        strategy: name of the strategy.
        trials: the trials so far, values as losses, in the order they were asked or told.
    """

    def __init__(
        self,
        space: Any,
        mode: ModeName | Sequence[ModeName] = "min",
        history: pd.DataFrame | Prior | None = None,
        strategy: str = "auto",
        seed: int = 0,
        *,
        budget: float | None = None,
        contexts: Sequence[str] = (),
        at: Mapping[str, float | str] | None = None,
        planned: int | None = None,
    ) -> None:
        """Open a study.

        Args:
            space: a ``Space``, what its YAML loads to, or objects of other libraries (see ``docs/space.md``).
            mode: whether lower (``"min"``, ``"minimize"``) or higher (``"max"``, ``"maximize"``) values are
                better, in the history too.
                Several for several objectives, of which the history's ``value`` is the first.
            history: one row a past trial with columns ``task``, ``value``, optionally ``budget`` and ``name``, and
                one a hyperparameter (NaN where inactive); or a ``Prior``.
            strategy: name of a strategy.
            seed: same seed and same trials, same suggestions.
            budget: a full run's budget (epochs, steps), for strategies that grant less than that;
                without it budgets are shares of a full run.
            contexts: columns of the history that describe the problem and are not searched, such as the number of
                parameters of a model; each combination of their values is a task.
            at: the values of the contexts in the task to come: configs of other scales are moved to where they would
                stand there.
            planned: how many trials there will be, where that is known; short studies spend none on doubting the past.

        Raises:
            UsageError: the mode, strategy, seed, budget or history cannot be used.
            SpaceError: the space makes no sense.
        """
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise UsageError(f"a seed is a whole number from 0 on, not {seed!r}")
        if budget is not None and not (math.isfinite(budget) and budget > 0):
            raise UsageError(f"a full run's budget is a number above 0, not {budget}")
        self.space = space_from_spec(space)
        modes = [mode_of(m) for m in ([mode] if isinstance(mode, str) else mode)]
        if not modes:
            raise UsageError(
                "a study has no objective", "mode is 'min' or 'max', or one of each objective"
            )
        self.mode: Mode = modes[0]
        self.signs = tuple(1.0 if m == "min" else -1.0 for m in modes)
        self.strategy = strategy
        self.trials: list[Trial] = []
        self._sign = self.signs[0]
        self.laws: tuple[Law, ...] = ()
        if contexts or at:
            self.prior = self._at_scale(history, contexts, at or {}, int(seed))
        else:
            self.prior = _prior(history, self.space, self._sign)
        self._prior = replace(
            self.prior,
            planned=self.prior.planned if planned is None else planned,
            seed=int(seed) if self.prior.seed is None else self.prior.seed,
        )
        self._strategy = STRATEGIES.load(strategy)
        self._seed = seed
        self._full = budget

    def _at_scale(
        self,
        history: pd.DataFrame | Prior | None,
        contexts: Sequence[str],
        at: Mapping[str, float | str],
        seed: int,
    ) -> Prior:
        if not isinstance(history, pd.DataFrame):
            raise UsageError("contexts are columns of a history", "give the past trials as a frame")
        scaled = at_scale(history, self.space, contexts, at, sign=self._sign, seed=seed)
        self.laws = scaled.laws
        rows = pd.concat([scaled.history, scaled.expected], ignore_index=True)
        return replace(_prior(rows, self.space, self._sign), first=scaled.first)

    @overload
    def ask(self) -> Suggestion: ...
    @overload
    def ask(self, n: int) -> list[Suggestion]: ...
    def ask(self, n: int | None = None) -> Suggestion | list[Suggestion]:
        """The next suggestion, or a list of ``n``; they count as running until they are told.

        ``predicted`` and ``interval`` are in the metric's own unit. They are None before the study has two results,
        since past tasks say which configs are better, not what this task's values will be.

        Raises:
            NothingFoundError: the strategy has nothing left to propose.
            UsageError: ``n`` is no number of configs.
        """
        if n is not None and n < 1:
            raise UsageError(f"{n} configs cannot be proposed", "ask for at least one")
        rng = np.random.default_rng([self._seed, len(self.trials)])
        # The matrices are small: more threads would only wait for one another.
        with _threads().limit(limits=1):
            found = suggest_feasible(
                self._strategy, self.space, as_one(self.trials, rng), self._prior, n=n or 1, rng=rng
            )
            if len(self.signs) > 1:  # predictions are of a mixture that changes with each ask
                found = [replace(s, predicted=None, interval=None) for s in found]
        if not found:
            raise NothingFoundError(
                f"strategy '{self.strategy}' has nothing left to propose",
                hint="widen the space, or choose another strategy",
            )
        suggestions = [self._opened(suggestion) for suggestion in found]
        return suggestions[0] if n is None else suggestions

    def tell(
        self,
        what: Suggestion | Mapping[str, Any],
        value: float | Sequence[float] | None,
        budget: float | None = None,
        status: TrialStatus = "complete",
        noise: float = 0.0,
        *,
        reason: str = "",
        constraints: Sequence[float] = (),
        cost: float | None = None,
    ) -> None:
        """Report what became of a suggestion, or of any config; a config that is told again is a repeat.

        Args:
            what: the suggestion, or a config as a dict; configs outside the space inform and are never proposed.
            value: the metric in its own unit, or one of each objective; None, NaN or infinite when there is none: the
                trial failed.
            budget: the budget spent; the suggestion's by default.
            status: ``"complete"``, ``"failed"`` or ``"running"``.
            noise: standard deviation of ``value``, 0 when it is exact or unknown.
            reason: why it failed (``"out of memory"``, say): configs fail in other places for other reasons.
            constraints: by how much each constraint is exceeded; a config with one above 0 never leads.
            cost: what it cost, in any unit; above 0.

        Raises:
            UsageError: the value is no number, the status unknown, the noise no standard deviation, or the budget none.
        """
        told = self._values(value)
        exceeded = any(not _number(c) <= 0 for c in constraints)
        if cost is not None and not (math.isfinite(cost) and cost > 0):
            raise UsageError(f"a cost is a number above 0, not {cost}")
        if not (math.isfinite(noise) and noise >= 0):
            raise UsageError(f"noise is a standard deviation, not {noise}")
        if budget is not None and not (math.isfinite(budget) and budget >= 0):
            raise UsageError(f"the budget spent is a number from 0 on, not {budget}")
        if status not in _STATUSES:
            raise UsageError(f"status is one of {', '.join(_STATUSES)}, not '{status}'")
        config: Config = dict(what.config if isinstance(what, Suggestion) else what)
        number = what.id if isinstance(what, Suggestion) else ""
        place = self._place(number, config)
        asked = self.trials[place] if place < len(self.trials) else None
        share = None if budget is None else budget / (self._full or 1.0)
        if asked is not None and budget in (None, self._granted(asked.budget)):
            share = asked.budget
        losses = tuple(sign * v for sign, v in zip(self.signs, told, strict=True))
        lost = status == "failed" or exceeded or not all(map(math.isfinite, losses))
        loss = None if lost else losses[0]
        if loss is None and status == "complete":
            status = "failed"
        number = asked.id if asked else str(len(self.trials))
        said = "constraint" if exceeded else reason or ("" if value is None else "diverged")
        several = losses if len(losses) > 1 and not lost else ()
        trial = Trial(config, loss, status, share, noise, number, failure_kind(said), several, cost)
        self.trials[place : place + 1] = [trial]

    def _values(self, value: float | Sequence[float] | None) -> list[float]:
        """A value of each objective, NaN for those that are missing."""
        if value is None:
            return [math.nan] * len(self.signs)
        several: Any = value if _is_several(value) else [value]
        told = [_number(v) for v in several]
        if len(told) != len(self.signs):
            raise UsageError(
                f"{len(told)} values for {len(self.signs)} objectives", "tell one of each, in order"
            )
        return told

    @property
    def best(self) -> Trial:
        """The config that is worth most among those of the largest budget, as a trial (its value as a loss).

        Runs of one config are its repeats: the value is their mean, the noise its standard error, and the best is that of
        the lowest posterior mean, so that one lucky run does not win. With several objectives: that of the first.

        Raises:
            NothingFoundError: no trial has completed.
        """
        done = self._done()
        groups: dict[ConfigKey, list[Trial]] = {}
        for trial in done:
            groups.setdefault(trial.key, []).append(trial)
        several = list(groups.values())
        worth = weigh_repeats([[float(t.value or 0.0) for t in trials] for trials in several])
        first = several[worth.best][0]
        if worth.runs[worth.best] == 1:
            return first
        mean, error = float(worth.mean[worth.best]), float(worth.error[worth.best])
        return replace(first, value=mean, noise=error)

    @property
    def front(self) -> list[Trial]:
        """The trials that no other is better than in all objectives, of the largest budget, in order.

        Raises:
            NothingFoundError: no trial has completed.
        """
        done = self._done()
        losses = np.array([t.values or (float(t.value or 0.0),) for t in done])
        return [trial for trial, is_in in zip(done, front(losses), strict=True) if is_in]

    def _done(self) -> list[Trial]:
        """Completed trials of the largest budget."""
        done = [t for t in self.trials if t.status == "complete" and t.value is not None]
        if not done:
            raise NothingFoundError(
                "no trial has completed", hint="tell the study some results first"
            )
        largest = max(t.share for t in done)
        return [t for t in done if t.share == largest]

    def frame(self) -> pd.DataFrame:
        """The trials, one row each: ``id``, ``status``, ``value`` in the metric's own unit, ``budget``, the config.

        A hyperparameter called like one of the first four is ``config.NAME``. Further objectives are ``value_1``, ….
        """
        rows = [
            {
                **{_column(name): value for name, value in t.config.items()},
                "id": t.id,
                "status": t.status,
                "value": np.nan if t.value is None else self._sign * (t.values or (t.value,))[0],
                **{
                    f"value_{i}": s * v
                    for i, (s, v) in enumerate(zip(self.signs, t.values, strict=False))
                    if i
                },
                "budget": self._granted(t.budget),
            }
            for t in self.trials
        ]
        further = [f"value_{i}" for i in range(1, len(self.signs))]
        return pd.DataFrame(rows, columns=[*_FACTS, *further, *map(_column, self.space.names)])

    def _opened(self, suggestion: Suggestion) -> Suggestion:
        number = str(len(self.trials))
        self.trials.append(Trial(suggestion.config, None, "running", suggestion.budget, id=number))
        granted = self._granted(suggestion.budget)
        return replace(suggestion.signed(self._sign), id=number, budget=granted)

    def _granted(self, share: float | None) -> float | None:
        """A share of a full run in the user's unit, whole where a full run is."""
        if share is None or self._full is None:
            return share
        granted = share * self._full
        return max(1, round(granted)) if isinstance(self._full, int) else granted

    def _place(self, number: str, config: Config) -> int:
        """Where a told trial goes: onto the running one it answers, else at the end."""
        running = [i for i, t in enumerate(self.trials) if t.status == "running"]
        key = config_key(config)
        by_id = [i for i in running if number and self.trials[i].id == number]
        by_config = [i for i in running if self.trials[i].key == key]
        return next(iter([*by_id, *by_config]), len(self.trials))


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def as_one(trials: Sequence[Trial], rng: np.random.Generator) -> Sequence[Trial]:
    """Trials of several objectives with one loss for all, by weights that are drawn anew for every ask."""
    several = [t for t in trials if t.values and t.status == "complete"]
    if not several:
        return trials
    losses = np.array([t.values for t in several])
    weights = rng.dirichlet(np.ones(losses.shape[1]))
    mixed = dict(zip(map(id, several), scalarised(losses, weights), strict=True))
    return [replace(t, value=float(mixed[id(t)])) if id(t) in mixed else t for t in trials]


def _is_several(value: Any) -> bool:
    return (isinstance(value, Sequence) and not isinstance(value, str)) or getattr(
        value, "ndim", 0
    ) == 1


def _number(value: float | None) -> float:
    """A value as it was told, NaN for none: also a scalar of numpy or PyTorch."""
    try:
        return math.nan if value is None else float(value)
    except OverflowError:  # a whole number that no double holds
        return math.inf
    except (TypeError, ValueError):
        raise UsageError(f"a value is a number or None, not {value!r}") from None


def _column(name: str) -> str:
    return f"config.{name}" if name in _FACTS else name


def _prior(history: Any, space: Any, sign: float) -> Prior:
    if history is None:
        return Prior()
    if isinstance(history, Prior):
        return history
    if not isinstance(history, pd.DataFrame):
        raise UsageError(
            f"a history is a data frame or a Prior, not {type(history).__name__}",
            hint="give one row a past trial: task, value and a column per hyperparameter",
        )
    return prior_from_frame(history, space, sign)
