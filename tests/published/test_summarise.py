"""Statistics over sources: repeats count once, sources count alike, contexts are kept apart."""

import numpy as np
import pytest

from logminer.core.parameters import Categorical, Float, Integer
from logminer.published.evidence import held_out, typicality
from logminer.published.ranking import ranked
from logminer.published.summarise import (
    Record,
    balanced,
    distinct,
    plain_parameters,
    summarise,
)


def record(lr, source="a", group="g", weight=1.0, optimizer="sgd", **more):
    config = {"learning_rate": lr, **more}
    return Record(config, {"optimizer": optimizer}, source, group, weight, f"{source}:{group}")


def test_repeats_inside_a_source_count_once():
    """One schedule that stands 190 times in a source is one config used 190 times."""
    found = distinct([record(0.1)] * 190 + [record(0.2)] + [record(0.1, source="b")])
    assert [(r.source, r.used) for r in found] == [("a", 190), ("a", 1), ("b", 1)]


def test_sources_count_alike():
    """A source of a hundred configs weighs what a source of one does."""
    records = [record(0.1 + i / 1000, group=f"g{i}") for i in range(100)] + [
        record(1.0, source="b")
    ]
    weights = balanced(records)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[-1] == pytest.approx(0.5)


def test_groups_inside_a_source_count_alike():
    """Ninety variants of one schedule weigh what one other schedule does."""
    records = [record(0.1 + i / 1000, group="many") for i in range(90)] + [record(1.0, group="one")]
    assert balanced(records)[-1] == pytest.approx(0.5)


def test_tuned_counts_above_default():
    """The trust in a kind scales a source and the configs inside a group."""
    weights = balanced(
        [record(0.1, source="tuned", weight=1.0), record(1.0, source="default", weight=0.3)]
    )
    assert weights[0] / weights[1] == pytest.approx(1 / 0.3)
    inside = balanced([record(0.1, weight=1.0), record(1.0, weight=0.25)])
    assert inside[0] / inside[1] == pytest.approx(4.0)


def test_the_centre_is_a_median_over_sources():
    """One strange source does not move the centre."""
    records = [record(v, source=s) for s, v in [("a", 0.1), ("b", 0.1), ("c", 0.2), ("d", 100.0)]]
    known = summarise(records, (), {"learning_rate": Float(0.01, 100.0, log=True)})["learning_rate"]
    assert known.beliefs[0].centre == 0.1
    assert known.beliefs[0].groups == 4
    assert known.beliefs[0].confidence == pytest.approx(4 / 6, abs=1e-3)


def test_the_optimizer_keeps_learning_rates_apart():
    """Conditioned on the optimizer, a range over six decades falls into two narrow ones."""
    records = [
        record(rate * factor, source=s, group=f"{o}{factor}", optimizer=o)
        for s in "abc"
        for o, rate in [("sgd", 1.0), ("adamw", 1e-4)]
        for factor in (0.5, 1.0, 2.0)
    ]
    known = summarise(records, ("optimizer",), plain_parameters(records))["learning_rate"]
    spreads = {b.when.get("optimizer"): b.spread for b in known.beliefs}
    assert spreads["sgd"] < 3 < 30 < spreads[None]
    assert known.belief({"optimizer": "adamw"}).centre == 1e-4


def test_bounds_and_kinds_are_read_from_the_values():
    """Whole numbers stay whole, wide positive ranges are logarithmic, texts are choices."""
    records = [
        record(lr, source=s, batch_size=b, momentum=m, schedule=k)
        for s, lr, b, m, k in [("a", 1e-4, 32, 0.9, "step"), ("b", 1e-1, 64, 0.95, "cosine"), ("c", 1.0, 48, 0.8, "step")]
    ]  # fmt: skip
    plain = plain_parameters(records)
    assert plain["learning_rate"] == Float(1e-4, 1.0, log=True)
    assert plain["batch_size"] == Integer(32, 64)
    assert plain["momentum"] == Float(0.8, 0.95)
    assert plain["schedule"] == Categorical(("step", "cosine"))


def test_zeros_do_not_break_a_log_scale():
    """A weight decay of zero stays a common value, and the scale starts above it."""
    records = [
        record(0.1, source=s, weight_decay=w)
        for s, w in [("a", 0.0), ("b", 1e-6), ("c", 1e-1), ("d", 0.0)]
    ]
    plain = plain_parameters(records)["weight_decay"]
    assert plain == Float(1e-6, 0.1, log=True)
    known = summarise(records, (), {"weight_decay": plain})["weight_decay"]
    assert dict(known.beliefs[0].common)[0.0] == pytest.approx(0.5)
    assert np.isfinite(known.beliefs[0].spread)


def test_what_one_source_sets_once_is_left_out():
    """A parameter without two sources, three groups or many configs says nothing."""
    records = [record(0.1, only_here=3.0), record(0.2), record(0.3, source="b")]
    assert "only_here" not in plain_parameters(records)


def test_sources_that_agree_help_each_other():
    """Leaving one source out, agreeing sources gain nats; contradicting ones lose them."""
    box = {"learning_rate": Float(1e-5, 10.0, log=True)}
    agree = [record(0.1 * f, source=s, group=str(f)) for s in "abcde" for f in (0.8, 1.0, 1.25)]
    result = held_out(agree, (), box)
    assert result.evidence.confidence == "good"
    assert result.evidence.low > 0
    assert result.evidence.held_out == 5
    rng = np.random.default_rng(0)
    strange = [record(10 ** rng.uniform(-5, 1), source=s) for s in "abcdefgh"]
    assert held_out(strange, (), box).evidence.confidence == "low"


def test_three_sources_are_no_test():
    """With fewer than four sources the prior stays untested, whatever the gain."""
    agree = [record(0.1, source=s) for s in "abc"]
    evidence = held_out(agree, (), {"learning_rate": Float(1e-5, 10.0, log=True)}).evidence
    assert evidence.confidence == "untested"
    assert evidence.low is None


def test_derived_parameters_do_not_count_twice():
    """A quantity computed from others is left out of a config's gain but keeps its own."""
    box = {"learning_rate": Float(1e-5, 10.0, log=True), "twin": Float(1e-5, 10.0, log=True)}
    records = [record(0.1, source=s, twin=0.1) for s in "abcde"]
    both, one = held_out(records, (), box), held_out(records, (), box, ("twin",))
    assert one.evidence.gain == pytest.approx(both.evidence.gain / 2, abs=2e-3)
    assert one.by_parameter["twin"] > 0


def test_ranking_takes_turns_between_sources():
    """The first configs come from as many sources as there are, and their weights sum to one."""
    records = [record(0.1 + i, source="a", group=str(i), wd=i) for i in range(5)] + [
        record(9.0, source="b", wd=1)
    ]
    found = ranked(records, ["learning_rate", "wd"], ("optimizer",), np.ones(6), 4)
    assert {c.refs[0].split(":")[0] for c in found[:2]} == {"a", "b"}
    assert len(found) == 4
    assert sum(c.weight for c in found) == pytest.approx(1.0, abs=1e-5)


def test_typical_records_are_those_like_the_others():
    """A config near the others is more typical than one far away."""
    records = [record(lr, source=s) for s, lr in zip("abcd", [0.1, 0.11, 0.09, 9.0], strict=True)]
    found = summarise(records, (), {"learning_rate": Float(1e-5, 10.0, log=True)})
    typical = typicality(found, records)
    assert typical.argmin() == 3
