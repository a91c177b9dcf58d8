"""Questions whose answers are known: past curves, cut where a running one might stand."""

import numpy as np
from numpy.typing import NDArray

from logminer.curves.features import Queries
from logminer.curves.prefixes import Prefixes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def past_questions(
    prefixes: Prefixes, horizon: Floats, curve: Ints, repeats: int, rng: np.random.Generator
) -> tuple[Queries, Floats]:
    """Cut curves at random shares and ask for their end, or for a step on the way.

    Peers are shown in all the ways they may be later: all or some, finished or cut at the same share as
    the run itself.

    Args:
        prefixes: the curves.
        horizon: (n,), step at which each run was to end. A run that ended before is censored: its end is
            unknown, and only steps on the way are asked for.
        curve: which curves to ask about.
        repeats: questions a curve.
        rng: source of all choices.

    Returns:
        The questions, and the losses that answer them; infinite where the run had diverged by then.
    """
    curves = prefixes.curves
    curve = np.repeat(curve, repeats)
    end, n = curves.end[curve], len(curve)
    censored = end < horizon[curve] * (1 - 1e-9)
    share = rng.uniform(0.03, 0.97, n)
    on_the_way = censored | (rng.random(n) < 0.3)
    target = end * np.where(on_the_way, share + (1 - share) * rng.random(n), 1.0)
    cut = curves.step[prefixes.row(curve, end * share)]
    until = np.where(rng.random(n) < 0.25, share, 1.0)
    among = np.where(rng.random(n) < 0.5, 1.0, rng.random(n))
    asked = Queries(curve, cut, target, np.maximum(horizon[curve], end), until, among)
    last = curves.start[curve + 1] - 1
    answer = np.where(target < end, prefixes.at(curve, target), curves.loss[last])
    answer = np.where(target >= curves.died[curve], np.inf, answer)
    keep = (cut < target) & (end * share < curves.died[curve])
    return asked.take(keep), answer[keep]
