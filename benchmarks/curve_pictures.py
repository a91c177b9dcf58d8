"""Pictures of forecasts of held-out curves: fans beside what came, and promised against found coverage."""

import numpy as np

from logminer.curves.calibration import LEVELS
from logminer.curves.coverage import measure
from logminer.curves.features import Queries, describe
from logminer.curves.model import steady
from logminer.plots import coverage as coverage_plot
from logminer.plots import fans as fans_plot
from logminer.plots.fans import Fan
from logminer.plots.png import save_png

WAY = 12
FIVE = [int(np.flatnonzero(np.isclose(LEVELS, q))[0]) for q in (0.05, 0.25, 0.5, 0.75, 0.95)]


def fan_of(p, row, model, company):
    """The forecast of one question along the way, to be drawn."""
    curve, cut, end = p.curve[row], p.curves.step[p.row[row]], p.curves.end[p.curve[row]]
    targets = cut + (end - cut) * np.arange(1, WAY + 1) / WAY
    every, same = np.ones(WAY), np.full(WAY, curve)
    asked = Queries(same, np.full(WAY, cut), targets, np.full(WAY, end), every, every)
    described = describe(p.prefixes, asked, company, np.random.default_rng(0))
    losses = steady(described.to_loss(model.distribution(described)[0])[None])[0]
    sign = p.curves.sign[curve]
    bands = np.sort(sign * losses[:, FIVE], axis=1)
    step, loss = p.curves.points(curve)
    return Fan(p.curves.task[curve].replace("|", " "), step, sign * loss, cut, targets, bands)


def draw(p, said, folder):
    """Draw the answers of each way of asking into a folder."""
    for name, answers in said.items():
        if not answers.fans:
            continue
        save_png(_fans(p, answers), folder / f"fans {name}.png")
        save_png(_coverage(p, answers), folder / f"coverage {name}.png")


def _fans(p, answers):
    """The fan that holds the outcome best first."""
    middle = answers.spread[:, FIVE[2]]
    order = sorted(answers.fans, key=lambda row: abs(middle[row] - p.truth[row]))
    return fans_plot.draw([answers.fans[row] for row in order])


def _coverage(p, answers):
    """All questions, by collection, and what is unlike the past."""
    alive = ~p.dead
    groups = {"all": alive}
    groups |= {name: alive & (p.collection[p.curve] == name) for name in p.collections()}
    groups["unlike the past"] = alive & answers.unlike
    return coverage_plot.draw(measure(answers.spread, p.truth, groups))
