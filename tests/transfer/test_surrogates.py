"""The joint process over past tasks, its held-out means, and what is read off it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from logminer.core.prior import Prior
from logminer.core.space_spec import space_from_spec
from logminer.transfer.calibrate import calibrate
from logminer.transfer.density import density
from logminer.transfer.joint import joint_covariance
from logminer.transfer.kernels import matern52
from logminer.transfer.lengthscales import _group_distances, _negative_evidence, fit_lengthscales
from logminer.transfer.mined import mined
from logminer.transfer.past import prior_from_frame
from logminer.transfer.portfolio import greedy
from logminer.transfer.scale import from_common, log_slope, median_and_unit, to_common
from logminer.transfer.surrogates import mine
from logminer.transfer.weights import task_weights

SPACE = space_from_spec({"x": {"low": 0.0, "high": 1.0}, "y": {"low": 0.0, "high": 1.0}})


def past(shifts, size=40, noise=0.0, seed=0):
    """Tasks whose valley in x lies at each shift; y does not matter."""
    rng = np.random.default_rng(seed)
    rows = []
    for t, shift in enumerate(shifts):
        for x, y in rng.random((size, 2)):
            value = (1 + t) * ((x - shift) ** 2 + noise * rng.standard_normal()) + 10 * t
            rows.append({"task": f"t{t}", "value": value, "x": x, "y": y})
    return prior_from_frame(pd.DataFrame(rows), SPACE)


@pytest.mark.parametrize("bend", [0.0, 0.3, 1.0])
def test_the_common_scale_is_undone_exactly(bend):
    """What is scaled comes back, medians at 0, in any unit."""
    losses = np.random.default_rng(0).normal(5, 2, 101)
    median, unit = median_and_unit(losses)
    z = to_common(losses, median, unit, bend)
    assert np.median(z) == 0
    assert np.allclose(from_common(z, median, unit, bend), losses)
    assert np.allclose(to_common(1000 * losses - 7, *median_and_unit(1000 * losses - 7), bend), z)


@pytest.mark.parametrize("bend", [0.0, 0.3, 1.0])
def test_the_slope_of_the_common_scale_agrees_with_differences(bend):
    """The density of losses is told the true slope, on both sides of the median."""
    losses, step = np.array([-9.0, -1.0, 0.4, 2.9, 3.1, 40.0]), 1e-5
    up, down = (to_common(losses + s * step, 3.0, 2.0, bend) for s in (1, -1))
    assert np.allclose(np.exp(log_slope(losses, 3.0, 2.0, bend)), (up - down) / (2 * step))


def test_the_evidence_gradient_agrees_with_differences():
    """The optimiser is told the true slope."""
    rng = np.random.default_rng(0)
    X, z, groups = rng.random((15, 3)), rng.standard_normal(15), np.array([0, 1, 1])
    parts, theta = _group_distances(X, groups, 2), np.array([-0.5, 0.2, -1.0])
    _, gradient = _negative_evidence(theta, parts, z)
    for k in range(3):
        step = np.eye(3)[k] * 1e-5
        up, down = (_negative_evidence(theta + s * step, parts, z)[0] for s in (1, -1))
        assert gradient[k] == pytest.approx((up - down) / 2e-5, rel=1e-4)


def test_what_does_not_matter_gets_a_long_lengthscale():
    """An inert hyperparameter is told from one that matters."""
    X = np.random.default_rng(0).random((60, 2))
    z = np.sin(6 * X[:, 0])
    found = fit_lengthscales([X], [z / z.std()], np.array([0, 1]))
    assert found.values[1] > 4 * found.values[0]


def test_a_past_with_a_few_far_better_configs_is_seen_on_a_bent_scale():
    """Where losses fall ever faster towards the best, the past speaks for a bend; where they do not, for none."""
    plain = past([0.2, 0.5, 0.8])
    steep = Prior(tuple(replace(t, losses=-np.exp(-8 * t.losses)) for t in plain.tasks))
    assert mine(plain, SPACE).setting.bend == 0
    assert mine(steep, SPACE).setting.bend > 0


def test_a_held_out_task_leaves_no_trace():
    """The means without a task equal those of a process that never saw it."""
    model = mine(past([0.2, 0.5, 0.8], size=12), SPACE)
    kept = model.task != 1
    inputs = model.inputs[kept]
    asked = model.scaled(np.random.default_rng(1).random((5, 2)))
    covariance = np.linalg.inv(model.precision)[np.ix_(kept, kept)]
    alpha = np.linalg.solve(covariance, model.z[kept])
    weights = np.delete(model.weights(alpha, model.task[kept]), 1, axis=1)
    expected = matern52(asked, inputs) @ weights
    assert np.allclose(model.means_without(1, asked), expected, atol=1e-6)


def test_what_a_thin_past_tells_is_what_one_more_task_of_the_joint_process_would_know():
    """The covariance it leaves is that of the joint process over old and new tasks, given the old trials."""
    model = mine(past([0.2, 0.5], size=10), SPACE)
    asked = model.scaled(np.random.default_rng(1).random((6, 2)))
    everything = np.vstack([model.inputs, asked])
    tasks = np.concatenate([model.task, np.full(6, 2)])
    joint = joint_covariance(everything, tasks, model.setting.shared, 0.0)
    old, cross = joint[:20, :20] + model.setting.noise * np.eye(20), joint[:20, 20:]
    left = joint[20:, 20:] - cross.T @ np.linalg.solve(old, cross)
    told = model.told(asked)
    assert np.allclose(matern52(asked, asked) - told @ told.T, left, atol=1e-5)


def test_a_past_of_many_trials_is_not_asked_where_it_has_looked():
    """Beyond a few hundred trials nothing is kept of it: the cost would grow with their square."""
    model = mine(past([0.2, 0.5, 0.8], size=150), SPACE)
    assert model.told(model.scaled(np.random.default_rng(1).random((6, 2)))).shape == (6, 0)


def test_alike_tasks_foretell_one_another_and_noise_does_not():
    """The gain is large for a past that agrees, and none for one that is noise."""
    assert calibrate(mine(past([0.3, 0.32, 0.34, 0.31]), SPACE)).gain > 3
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "task": np.repeat(list("abcd"), 40),
            "value": rng.random(160),
            "x": rng.random(160),
            "y": rng.random(160),
        }
    )
    assert calibrate(mine(prior_from_frame(frame, SPACE), SPACE)).gain < 1


def test_the_portfolio_first_takes_what_is_good_everywhere_then_what_is_missing():
    """Greedy coverage on a matrix small enough to see through."""
    regret = np.array([[0.0, 0.9, 0.3, 0.9], [0.9, 0.0, 0.3, 0.9], [0.9, 0.9, 0.3, 0.0]])
    assert greedy(regret, 4, regret.mean(0))[0] == 2
    assert set(greedy(regret, 4, regret.mean(0))) == {0, 1, 2, 3}
    assert greedy(regret, 9, regret.mean(0)) == greedy(regret, 4, regret.mean(0))


def test_the_portfolio_covers_tasks_with_different_winners():
    """With two kinds of task, the first two configs serve one kind each."""
    prior = past([0.1, 0.12, 0.9, 0.88], size=60)
    found = mined(prior, SPACE)
    first = sorted(found.configs[i]["x"] for i in found.portfolio[:3])
    assert first[0] < 0.3
    assert first[-1] > 0.7


def test_weight_goes_to_the_task_that_ranks_alike_and_to_chance_when_none_does():
    """A similar task wins; under a reversed ranking chance does."""
    model = mine(past([0.1, 0.9]), SPACE)
    points = np.random.default_rng(1).random((12, 2))
    alike, chance = task_weights(model, points, (points[:, 0] - 0.1) ** 2, np.random.default_rng(0))
    assert alike[0] > 0.9
    assert chance < 0.1
    same = mine(past([0.1, 0.11]), SPACE)
    _, chance = task_weights(same, points, -((points[:, 0] - 0.1) ** 2), np.random.default_rng(0))
    assert chance > 0.9


def test_the_density_follows_winners_until_they_are_refuted():
    """Draws gather at the past winners; a fifth and more stays free, all of it once the past misleads."""
    prior = past([0.2, 0.22, 0.21])
    found = mined(prior, SPACE)
    cube, rng = found.model.cube, np.random.default_rng(0)
    none = np.zeros((0, 2))
    early = density(cube, found, none, np.zeros(0), rng)
    x = early.sample(2000, rng)[:, 0]
    assert 0.2 <= early.uniform < 0.5
    assert np.mean(np.abs(x - 0.21) < 0.2) > 0.6
    points = rng.random((15, 2))
    refuted = density(cube, found, points, -((points[:, 0] - 0.2) ** 2), rng)
    assert refuted.uniform > 0.9


def test_a_past_is_mined_once():
    """Equal content in an equal space is the same object; another space is not."""
    assert mined(past([0.2, 0.4]), SPACE) is mined(past([0.2, 0.4]), SPACE)
    wider = space_from_spec({"x": {"low": 0.0, "high": 2.0}, "y": {"low": 0.0, "high": 1.0}})
    assert mined(past([0.2, 0.4]), wider) is not mined(past([0.2, 0.4]), SPACE)


@pytest.mark.parametrize("diverged", [1e3, 1e10, 1e300])
def test_a_diverged_run_leaves_the_scale_of_the_others(diverged):
    """The unit is told by the better runs, however far away one of them ended."""
    losses = np.random.default_rng(0).random(40)
    _, unit = median_and_unit(losses)
    losses[np.argmax(losses)] = diverged
    assert median_and_unit(losses)[1] == pytest.approx(unit)
