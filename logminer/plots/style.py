"""How every figure looks: colours for light and dark, sizes in pixels, text that is never markup.

A figure is drawn in the light colours; in a page each of them becomes a CSS variable (see
``svg``), so one picture serves both. The colours stay apart for colour-blind readers, after
Okabe and Ito, "Color Universal Design", 2008: blue, vermilion, green, purple, gold.
"""

import math
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from logminer.core.objective import Objective

LIGHT = {
    "paper": "#ffffff", "wash": "#f5f6f8", "line": "#dde1e7", "faint": "#b4bbc6",
    "muted": "#59616e", "ink": "#191c20", "accent": "#0a5fc2", "warn": "#b2480a",
    "green": "#0a7d62", "purple": "#9c3f7d", "gold": "#8f6a00",
    "ramp0": "#084a98", "ramp1": "#2a6fc0", "ramp2": "#5b95d6", "ramp3": "#92b9e6",
    "ramp4": "#c2d6ef", "ramp5": "#e4e8ee",
}  # fmt: skip
DARK = {
    "paper": "#131619", "wash": "#1b1f24", "line": "#2e343c", "faint": "#545d69",
    "muted": "#a2abb8", "ink": "#e9ecef", "accent": "#6fb3ff", "warn": "#ff9f5f",
    "green": "#45cfa9", "purple": "#e493c4", "gold": "#e3bf4f",
    "ramp0": "#a9d2ff", "ramp1": "#7cb7f7", "ramp2": "#5593d8", "ramp3": "#3b6ca6",
    "ramp4": "#2c4b70", "ramp5": "#262d36",
}  # fmt: skip
SERIES = ("accent", "warn", "green", "purple", "gold", "muted")
RAMP = tuple(f"ramp{i}" for i in range(6))
FONT = 11.0
DASH = "\N{EN DASH}"
_LONGEST = 44


def colour(name: str) -> str:
    """The light colour of a name in ``LIGHT``."""
    return LIGHT[name]


def series_colour(i: int) -> str:
    """Colour of the i-th of several things drawn together."""
    return LIGHT[SERIES[min(i, len(SERIES) - 1)]]


def ramp_colour(rank: float) -> str:
    """Colour of a normalised rank, strongest for the best."""
    return LIGHT[RAMP[min(max(int(rank * len(RAMP)), 0), len(RAMP) - 1)]]


def printable(text: str) -> str:
    """Text from a log on one line, with control and direction marks as ``�``."""
    return "".join(_visible(char) for char in text)


def plain(text: object, longest: int = 1000) -> str:
    """Text from a log as one printable line of limited length.

    Args:
        text: anything; turned into a string.
        longest: what is longer loses its middle.
    """
    line = str(text)
    if len(line) > 4 * longest:
        line = line[: 2 * longest] + line[-2 * longest :]
    line = printable(line)
    if len(line) <= longest:
        return line
    head = (longest - 1) // 2
    return f"{line[:head]}…{line[len(line) - (longest - 1 - head) :]}"


def _visible(char: str) -> str:
    if char in "\n\r\t":
        return " "
    return "�" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} else char


def label(text: object) -> str:
    """Text from a log, short enough for a figure."""
    return plain(text, _LONGEST)


@contextmanager
def quietly() -> Iterator[None]:
    """Draw without warnings about letters the measuring font lacks; whoever shows them has others."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def new_figure(width: float = 440, height: float = 280) -> Figure:
    """An empty figure of a size in CSS pixels, with a transparent background."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
    figure.patch.set_alpha(0)
    return figure


def new_axes(figure: Figure, *place: Any, grid: str = "y", **options: Any) -> Axes:
    """Axes without a box, with quiet ticks and a faint grid along ``grid`` (x, y, both or none)."""
    axes: Axes = figure.add_subplot(*(place or (111,)), **options)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom" and grid in {"y", "both"})
        spine.set_color(LIGHT["faint"])
    axes.tick_params(colors=LIGHT["muted"], labelsize=FONT, length=0, pad=5)
    axes.xaxis.label.set(color=LIGHT["muted"], fontsize=FONT)
    axes.yaxis.label.set(color=LIGHT["muted"], fontsize=FONT)
    axes.set_axisbelow(True)
    if grid != "none":
        axes.grid(axis=grid, color=LIGHT["line"], linewidth=1)  # type: ignore[arg-type]
    return axes


def name_axes(axes: Axes, x: object = "", y: object = "") -> None:
    """Name the axes; ``$`` and ``_`` in a name are just characters."""
    axes.set_xlabel(label(x), parse_math=False)
    axes.set_title(label(y), loc="left", fontsize=FONT, color=LIGHT["muted"], parse_math=False)


def write(axes: Axes, x: float, y: float, text: object, **options: Any) -> Text:
    """Write a label that is never read as mathematics, in data coordinates."""
    given = {"fontsize": FONT, "color": LIGHT["ink"], "parse_math": False, **options}
    return axes.text(x, y, label(text), **given)


def short_names(names: Sequence[object], longest: int = 28) -> list[str]:
    """Names without the folders they all share, long ones without their middle."""
    parts = [str(name).split("/") for name in names]
    if len({len(p) for p in parts}) == 1:
        telling = [i for i, column in enumerate(zip(*parts, strict=True)) if len(set(column)) > 1]
        parts = [[p[i] for i in telling] or p[-1:] for p in parts]
    return [plain("/".join(p), longest) for p in parts]


def number(value: float, digits: int = 4) -> str:
    """A number in at most ``digits`` significant digits, as people write it."""
    if value != value:  # noqa: PLR0124 - NaN
        return DASH
    short = float(f"{value:.{digits}g}")
    if 1e4 <= abs(short) < 1e7:
        return f"{short:,.0f}"
    text = f"{short:.7g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def scale_axis(
    axes: Axes,
    which: str,
    *,
    log: bool,
    ends: tuple[float, float] | None = None,
    whole: bool = False,
) -> None:
    """Put an axis on a linear or log scale with a few plain tick labels.

    Args:
        axes: the axes.
        which: ``"x"`` or ``"y"``.
        log: whether the scale is logarithmic.
        ends: limits of the axis; needed for a log scale.
        whole: whether only whole numbers make sense.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    if log and ends:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        axis.set_major_locator(FixedLocator(log_ticks(*ends)))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(5, integer=whole))
    if ends:
        (axes.set_xlim if which == "x" else axes.set_ylim)(*ends)
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def log_ticks(low: float, high: float) -> list[float]:
    """At most six round values between two positive ends, well apart on a log scale."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    apart = 0.17 * math.log(high / low)
    kept: list[float] = []
    for step in (1, 5, 2, 3, 7, 4, 6, 8, 9):
        for k in range(first, last + 1):
            value = step * 10.0**k
            if low <= value <= high and all(abs(math.log(value / v)) > apart for v in kept):
                kept.append(value)
    return sorted(kept)


def legend(
    place: Axes | Figure, handles: Sequence[Any], names: Sequence[object], **options: Any
) -> None:
    """A legend that also shows names starting with ``_``, which matplotlib would drop."""
    given = {"frameon": False, "fontsize": FONT, "labelcolor": LIGHT["ink"], **options}
    drawn = place.legend(handles, ["x"] * len(handles), **given)
    for text, name in zip(drawn.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(label(name))


def dots(axes: Axes, x: ArrayLike, y: ArrayLike, name: str, size: float = 3.5) -> None:
    """Points as one path of round dabs: a tenth of the bytes of a marker each."""
    at = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    at = at[np.isfinite(at).all(axis=1)]
    path = Path(np.repeat(at, 2, axis=0), np.tile([Path.MOVETO, Path.LINETO], len(at)))
    path.should_simplify = False  # a dab has no length, and would be simplified away
    look = {"edgecolor": LIGHT[name], "linewidth": size, "capstyle": "round", "fill": False}
    axes.add_patch(PathPatch(path, **look))
    axes.autoscale_view()


def robust_axis(
    axes: Axes, values: NDArray[np.float64], objective: Objective
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Scale the y axis to what matters: all good values, and bad ones up to a point.

    Losses that span decades get a log scale; the worst quarter may lie outside when it would press
    all others together.

    Returns:
        A function that moves values beyond the axis onto its edge and NaN to the bad edge.
    """
    finite = np.clip(np.sort(values[np.isfinite(values)]), -1e150, 1e150)  # room to subtract
    if not len(finite):
        finite = np.array([0.0, 1.0])
    best, worst = (finite[0], finite[-1]) if objective.mode == "min" else (finite[-1], finite[0])
    usual = float(np.quantile(finite, 0.75 if objective.mode == "min" else 0.25))
    log = objective.mode == "min" and finite[0] > 0 and usual > 30 * finite[0]
    if abs(worst - best) > 2 * abs(usual - best) > 0:
        worst = usual
    if log:
        room = (worst / best) ** 0.05
        low, high = best / room, worst * room
    else:
        margin = 0.05 * abs(worst - best) or 0.5
        low, high = min(best, worst) - margin, max(best, worst) + margin
    scale_axis(axes, "y", log=log, ends=(low, high))
    bad = high if objective.mode == "min" else low

    def inside(of: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(np.where(np.isnan(of), bad, of), low, high)

    return inside
