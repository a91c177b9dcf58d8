"""Float, integer or category? Linear or log? Decided from the values of one recorded parameter."""

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from logminer.core.parameters import Categorical, Float, Integer, Parameter, is_finite, is_number
from logminer.core.vocabulary import describe

_FEW = 8
_MOST_CHOICES = 50
_LONGEST_CHOICE = 80
_LOG_RATIO = 10.0
_LOOKS_LIKE_TIME = re.compile(r"\d{4}-\d\d-\d\d([T _]\d\d[:-]\d\d)?|\d{8}[-_]\d{6}")


def decide(name: str, values: pd.Series) -> tuple[Parameter | None, str]:
    """How a parameter with at least two distinct values is searched, and the evidence.

    Args:
        name: as written in the logs.
        values: values of the runs that have one; numbers, texts and booleans may be mixed.

    Returns:
        The parameter, or None where it cannot be one, and one line of evidence.
    """
    distinct = list({(type(v) is bool, v): v for v in values}.values())
    n, runs = len(distinct), len(values)
    if all(isinstance(v, bool) for v in distinct):
        return Categorical((False, True)), f"true or false in {runs} runs"
    if all(is_number(v) for v in distinct):
        return _numeric(name, distinct, runs)
    texts = sorted({str(v) for v in distinct})
    if n > max(_MOST_CHOICES, 1) or (n > _FEW and n > 0.5 * runs):
        return None, f"{n} different texts in {runs} runs: an identity, not a choice"
    if any(len(t) > _LONGEST_CHOICE for t in texts):
        return None, "long texts, not a choice"
    if any(_LOOKS_LIKE_TIME.search(t) for t in texts):
        return None, "a time"
    if all("/" in t or "\\" in t for t in texts):
        return None, "a place on disk"
    if n == runs and n > 2:
        return None, "different in every run: an identity"
    return Categorical(tuple(sorted(distinct, key=_order))), f"{n} choices in {runs} runs"


def _numeric(name: str, distinct: list[Any], runs: int) -> tuple[Parameter | None, str]:
    finite = sorted({v for v in distinct if is_finite(v)})
    if len(finite) < 2:
        return None, "constant but for values that are not finite"
    whole = all(float(v).is_integer() for v in finite)
    low, high = finite[0], finite[-1]
    ends = f"{short(low)} to {short(high)} are the extremes of {runs} runs, not a declared range"
    seen = f"{len(finite)} values; {ends}"
    if whole and set(finite) == {0, 1}:
        return Categorical((0, 1)), f"0 or 1 in {runs} runs"
    log = wants_log(name, finite)
    if low == 0 and wants_log(name, [v for v in finite if v > 0]) and len(finite) > 2:
        if len(finite) <= _FEW:
            return Categorical(
                tuple(finite), ordered=True
            ), f"{seen}; 0 lies on no log scale, so they are ordered choices"
        return Float(finite[1], high, log=True), f"{seen}; log from the smallest above 0"
    if whole and all(isinstance(v, int) for v in distinct):
        return Integer(int(low), int(high), log), seen + _why_log(low, high, log=log)
    if wants_one_minus(name, finite):
        return Float(float(low), float(high), one_minus=True), f"{seen}, a decay that approaches 1"
    return Float(float(low), float(high), log), seen + _why_log(low, high, log=log)


def extent(parameter: Parameter) -> str:
    """The values of a parameter in a few words: ``1e-05 to 0.1, log``, ``sgd, adam``."""
    if isinstance(parameter, Categorical):
        shown = ", ".join(str(c) for c in parameter.choices[:8])
        return shown + (f", … ({parameter.count})" if parameter.count > 8 else "")
    text = f"{short(parameter.low)} to {short(parameter.high)}"
    if parameter.factor == 2 and math.log2(parameter.low).is_integer():
        text += ", powers of two"
    elif parameter.factor is not None:
        text += f" by factors of {short(parameter.factor)}"
    elif parameter.is_stepped:
        text += f" in steps of {short(parameter.step or 1)}"
    if parameter.log:
        return text + ", log"
    return text + (", log of 1 - x" if parameter.one_minus else "")


def short(value: float) -> str:
    """A bound in few digits; whole numbers stay exact."""
    return str(value) if isinstance(value, int) else format(value, "g")


def _why_log(low: float, high: float, *, log: bool) -> str:
    if not log:
        return ""
    return (
        ", over orders of magnitude" if high / low >= _LOG_RATIO else ", usually searched by ratio"
    )


def wants_log(name: str, values: list[float]) -> bool:
    """Whether positive values are spread over orders of magnitude, or the name is one searched so everywhere."""
    if len(values) < 2 or min(values) <= 0:
        return False
    ratio = max(values) / min(values)
    scale = describe(name).scale
    if scale == "log" or (
        scale == "one minus" and max(values) >= 1
    ):  # as wide as a kernel, no decay
        return ratio >= 2.0
    if ratio < _LOG_RATIO:
        return False
    unit = np.sort(np.asarray(values, dtype=float))
    linear = (unit - unit[0]) / (unit[-1] - unit[0])
    logged = np.log(unit / unit[0]) / np.log(ratio)
    even = np.linspace(0, 1, len(unit))
    return bool(np.abs(logged - even).max() < np.abs(linear - even).max())


def wants_one_minus(name: str, values: list[float]) -> bool:
    """Whether these are decays (a momentum, a beta) whose distance to 1 is spread over an order of magnitude."""
    if describe(name).scale != "one minus" or not 0 < min(values) <= max(values) < 1:
        return False
    return (1 - min(values)) / (1 - max(values)) >= _LOG_RATIO


def _order(value: Any) -> tuple[int, float, str]:
    return (0, float(value), "") if is_number(value) else (1, 0.0, str(value))
