"""One rule for all who stop runs: how it is chosen, kept, and asked."""

import numpy as np
import pandas as pd
import pytest

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel
from logminer.curves.peers import SHARES, peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.stopping_rule import DEFAULT, StoppingRule, candidates, choose, stops
from logminer.curves.tidy import tidy

from .conftest import make_curves


def replayed(**rules):
    """Two tasks; of each rule what it saves, its regret, and in how many of them it loses the best run."""
    rows = [
        {"rule": name.replace("_", " "), "task": task, "repeat": 0, "runs": 9, "saved": saved,
         "regret": regret, "lost": lost > k}
        for name, (saved, regret, lost) in rules.items()
        for k, task in enumerate("ab")
    ]  # fmt: skip
    return pd.DataFrame(rows)


RULES = [StoppingRule("forecast", 0.1), StoppingRule("median"), StoppingRule("patience", 0.1)]
BOLD, MEDIAN, PATIENCE = (rule.name for rule in RULES)


@pytest.mark.parametrize(
    ("bold", "median", "patience", "kind"),
    [
        ((0.7, 0.001, 0), (0.5, 0.0, 0), (0.2, 0.0, 0), "forecast"),
        ((0.7, 0.02, 0), (0.5, 0.0, 0), (0.2, 0.0, 0), "median"),
        ((0.7, 0.001, 1), (0.5, 0.05, 0), (0.2, 0.0, 0), "patience"),
        ((0.7, 0.02, 2), (0.5, 0.05, 1), (0.2, 0.5, 2), "none"),
        ((0.0, 0.0, 0), (0.0, 0.0, 0), (0.0, 0.0, 0), "none"),
    ],
)
def test_the_rule_that_saves_most_of_those_that_cost_little(bold, median, patience, kind):
    """Where forecasts do not pay the median rule or patience is taken, and nothing where none is safe."""
    found = choose(replayed(**{BOLD: bold, MEDIAN: median, PATIENCE: patience}), RULES)
    assert found.kind == kind
    assert found.tasks == 2


def test_nothing_replayed_leaves_the_default():
    assert (
        choose(pd.DataFrame(columns=["rule", "task", "saved", "regret", "lost"]), RULES) is DEFAULT
    )


def test_rules_have_names_of_their_own():
    names = [rule.name for rule in candidates()]
    assert len(set(names)) == len(names)
    assert DEFAULT.name in names


@pytest.mark.parametrize("rule", [DEFAULT, *candidates()])
def test_a_rule_survives_its_text(rule):
    back = StoppingRule.from_json(rule.to_json())
    assert (back.kind, back.threshold, back.least) == (rule.kind, rule.threshold, rule.least)


@pytest.mark.parametrize("text", ["", "[]", "3", '{"colour": 1}'])
def test_other_text_is_refused(text):
    with pytest.raises(UsageError, match="no stopping rule"):
        StoppingRule.from_json(text)


@pytest.mark.parametrize("rule", [StoppingRule("forecast", 0.1, 0.3), StoppingRule("median", 0.0, 0.3), StoppingRule("patience", 0.1, 0.3)])  # fmt: skip
def test_every_kind_stops_what_is_hopeless_and_not_before_its_least_share(rule):
    """A run far above ten finished ones, flat for long; and the same when it has hardly begun."""
    past = make_curves("t", 9, 1).drop(columns="rate")
    steps = 10 * np.arange(1, 41)
    flat = pd.DataFrame(
        {"task": "t", "run": "flat", "step": steps, "value": np.where(steps > 20, 5.0, 5.1)}
    )
    for share, stopped in ((0.6, True), (0.15, False)):
        part = flat[flat["step"] <= share * 400].assign(horizon=400.0)
        both = pd.concat([part, past])
        forecast = CurveModel().predict(both).take(np.array([0]))
        clean = tidy(both)
        values = peers_of(Prefixes(clean), np.fmax(clean.horizon, clean.end)).values
        final = values[1:, -1]
        assert values.shape[1] == len(SHARES)
        assert stops(rule, values, np.array([share]), final, forecast).tolist() == [stopped]
