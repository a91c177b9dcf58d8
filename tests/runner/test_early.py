"""Stopping rules inside a search: what they judge, how often, and that learning does not hold the search up."""

import threading
import time

import numpy as np
import pytest

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel
from logminer.runner import _learner
from logminer.runner._early import Early
from logminer.runner._learner import Seen


def trial(level, steps, budget=None):
    step = np.arange(1, steps + 1)
    return Seen((step, level + np.exp(-step / 5)), {"lr": level}, budget)


ENDED = {i: trial(0.1 * i, 30) for i in range(8)}


def test_no_judgement_waits_for_a_fit(monkeypatch):
    """While a fit goes on, the model before it answers, parametric laws at first; then the new one does."""
    let, used = threading.Event(), []
    fit, predict = CurveModel.fit, CurveModel.predict

    def slow(self, rows):
        let.wait(60)
        return fit(self, rows)

    def noted(self, rows):
        used.append(self.peers is not None)
        return predict(self, rows)

    monkeypatch.setattr(CurveModel, "fit", slow)
    monkeypatch.setattr(CurveModel, "predict", noted)
    rule = Early("curves", "min")
    assert set(rule.judge({10: trial(3.0, 15)}, ENDED)) == {10}
    assert used == [False]
    let.set()
    deadline = time.monotonic() + 60
    step = 16
    while not used[-1] and time.monotonic() < deadline:
        time.sleep(0.05)
        rule.judge({step: trial(3.0, 20)}, ENDED)
        step += 1
    assert used[-1]


@pytest.mark.parametrize("rule", ["median", "curves"])
def test_a_trial_is_judged_when_it_has_come_further(monkeypatch, rule):
    """Not at every step: a tenth of the way is granted, and the next look is when it has come 15 % further."""
    seen = []
    judge = Early._by_median if rule == "median" else Early._by_curves

    def noted(self, *given):
        due = next(g for g in given if isinstance(g, dict))
        seen.append({number: int(t.reached) for number, t in due.items()})
        return judge(self, *given)

    monkeypatch.setattr(Early, judge.__name__, noted)
    early = Early(rule, "min")
    ended = {i: trial(0.1 * i, 1000) for i in range(4)}
    for steps in (50, 100, 110, 114, 115, 130, 140, 999, 1000):
        early.judge({9: trial(0.0, steps)}, ended)
    assert [s[9] for s in seen] == [100, 115, 140, 999]


def test_a_model_is_fitted_on_a_bounded_number_of_trials(monkeypatch):
    """Of more than so many an even choice is taken, so that a fit never takes long."""
    sizes = []
    monkeypatch.setattr(_learner, "_MOST", 10)
    monkeypatch.setattr(
        CurveModel, "fit", lambda self, rows: sizes.append(rows["run"].unique()) or self
    )
    ended = {i: trial(0.1 * i, 30) for i in range(50)}
    Early("curves", "min").judge({99: trial(1.0, 15)}, ended)
    [runs] = sizes
    assert len(runs) == 10
    assert {"0", "49"} <= set(runs)


@pytest.mark.parametrize("rule", ["median", "curves"])
def test_on_a_small_budget_a_trial_competes_for_promotion(rule):
    """It is measured by those of its own budget, and by the third of them that goes on rather than by the best."""
    rung = {i: trial(0.1 * i, 9, 1 / 3) for i in range(12)}
    full = {20 + i: trial(-5.0, 27) for i in range(4)}
    running = {30: trial(0.15, 5, 1 / 3), 31: trial(2.0, 5, 1 / 3)}
    stops = Early(rule, "min", promoted=1 / 3).judge(running, rung | full)
    assert set(stops) == {31}
    assert stops[31].value == pytest.approx(2.3, abs=0.4)  # at the end of its own budget


def test_on_a_small_budget_nothing_is_stopped_where_none_is_promoted():
    """Members of a population go on all of them, until they were trained to the end."""
    rung = {i: trial(0.1 * i, 9, 1 / 8) for i in range(12)}
    assert Early("curves", "min").judge({30: trial(2.0, 5, 1 / 8)}, rung) == {}


def test_where_better_is_higher_the_best_is_named_as_it_is():
    """The reason is in the metric's own unit, whatever its direction."""
    ended = {i: Seen((t.curve[0], 1 - t.curve[1])) for i, t in ENDED.items()}
    [stop] = (
        Early("curves", "max")
        .judge({9: Seen((np.arange(1, 16), np.full(15, -9.0)))}, ended)
        .values()
    )
    assert "the best is 0.9975" in stop.why


def test_unknown_rules_are_refused():
    """The hint lists what there is."""
    with pytest.raises(UsageError, match="no stopping rule 'best'"):
        Early("best", "min")
