"""How every figure looks: colours for light and dark, sizes in pixels, text that is never markup.

A figure is drawn in the light colours; in a page each of them becomes a CSS variable (see
``svg``), so one picture serves both. The colours stay apart for colour-blind readers, after
Okabe and Ito, "Color Universal Design", 2008: blue, vermilion, green, purple, gold.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

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


def plain(text: object, longest: int = 1000) -> str:
    """Text from a log as one printable line: control and direction marks become ``�``.

    Args:
        text: anything; turned into a string.
        longest: what is longer loses its middle.
    """
    line = "".join(_visible(c) for c in str(text)[: 4 * longest])
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


def number(value: float) -> str:
    """A number in at most four significant digits, as people write it."""
    if value != value:  # noqa: PLR0124 - NaN
        return DASH
    text = f"{value:.4g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def scale_axis(axes: Axes, which: str, *, log: bool, ticks: int = 5) -> None:
    """Put an axis on a linear or log scale with a few plain tick labels."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    if log:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        axis.set_major_locator(LogLocator(numticks=ticks))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def legend(axes: Axes, handles: Sequence[Any], names: Sequence[object], **options: Any) -> None:
    """A legend that also shows names starting with ``_``, which matplotlib would drop."""
    given = {"frameon": False, "fontsize": FONT, "labelcolor": LIGHT["ink"], **options}
    drawn = axes.legend(handles, ["x"] * len(handles), **given)
    for text, name in zip(drawn.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(label(name))
