"""Pictures of forecasts: coverage and fans, drawn from any values, with names as plain text."""

from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from factories import HOSTILE

from logminer.analyses.curves_view import CurvesView
from logminer.core.objective import Objective
from logminer.curves.calibration import LEVELS
from logminer.curves.coverage import measure
from logminer.plots import coverage, curves_view, fans
from logminer.plots.fans import Fan
from logminer.plots.svg import to_svg


def texts(figure):
    return [
        e.text for e in ET.fromstring(to_svg(figure, "x", "alt")).iter() if e.tag.endswith("text")
    ]


def fan(name="run", value=None, cut=40.0):
    step = np.arange(1.0, 101.0)
    value = 1 / step if value is None else value
    ahead = np.linspace(cut + 10, 100, 4)
    return Fan(name, step, value, cut, ahead, np.outer(1 / ahead, [0.5, 0.8, 1.0, 1.2, 2.0]))


def covered(groups):
    rng = np.random.default_rng(0)
    quantiles = np.sort(rng.normal(size=(30, len(LEVELS))), axis=1)
    return measure(quantiles, rng.normal(size=30), {g: np.ones(30, bool) for g in groups})


def test_coverage_names_every_group_with_its_size():
    """And both axes run over the same shares, so that the diagonal is the aim."""
    figure = coverage.draw(covered(["all", "unlike the past"]))
    shown = texts(figure)
    assert "all (30)" in shown
    assert "unlike the past (30)" in shown
    axes = figure.axes[0]
    assert axes.get_xlim() == axes.get_ylim() == (0.0, 1.0)


def test_coverage_draws_what_was_counted():
    """One point an interval, promised across, found up."""
    result = covered(["all"])
    line = coverage.draw(result).axes[0].get_lines()[-1]
    table = result.to_frame().sort_values("promised")
    np.testing.assert_array_equal(line.get_xdata(), table["promised"])
    np.testing.assert_array_equal(line.get_ydata(), table["covered"])


def test_a_fan_starts_at_the_last_value_seen():
    """All bands leave from the same point."""
    axes = fans.draw([fan()]).axes[0]
    median = axes.get_lines()[0]
    assert median.get_xdata()[0] == 40.0
    assert median.get_ydata()[0] == pytest.approx(1 / 40)
    assert len(median.get_xdata()) == 5


def test_what_came_goes_on_from_what_was_seen():
    """Without a gap, and every line and shade is named once, however many runs there are."""
    figure = fans.draw([fan(), fan()])
    _, came, seen = figure.axes[0].get_lines()
    assert came.get_xydata()[0].tolist() == seen.get_xydata()[-1].tolist()
    assert texts(figure).count("what came") == texts(figure).count("nine tenths") == 1


def test_a_freak_first_loss_does_not_press_the_fan_flat():
    """The axis is made for the rest of the curve."""
    value = 1 / np.arange(1.0, 101.0)
    value[0] = 1e9
    low, high = fans.draw([fan(value=value)]).axes[0].get_ylim()
    assert low < 0.01
    assert high < 2


@pytest.mark.parametrize("values", [np.nan, 1.0, 1e300])
def test_any_curve_is_drawn(values):
    """Nothing known, nothing changing, or huge."""
    figure = fans.draw([fan(value=np.full(100, values)), fan()])
    assert len(figure.axes) == 2


def test_hostile_names_stay_text():
    """A run's or a task's name is never markup or mathematics."""
    for name in HOSTILE:
        for figure in (fans.draw([fan(name)]), coverage.draw(covered([name]))):
            assert all(
                e.tag.count("script") == 0 for e in ET.fromstring(to_svg(figure, "x", "alt")).iter()
            )


def view(stopped):
    """One finished run, and one that stopped at step 4 with its fan to step 10."""
    step = np.arange(1, 11)
    points = pd.DataFrame({"run": 1, "step": step, "value": 1.0 / step})
    runs = [{"run": 1, "name": "a", "role": "best", "value": 0.1, "last": 10}]
    fan = pd.DataFrame(columns=["run", "step", "median", "low", "high"])
    if stopped:
        points = pd.concat([points, points[:4].assign(run=2)])
        runs.append({"run": 2, "name": "b", "role": "stopped", "value": 0.25, "last": 4})
        fan = pd.DataFrame({
            "run": 2, "step": [4, 7, 10], "median": [0.25, 0.2, 0.15], "low": [0.25, 0.15, 0.1],
            "high": [0.25, 0.22, 0.2],
        })  # fmt: skip
    return CurvesView(points, pd.DataFrame(runs), Objective("loss", "min"), len(runs), False, fan)


def test_the_legend_tells_what_a_fan_is_where_there_is_one():
    """The expected course lies on top of the best curves, from the last point seen on."""
    with_fan, without = (curves_view.draw(view(stopped)) for stopped in (True, False))
    assert any("as expected" in text for text in texts(with_fan))
    assert not any("as expected" in text for text in texts(without))
    lines = with_fan.axes[0].get_lines()
    dotted = [line for line in lines if line.get_linestyle() == ":"]
    assert [line.get_xdata().tolist() for line in dotted] == [[4, 7, 10]]
    assert dotted[0].get_zorder() > max(line.get_zorder() for line in lines if line not in dotted)
