"""Bars of each hyperparameter's share, with the interval over trees."""

from matplotlib.figure import Figure

from logminer.analyses.importance import Importance
from logminer.plots.style import FONT, colour, label, new_axes, new_figure, number, write

_SHOWN = 12


def draw(result: Importance) -> Figure:
    """Draw the importance of the strongest hyperparameters over all tasks."""
    frame = result.overall.head(_SHOWN)[::-1].reset_index(drop=True)
    figure = new_figure(440, 60 + 26 * len(frame))
    axes = new_axes(figure, grid="x")
    strongest = len(frame) - 3
    fills = [colour("accent" if i >= strongest else "ramp3") for i in frame.index]
    axes.barh(frame.index, frame["share"], height=0.56, color=fills)
    axes.hlines(frame.index, frame["low"], frame["high"], color=colour("ink"), linewidth=1.2)
    reach = max(frame["high"].max(), frame["share"].max(), 0.01) if len(frame) else 1.0
    for i, row in frame.iterrows():
        end = max(row["high"], row["share"]) + 0.02 * reach
        write(axes, end, float(str(i)), f"{row['share']:.0%}", va="center")
    axes.set_yticks(frame.index, [label(n) for n in frame["parameter"]], parse_math=False)
    axes.tick_params(axis="y", labelcolor=colour("ink"), labelsize=FONT)
    axes.set_xlim(0, reach * 1.18)
    axes.xaxis.set_major_formatter(lambda value, _: f"{number(100 * value, 2)}%")
    axes.set_xlabel("share of the differences explained")
    return figure
