"""The backtest: what would these logs have saved on each of their own tasks?

Each logged task is held out in turn and searched again with the other tasks as the past. A strategy's
suggestion is answered by the nearest logged config that was not taken yet, with its logged value, so that nothing
is trained; or, where the user allows, as suggested, with what a surrogate expects of it: trees fitted to the task's
logged configs, which agree with the logs there and never promise better values than were logged. The yardstick is
picking at random, from the logged configs or, with a surrogate, from the space; its expectation is exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from logminer.core.errors import NothingFoundError
from logminer.core.history import History
from logminer.core.prior import NO_PRIOR
from logminer.transfer.past import prior_from_history
from logminer.workflows._replay import Expected, Logged, Nearest, replay

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
RANDOM = "random order"  # the yardstick's name in the tables
COLD = "auto, cold"
_FEWEST_CONFIGS, _FEWEST_TASKS = 6, 2
_DRAWS = 2000
_INTERVAL = (0.1, 0.9)
_SIDE = 0.025
_TENTH = 0.1  # share of a task's configs that count as found
_TRUST = {"helps": 1.0, "unclear": 0.0, "harms": -2.0}


@dataclass(frozen=True, eq=False)
class Backtest:
    """What the logs are worth on a new task like theirs.

    Attributes:
        curves: one row a trial: ``strategy``, ``task``, ``seed``, ``trial`` (from 1), ``regret`` of the best so far
            (0 the task's best logged config, 1 the median one).
        summary: one row a strategy, best first: mean ``regret`` over tasks after 1, 2, 5, 10, … trials,
            trials ``saved`` against picking at random until one of the best tenth of the configs is found,
            and ``low`` and ``high``, the 80 % interval of that over tasks.
        best: name of the strategy with the lowest mean regret over all trials.
        saved: trials that ``best`` saves on a task.
        interval: 80 % interval of ``saved``.
        verdict: whether the past ``"helps"``, ``"harms"``, or that is ``"unclear"``, against the same search
            without a past and against random order.
        trust: what the verdict is worth as ``Prior.trust``.
        skipped: tasks that could not be replayed, with the reason.
    """

    curves: pd.DataFrame
    summary: pd.DataFrame
    best: str
    saved: float
    interval: tuple[float, float]
    verdict: str
    trust: float
    skipped: dict[str, str]


def backtest(
    history: History,
    strategies: Sequence[str] = ("auto", "random"),
    n_trials: int = 15,
    seeds: int = 2,
    *,
    surrogate: bool = False,
    told: Progress | None = None,
) -> Backtest:
    """Hold out each task in turn and search it again on its logged configs.

    Args:
        history: the runs of all tasks.
        strategies: names of the strategies to compare; ``auto`` also runs without a past.
        n_trials: trials of each search.
        seeds: repeats with other seeds.
        surrogate: answer suggestions as they are with what a surrogate expects, not by the nearest logged config.
        told: called before each search with the number of those done, of all, and the task it is on.

    Raises:
        NothingFoundError: fewer than two tasks can be replayed.
    """
    tasks, skipped = _replayable(history)
    if len(tasks) < _FEWEST_TASKS:
        raise NothingFoundError(
            f"a backtest needs {_FEWEST_TASKS} tasks with at least {_FEWEST_CONFIGS} configs, found {len(tasks)}",
            hint="ingest more logs, or see how runs were grouped with: logminer tasks",
        )
    answers = Expected if surrogate else Nearest
    at_random = {logged.task: answers(logged).at_random() for logged in tasks}
    arms = list(product(range(seeds), (*strategies, COLD)))
    rows: list[pd.DataFrame] = []
    # The matrices are small: more threads would only wait for one another.
    with threadpool_limits(limits=1):
        for place, logged in enumerate(tasks):
            n = min(n_trials, len(logged.configs))
            prior = prior_from_history(history.without(logged.task))
            rows.append(_rows(RANDOM, logged, 0, expected_regret(at_random[logged.task], n)))
            for done, (seed, name) in enumerate(arms, start=place * len(arms)):
                if told:
                    told(done, len(tasks) * len(arms), logged.task)
                given = NO_PRIOR if name == COLD else prior
                chosen = "auto" if name == COLD else name
                rows.append(
                    _rows(name, logged, seed, replay(chosen, given, answers(logged), n, seed))
                )
    return _judged(pd.concat(rows, ignore_index=True), tasks, at_random, skipped)


def _replayable(history: History) -> tuple[list[Logged], dict[str, str]]:
    found, skipped = [], {}
    for task in history.tasks:
        runs = history.of(task)
        means = runs.losses.groupby(runs.config_ids).mean().dropna()
        first = runs.config_ids.drop_duplicates()
        dicts = dict(zip(runs.config_ids, runs.config_dicts(), strict=True))
        configs = [dicts[number] for number in first if number in means.index]
        losses = np.array([means[number] for number in first if number in means.index])
        if len(configs) < _FEWEST_CONFIGS:
            skipped[task] = f"only {len(configs)} distinct configs with a value"
        elif np.ptp(losses) == 0:
            skipped[task] = "all configs did equally well"
        else:
            found.append(Logged(task, history.space, configs, losses))
    return found, skipped


def expected_regret(regrets: Array, n: int) -> Array:
    """Expected best of the first 1, 2, …, n values in random order, exactly, shape (n,).

    The k-th smallest of m values is the best of j draws with probability C(m-k, j-1) / C(m, j).
    """
    ordered, m = np.sort(regrets), len(regrets)
    out = np.empty(n)
    alive = np.ones(m)  # probability that none of the better values is among the draws so far
    for j in range(1, n + 1):
        # P(all j draws lie among values k..m-1), built up one draw at a time.
        alive = alive * np.clip(m - np.arange(m) - (j - 1), 0, None) / (m - (j - 1))
        chance = alive - np.append(alive[1:], 0.0)
        out[j - 1] = float(chance @ ordered)
    return out


def _rows(strategy: str, logged: Logged, seed: int, regrets: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "strategy": strategy,
            "task": logged.task,
            "seed": seed,
            "trial": np.arange(1, len(regrets) + 1),
            "regret": regrets,
        }
    )


def _judged(
    curves: pd.DataFrame,
    tasks: Sequence[Logged],
    at_random: dict[str, Array],
    skipped: dict[str, str],
) -> Backtest:
    tables = {
        str(name): rows.groupby(["task", "trial"])["regret"].mean().unstack("trial").ffill(axis=1)
        for name, rows in curves.groupby("strategy")
    }
    warm = [name for name in tables if name not in (RANDOM, COLD)]
    saved = {
        name: _saved(curves[curves["strategy"] == name], tasks, at_random) for name in [*warm, COLD]
    }
    best = min(warm, key=lambda name: float(tables[name].to_numpy().mean()))
    # Like with like: the same strategy with and without the past.
    same = "auto" if "auto" in warm else best
    verdict = _verdict(*(_gains(tables[other], tables[same]) for other in (COLD, RANDOM)))
    return Backtest(
        curves,
        _summary(tables, saved),
        best,
        float(saved[best].mean()),
        _interval(saved[best]),
        verdict,
        _TRUST[verdict],
        skipped,
    )


def _gains(other: pd.DataFrame, own: pd.DataFrame) -> Array:
    """By how much a search's mean regret is lower than another's, one number a task."""
    return np.asarray((other - own).mean(axis=1))


def _verdict(to_cold: Array, to_random: Array) -> str:
    """More than chance explains, by t tests at 2.5 % a side? Helping means beating both yardsticks."""
    cold, random = (_place(gains) for gains in (to_cold, to_random))
    if min(cold, random) > 1 - _SIDE:
        return "helps"
    return "harms" if cold < _SIDE else "unclear"


def _place(gains: Array) -> float:
    error = float(np.std(gains, ddof=1)) / np.sqrt(len(gains)) + 1e-12
    return float(stdtr(len(gains) - 1, gains.mean() / error))


def expected_trials(regrets: Array, goal: float, n: int) -> float:
    """Expected draws in random order until one reaches ``goal``, n + 1 when none of the first n does."""
    m, misses = len(regrets), int((regrets > goal).sum())
    # P(no hit in j draws), summed over j = 0 .. n.
    chances = np.cumprod([(misses - j) / (m - j) if misses > j else 0.0 for j in range(n)])
    return 1.0 + float(chances.sum())


def _saved(curves: pd.DataFrame, tasks: Sequence[Logged], at_random: dict[str, Array]) -> Array:
    """Trials saved on each task until one of its best tenth of configs is found."""
    saved = []
    for logged in tasks:
        own = curves[curves["task"] == logged.task]
        n = int(own["trial"].max())
        goal = float(np.sort(logged.regrets)[max(0, round(_TENTH * len(logged.regrets)) - 1)])
        took = [
            float(run["trial"][run["regret"] <= goal].min())
            if run["regret"].min() <= goal
            else n + 1.0
            for _, run in own.groupby("seed")
        ]
        saved.append(expected_trials(at_random[logged.task], goal, n) - np.mean(took))
    return np.array(saved, dtype=float)


def _interval(values: Array) -> tuple[float, float]:
    """80 % bootstrap interval of the mean over tasks."""
    rng = np.random.default_rng(0)
    means = rng.choice(values, size=(_DRAWS, len(values))).mean(1)
    low, high = np.quantile(means, _INTERVAL)
    return float(low), float(high)


def _summary(tables: dict[str, pd.DataFrame], saved: dict[str, Array]) -> pd.DataFrame:
    last = int(tables[RANDOM].columns[-1])
    at = sorted({k for k in (1, 2, 5, 10, 25, 50) if k < last} | {last})
    rows = []
    for name in sorted(tables, key=lambda name: float(tables[name].to_numpy().mean())):
        row: dict[str, object] = {"strategy": name}
        row |= {f"regret@{k}": float(tables[name][k].mean()) for k in at}
        if name in saved:
            low, high = _interval(saved[name])
            row |= {"saved": float(saved[name].mean()), "low": low, "high": high}
        rows.append(row)
    return pd.DataFrame(rows)
