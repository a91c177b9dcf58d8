"""How well learning curves are extrapolated, and what stopping rules save, on logs that were ingested.

    python benchmarks/curves.py --db logminer.duckdb               extrapolation, tasks held out whole
    python benchmarks/curves.py --db logminer.duckdb --stopping    stopping rules replayed
    python benchmarks/curves.py --db logminer.duckdb --speed       time and size for 6,000 curves
    python benchmarks/curves.py --db logminer.duckdb --plots DIR   draw coverage and twenty fans, too
    python benchmarks/curves.py --db logminer.duckdb --prior FILE  with a prior fitted without these logs

A curve is the objective metric of a run, or its validation loss; runs with ten logged points or more count.
Problems (all metrics of a task) are held out whole, in 8 folds. Each held-out curve is cut at 10, 20, 40, 60 and
80 % of its steps, and its last value is predicted, from the curve alone and beside the other runs of its problem
(never a repeat of its own config), with the other problems as the past and without a past. Unit: u = (loss - best final loss of the problem) / (median first loss - best
final loss), clipped to [-0.2, 1.2]; diverged runs are 1.2, and known to be once they have diverged.
"""

import argparse
import time
from pathlib import Path

import curve_pictures
import numpy as np
import pandas as pd
from curve_answers import answers, baselines, past_changes
from curve_protocol import CUTS, Protocol, bare, logged_curves
from curve_scores import MIDDLE, covered, crps, pairs
from curve_stopping import stopping

from logminer.curves.model import CurveModel

FANS = 20


def extrapolation(p, model, seed, folder=None):
    """The tables of how well curves are extrapolated, and pictures in a folder if one is named."""
    alive = np.flatnonzero(~p.dead)
    drawn = np.random.default_rng(seed).choice(alive, FANS, replace=False) if folder else ()
    said, fits = answers(p, model, seed, drawn)
    points = baselines(p)
    spreads = {"last value + past change": past_changes(p)}
    spreads |= {f"this model, {name}": found.spread for name, found in said.items()}
    table = [scores(p, name, u) for name, u in points.items()]
    table += [scores(p, name, spread[:, MIDDLE], spread) for name, spread in spreads.items()]
    print(pd.DataFrame(table).to_string(index=False, float_format="{:.4f}".format, na_rep=""))
    many = len(set(p.problem[p.kept]))
    print(f"\n{len(p.kept)} curves of {many} problems; alive at the cut: {np.mean(~p.dead):.1%}")
    each = 1e3 * np.mean([found.seconds for found in said.values()]) / len(alive)
    print(f"fit {np.median(fits):.1f} s of one core, predict {each:.3f} ms a curve\n")
    table = breakdown(p, said, np.abs(points["last value"] - p.truth))
    print(pd.DataFrame(table).to_string(index=False, float_format="{:.3f}".format))
    if folder:
        curve_pictures.draw(p, said, folder)


def scores(p, name, u, quantiles=None):
    """A row of the table: error by share seen, order and, of a distribution, CRPS and coverage."""
    errors = [np.abs(u - p.truth)[p.share == s].mean() for s in CUTS]
    row = {"method": name, **{f"{s:.0%}": e for s, e in zip(CUTS, errors, strict=True)}}
    row |= {"mean": np.mean(errors), "pairs": pairs(p, u)}
    if quantiles is not None:
        every = {"all": np.ones(len(u), bool)}
        row |= {"CRPS": crps(p, quantiles), **covered(p, quantiles, every).loc["all"]}
    return row


def breakdown(p, said, naive):
    """Rows by method and part of the questions: error beside the last value's, and coverage."""
    table = []
    for name, found in said.items():
        parts = dict(slices(p, found.unlike))
        held = covered(p, found.spread, parts)
        error = np.abs(found.spread[:, MIDDLE] - p.truth)
        table += [
            {
                "method": name, "where": where, "questions": rows.sum(),
                "last value": naive[rows].mean(), "model": error[rows].mean(), **held.loc[where],
            }
            for where, rows in parts.items()
        ]  # fmt: skip
    return table


def slices(p, unlike):
    """Parts of the questions to look at apart; diverged ones left out, as nothing is asked of them."""
    alive = ~p.dead
    yield "all but diverged", alive
    for name in p.collections():
        yield name, alive & (p.collection[p.curve] == name)
    for share in CUTS:
        yield f"seen {share:.0%}", alive & (p.share == share)
    yield "unlike the past", alive & unlike
    for task in p.tasks():
        yield task, alive & (p.curves.task[p.curve] == task)


def speed(frame, seed):
    """What 6,000 curves cost: the logged ones under several names."""
    copies = int(np.ceil(6000 / len(frame.groupby(["task", "run"]))))
    many = pd.concat(
        [frame.assign(task=frame["task"] + f" {k}", run=frame["run"].astype(str) + f" {k}") for k in range(copies)],
        ignore_index=True,
    )  # fmt: skip
    start = time.process_time()
    model = CurveModel(seed).fit(many)
    curves, taken = len(many.groupby(["task", "run"])), time.process_time() - start
    print(f"fit on {curves} curves: {taken:.1f} s of one core")
    print(f"model: {len(model.to_bytes()) / 1e6:.1f} MB")
    end = frame.groupby(["task", "run"])["step"].transform("max")
    part = frame[frame["step"] <= 0.3 * end].assign(horizon=end)
    start = time.process_time()
    found = CurveModel(seed, model.learnt).predict(part)
    each = (time.process_time() - start) / len(found) * 1e3
    print(f"prediction: {each:.2f} ms a curve, {len(found)} at once")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", default="logminer.duckdb", help="logs, as ingested")
    parser.add_argument("--stopping", action="store_true", help="replay stopping rules instead")
    parser.add_argument("--speed", action="store_true", help="time 6,000 curves instead")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw coverage and fans here")
    parser.add_argument("--repeats", type=int, default=2, help="draws of each task's runs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--prior", type=Path, metavar="FILE", help="instead of the packaged curve prior"
    )
    options = parser.parse_args()
    model = CurveModel(options.seed)
    if options.prior:
        model = CurveModel.from_bytes(options.prior.read_bytes())
    frame = logged_curves(options.db)
    if options.speed:
        speed(bare(frame), options.seed)
    elif options.stopping:
        objectives = frame[frame["task"].str.endswith("|objective")]
        stopping(bare(objectives), options.seed, options.repeats)
    else:
        extrapolation(Protocol(frame), model, options.seed, options.plots)


if __name__ == "__main__":
    main()
