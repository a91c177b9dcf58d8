"""From the board to the next trial: the study's trials become what a strategy sees."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.failure import failure_kind
from logminer.core.objective import Mode
from logminer.core.prior import NO_PRIOR, Prior
from logminer.core.space import Config, Space, config_key
from logminer.core.suggestion import Suggestion
from logminer.core.trial import Trial
from logminer.runner._repeats import Repeats, repeat_of
from logminer.store.trials import TrialRow
from logminer.strategies import STRATEGIES
from logminer.workflows.prior_ask import from_priors
from logminer.workflows.prior_choice import Chosen
from logminer.workflows.study import Study

_STRIDE = 1_000_003  # seeds of one study's asks lie this far apart


@dataclass(frozen=True)
class Fidelity:
    """What a cheap trial has less of: epochs, a share of the data, the size of a model.

    Attributes:
        name: the parameter it is given by.
        low: the least that is ever granted.
        high: that of a full run; whole numbers where this is one.
    """

    name: str
    low: float
    high: float

    @classmethod
    def parse(cls, text: str) -> "Fidelity":
        """From ``epochs=1:81``, or ``epochs=81``.

        Raises:
            UsageError: it is not written so.
        """
        name, _, span = text.partition("=")
        low, _, high = span.rpartition(":")
        try:
            ends = [_number(word) for word in (low or "0", high)]
        except ValueError:
            ends = [0.0, 0.0]
        if not name.isidentifier() or not 0 <= ends[0] <= ends[1] or ends[1] <= 0:
            raise UsageError(f"fidelity '{text}' makes no sense", "write --fidelity epochs=1:81")
        return cls(name, ends[0], ends[1])

    def grant(self, budget: float | None) -> float:
        """A budget within the range; a full run's without one."""
        return self.high if budget is None else min(max(budget, self.low), self.high)


def _number(word: str) -> float:
    return int(word) if word.strip().isdigit() else float(word)


@dataclass
class _Memory:
    """Rows as trials, each made once: studies grow to thousands of trials of which few change."""

    sign: float = 0.0
    rows: list[TrialRow] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    passed: list[Trial] = field(default_factory=list)  # promotions that ask for no more training

    def as_trials(
        self, rows: list[TrialRow], sign: float, signs: Mapping[str, float]
    ) -> list[Trial]:
        """Trials in the order of the rows."""
        known = 0 if sign != self.sign else len(self.rows)
        old = [
            trial if before is row else as_trial(row, sign, signs)
            for trial, before, row in zip(self.trials[:known], self.rows, rows, strict=False)
        ]
        if sign != self.sign:
            self.passed = []
        self.sign, self.rows = sign, rows
        self.trials = [*old, *(as_trial(row, sign, signs) for row in rows[len(old) :])]
        return [*self.trials, *self.passed]


@dataclass(frozen=True)
class Asker:
    """What is known before the first trial, and how to go on from there.

    Attributes:
        space: where to look.
        strategy: name of the strategy.
        seed: same seed and same trials, same suggestions.
        prior: what past tasks say.
        fidelity: what budgets are of, or None.
        chosen: published priors, of which a share of the configs is drawn, or None.
        repeats: how often configs are run.
        signs: of all objectives where there are several: factors that turn them into losses, by metric.
    """

    space: Space
    strategy: str = "auto"
    seed: int = 0
    prior: Prior = NO_PRIOR
    fidelity: Fidelity | None = None
    chosen: Chosen | None = None
    repeats: Repeats = field(default_factory=Repeats)
    signs: Mapping[str, float] = field(default_factory=dict)
    _memory: _Memory = field(default_factory=_Memory, compare=False, repr=False)

    @property
    def promoted(self) -> float | None:
        """Share of the trials of a budget that the strategy promotes to the next, None if it promotes none."""
        share: float | None = getattr(STRATEGIES.load(self.strategy), "PROMOTED", None)
        return share

    def ask(self, study: str, trials: Mapping[int, TrialRow], mode: Mode) -> TrialRow | None:
        """The next trial of a study, or None when there is nothing to run."""
        sign = 1.0 if mode == "min" else -1.0
        rows = [trials[n] for n in sorted(trials)]
        again = self.repeats.due(rows, sign)
        if again is None:
            row = self._new(study, rows, mode, sign)
            if row is not None:
                return row
            again = self.repeats.due(rows, sign, exhausted=True)
        return None if again is None else self._once_more(again, rows)

    def _once_more(self, row: TrialRow, rows: Sequence[TrialRow]) -> TrialRow:
        """Another run of a trial's config."""
        repeat = repeat_of(rows, row.config)
        because = f"run {repeat + 1} of the config of trial {row.number}, to tell it from chance"
        return TrialRow(
            row.study, len(rows), row.config, strategy=row.strategy, because=(because,),
            share=row.share, budget=row.budget, repeat=repeat,
        )  # fmt: skip

    def _new(
        self, study: str, rows: Sequence[TrialRow], mode: Mode, sign: float
    ) -> TrialRow | None:
        """A trial of a new config, or None when the strategy has nothing to propose."""
        trials = {row.number: row for row in rows}
        number = len(trials)
        full = self.fidelity.high if self.fidelity else None
        seed = self.seed + _STRIDE * number
        prior = replace(self.prior, seed=self.seed)  # one for all asks
        search = Study(self.space, mode, prior, self.strategy, seed, budget=full)
        search.trials = self._memory.as_trials(list(rows), sign, self.signs)
        try:
            found = self._further(search, trials, sign)
        except NothingFoundError:
            return None
        share = search.trials[-1].budget
        if self.chosen is not None and found.resumes is None:
            search.trials.pop()
            drawn = from_priors(search, self.chosen, 1, seed)
            found = replace(drawn[0], budget=found.budget) if drawn else found
        if share is None and is_repeat(
            self.space, found.config, (t.config for t in trials.values())
        ):
            return None
        return TrialRow(
            study,
            number,
            found.config,
            strategy=found.strategy,
            because=found.because,
            share=share,
            budget=self.fidelity.grant(found.budget) if self.fidelity else found.budget,
            resumes=_resumed(found.resumes, trials),
        )

    def _further(self, search: Study, trials: Mapping[int, TrialRow], sign: float) -> Suggestion:
        """The next suggestion that trains further than what it goes on from.

        Where the least that is granted lies above a strategy's smallest budgets, a promotion from one of them to
        the next asks for what has been done already: it has passed as soon as it is proposed.
        """
        while True:
            found = search.ask()
            before = _resumed(found.resumes, trials)
            if not (self.promoted and self.fidelity and before is not None):
                return found
            if self.fidelity.grant(found.budget) != trials[before].budget:
                return found
            share = search.trials.pop().budget
            self._memory.passed.append(replace(as_trial(trials[before], sign), budget=share))
            search.trials.append(self._memory.passed[-1])


def is_repeat(space: Space, config: Config, tried: Iterable[Config]) -> bool:
    """Whether a strategy has come back to a tried config, since a finite space has no other left."""
    if not math.isfinite(space.size):
        return False
    key = config_key(config)
    return any(config_key(other) == key for other in tried)


def _resumed(number: str | None, trials: Mapping[int, TrialRow]) -> int | None:
    return int(number) if number and number.isdigit() and int(number) in trials else None


def as_trial(row: TrialRow, sign: float, signs: Mapping[str, float] | None = None) -> Trial:
    """A trial as strategies see it: its value as a loss, ``waiting`` and ``running`` alike pending.

    Args:
        row: as the board has it.
        sign: of the first objective.
        signs: of all, by metric, where there are several.
    """
    number = str(row.number)
    if row.status in ("waiting", "running"):
        return Trial(row.config, None, "running", row.share, id=number)
    lost = row.status in ("failed", "infeasible") or row.value is None
    if lost or not math.isfinite(float(row.value or 0.0)):
        kind = "constraint" if row.status == "infeasible" else failure_kind(row.reason)
        return Trial(row.config, None, "failed", row.share, id=number, failure=kind)
    values = tuple(f * row.results.get(metric, math.nan) for metric, f in (signs or {}).items())
    return Trial(
        row.config,
        sign * float(row.value or 0.0),
        "complete",
        row.share,
        row.noise,
        id=number,
        values=values,
    )
