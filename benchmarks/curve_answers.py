"""What the model, the parametric laws and plain baselines say of the end of held-out curves."""

import time
from dataclasses import dataclass, field

import numpy as np
from curve_pictures import fan_of
from curve_protocol import CUTS, FOLDS, LOST, bare

from logminer.curves.calibration import LEVELS
from logminer.curves.features import GRID, describe, on_grid
from logminer.curves.laws import LAWS, fit_laws
from logminer.curves.model import CurveModel
from logminer.curves.peers import peers_of
from logminer.curves.prefixes import divisor


@dataclass
class Answers:
    """What the model says of all questions in one way, with or without company.

    Attributes:
        spread: quantiles (questions, levels) in u.
        unlike: whether a question is unlike the past.
        fans: forecasts along the way, by question.
        seconds: spent on predictions.
    """

    spread: np.ndarray
    unlike: np.ndarray
    fans: dict = field(default_factory=dict)
    seconds: float = 0.0


def answers(p, seed=0, drawn=()):
    """The model's answers beside peers and alone, by name; and seconds of each fit.

    Of the questions ``drawn`` the forecasts along the way are given too.
    """
    count, alive, fits = len(p.curve), np.flatnonzero(~p.dead), []
    company = {"beside peers": peers_of(p.prefixes, p.curves.end), "alone": None}
    said = {n: Answers(np.full((count, len(LEVELS)), LOST), np.zeros(count, bool)) for n in company}
    for fold in range(FOLDS):
        held = p.frame["problem"].isin(set(p.problem[p.curve[p.fold == fold]]))
        start = time.process_time()
        model = CurveModel(seed).fit(bare(p.frame[~held]))
        fits.append(time.process_time() - start)
        rows = alive[p.fold[alive] == fold]
        for name, peers in company.items():
            _answer(p, rows, model, peers, said[name], np.random.default_rng(seed))
            fans = {k: fan_of(p, k, model, peers) for k in drawn if k in rows}
            said[name].fans.update(fans)
    return said, fits


def _answer(p, rows, model, peers, said, rng):
    start = time.process_time()
    asked = describe(p.prefixes, p.queries(rows), peers, rng)
    units, said.unlike[rows] = model.learnt.quantiles(asked)
    losses = asked.to_loss(units)
    said.seconds += time.process_time() - start
    said.spread[rows] = p.units(losses.T, p.curve[rows]).T


def past_changes(p):
    """The last value, and quantiles of what runs of the other folds still changed at the same share seen."""
    alive, last = np.flatnonzero(~p.dead), last_values(p)
    spread = np.full((len(p.curve), len(LEVELS)), LOST)
    for share in CUTS:
        rows = alive[p.share[alive] == share]
        for fold in range(FOLDS):
            held = p.fold[rows] == fold
            past, now = rows[~held], rows[held]
            change = np.quantile(p.truth[past] - last[past], LEVELS)
            spread[now] = np.clip(last[now, None] + change, -0.2, LOST)
    return spread


def last_values(p):
    """The last value seen, in u."""
    return np.where(p.dead, LOST, p.units(p.curves.loss[p.row], p.curve))


def baselines(p):
    """Point predictions of the methods that learn nothing, in u."""
    alive = np.flatnonzero(~p.dead)
    found = {"last value": last_values(p)}
    found["best so far"] = np.where(p.dead, LOST, p.units(p.prefixes.lowest[p.row], p.curve))
    for name, loss in law_losses(p, alive).items():
        found[name] = np.full(len(p.curve), LOST)
        found[name][alive] = p.units(loss, p.curve[alive])
    return found


def law_losses(p, rows):
    """Final losses by each law, their mean, and their mean by fit."""
    queries = p.queries(rows)
    asked = describe(p.prefixes, queries, None, np.random.default_rng(0))
    z = (on_grid(p.prefixes, queries) - asked.base[:, None]) / asked.scale[:, None]
    ahead = np.minimum(queries.target / divisor(queries.cut), 1e4)
    fits = fit_laws(GRID, np.clip(z, -5, 5), ahead)
    levels = {name: np.clip(fits.level[:, k], -5, 1) for k, name in enumerate(LAWS)}
    levels["mean of laws"] = np.mean(list(levels.values()), axis=0)
    levels["laws by fit"] = np.clip(fits.mean, -5, 1)
    return {name: asked.to_loss(level[:, None])[:, 0] for name, level in levels.items()}
