"""How a trial ended: complete, stopped, failed and why, or to be started again; its value and what was spent on it."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from logminer.analyses.objective import propose
from logminer.core.aims import Aim, Aims
from logminer.core.objective import Objective, Summary
from logminer.runner._active import Active
from logminer.runner._asking import Fidelity
from logminer.runner._board import Board, gone
from logminer.runner._launch import INTERRUPTED, Launcher
from logminer.runner._outcome_file import write_outcome
from logminer.runner._trial_log import Curve, summarise
from logminer.store.trials import TrialRow, TrialState

_SOME = 8  # metrics named where the one looked for is missing
_TIME, _MEMORY = "time limit", "out of memory"  # how reasons of trials begin that were ended
NO_METRIC = "no metric in what it printed, nor in any file below its run_dir"


@dataclass(frozen=True)
class Outcomes:
    """Judges trials that have ended.

    Attributes:
        board: the study.
        launcher: who ran them.
        summary: which value of a curve counts.
        fidelity: what budgets are of, or None.
        hints: objectives of past tasks, tried before one is proposed.
    """

    board: Board
    launcher: Launcher
    summary: Summary = "best"
    fidelity: Fidelity | None = None
    hints: Sequence[Objective] = ()

    def record(self, ended: Sequence[Active]) -> list[TrialRow]:
        """Write down how trials ended, on the board and in their rows, which are returned."""
        rows = [self._judged(active) for active in ended]
        with self.board.turn():
            self._settle_objective(ended)
            rows = [self._valued(a, r) for a, r in zip(ended, rows, strict=True)]
            self.board.put(*rows)
        for active, row in zip(ended, rows, strict=True):
            if row.status not in ("waiting", "running"):
                forecast = active.row.value is not None
                write_outcome(
                    self.board.study,
                    row,
                    active.log.runs,
                    pruned=forecast,
                    values=active.log.finals,
                )
        return rows

    def _judged(self, active: Active) -> TrialRow:
        """How a trial ended, before its value is known."""
        active.log.refresh()
        active.log.conclude(self.board.study.metric)
        row = replace(active.row, ended=time.time())
        asked = active.control.asked_to_stop
        if active.back or asked == INTERRUPTED:
            return replace(row, status="waiting", attempt=row.attempt - 1)
        if asked:
            status: TrialState = "stopped"
            if asked.startswith(_TIME):
                status = "cut"
            elif asked.startswith(_MEMORY):
                status = "failed"
            return replace(row, status=status, reason=asked)
        if active.control.state == "vanished":
            return gone(row)
        why = self.launcher.why_failed(row, active.control.code)
        return replace(row, status="failed", reason=why) if why else replace(row, status="complete")

    def _settle_objective(self, ended: Sequence[Active]) -> None:
        """Choose the metric once a trial has shown which there are; within a turn."""
        study = self.board.study
        if study.metric is not None and study.mode is not None:
            return
        for active in ended:
            logged = dict.fromkeys(active.log.metrics(), 1)
            if study.metric is not None:
                logged = {study.metric: 1} if study.metric in logged else {}
            known = [o for o in self.hints if o.metric in logged]
            chosen = known[0] if known else propose(logged, 1, summary=self.summary)
            if chosen:
                mode = study.mode or chosen.mode
                self.board.put_study(replace(study, metric=chosen.metric, mode=mode))
                return

    def _valued(self, active: Active, row: TrialRow) -> TrialRow:
        """A trial with its value and what was spent on it; without a value it has failed."""
        if row.status == "waiting":
            return row
        metric = self.board.study.metric or ""
        curve = active.log.curve(metric)
        row = replace(row, spent=self._spent(row, curve))
        if row.status == "failed":
            return row
        expected = active.row.value if row.status == "stopped" else None
        if expected is not None and math.isfinite(expected):
            return replace(row, value=expected, noise=active.row.noise)
        value = self.launcher.value(active.control)
        if value is None:
            value = summarise(curve, Objective(metric, self.board.mode, self.summary))
        if math.isfinite(value):
            return self._all_results(active, replace(row, value=value))
        return replace(row, status="failed", reason=row.reason or self._why_no_value(active, curve))

    def _all_results(self, active: Active, row: TrialRow) -> TrialRow:
        """A trial with a value, with those of further objectives and of constraints; without one of them it has failed."""
        study = self.board.study
        first = Aim(study.metric or "", self.board.mode)
        aims = Aims.from_dict(first, study.aims)
        if len(aims.objectives) == 1 and not aims.constraints:
            return row
        results = {first.metric: float(row.value or 0.0)}
        for aim in (*aims.further, *(Aim(c.metric, "min") for c in aims.constraints)):
            if aim.metric in results:
                continue
            active.log.conclude(aim.metric)
            # What is bounded counts as it was in the end, what is optimised as the summary says.
            summary = self.summary if aim in aims.further else "last"
            objective = Objective(aim.metric, aim.mode or "min", summary)
            value = summarise(active.log.curve(aim.metric), objective)
            if not math.isfinite(value):
                logged = ", ".join(sorted(active.log.metrics())[:_SOME])
                reason = f"logged no '{aim.metric}', but {logged}"
                return replace(row, status="failed", reason=reason)
            results[aim.metric] = value
        row = replace(row, results=results)
        violation = aims.violation(results)
        return replace(row, status="infeasible", reason=violation) if violation else row

    def _why_no_value(self, active: Active, curve: Curve) -> str:
        metric, logged = self.board.study.metric, sorted(active.log.metrics())
        if len(curve[1]):
            return f"diverged: '{metric}' ends in {curve[1][-1]}"
        if not logged:
            return NO_METRIC
        more = ", ..." if len(logged) > _SOME else ""
        return f"logged no '{metric}', but {', '.join(logged[:_SOME])}{more}"

    def _spent(self, row: TrialRow, curve: Curve) -> float:
        """Fidelity that this trial added: what it was granted, or the last step it logged."""
        reached = float(curve[0][-1]) if len(curve[0]) else 0.0
        if self.fidelity and row.status == "complete":
            reached = float(self.fidelity.grant(row.budget))
        return max(reached - self._begun_at(row), 0.0)

    def _begun_at(self, row: TrialRow) -> float:
        """Fidelity of the checkpoint that a trial went on from."""
        before = self.board.trials.get(row.resumes) if row.resumes is not None else None
        if before is None or not self.launcher.resumes or not self.fidelity:
            return 0.0
        if before.status == "stopped":
            return self._begun_at(before) + (before.spent or 0.0)
        return float(self.fidelity.grant(before.budget))
