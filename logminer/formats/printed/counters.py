"""Counters: the words that say where on a curve a line stands, and the numbers behind them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from logminer.core.names import words
from logminer.formats.documents.values import spoken

Family = Literal["epoch", "step", "batch", "episode"]

_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(spoken("epoch ep epoche"), "epoch"),
    **dict.fromkeys(
        spoken("""
        step steps iteration iter iters iterations itr it update updates timestep timesteps s globalstep nupdates
        totaltimesteps numtimesteps globalsteps totalenvinteracts
        """), "step"),
    **dict.fromkeys(spoken("batch minibatch"), "batch"),
    **dict.fromkeys(spoken("episode episodes round generation gen"), "episode"),
}  # fmt: skip
_BESIDE = spoken("train training learning global current starting start valid validation val test eval optimizer grad "
                 "gradient opt num n env at in on of after for begin finished end running the total full step update")  # fmt: skip
_TOTALS = spoken("total num n")  # ``total steps`` is a plan, ``total timesteps`` a position
_SPANS = spoken("timesteps totaltimesteps numtimesteps steps updates env")
_SPLITS = {
    "train": "train", "training": "train", "trn": "train", "val": "val", "valid": "val", "validation": "val",
    "validating": "val", "dev": "dev", "test": "test", "testing": "test", "eval": "eval", "evaluation": "eval",
    "evaluating": "eval", "evaluate": "eval", "crossval": "val", "holdout": "val",
}  # fmt: skip


@dataclass
class Position:
    """Where a line stands; numbers of tokens, None where it does not tell.

    Attributes:
        epoch: token of the epoch.
        epochs: token of how many epochs there will be.
        step: token of the step, or of the way through the epoch.
        steps: token of how many there will be, or of the length of the epoch.
        family: kind of the counter that ``step`` is.
        counter: what the line calls its step.
        heads: whether the line begins with its counter.
    """

    epoch: int | None = None
    epochs: int | None = None
    step: int | None = None
    steps: int | None = None
    family: Family = "step"
    counter: str = ""
    heads: bool = False

    def __bool__(self) -> bool:
        return self.epoch is not None or self.step is not None


@lru_cache(maxsize=4096)
def family_of(name: str, *, beside: bool = False) -> Family | None:
    """What a name counts, None if it is no counter of training.

    Args:
        name: one or more words, such as ``global_step`` or ``Train Epoch``.
        beside: whether other words may stand before the counter, as in ``validation loss at iteration``.
    """
    said = words(name)
    if not said:
        return None
    family = _FAMILIES.get("".join(said)) or _FAMILIES.get(said[-1])
    before = said[:-1] if "".join(said) not in _FAMILIES else ()
    if family is None or (said[-1] == "s" and before):
        return None
    if not _TOTALS.isdisjoint(before) and said[-1] not in _SPANS:
        return None
    if {"total", "max"} & set(before) and said[-1] in {"steps", "updates"} and "env" not in before:
        return None
    if not {"number", "per", "max", "min", "every", "each", "best"}.isdisjoint(before):
        return None
    if all(word in _BESIDE for word in before):
        return family
    return family if beside and before[-1] in {"at", "on", "in", "after", "of", "epoch"} else None


_STEPS = spoken("step steps iteration iter iters iterations itr it s globalstep")


@lru_cache(maxsize=4096)
def counter_of(name: str) -> str:
    """What a counter of steps counts: ``step`` for all that are as good as one, else its own name."""
    said = [word for word in words(name) if word not in _SPLITS]
    return "step" if said and (said[-1] in _STEPS or "".join(said) in _STEPS) else "".join(said)


@lru_cache(maxsize=4096)
def split_of(text: str) -> str:
    """The data set that a name or a label speaks of (``train``, ``val``, ``test``, ...); empty if none."""
    said = words(re.sub(r"[_\W]+", " ", text))
    return next((_SPLITS[word] for word in said if word in _SPLITS), "")
