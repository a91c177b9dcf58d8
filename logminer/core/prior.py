"""The prior: what is believed before a search begins."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logminer.core.failure import Failure
from logminer.core.space import Config, ConfigKey, config_key


@dataclass(frozen=True, eq=False)
class PastTask:
    """The trials of one past task.

    Attributes:
        name: name of the task.
        configs: one a trial; values outside the space searched now are kept, for they inform.
        losses: shape (n,), finite, lower is better, in the unit of the task's own metric.
        runs: names of the runs, for explanations; empty where unknown.
    """

    name: str
    configs: tuple[Config, ...]
    losses: NDArray[np.float64]
    runs: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.configs)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Place of each trial's config among the task's configs, 1 the best; ties share the better place.

        Trials of one config, as of several seeds, are averaged first and have one place.
        """
        of_config, means = self._means
        return (1 + np.searchsorted(np.sort(means), means, side="left"))[of_config]

    @property
    def distinct(self) -> int:
        """Number of different configs."""
        return len(self._means[1])

    @cached_property
    def keys(self) -> list[ConfigKey]:
        """Identity of each trial's config."""
        return [config_key(config) for config in self.configs]

    @cached_property
    def trials_of(self) -> Mapping[ConfigKey, list[int]]:
        """Numbers of the trials of each config."""
        trials: dict[ConfigKey, list[int]] = {}
        for number, key in enumerate(self.keys):
            trials.setdefault(key, []).append(number)
        return trials

    @cached_property
    def _means(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Number of each trial's config, and the mean loss of each config."""
        of_config = np.empty(len(self), dtype=np.int64)
        for number, trials in enumerate(self.trials_of.values()):
            of_config[trials] = number
        return of_config, np.bincount(of_config, self.losses) / np.bincount(of_config)


@dataclass(frozen=True)
class Published:
    """A config somebody published, with its source."""

    config: Config
    source: str


@dataclass(frozen=True, eq=False)
class Prior:
    """Past trials by task, published configs, and how far they are trusted.

    Attributes:
        tasks: past tasks, each with its trials.
        published: configs from papers and model zoos.
        planned: number of trials the study is meant to have, None where nobody said.
        seed: of the study, the same at every ask, where a strategy's ``rng`` differs from ask to ask; filled in by
            the study.
        default: the config the user runs today, tried first when there is one.
        first: configs that past tasks of other scales speak for, tried next.
        trust: natural log of the odds, beyond what the past tasks say themselves, that the past helps here;
            a backtest's verdict sets it.
        used: number of past trials kept.
        dropped: number of past trials left out, by reason.
        failures: past trials that came to no value, of these and other tasks; they lead nothing, but tell where
            others will fail.
    """

    tasks: tuple[PastTask, ...] = ()
    published: tuple[Published, ...] = ()
    planned: int | None = None
    seed: int | None = None
    default: Config | None = None
    first: tuple[Published, ...] = ()
    trust: float = 0.0
    used: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Identity of the past trials, equal for equal content; models mined from them are kept by it."""
        text = hashlib.blake2b(digest_size=16)
        for task in self.tasks:
            text.update(repr((task.name, task.keys)).encode())
            text.update(np.ascontiguousarray(task.losses).tobytes())
        return text.hexdigest()


NO_PRIOR = Prior()
