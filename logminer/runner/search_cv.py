"""A scikit-learn search over hyperparameters that learns from earlier results.

search = SearchCV(SVC(), {"C": {"type": "float", "low": 1e-2, "high": 1e3, "log": True}}, history=earlier)
search.fit(X, y).best_params_
"""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.objective import Mode
from logminer.core.prior import Prior
from logminer.core.space import Config, Space
from logminer.core.space_spec import space_from_spec
from logminer.core.suggestion import Suggestion
from logminer.runner._asking import is_repeat
from logminer.runner._past import past_of
from logminer.workflows.history import View
from logminer.workflows.study import Study

Evaluate = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]]


class SearchCV(BaseSearchCV):  # type: ignore[misc]
    """Search for the best hyperparameters of an estimator by cross-validation, as ``RandomizedSearchCV`` does.

    Each config is suggested from the results of those before it and from ``history``. All that
    ``RandomizedSearchCV`` offers after ``fit`` is there: ``best_params_``, ``best_score_``, ``best_estimator_``,
    ``cv_results_``, ``predict`` and so on.

    Args:
        estimator: the estimator.
        space: a ``Space``, or what its YAML loads to, with the estimator's parameter names; lists and distributions of
            scipy.stats too, as in ``RandomizedSearchCV``.
        n_iter: configs to try; fewer where a strategy has nothing left to propose.
        strategy: name of the strategy.
        history: earlier results, higher is better: rows with ``task``, ``value`` and hyperparameters (``trials_`` of earlier
            searches, each with its task); a ``Prior``; or a database of logs.
        batch: configs suggested at a time; ``n_jobs`` workers have more to do with more of them.
        scoring: as in ``RandomizedSearchCV``; of several metrics ``refit`` names the one that is searched, and with a
            callable or False all of them are, for configs that no other is better than in all.
        n_jobs: as in ``RandomizedSearchCV``.
        refit: as in ``RandomizedSearchCV``.
        cv: as in ``RandomizedSearchCV``.
        verbose: as in ``RandomizedSearchCV``.
        pre_dispatch: as in ``RandomizedSearchCV``.
        random_state: seed of the suggestions.
        error_score: as in ``RandomizedSearchCV``. A config all of whose fits raise has failed; it is in ``trials_``,
            without a value, and not in ``cv_results_``.
        return_train_score: as in ``RandomizedSearchCV``.

    Attributes:
        trials_: one row a config: ``value`` and the hyperparameters; with a column ``task``, a ``history`` for later.
        because_: for each config, what spoke for it.
    """

    def __init__(
        self,
        estimator: Any,
        space: Any = None,
        *,
        n_iter: int = 20,
        strategy: str = "auto",
        history: pd.DataFrame | Prior | str | PathLike[str] | None = None,
        batch: int = 1,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        super().__init__(
            estimator=estimator, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv, verbose=verbose,
            pre_dispatch=pre_dispatch, error_score=error_score, return_train_score=return_train_score,
        )  # fmt: skip
        self.space = space
        self.n_iter = n_iter
        self.strategy = strategy
        self.history = history
        self.batch = batch
        self.random_state = random_state

    def _run_search(self, evaluate_candidates: Evaluate) -> None:
        """Ask, evaluate, tell; called by ``fit``."""
        asked = list[Suggestion]()
        scores: list[tuple[float, ...]] = []
        names = self._searched_names()
        study = self._study(len(names))
        failure: ValueError | None = None
        while len(asked) < self.n_iter:
            try:
                found = study.ask(min(self.batch, self.n_iter - len(asked)))
            except NothingFoundError:
                if not asked:
                    raise
                break
            tried = [s.config for s in asked]
            found = [s for s in found if not is_repeat(study.space, s.config, tried)]
            if not found:
                break
            try:
                scored = self._scores(evaluate_candidates([dict(s.config) for s in found]), names)
                scores += scored[-len(found) :]
            except ValueError as error:  # every fit of these configs failed
                if self.error_score == "raise":
                    raise
                failure = error
                scores += [(np.nan,) * len(names)] * len(found)
            for suggestion, score in zip(found, scores[len(asked) :], strict=True):
                study.tell(suggestion, score)
            asked += found
        if failure and np.isnan(scores).all():
            raise failure
        configs: list[Config] = [s.config for s in asked]
        columns = {name or "value": [s[i] for s in scores] for i, name in enumerate(names)}
        first = next(iter(columns.values()), [])
        self.trials_ = pd.DataFrame(configs).assign(**{"value": first, **columns})
        self.because_ = [s.because for s in asked]

    def _searched_names(self) -> list[str]:
        """The metrics that are searched: the empty name is the only one, or what ``refit`` names where there are several."""
        several = isinstance(self.scoring, list | tuple | set | dict)
        if not several or isinstance(self.refit, str):
            return [""]
        if self.refit is True:
            raise UsageError(
                "several metrics are scored, and refit=True names none",
                "name one: refit='accuracy'; or refit=False searches all",
            )
        return sorted(self.scoring) if isinstance(self.scoring, set) else list(self.scoring)

    def _scores(self, results: Mapping[str, Any], names: Sequence[str]) -> list[tuple[float, ...]]:
        """The searched scores of every config so far."""
        named = self.refit if isinstance(self.refit, str) else "score"
        if (
            f"mean_test_{names[0] or named}" not in results
        ):  # a callable may score several under names of its own
            raise UsageError(
                "several metrics are scored, and none is searched", "name one: refit='accuracy'"
            )
        columns = [results[f"mean_test_{name or named}"] for name in names]
        return [tuple(map(float, row)) for row in zip(*columns, strict=True)]

    def _study(self, objectives: int) -> Study:
        seed = int(check_random_state(self.random_state).randint(2**31))
        space = None if self.space is None else space_from_spec(self.space)
        history = self.history
        if isinstance(history, str | PathLike):
            space, history = _from_logs(history, space)
        if space is None:
            raise NothingFoundError(
                "no search space", "give one, or a database of logs to take it from"
            )
        modes: list[Mode] = ["max"] * objectives
        return Study(space, modes, history, self.strategy, seed, planned=self.n_iter)


def _from_logs(db: str | PathLike[str], space: Space | None) -> tuple[Space | None, Prior]:
    """The space and the prior that a database of logs gives."""
    if not Path(db).exists():
        raise NothingFoundError(f"no database at {db}", "logminer ingest PATH --db creates one")
    past = past_of(fspath(db), View(space=space), Path(db).absolute() / "none")
    return past.space, past.prior
