"""How well learning curves are extrapolated, and what stopping rules save, on logs that were ingested.

    python benchmarks/curves.py --db logminer.duckdb               extrapolation, tasks held out whole
    python benchmarks/curves.py --db logminer.duckdb --stopping    stopping rules replayed
    python benchmarks/curves.py --db logminer.duckdb --speed       time and size for 6,000 curves
    python benchmarks/curves.py --db logminer.duckdb --plots DIR   draw coverage and twenty fans, too

A curve is the objective metric of a run, or its validation loss; runs with ten logged points or more count.
Problems (all metrics of a task) are held out whole, in 8 folds. Each held-out curve is cut at 10, 20, 40, 60 and
80 % of its steps, and its last value is predicted, from the curve alone and beside the other runs of its problem
(never a repeat of its own config). Unit: u = (loss - best final loss of the problem) / (median first loss - best
final loss), clipped to [-0.2, 1.2]; diverged runs are 1.2, and known to be once they have diverged.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from logminer.curves.calibration import LEVELS
from logminer.curves.coverage import measure
from logminer.curves.features import GRID, Queries, describe
from logminer.curves.laws import fit_laws
from logminer.curves.model import CurveModel, steady
from logminer.curves.peers import peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.replay import replay, summarise
from logminer.curves.stopping import (
    below_median,
    below_percentile,
    by_chance,
    halved,
    no_earlier_than,
    out_of_patience,
    outclassed,
    unlikely_best,
)
from logminer.curves.tidy import tidy
from logminer.plots import coverage as coverage_plot
from logminer.plots import fans as fans_plot
from logminer.plots.fans import Fan
from logminer.plots.png import save_png
from logminer.store import open_store
from logminer.workflows.history import mine_history
from logminer.workflows.stopping import past_curves

CHECKPOINTS = (1 / 27, 1 / 9, 0.2, 1 / 3, 0.5, 0.7)
CUTS = (0.1, 0.2, 0.4, 0.6, 0.8)
FOLDS = 8
FANS, WAY = 20, 12
FIVE = [int(np.flatnonzero(np.isclose(LEVELS, q))[0]) for q in (0.05, 0.25, 0.5, 0.75, 0.95)]
NINETEEN = np.isclose(LEVELS[:, None], np.arange(0.05, 0.951, 0.05)).any(axis=1)


def logged_curves(path):
    """Curves of all runs in a store: the frame of ``past_curves`` with ``problem`` and ``collection``."""
    parts = []
    with open_store(path) as store:
        for family in mine_history(store, everything=True).families:
            mined = mine_history(store, task=family[0])
            objectives = past_curves(store, mined)
            losses = {t: m for t in family if (m := validation_loss(store, mined, t))}
            both = [objectives, past_curves(store, mined, losses)] if losses else [objectives]
            for kind, frame in zip(("objective", "loss"), both, strict=False):
                mine = frame[frame["task"].isin(family if kind == "objective" else losses)]
                name = Path(store.read.runs().loc[mine["run"].iloc[0], "name"]).parts[0]
                parts.append(
                    mine.assign(
                        problem=mine["task"], collection=name, task=mine["task"] + "|" + kind
                    )
                )
    return pd.concat(parts, ignore_index=True)


def validation_loss(store, mined, task):
    """A validation (else test) loss of the task beside its objective; None where that is a loss itself."""
    chosen = mined.history.objectives[task].metric
    if chosen.lower().endswith(("loss", "losses")):
        return None
    runs = mined.history.of(task).trials.index
    logged = store.read.run_metrics()
    names = sorted(set(logged[logged["run"].isin(runs)]["metric"]) - {chosen})
    for word in ("val", "test"):
        fit = [n for n in names if word in n.lower() and n.lower().endswith(("loss", "losses"))]
        if fit:
            return min(fit, key=len)
    return None


class Protocol:
    """The questions, their answers, and the unit they are measured in."""

    def __init__(self, frame):
        self.frame = frame.reset_index(drop=True)
        self.curves = curves = tidy(self.frame.drop(columns=["problem", "collection"]))
        self.prefixes = Prefixes(curves)
        logged = self.frame.groupby(["task", "run"]).size()
        keys = pd.MultiIndex.from_arrays([curves.task, curves.run])
        self.kept = np.flatnonzero((logged.reindex(keys) >= 10).to_numpy())
        task = pd.Series(curves.task)
        self.problem = task.map(
            dict(zip(self.frame["task"], self.frame["problem"], strict=True))
        ).to_numpy()
        self.collection = task.map(
            dict(zip(self.frame["task"], self.frame["collection"], strict=True))
        ).to_numpy()
        self._unit(task)
        self.curve = np.repeat(self.kept, len(CUTS))
        self.share = np.tile(CUTS, len(self.kept))
        stop = curves.end[self.curve] * self.share
        self.dead = (stop >= curves.died[self.curve]) | (np.diff(curves.start)[self.curve] == 0)
        self.row = self.prefixes.row(self.curve, stop)
        self.truth = self.units(self.final[self.curve], self.curve)
        self.fold = self._folds()

    def _unit(self, task):
        curves, filled = self.curves, np.diff(self.curves.start) > 0
        self.final = np.full(len(curves), np.inf)
        self.final[filled] = curves.loss[curves.start[1:][filled] - 1]
        self.final[np.isfinite(curves.died)] = np.inf
        some = pd.Series(False, task.index)
        some.iloc[self.kept] = True
        best = (
            pd.Series(self.final)
            .where(some & np.isfinite(self.final))
            .groupby(task)
            .transform("min")
        )
        first = (
            pd.Series(self.prefixes.first).where(some & filled).groupby(task).transform("median")
        )
        self.best, self.scale = best.to_numpy(), (first - best).to_numpy()

    def units(self, loss, curve):
        """Losses of curves in u; what is not known or not finite is a diverged run."""
        u = (loss - self.best[curve]) / self.scale[curve]
        return np.clip(np.where(np.isfinite(u), u, 1.2), -0.2, 1.2)

    def _folds(self):
        count = pd.Series(self.problem[self.kept]).value_counts()
        load, fold = np.zeros(FOLDS), {}
        for problem in sorted(count.index, key=lambda p: (-count[p], p)):
            fold[problem] = int(load.argmin())
            load[fold[problem]] += count[problem]
        return pd.Series(self.problem).map(fold).fillna(-1).to_numpy()[self.curve]

    def queries(self, rows):
        """The questions as the model takes them."""
        curve, every = self.curve[rows], np.ones(len(rows))
        end = self.curves.end[curve]
        return Queries(curve, self.curves.step[self.row[rows]], end, end, every, every)


def answers(protocol, seed=0, drawn=()):
    """Every method's predictions: quantiles (questions, levels) in u, by name; and seconds spent.

    Of the questions ``drawn`` the forecasts along the way are given too, as fans by method.
    """
    p, alive = protocol, np.flatnonzero(~protocol.dead)
    spread = {
        name: np.full((len(p.curve), len(LEVELS)), 1.2)
        for name in ("beside peers", "alone", "model-free")
    }
    told = {name: np.zeros(len(p.curve), bool) for name in ("beside peers", "alone")}
    seconds, peers = {"fit": [], "predict": 0.0}, peers_of(p.prefixes, p.curves.end)
    last, fans = last_values(p), {"beside peers": {}, "alone": {}}
    for fold in range(FOLDS):
        held = p.frame["problem"].isin(set(p.problem[p.curve[p.fold == fold]]))
        start = time.process_time()
        model = CurveModel(seed).fit(p.frame[~held].drop(columns=["problem", "collection"]))
        seconds["fit"].append(time.process_time() - start)
        rows = alive[p.fold[alive] == fold]
        for name, company in (("beside peers", peers), ("alone", None)):
            start = time.process_time()
            asked = describe(p.prefixes, p.queries(rows), company, np.random.default_rng(seed))
            units, told[name][rows] = model.learnt.quantiles(asked)
            losses = asked.to_loss(units)
            seconds["predict"] += time.process_time() - start
            spread[name][rows] = p.units(losses.T, p.curve[rows]).T
            fans[name] |= {k: fan_of(p, k, model, company, name) for k in drawn if k in rows}
        for share in CUTS:
            past = alive[(p.fold[alive] != fold) & (p.share[alive] == share)]
            change = np.quantile(p.truth[past] - last[past], LEVELS)
            now = rows[p.share[rows] == share]
            spread["model-free"][now] = np.clip(last[now, None] + change, -0.2, 1.2)
    seconds["predict"] /= 2 * len(alive)
    return spread, told, seconds, fans


def fan_of(p, row, model, company, name):
    """The forecast of one question along the way, to be drawn."""
    curve, cut, end = p.curve[row], p.curves.step[p.row[row]], p.curves.end[p.curve[row]]
    targets = cut + (end - cut) * np.arange(1, WAY + 1) / WAY
    every, same = np.ones(WAY), np.full(WAY, curve)
    asked = Queries(same, np.full(WAY, cut), targets, np.full(WAY, end), every, every)
    described = describe(p.prefixes, asked, company, np.random.default_rng(0))
    losses = steady(described.to_loss(model.learnt.quantiles(described)[0])[None])[0]
    sign = p.curves.sign[curve]
    bands = np.sort(sign * losses[:, FIVE], axis=1)
    step, loss = p.curves.points(curve)
    task = p.curves.task[curve].replace("|", " ")
    return Fan(f"{task}, {name}", step, sign * loss, cut, targets, bands)


def draw_fans(p, fans, spread, folder):
    """A picture a method, the fan that holds the outcome best first."""
    for name, found in fans.items():
        middle = spread[name][:, LEVELS == 0.5][:, 0]
        order = sorted(found, key=lambda row: abs(middle[row] - p.truth[row]))
        save_png(fans_plot.draw([found[row] for row in order]), folder / f"fans {name}.png")


def draw_coverage(p, spread, told, folder):
    """Promised against found coverage, by method: all, by collection, and what is unlike the past."""
    for name, quantiles in spread.items():
        alive = ~p.dead
        groups = {"all": alive}
        for where in np.unique(p.collection[p.kept].astype(str)):
            groups[where] = alive & (p.collection[p.curve] == where)
        groups["unlike the past"] = alive & told[name]
        drawn = coverage_plot.draw(measure(quantiles, p.truth, groups))
        save_png(drawn, folder / f"coverage {name}.png")


def last_values(p):
    """The last value seen, in u."""
    return np.where(p.dead, 1.2, p.units(p.curves.loss[p.row], p.curve))


def baselines(p):
    """Point predictions of the methods that learn nothing, in u."""
    alive = np.flatnonzero(~p.dead)
    found = {"last value": last_values(p)}
    found["best so far"] = np.where(p.dead, 1.2, p.units(p.prefixes.lowest[p.row], p.curve))
    asked = describe(p.prefixes, p.queries(alive), None, np.random.default_rng(0))
    losses = law_losses(p, alive, asked)
    for name, loss in losses.items():
        found[name] = np.full(len(p.curve), 1.2)
        found[name][alive] = p.units(loss, p.curve[alive])
    return found


def law_losses(p, rows, asked):
    """Final losses by each law, their mean, and their mean by fit."""
    from logminer.curves.features import _values
    from logminer.curves.laws import LAWS

    queries = p.queries(rows)
    z = (_values(p.prefixes, queries) - asked.base[:, None]) / asked.scale[:, None]
    ahead = np.minimum(queries.target / np.maximum(queries.cut, 1e-300), 1e4)
    fits = fit_laws(GRID, np.clip(z, -5, 5), ahead)
    levels = {name: np.clip(fits.level[:, k], -5, 1) for k, name in enumerate(LAWS)}
    levels["mean of laws"] = np.mean(list(levels.values()), axis=0)
    levels["laws by fit"] = np.clip(fits.mean, -5, 1)
    return {name: asked.to_loss(level[:, None])[:, 0] for name, level in levels.items()}


def pairs(p, u):
    """Share of pairs of runs of one task that are ordered rightly, over all cuts."""
    right = total = 0.0
    for share in CUTS:
        for task in np.unique(p.curves.task[p.kept].astype(str)):
            rows = (p.share == share) & (p.curves.task[p.curve] == task)
            a, b = p.truth[rows], u[rows]
            apart = np.triu(a[:, None] != a, 1)
            ahead = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
            right += ((1 + ahead) / 2)[apart].sum()
            total += apart.sum()
    return right / total


def crps(p, quantiles):
    """Mean CRPS from 19 quantiles."""
    levels, q = LEVELS[NINETEEN], quantiles[:, NINETEEN]
    miss = p.truth[:, None] - q
    return 2 * np.maximum(levels * miss, (levels - 1) * miss).mean()


def covered(p, quantiles, coverage, rows=slice(None)):
    """Share of outcomes within the central interval."""
    low, high = (np.flatnonzero(np.isclose(LEVELS, (1 + s * coverage) / 2))[0] for s in (-1, 1))
    hit = (p.truth >= quantiles[:, low] - 1e-9) & (p.truth <= quantiles[:, high] + 1e-9)
    return hit[rows].mean()


def extrapolation(p, seed, folder=None):
    """The tables of how well curves are extrapolated, and pictures in a folder if one is named."""
    alive = np.flatnonzero(~p.dead)
    drawn = np.random.default_rng(seed).choice(alive, FANS, replace=False) if folder else ()
    spread, told, seconds, fans = answers(p, seed, drawn)
    middle = int(np.flatnonzero(np.isclose(LEVELS, 0.5))[0])
    points = {**baselines(p), "last value + past change": spread.pop("model-free")}
    table = []
    for name, found in {**points, **{f"this model, {k}": v for k, v in spread.items()}}.items():
        quantiles = found if found.ndim == 2 else None
        u = found if quantiles is None else quantiles[:, middle]
        errors = [np.abs(u - p.truth)[p.share == s].mean() for s in CUTS]
        row = {
            "method": name,
            **{f"{s:.0%}": e for s, e in zip(CUTS, errors, strict=True)},
            "mean": np.mean(errors),
        }
        row["pairs"] = pairs(p, u)
        if quantiles is not None:
            row |= {
                "CRPS": crps(p, quantiles),
                "80 %": covered(p, quantiles, 0.8),
                "90 %": covered(p, quantiles, 0.9),
            }
        table.append(row)
    print(pd.DataFrame(table).to_string(index=False, float_format="{:.4f}".format, na_rep=""))
    print(
        f"\n{len(p.kept)} curves of {len(set(p.problem[p.kept]))} problems; alive at the cut: {np.mean(~p.dead):.1%}"
    )
    print(
        f"fit {np.median(seconds['fit']):.1f} s of one core, predict {seconds['predict'] * 1e3:.3f} ms a curve"
    )
    breakdown = []
    for name, quantiles in spread.items():
        for where, rows in slices(p, told[name]):
            breakdown.append({
                "method": name, "where": where, "questions": rows.sum(),
                "last value": np.abs(points["last value"] - p.truth)[rows].mean(),
                "model": np.abs(quantiles[:, middle] - p.truth)[rows].mean(),
                "80 %": covered(p, quantiles, 0.8, rows), "90 %": covered(p, quantiles, 0.9, rows),
            })  # fmt: skip
    print("\n" + pd.DataFrame(breakdown).to_string(index=False, float_format="{:.3f}".format))
    if folder:
        draw_fans(p, fans, spread, folder)
        draw_coverage(p, spread, told, folder)


def slices(p, unlike):
    """Parts of the questions to look at apart; diverged ones left out, as nothing is asked of them."""
    alive = ~p.dead
    yield "all but diverged", alive
    for name in np.unique(p.collection[p.kept].astype(str)):
        yield name, alive & (p.collection[p.curve] == name)
    for share in CUTS:
        yield f"seen {share:.0%}", alive & (p.share == share)
    yield "unlike the past", alive & unlike
    for task in np.unique(p.curves.task[p.kept].astype(str)):
        yield task, alive & (p.curves.task[p.curve] == task)


def stopping(frame, seed, repeats):
    """The frontier of what stopping rules save and cost, side by side and one after another."""
    frame = frame[frame["task"].str.endswith("|objective")].drop(columns=["problem", "collection"])
    for together in (True, False):
        ours, others = forecasting(), known("halving" if together else "ASHA")
        replayed = replay(
            frame, ours | others, together=together, checkpoints=CHECKPOINTS, repeats=repeats, seed=seed
        )  # fmt: skip
        print("all runs of a task side by side" if together else "\none run after another")
        print(summarise(replayed).to_string(index=False, float_format="{:.4f}".format))
        for family in ("best lost", "outclassed"):
            print(f"\nat the regret of each: what {family!r} saves more (90 % of tasks drawn anew)")
            table = more_saved(replayed, [n for n in ours if n.startswith(family)], list(others))
            print(table.to_string(index=False, float_format="{:.3f}".format), flush=True)


def forecasting():
    """Rules that use forecasts, from the careful to the bold."""
    chances = (0.002, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5)
    rules = {f"best lost < {p:g}": partial(unlikely_best, p=p) for p in chances}
    rules |= {f"outclassed {p:g}": partial(outclassed, p=p) for p in chances}
    return rules | {f"chance < {p:g}": partial(by_chance, p=p) for p in (0.05, 0.2)}


def known(halving):
    """Rules that people know, each at several settings."""
    rules = {f"median, from {s:.0%}": no_earlier_than(below_median, s) for s in (0.1, 0.3)}
    rules |= {f"best half, from {s:.0%}": no_earlier_than(below_percentile, s) for s in (0.1, 0.3)}
    rules |= {f"patience {s:.0%}": partial(out_of_patience, share=s) for s in (0.1, 0.2)}
    return rules | halvings(halving)


def more_saved(replayed, ours, others, draws=500):
    """Share of the budget that a family of rules saves beyond each other rule at that one's regret.

    Between two settings of the family the saving is interpolated, below the most careful one down to nothing. The
    interval comes from drawing tasks anew.
    """
    by_task = replayed.groupby(["rule", "task"])[["saved", "regret"]].mean().unstack("task")
    saved, regret = (by_task[name].to_numpy() for name in ("saved", "regret"))
    row = {name: k for k, name in enumerate(by_task.index)}
    rng = np.random.default_rng(0)
    tasks = [np.arange(saved.shape[1]), *rng.integers(0, saved.shape[1], (draws, saved.shape[1]))]
    mine = [row[name] for name in ours]
    table = []
    for name in others:
        gaps = []
        for chosen in tasks:
            x = np.maximum.accumulate([0.0, *regret[mine][:, chosen].mean(axis=1)])
            y = [0.0, *saved[mine][:, chosen].mean(axis=1)]
            there = regret[row[name], chosen].mean()
            gaps.append(np.interp(there, x, y) - saved[row[name], chosen].mean())
        low, high = np.quantile(gaps[1:], [0.05, 0.95])
        table.append({"rule": name, "saves more": gaps[0], "from": low, "to": high})
    return pd.DataFrame(table)


def halvings(name):
    """Halving by 3 with one, two or three rungs below the full budget."""
    ladder = (1 / 27, 1 / 9, 1 / 3)
    return {
        f"{name}, rungs {[round(r, 3) for r in ladder[k:]]}": partial(halved, rungs=ladder[k:])
        for k in (0, 1, 2)
    }


def speed(frame, seed):
    """What 6,000 curves cost: the logged ones under several names."""
    frame = frame.drop(columns=["problem", "collection"])
    copies = int(np.ceil(6000 / len(frame.groupby(["task", "run"]))))
    many = pd.concat(
        [frame.assign(task=frame["task"] + f" {k}", run=frame["run"].astype(str) + f" {k}") for k in range(copies)],
        ignore_index=True,
    )  # fmt: skip
    start = time.process_time()
    model = CurveModel(seed).fit(many)
    print(
        f"fit on {len(many.groupby(['task', 'run']))} curves: {time.process_time() - start:.1f} s of one core"
    )
    print(f"model: {len(model.to_bytes()) / 1e6:.1f} MB")
    end = frame.groupby(["task", "run"])["step"].transform("max")
    part = frame[frame["step"] <= 0.3 * end].assign(horizon=end)
    start = time.process_time()
    found = CurveModel(seed, model.learnt).predict(part)
    print(
        f"prediction: {(time.process_time() - start) / len(found) * 1e3:.2f} ms a curve, {len(found)} at once"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", default="logminer.duckdb", help="logs, as ingested")
    parser.add_argument("--stopping", action="store_true", help="replay stopping rules instead")
    parser.add_argument("--speed", action="store_true", help="time 6,000 curves instead")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw coverage and fans here")
    parser.add_argument("--repeats", type=int, default=2, help="draws of each task's runs")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    frame = logged_curves(options.db)
    if options.speed:
        speed(frame, options.seed)
    elif options.stopping:
        stopping(frame, options.seed, options.repeats)
    else:
        extrapolation(Protocol(frame), options.seed, options.plots)


if __name__ == "__main__":
    main()
