"""Forecasts beside what came: one small picture a run, what was seen, the fan from there on, and the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from logminer.plots.style import colour, legend, name_axes, new_axes, new_figure, plain, scale_axis

Array = NDArray[np.float64]

_COLUMNS = 4
_PANEL = (260, 190)
_KEY = 32
_ROOM = 7 / 72  # inches around each picture, so that a name does not stand on the numbers above it
_TICKS = 4  # long numbers of steps side by side
_NAMES = ("seen", "what came", "median forecast", "half of the chances", "nine tenths")
_OUTLIERS = 0.03
_LONGEST = 34


@dataclass(frozen=True)
class Fan:
    """A forecast and what it is about.

    Attributes:
        name: of the run and what is special.
        step: (n,), steps logged to the end.
        value: (n,), values logged; NaN where there was none.
        cut: last step that the forecast has seen.
        ahead: (k,), steps predicted.
        bands: (k, 5), quantiles at 5, 25, 50, 75 and 95 %.
    """

    name: str
    step: Array
    value: Array
    cut: float
    ahead: Array
    bands: Array


def draw(fans: Sequence[Fan]) -> Figure:
    """Draw fans in rows of four: seen in ink, truth behind it, half of the chances dark, nine tenths light."""
    rows = -(-len(fans) // _COLUMNS) or 1
    figure = new_figure(_COLUMNS * _PANEL[0], rows * _PANEL[1] + _KEY)
    figure.set_layout_engine("constrained", w_pad=_ROOM, h_pad=_ROOM)
    for i, fan in enumerate(fans):
        handles = _panel(new_axes(figure, rows, _COLUMNS, i + 1), fan)
        if i == 0:
            legend(figure, handles, _NAMES, loc="outside upper left", ncols=len(_NAMES))
    return figure


def _panel(axes: Axes, fan: Fan) -> list[Artist]:
    """One fan; what stands for each of ``_NAMES``."""
    seen = fan.step <= fan.cut
    last = np.flatnonzero(seen & np.isfinite(fan.value))[-1:]
    now = fan.value[last]
    step = np.concatenate([[fan.cut] * len(now), fan.ahead])
    bands = np.vstack([np.repeat(now[:, None], 5, axis=1), fan.bands])
    shades = [
        axes.fill_between(
            step, bands[:, low], bands[:, high], color=colour("accent"), alpha=alpha, linewidth=0
        )
        for low, high, alpha in ((0, 4, 0.18), (1, 3, 0.35))
    ]
    middle = axes.plot(step, bands[:, 2], color=colour("accent"), linewidth=1.4)
    came = np.concatenate([last, np.flatnonzero(~seen)])
    truth = axes.plot(fan.step[came], fan.value[came], color=colour("warn"), linewidth=1.2)
    known = axes.plot(fan.step[seen], fan.value[seen], color=colour("ink"), linewidth=1.4)
    _limits(axes, fan, bands)
    scale_axis(axes, "x", log=False, ends=(0.0, float(max(fan.step.max(), step.max(), 1.0))))
    axes.locator_params(axis="x", nbins=_TICKS)
    name_axes(axes, "", plain(fan.name, _LONGEST))
    return [*known, *truth, *middle, *reversed(shades)]


def _limits(axes: Axes, fan: Fan, bands: Array) -> None:
    """Show the fan and the curve but for its outliers: an untrained network's first loss presses all else flat."""
    known = np.sort(fan.value[np.isfinite(fan.value)])
    cut = int(np.ceil(_OUTLIERS * len(known)))
    shown = np.concatenate([known[cut : len(known) - cut], bands[np.isfinite(bands)]])
    if len(shown):
        low, high = float(shown.min()), float(shown.max())
        room = 0.06 * (high - low) or 1.0
        scale_axis(axes, "y", log=False, ends=(low - room, high + room))
