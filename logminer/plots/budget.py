"""Where each task's budget went, as one stacked bar a task."""

from matplotlib.figure import Figure

from logminer.analyses.budget import PARTS, Budget
from logminer.plots.style import FONT, colour, legend, new_axes, new_figure, plain

SHOWN = 20
_COLOURS = ("ramp0", "ramp2", "ramp4", "warn")


def draw(result: Budget) -> Figure:
    """Draw the shares of the budget spent on good, bad and lost runs."""
    tasks = result.tasks.head(SHOWN)[::-1].reset_index(drop=True)
    figure = new_figure(760, 84 + 28 * len(tasks))
    axes = new_axes(figure, grid="none")
    start = tasks["total"] * 0.0
    bars = []
    for part, name in zip(PARTS, _COLOURS, strict=True):
        bars.append(
            axes.barh(tasks.index, tasks[part], left=start, height=0.56, color=colour(name))
        )
        start = start + tasks[part]
    axes.set_yticks(tasks.index, [plain(task, 28) for task in tasks["task"]], parse_math=False)
    axes.tick_params(axis="y", labelcolor=colour("ink"), labelsize=FONT)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    legend(
        axes,
        bars,
        PARTS,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        handlelength=1,
        columnspacing=1.2,
        borderaxespad=0,
    )
    return figure
