"""What the model, the parametric laws and plain baselines say of the end of held-out curves."""

import time
from dataclasses import dataclass, field, replace

import numpy as np
from curve_pictures import fan_of
from curve_protocol import CUTS, EACH, FOLDS, LOST, bare

from logminer.curves.calibration import LEVELS
from logminer.curves.features import GRID, describe, on_grid
from logminer.curves.laws import LAWS, fit_laws
from logminer.curves.learning import worth
from logminer.curves.peers import SHARES, peers_of
from logminer.curves.prefixes import divisor
from logminer.curves.sampling import past_questions


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


def answers(p, model, seed=0, drawn=()):
    """The model's answers by name, and seconds of each fit: with the other problems as its past and without one.

    Args:
        p: the questions.
        model: what is fitted; as it is, it has no past but what comes with it.
        seed: seed of all choices.
        drawn: questions of which the forecasts along the way are given too.
    """
    count, alive, fits = len(p.curve), np.flatnonzero(~p.dead), []
    company = {"beside peers": peers_of(p.prefixes, p.curves.end), "alone": None}
    names = [*company, *(f"no past, {name}" for name in company)]
    said = {n: Answers(np.full((count, len(LEVELS)), LOST), np.zeros(count, bool)) for n in names}
    for name, peers in company.items():
        _answer(p, alive, model, peers, said[f"no past, {name}"], np.random.default_rng(seed))
    for fold in range(FOLDS):
        rows = alive[p.fold[alive] == fold]
        if not len(rows):
            continue
        held = p.frame["problem"].isin(set(p.problem[p.curve[p.fold == fold]]))
        start = time.process_time()
        fitted = model.fit(bare(p.frame[~held]))
        fits.append(time.process_time() - start)
        for name, peers in company.items():
            _answer(p, rows, fitted, peers, said[name], np.random.default_rng(seed))
            fans = {k: fan_of(p, k, fitted, peers) for k in drawn if k in rows}
            said[name].fans.update(fans)
    return said, fits


def _answer(p, rows, model, peers, said, rng):
    start = time.process_time()
    asked = describe(p.prefixes, p.queries(rows), peers, rng)
    known = peers and others_of(p, rows, model, peers, rng)
    units, said.unlike[rows], _ = model.distribution(asked, known)
    losses = asked.to_loss(units)
    said.seconds += time.process_time() - start
    said.spread[rows] = p.units(losses.T, p.curve[rows]).T


def others_of(p, rows, model, peers, rng):
    """What forest and peers are worth on the runs of the same problems; no run speaks for itself."""
    tasks = np.unique(p.curves.task[p.curve[rows]].astype(str))
    some = np.flatnonzero(np.isin(p.curves.task.astype(str), tasks) & (np.diff(p.curves.start) > 4))
    asked, answer = past_questions(p.prefixes, p.curves.end, some, EACH, rng)
    every = np.ones(len(asked))
    asked = replace(asked, until=every, among=every)
    return worth(p.prefixes, peers, (asked, answer), model.experience, rng)


def nearest_peers(p, number=7):
    """The last value plus the median change of the peers that stood nearest at the same share, in u."""
    peers, found = peers_of(p.prefixes, p.curves.end), last_values(p)
    filled = np.flatnonzero(np.diff(p.curves.start) > 0)
    place, config = dict(zip(filled, range(len(filled)), strict=True)), p.curves.config.astype(str)
    for k in np.flatnonzero(~p.dead):
        curve = p.curve[k]
        others = filled[
            (p.curves.task[filled] == p.curves.task[curve]) & (config[filled] != config[curve])
        ]
        values = peers.values[[place[i] for i in others]]
        now = np.array([np.interp(p.share[k], SHARES, v) for v in values])
        end, last = values[:, -1] if len(values) else now, p.curves.loss[p.row[k]]
        fit = np.isfinite(now) & np.isfinite(end)
        if fit.any():
            near = np.argsort(np.abs(now[fit] - last), kind="stable")[:number]
            change = np.median((end - now)[fit][near])
            found[k] = p.units(np.array([last + change]), np.array([curve]))[0]
    return found


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
    found["7 nearest peers"] = nearest_peers(p)
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
