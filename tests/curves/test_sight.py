"""What a run sees of its peers."""

import numpy as np
import pandas as pd
import pytest

from logminer.curves.peers import peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.sight import Sight, look
from logminer.curves.tidy import tidy

STEPS = np.arange(0, 101, 10)


def peers(levels, ends=None, **params):
    """Straight lines from 10 to each level, one run a level; a run may stop early or diverge at its end."""
    frames = []
    for k, level in enumerate(levels):
        value = 10 + (level - 10) * STEPS / 100
        own = pd.DataFrame({"task": "t", "run": f"r{k}", "step": STEPS, "value": value})
        for name, values in params.items():
            own[name] = pd.Series([values[k]] * len(own), dtype=object)
        frames.append(own[own["step"] <= (ends[k] if ends else 100)])
    curves = tidy(pd.concat(frames, ignore_index=True))
    return peers_of(Prefixes(curves), np.full(len(curves), 100.0))


def sight(now=0.5, then=1.0, until=1.0, among=1.0, run="me", config="me", **params):
    words = [np.array([w], dtype=str) for w in ("t", run, config)]
    shares = [np.array([float(s)]) for s in (now, then, until, among)]
    config_of = {k: pd.Series([v], dtype=object) for k, v in params.items()}
    return Sight(*words, *shares, pd.DataFrame(config_of, index=[0]))


def seen(who, company, base=5.0):
    return look(company, who, np.array([base]), np.random.default_rng(0))


def test_changes_are_those_of_peers_between_the_two_shares():
    """From half-way to the end these lines fall by 4 and by 1."""
    view = seen(sight(), peers([2.0, 8.0]), base=6.0)
    assert view.changes[0, 2] == pytest.approx(-4.0)
    assert view.changes[0, 0] == pytest.approx(-2.5)
    assert view.first[0] == 10
    assert view.best[0] == 2


def test_nothing_is_seen_of_oneself_and_of_repeats():
    """A run is not its own peer, nor is one of its config."""
    assert np.isnan(seen(sight(run="r0"), peers([2.0])).first[0])
    assert np.isnan(seen(sight(config="r0"), peers([2.0])).first[0])
    assert np.isnan(seen(sight(), None).first[0])


def test_peers_cut_at_the_same_share_show_no_future():
    """Then there are neighbours, but no changes."""
    view = seen(sight(until=0.5), peers([2.0, 8.0]))
    assert np.isnan(view.changes).all()
    assert np.isfinite(view.beside[0, :2]).all()
    assert view.best[0] == pytest.approx(6.0)


def test_unfinished_peers_tell_as_far_as_they_have_come():
    """One of two has been at the target."""
    view = seen(sight(), peers([2.0, 8.0], ends=[100, 60]))
    assert np.expm1(view.plain[0, 0]) == pytest.approx(2)
    assert np.expm1(view.plain[0, 1]) == pytest.approx(1)


def test_the_nearest_config_is_found_by_rank_and_by_name():
    """The peer with the closest learning rate and the same optimizer comes first."""
    company = peers([2.0, 4.0, 8.0], lr=[0.1, 0.01, 0.001], optimizer=["sgd", "adam", "adam"])
    view = seen(sight(lr=0.009, optimizer="adam"), company, base=5.0)
    assert view.changes[0, 7] == pytest.approx(4.0 - 5.0)
    view = seen(sight(lr=0.2, optimizer="sgd"), company, base=5.0)
    assert view.changes[0, 7] == pytest.approx(2.0 - 5.0)


@pytest.mark.parametrize("odd", [None, float("nan"), True, "auto", pd.NA])
def test_any_value_of_a_hyperparameter_is_taken(odd):
    """Unset, logical and textual values do not trip the comparison."""
    view = seen(sight(lr=odd), peers([2.0, 8.0], lr=[0.1, odd]))
    assert np.isfinite(view.changes[0, 7])
