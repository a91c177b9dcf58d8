"""What other runs of the same task say about a run at the same share of its course."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logminer.curves.prefixes import Prefixes, divisor

Floats = NDArray[np.float64]

SHARES = np.concatenate([np.geomspace(0.005, 0.1, 9)[:-1], np.linspace(0.1, 1.0, 46)])
"""Shares of the horizon at which peers are looked at."""


@dataclass(frozen=True)
class Peers:
    """p runs that can be looked at beside a query.

    Attributes:
        task: str (p,), task of each.
        run: str (p,), identity of each: no run is its own peer.
        config: str (p,), config of each: repeats of a config are not its peers.
        values: float (p, shares), losses at ``SHARES`` of the horizon; NaN where the peer has not been,
            infinite from where it diverged.
        first: float (p,), loss that each came down from.
        params: hyperparameters, one row a run.
    """

    task: NDArray[np.str_]
    run: NDArray[np.str_]
    config: NDArray[np.str_]
    values: Floats
    first: Floats
    params: pd.DataFrame

    def __len__(self) -> int:
        return len(self.run)

    def take(self, rows: NDArray[np.int64]) -> "Peers":
        """Some of the runs."""
        return Peers(
            self.task[rows], self.run[rows], self.config[rows], self.values[rows], self.first[rows],
            self.params.iloc[rows],
        )  # fmt: skip

    def __add__(self, other: "Peers") -> "Peers":
        """Both sets together; a run in both counts as ``other`` has it."""
        fresh = set(zip(other.task, other.run, strict=True))
        keep = np.array([key not in fresh for key in zip(self.task, self.run, strict=True)], bool)
        params = pd.concat([self.params[keep], other.params], ignore_index=True)
        return Peers(
            np.concatenate([self.task[keep], other.task]),
            np.concatenate([self.run[keep], other.run]),
            np.concatenate([self.config[keep], other.config]),
            np.concatenate([self.values[keep], other.values]),
            np.concatenate([self.first[keep], other.first]),
            params,
        )


def peers_of(prefixes: Prefixes, horizon: Floats) -> Peers:
    """Curves as peers, each seen over its own horizon (n,)."""
    curves = prefixes.curves
    filled = np.flatnonzero(np.diff(curves.start) > 0)
    reach = divisor(horizon[filled])
    steps = reach[:, None] * SHARES
    values = prefixes.at(np.repeat(filled, len(SHARES)), steps.ravel()).reshape(steps.shape)
    slack = 1 + 1e-9
    values[steps > curves.end[filled][:, None] * slack] = np.nan
    values[steps >= curves.died[filled][:, None]] = np.inf
    return Peers(
        curves.task[filled].astype(str), curves.run[filled].astype(str), curves.config[filled].astype(str),
        values, prefixes.height(filled, curves.start[filled + 1] - 1), curves.params.iloc[filled].reset_index(drop=True),
    )  # fmt: skip
