"""Stopping rules inside a search: what they judge, how often, and that learning does not hold the search up."""

import threading
import time

import numpy as np
import pytest

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel
from logminer.runner import _early
from logminer.runner._early import Early


def curve(level, steps):
    step = np.arange(1, steps + 1)
    return step, level + np.exp(-step / 5)


ENDED = {i: curve(0.1 * i, 30) for i in range(8)}
CONFIGS = {i: {"lr": 0.1 * i} for i in range(20)}


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
    rule = Early("curves", "min", 30.0)
    assert set(rule.judge({10: curve(3.0, 15)}, ENDED, CONFIGS)) == {10}
    assert used == [False]
    let.set()
    deadline = time.monotonic() + 60
    step = 16
    while not used[-1] and time.monotonic() < deadline:
        time.sleep(0.05)
        rule.judge({step: curve(3.0, 20)}, ENDED, {**CONFIGS, step: {"lr": 1.0}})
        step += 1
    assert used[-1]


@pytest.mark.parametrize("rule", ["median", "curves"])
def test_a_trial_is_judged_when_it_has_come_further(monkeypatch, rule):
    """Not at every step: a tenth of the way is granted, and the next look is when it has come 15 % further."""
    seen = []
    judge = Early._by_median if rule == "median" else Early._by_curves

    def noted(self, due, *rest):
        seen.append({number: int(c[0][-1]) for number, c in due.items()})
        return judge(self, due, *rest)

    monkeypatch.setattr(Early, judge.__name__, noted)
    early = Early(rule, "min", 1000.0)
    ended = {i: curve(0.1 * i, 1000) for i in range(4)}
    for steps in (50, 100, 110, 114, 115, 130, 140, 999, 1000):
        early.judge({9: curve(0.0, steps)}, ended, CONFIGS)
    assert [s[9] for s in seen] == [100, 115, 140, 999]


def test_a_model_is_fitted_on_a_bounded_number_of_trials(monkeypatch):
    """Of more than so many an even choice is taken, so that a fit never takes long."""
    sizes = []
    monkeypatch.setattr(_early, "_MOST", 10)
    monkeypatch.setattr(
        CurveModel, "fit", lambda self, rows: sizes.append(rows["run"].unique()) or self
    )
    ended = {i: curve(0.1 * i, 30) for i in range(50)}
    Early("curves", "min", 30.0).judge({99: curve(1.0, 15)}, ended, {i: {} for i in range(100)})
    [runs] = sizes
    assert len(runs) == 10
    assert {"0", "49"} <= set(runs)


def test_unknown_rules_are_refused():
    """The hint lists what there is."""
    with pytest.raises(UsageError, match="no stopping rule 'best'"):
        Early("best", "min")
