"""Formulas between recorded numbers: products of powers, sums, logarithms; exact or rounded.

A formula is fitted by intervals: each run allows the free constant a range, as wide as floats or
printed digits leave it (or, under rounding, a unit), and the simplest number in all ranges is taken
(2048, not 2048.0173).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# Floats of one computation agree to so much.
EXACT = 1e-9
EXPONENTS = (
    1.0,
    -1.0,
    2.0,
    -2.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    1 / 3,
    -1 / 3,
    1.5,
    -1.5,
    2 / 3,
    -2 / 3,
    4.0,
    -4.0,
)
_ROUNDINGS = {"floor": (0.0, 1.0), "round": (-0.5, 0.5), "ceil": (-1.0, 0.0)}
_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log10": np.log10,
    "ln": np.log,
    "log2": np.log2,
    "exp": np.exp,
    "10^": lambda x: np.power(10.0, x),
    "2^": np.exp2,
}


@dataclass(frozen=True)
class Formula:
    """A number computed from others.

    Attributes:
        form: ``power`` (factor * x^k * y^m), ``linear`` (k*x + m*y + offset), or a function of one
            number (``log10``, ``ln``, ``log2``, ``exp``, ``10^``, ``2^``).
        coefficients: exponents or weights, one for each input.
        factor: what a product is multiplied by.
        offset: what is added to a sum.
        rounding: ``floor``, ``round``, ``ceil`` or empty.
        whole: whether the result is a whole number.
        printed: whether it holds only as far as inputs were printed (14.2 billion tokens).
    """

    form: str
    coefficients: tuple[float, ...]
    factor: float = 1.0
    offset: float = 0.0
    rounding: str = ""
    whole: bool = False
    printed: bool = False

    @property
    def constants(self) -> int:
        """How many numbers were fitted to the data, beyond plain 1, -1 and 0."""
        if self.form == "linear":
            free = sum(abs(c) != 1 for c in self.coefficients)
            return free + (self.offset not in {0.0, 1.0, -1.0})
        return int(self.form == "power" and self.factor != 1)

    def compute(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """The formula on arrays of inputs; NaN where it is not defined."""
        with np.errstate(all="ignore"):
            if self.form == "power":
                values = self.factor * product_of(inputs, self.coefficients)
            elif self.form == "linear":
                values = sum_of(inputs, self.coefficients) + self.offset
            else:
                values = _FUNCTIONS[self.form](inputs[0])
            return _rounded(values, self.rounding)

    def evaluate(self, inputs: Sequence[float]) -> float | int | None:
        """The value for one config; None where it is not defined."""
        value = float(self.compute([np.asarray([v], dtype=float) for v in inputs])[0])
        if not math.isfinite(value):
            return None
        # 86.57, not 86.57000000000001
        return round(value) if self.whole else float(f"{value:.15g}")

    def text(self, target: str, names: Sequence[str]) -> str:
        """``max_steps = floor(tokens / (batch_size * 2048))``."""
        if self.form == "power":
            body = _product_text(self.factor, self.coefficients, names)
        elif self.form == "linear":
            body = _sum_text(self.coefficients, self.offset, names)
        else:
            body = f"{self.form}({names[0]})"
        return f"{target} = {self.rounding}({body})" if self.rounding else f"{target} = {body}"


def product_of(inputs: Sequence[np.ndarray], exponents: Sequence[float]) -> np.ndarray:
    """Product of powers."""
    result = np.ones(len(inputs[0]))
    with np.errstate(all="ignore"):
        for values, exponent in zip(inputs, exponents, strict=True):
            result = result * values**exponent
    return result


def sum_of(inputs: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Weighted sum."""
    return np.asarray(sum(w * x for w, x in zip(weights, inputs, strict=True)))


def fit_function(target: np.ndarray, tolerance: np.ndarray, values: np.ndarray) -> Formula | None:
    """A logarithm or exponential of one number that gives the target."""
    with np.errstate(all="ignore"):
        for form, function in _FUNCTIONS.items():
            misses = np.abs(function(values) - target)
            if (misses <= np.maximum(EXACT * np.maximum(np.abs(target), 1), tolerance)).all():
                return Formula(form, (1.0,))
    return None


def fit_power(
    target: np.ndarray,
    tolerance: np.ndarray,
    inputs: Sequence[np.ndarray],
    input_tolerances: Sequence[np.ndarray],
    exponents: Sequence[float],
) -> Formula | None:
    """The factor of a product of powers that gives the target exactly, as printed, or rounded.

    Args:
        target: values, one a config.
        tolerance: how far each may be from what was printed; 0 where it was not rounded.
        inputs: values of the columns it is computed from.
        input_tolerances: how far each of those may be.
        exponents: one for each input.
    """
    product = product_of(inputs, exponents)
    if not np.isfinite(product).all():
        return None
    zero = product == 0
    if zero.all() or (np.abs(target[zero]) > tolerance[zero]).any():
        return None
    sign = np.sign(product[~zero])
    aim, size = target[~zero] * sign, np.abs(product[~zero])
    whole = bool((target == np.round(target)).all())
    fits = []
    for low, high, rounding in _ranges(aim, tolerance[~zero], whole, bool((sign > 0).all())):
        factor = simplest(float((low / size).max()), float((high / size).min()))
        formula = Formula("power", tuple(exponents), factor, 0.0, rounding, whole)
        if factor and not rounding:
            return formula
        if factor and (formula.compute(inputs) == target).all():
            fits.append(formula)
    if fits:
        # Few runs fit several roundings: the one of the simplest factor was meant.
        return min(fits, key=lambda f: min(len(_digits(f.factor)), len(_digits(1 / f.factor))))
    relative = _relative_tolerance(inputs, input_tolerances, exponents)[~zero]
    if not relative.any():
        return None
    spread = np.maximum(tolerance[~zero], float(whole)) + np.abs(aim) * (relative + EXACT)
    factor = simplest(float(((aim - spread) / size).max()), float(((aim + spread) / size).min()))
    return Formula("power", tuple(exponents), factor, 0.0, "", whole, True) if factor else None


def fit_linear(
    target: np.ndarray,
    tolerance: np.ndarray,
    inputs: Sequence[np.ndarray],
    weights: Sequence[float],
) -> Formula | None:
    """The offset of a weighted sum that gives the target exactly, as printed, or rounded."""
    simple = tuple(_simple_weight(w) for w in weights)
    if not all(simple):
        return None
    rest = target - sum_of(inputs, simple)
    scale = np.max([np.abs(target), *(np.abs(w * x) for w, x in zip(simple, inputs, strict=True))])
    whole = bool((target == np.round(target)).all())
    slack = np.maximum(tolerance, EXACT * scale)
    modes = [("", -slack, slack)]
    if whole:
        # Whole numbers of whole inputs and weights leave nothing to round.
        modes += [
            (r, np.full(len(rest), low), np.full(len(rest), high - EXACT))
            for r, (low, high) in _ROUNDINGS.items()
        ]
    for rounding, below, above in modes:
        low, high = float((rest + below).max()), float((rest + above).min())
        if low > high:
            continue
        offset = 0.0 if low <= 0 <= high else simplest(low, high)
        formula = Formula("linear", simple, 1.0, offset, rounding, whole)
        misses = np.abs(formula.compute(inputs) - target)
        if (misses <= (0 if rounding else 2 * slack)).all():
            return formula
    return None


def simplest(low: float, high: float) -> float:
    """The number of a range with the fewest digits, own or of its reciprocal; 0 if none."""
    if low > high or low * high <= 0:
        return 0.0
    if high < 0:
        return -simplest(-high, -low)
    direct, digits = _roundest(low, high)
    inverse, inverse_digits = _roundest(1 / high, 1 / low)
    return 1 / inverse if inverse_digits < digits else direct


def _roundest(low: float, high: float) -> tuple[float, int]:
    if low <= 1 <= high:
        return 1.0, 0
    middle = (low + high) / 2
    power = 2.0 ** round(math.log2(middle))
    if power >= 1 and low <= power <= high:
        return power, 1
    top = math.floor(math.log10(high))
    for digits in range(1, 17):
        unit = digits - 1 - top
        scaled = [v * 10.0**unit if unit >= 0 else v / 10.0**-unit for v in (low, high)]
        first = math.ceil(scaled[0])
        if first <= scaled[1]:
            # Among numbers as short, the one that two divides most often (2048 before 2047).
            choices = range(first, min(math.floor(scaled[1]), first + 1000) + 1)
            best = max(choices, key=lambda n: (n & -n, -abs(n - sum(scaled) / 2)))
            return (best / 10.0**unit if unit >= 0 else best * 10.0**-unit), digits
    return middle, 17


def _ranges(
    aim: np.ndarray, tolerance: np.ndarray, whole: bool, positive: bool
) -> Iterator[tuple[np.ndarray, np.ndarray, str]]:
    """Ranges of the unrounded target: exact, as printed, then each rounding of a whole number."""
    exact = EXACT * np.abs(aim)
    yield aim - exact, aim + exact, ""
    if tolerance.any():
        yield aim - tolerance - exact, aim + tolerance + exact, ""
    if whole and positive:
        for rounding, (low, high) in _ROUNDINGS.items():
            yield aim + low, aim + high * (1 - 1e-12), rounding


def _relative_tolerance(
    inputs: Sequence[np.ndarray], tolerances: Sequence[np.ndarray], exponents: Sequence[float]
) -> np.ndarray:
    with np.errstate(all="ignore"):
        parts = [
            abs(k) * np.where(x == 0, 0.0, t / np.abs(x))
            for x, t, k in zip(inputs, tolerances, exponents, strict=True)
        ]
    return np.asarray(sum(parts))


def _rounded(values: np.ndarray, rounding: str) -> np.ndarray:
    # A computed 2.9999999999 was 3 where the script divided whole numbers.
    if rounding == "floor":
        return np.floor(values * (1 + 1e-12))
    if rounding == "ceil":
        return np.ceil(values * (1 - 1e-12))
    return np.floor(values + 0.5) if rounding == "round" else values


def _simple_weight(weight: float) -> float:
    for digits in range(1, 13):
        short = float(f"{weight:.{digits}g}")
        if abs(short - weight) <= 1e-7 * abs(weight):
            return short
    return weight


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else f"{number:.10g}"


def _digits(number: float) -> str:
    return f"{abs(number):.12e}".partition("e")[0].replace(".", "").strip("0")


def _power_text(name: str, exponent: float) -> str:
    if exponent == 1:
        return name
    if exponent == 0.5:
        return f"sqrt({name})"
    rational = next((f"({n}/{d})" for d in (2, 3) for n in range(1, 10) if exponent == n / d), "")
    return (
        f"{name}^{rational or _plain(exponent)}"
        if exponent != int(exponent)
        else f"{name}^{int(exponent)}"
    )


def _product_text(factor: float, exponents: Sequence[float], names: Sequence[str]) -> str:
    pairs = list(zip(names, exponents, strict=True))
    above = [_power_text(n, k) for n, k in pairs if k > 0]
    below = [_power_text(n, -k) for n, k in pairs if k < 0]
    size = abs(factor)
    if size < 1 and len(_plain(1 / size)) < len(_plain(size)):
        below.append(_plain(1 / size))
    elif size != 1:
        above.insert(0, _plain(size))
    text = "-" * (factor < 0) + (" * ".join(above) or "1")
    if not below:
        return text
    return f"{text} / ({' * '.join(below)})" if len(below) > 1 else f"{text} / {below[0]}"


def _sum_text(weights: Sequence[float], offset: float, names: Sequence[str]) -> str:
    pairs = list(zip(weights, names, strict=True))
    terms = [(w, n if abs(w) == 1 else f"{_plain(abs(w))} * {n}") for w, n in pairs]
    if offset:
        terms.append((offset, _plain(abs(offset))))
    terms.sort(key=lambda term: term[0] < 0)
    first, *others = terms
    text = ("-" if first[0] < 0 else "") + first[1]
    return text + "".join((" - " if w < 0 else " + ") + t for w, t in others)
