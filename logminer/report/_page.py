"""The page: sections in order, rendered with every name escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logminer.report._blocks import Section
    from logminer.report._context import ReportContext


def write_report(context: ReportContext, path: str | Path, *, sections: Sequence[str] = ()) -> Path:
    """Write the report as one HTML file that needs nothing else.

    Args:
        context: what to report on.
        path: the file to write.
        sections: names of the sections to include; empty for all that have something to say.

    Returns:
        The path written.

    Raises:
        UsageError: a section of that name does not exist.
        OSError: the file cannot be written.
    """
    path = Path(path)
    page = render(context, compose(context, sections))
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def compose(context: ReportContext, names: Sequence[str] = ()) -> dict[str, Section]:
    """The sections that have something to say, by name, in order."""
    from logminer.report import SECTIONS

    modules = {name: SECTIONS.load(name) for name in (names or SECTIONS.names())}
    ordered = sorted(modules, key=lambda name: (modules[name].PLACE, name))
    made = {name: modules[name].section(context) for name in ordered}
    return {name: section for name, section in made.items() if section is not None}


def render(context: ReportContext, sections: dict[str, Section]) -> str:
    """The HTML of composed sections."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from logminer.plots.style import DARK, LIGHT
    from logminer.plots.svg import to_svg

    def draw(picture: Any) -> Markup:
        # Written from an element tree, where names are escaped character data.
        return Markup(to_svg(picture.figure, picture.name, picture.alt))  # noqa: S704

    environment = Environment(
        loader=PackageLoader("logminer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["draw"] = draw
    template = environment.get_template("page.html")
    title = context.title or f"What {len(context.history):,} past runs say"
    return template.render(context=context, title=title, sections=sections, light=LIGHT, dark=DARK)
