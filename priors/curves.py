"""Fit the packaged curve prior, ``curves.npz``, on learning curves of public collections and on some of our own.

    python priors/train_curves.py own.csv.gz
    python priors/curves.py NAME=FILE ... [--without NAME] [-o priors/curves.npz]

A collection is a table (``.csv`` or ``.csv.gz``, a row a point: ``problem``, ``run``, ``step``, ``value``, ``mode``)
or a database that logs were ingested into. docs/curves.md names the public ones. Trees are grown with each collection
held out in turn, and intervals calibrated on the one that was: what is said of other logs has been tried on others.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from logminer.curves.learning import Learnt, Lessons, lessons, train
from logminer.curves.packing import Parts, pack
from logminer.curves.peers import peers_of
from logminer.curves.prefixes import Prefixes
from logminer.curves.sampling import past_questions
from logminer.curves.tidy import tidy

QUESTIONS = 4500  # of each collection
TREES, LEAF = 54, 12
THINNED = (
    1,
    1,
    2,
    4,
)  # curves are shown as logged and less often: how often a run logs must not matter
FEWEST = 8  # points of a curve that is still worth a question


def logged(path: str) -> pd.DataFrame:
    """Curves of a database: of each task its objective, and a validation loss where that is another metric."""
    from logminer.store import open_store
    from logminer.workflows.history import mine_history
    from logminer.workflows.stopping import past_curves

    parts = []
    with open_store(path) as store:
        for family in mine_history(store, everything=True).families:
            mined = mine_history(store, task=family[0])
            parts.append(past_curves(store, mined))
            losses = {t: name for t in family if (name := _loss(store, mined, t))}
            if losses:
                frame = past_curves(store, mined, losses)
                frame = frame[frame["task"].isin(losses)]
                parts.append(frame.assign(task=frame["task"] + "|loss"))
    return pd.concat(parts, ignore_index=True)


def _loss(store: Any, mined: Any, task: str) -> str | None:
    objective = mined.history.objectives[task].metric
    metrics = store.read.run_metrics()
    names = set(metrics[metrics["run"].isin(mined.history.of(task).trials.index)]["metric"])
    fit = sorted(
        n for n in names - {objective} if n.lower().endswith("loss") and "val" in n.lower()
    )
    return fit[0] if fit and not objective.lower().endswith("loss") else None


def table(path: str) -> pd.DataFrame:
    """Curves of a table."""
    frame = pd.read_csv(path)
    return frame.assign(
        task=frame["problem"], run=frame["problem"] + "/" + frame["run"].astype(str)
    )


def thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """The curves, each logged as often as is drawn for it."""
    rng = np.random.default_rng(0)
    number = frame.groupby(["task", "run"], sort=False).cumcount()
    size = frame.groupby(["task", "run"], sort=False)["step"].transform("size")
    every = frame.groupby(["task", "run"], sort=False).ngroup().map(
        dict(enumerate(rng.choice(THINNED, frame.groupby(["task", "run"]).ngroups)))
    )  # fmt: skip
    every = every.where(size >= FEWEST * every, 1)
    return frame[((size - 1 - number) % every == 0) | (number == 0)]


def questions(frame: pd.DataFrame, number: int, rng: np.random.Generator) -> list[Lessons]:
    """Lessons of one collection, alone and beside peers; the collection is one fold."""
    curves = tidy(thinned(frame).drop(columns=["problem", "rate"], errors="ignore"))
    prefixes = Prefixes(curves)
    usable = np.flatnonzero(np.diff(curves.start) >= FEWEST)
    asked, answer = past_questions(
        prefixes, curves.end, usable, max(QUESTIONS // len(usable), 4), rng
    )
    some = np.sort(rng.permutation(len(asked))[:QUESTIONS])
    asked, answer = asked.take(some), answer[some]
    fold = np.full(len(asked), number)
    return [
        lessons(prefixes, (asked, answer), fold, company, rng)
        for company in (None, peers_of(prefixes, curves.end))
    ]


def together(parts: list[Lessons]) -> Lessons:
    """Lessons of all collections: each counts by the root of its weight."""
    described = parts[0].described
    joined = {
        name: np.concatenate([getattr(p.described, name) for p in parts])
        for name in described.__dataclass_fields__
    }
    return Lessons(
        type(described)(**joined),
        np.concatenate([p.X for p in parts]),
        np.concatenate([p.y for p in parts]),
        np.concatenate([p.weight / np.sqrt(p.weight.sum()) for p in parts]),
        np.concatenate([p.fold for p in parts]),
    )


def fit(frames: dict[str, pd.DataFrame], seed: int = 0) -> Learnt:
    """The experience of some collections, by name."""
    rng = np.random.default_rng(seed)
    each = [
        questions(frame, number, rng) for number, (_, frame) in enumerate(sorted(frames.items()))
    ]
    alone, beside = (
        train(together([part[k] for part in each]), None, seed, trees=TREES, leaf=LEAF)
        for k in (0, 1)
    )
    return Learnt(alone.expert, beside.expert)


def main() -> None:
    """Fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collections", nargs="+", metavar="NAME=FILE")
    parser.add_argument(
        "--without", action="append", default=[], metavar="NAME", help="leave a collection out"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("curves.npz"))
    options = parser.parse_args()
    named = dict(each.split("=", 1) for each in options.collections)
    frames = {
        name: table(path) if ".csv" in path else logged(path)
        for name, path in named.items()
        if name not in options.without
    }
    data = pack(Parts(0, fit(frames), None), None)
    options.output.write_bytes(data)
    curves = sum(frame.groupby(["task", "run"]).ngroups for frame in frames.values())
    print(
        f"{options.output}: {curves} curves of {len(frames)} collections, {len(data) / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
