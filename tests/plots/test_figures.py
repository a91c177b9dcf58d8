"""Every figure: drawn from any result, readable as text, unmoved by hostile names and odd values."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from factories import HOSTILE, history_of, hostile_history, make_curves, make_history
from matplotlib import pyplot as plt

from logminer.analyses import (
    budget,
    curves_view,
    effects,
    importance,
    incumbent,
    interactions,
    parallel,
    seeds,
    top,
    zoom,
)
from logminer.core.objective import Objective
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.plots import budget as budget_plot
from logminer.plots import curves_view as curves_plot
from logminer.plots import effects as effects_plot
from logminer.plots import importance as importance_plot
from logminer.plots import incumbent as incumbent_plot
from logminer.plots import interactions as interactions_plot
from logminer.plots import parallel as parallel_plot
from logminer.plots import parameter_axis, style
from logminer.plots import seeds as seeds_plot
from logminer.plots import top as top_plot
from logminer.plots import zoom as zoom_plot
from logminer.plots.svg import to_svg


def all_figures(history):
    task, curves = history.tasks[0], make_curves(history)
    pairs = interactions.analyse(history)
    return {
        "budget": budget_plot.draw(budget.analyse(history, curves)),
        "curves": curves_plot.draw(curves_view.analyse(history, curves, task)),
        "importance": importance_plot.draw(importance.analyse(history)),
        "incumbent": incumbent_plot.draw(incumbent.analyse(history), task),
        "interactions": interactions_plot.draw(pairs),
        "joint": interactions_plot.draw_joint(pairs, history.space),
        "parallel": parallel_plot.draw(parallel.analyse(history)),
        "seeds": seeds_plot.draw(seeds.analyse(history), task, history.objectives[task]),
        "top": top_plot.draw(top.analyse(history), task),
        "zoom": zoom_plot.draw(zoom.analyse(history)),
        **{f"effect-{i}": effects_plot.draw(e) for i, e in enumerate(effects.analyse(history).effects)},
    }  # fmt: skip


def texts(svg):
    return [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("text")]


def test_every_figure_is_drawn_with_its_names():
    """Names of runs, hyperparameters and metrics appear as text; pyplot is never involved."""
    history = make_history(tasks=2, configs=30)
    figures = all_figures(history)
    shown = {name: texts(to_svg(figure, name, "alt")) for name, figure in figures.items()}
    assert "learning_rate" in shown["importance"]
    assert "learning_rate" in shown["zoom"]
    assert "val/loss" in shown["curves"]
    assert any("run_" in text for text in shown["top"])
    assert set(budget.PARTS) <= set(shown["budget"])
    assert plt.get_fignums() == []


def test_hostile_names_stay_text_in_every_figure():
    """No figure turns a name into an element or an attribute."""
    for name, figure in all_figures(hostile_history()).items():
        root = ET.fromstring(to_svg(figure, name, HOSTILE))
        tags = {e.tag.rpartition("}")[2] for e in root.iter()}
        assert tags <= {"svg", "g", "path", "defs", "clipPath", "rect", "text", "use"}
        assert not any(key.startswith("on") for e in root.iter() for key in e.attrib)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize(
    "values", [[np.nan] * 5, [1.0] * 5, [1e308, -1e308, 0, 1, 2], [1e-12, 1e12, 1, 2, 3]]
)
def test_any_values_find_their_axis(values, mode):
    """Constant, huge and missing values end up inside finite limits."""
    axes = style.new_axes(style.new_figure())
    inside = style.robust_axis(axes, np.array(values), Objective("loss", mode))
    low, high = axes.get_ylim()
    assert np.isfinite([low, high]).all()
    assert low < high
    placed = inside(np.array([*values, np.inf, -np.inf, np.nan]))
    assert ((low <= placed) & (placed <= high)).all()


def test_a_diverged_value_lies_on_the_bad_edge():
    """NaN is drawn where the worst would be, whichever way the metric goes."""
    for mode, edge in (("min", 1), ("max", 0)):
        axes = style.new_axes(style.new_figure())
        inside = style.robust_axis(axes, np.array([1.0, 2.0, 3.0]), Objective("m", mode))
        assert inside(np.array([np.nan]))[0] == axes.get_ylim()[edge]


def test_one_exploded_run_does_not_flatten_the_others():
    """With one loss of a million the axis still tells 1 from 2."""
    axes = style.new_axes(style.new_figure())
    values = np.r_[np.linspace(1, 2, 30), 1e6]
    style.robust_axis(axes, values, Objective("loss"))
    assert axes.get_ylim()[1] < 10


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00123456, "0.001235"), (1e-5, "1e-5"), (200.0, "200"), (123456.0, "123,500"), (1.5e9, "1.5e9"),
     (float("nan"), "\N{EN DASH}"), (-0.25, "-0.25"), (0.0, "0"), (12.0, "12")],
)  # fmt: skip
def test_numbers_are_written_as_people_do(value, text):
    """Four significant digits, no padded exponents, thousands apart."""
    assert style.number(value) == text


@pytest.mark.parametrize(
    "ends", [(1e-5, 1.0), (16, 512), (8.4e-4, 5e-3), (0.9, 1.0), (1e-12, 1e3), (3, 3.5)]
)
def test_log_ticks_are_few_and_apart(ends):
    """Between one and six ticks within the range, never close enough to overlap."""
    ticks = np.array(style.log_ticks(*ends))
    assert len(ticks) <= 6
    assert ((ticks >= ends[0]) & (ticks <= ends[1])).all()
    if len(ticks) > 1:
        assert np.diff(np.log(ticks)).min() > 0.15 * np.log(ends[1] / ends[0])


@pytest.mark.parametrize(
    "parameter",
    [Float(1e-5, 1.0, log=True), Float(-1.0, 1.0), Integer(1, 8), Float(2.0, 2.0), Categorical(("a", "b")),
     Categorical(tuple(range(100)))],
)  # fmt: skip
def test_unit_ticks_lie_on_the_axis(parameter):
    """Tick labels of parallel axes lie within the unit interval."""
    ticks = parameter_axis.unit_ticks(parameter)
    assert ticks
    assert all(0 <= at <= 1 and text for at, text in ticks)
    assert len(ticks) <= 13


def test_short_names_keep_what_differs():
    """Folders shared by all names are dropped, wherever they stand."""
    names = ["runs/a/study/trial_1", "runs/b/study/trial_1", "runs/b/study/trial_2"]
    assert style.short_names(names) == ["a/trial_1", "b/trial_1", "b/trial_2"]
    assert style.short_names(["same/x", "same/x"]) == ["x", "x"]
    assert style.short_names(["a", "b/c"]) == ["a", "b/c"]


def test_long_names_keep_both_ends():
    """However long a name is, its last letters are shown: they often tell runs apart."""
    name = "start/" + "x" * 10_000 + "/seed_7"
    assert style.plain(name, 20).startswith("start/")
    assert style.plain(name, 20).endswith("seed_7")


def test_the_field_behind_does_not_press_the_best_together():
    """Ten close winners keep a fair part of the axis when the other configs are far off."""
    history = history_of(
        [{"x": i / 100} for i in range(100)],
        [0.001 * i if i < 10 else 100.0 + i for i in range(100)],
        Space({"x": Float(0.0, 1.0)}),
    )
    low, high = top_plot.draw(top.analyse(history), "task").axes[0].get_xlim()
    assert 0.009 / (high - low) > 0.3
