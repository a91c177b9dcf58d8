"""Writing the report: sections in order, every name escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from logminer.core.errors import UsageError
from logminer.core.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logminer.reports._blocks import Section
    from logminer.reports._context import ReportContext

ReportForm = Literal["html", "md", "pdf", "png-dir"]
_FORMS: dict[str, ReportForm] = {
    "": "html", ".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".pdf": "pdf",
}  # fmt: skip


def form_of(path: str | Path, form: ReportForm | None = None) -> ReportForm:
    """What a report written to ``path`` will be: ``form``, or what the ending says.

    Raises:
        UsageError: the ending is not known, the folder does not exist, or the path is of the wrong kind.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if form is None and ending not in _FORMS:
        known = ", ".join(filter(None, _FORMS))
        raise UsageError(
            f"{path}: no report ends in '{ending}'", f"endings are {known}; or say --format"
        )
    form = form or _FORMS[ending]
    if path.exists() and path.is_dir() != (form == "png-dir"):
        kind = "a folder" if path.is_dir() else "a file"
        raise UsageError(f"{path} is {kind}", "give -o another name")
    if not path.parent.is_dir():
        raise UsageError(
            f"{path}: there is no folder {path.parent}", "create it, or give -o another name"
        )
    return form


def write_report(
    context: ReportContext,
    path: str | Path,
    *,
    sections: Sequence[str] = (),
    form: ReportForm | None = None,
) -> Path:
    """Write the report.

    Args:
        context: what to report on.
        path: the file to write, or the folder for ``png-dir``.
        sections: names of the sections to include; empty for all that have something to say.
        form: ``"html"``, one file that needs nothing else; ``"md"``, Markdown with its pictures in
            a folder beside it; ``"pdf"``, A4 pages without what the page folds away; ``"png-dir"``, the
            pictures alone.
            None to go by the file's name.

    Returns:
        The path written.

    Raises:
        UsageError: a section of that name does not exist, or the path will not do: see ``form_of``.
        OSError: the file cannot be written.
    """
    path, form = Path(path), form_of(path, form)
    composed = compose(context, sections)
    if form == "png-dir":
        _write_pictures(composed, path)
    elif form == "md":
        from logminer.reports._markdown import write_markdown

        write_markdown(_title(context), composed, path)
    elif form == "pdf":
        from logminer.reports._pdf import write_pdf

        write_pdf(_title(context), composed, path)
    else:
        write_whole(path, render(context, composed))
    return path


def _title(context: ReportContext) -> str:
    return context.title or f"What {len(context.history):,} past runs say"


def _write_pictures(sections: dict[str, Section], folder: Path) -> None:
    from logminer.plots.png import save_png
    from logminer.reports._blocks import pictures

    for section in sections.values():
        for picture in pictures(section.blocks):
            save_png(picture.figure, folder / f"{picture.name}.png")


def compose(context: ReportContext, names: Sequence[str] = ()) -> dict[str, Section]:
    """The sections that have something to say, by name, in order."""
    from logminer.reports import SECTIONS

    modules = {name: SECTIONS.load(name) for name in (names or SECTIONS.names())}
    ordered = sorted(modules, key=lambda name: (modules[name].PLACE, name))
    made = {name: modules[name].section(context) for name in ordered}
    return {name: section for name, section in made.items() if section is not None}


def render(context: ReportContext, sections: dict[str, Section]) -> str:
    """The HTML of composed sections."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from logminer.plots.style import DARK, LIGHT, printable
    from logminer.plots.svg import to_svg

    def draw(picture: Any) -> Markup:
        # Written from an element tree, where names are escaped character data.
        return Markup(to_svg(picture.figure, picture.name, picture.alt))  # noqa: S704

    environment = Environment(
        loader=PackageLoader("logminer.reports"),
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else printable(str(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["draw"] = draw
    template = environment.get_template("page.html")
    return template.render(
        context=context, title=_title(context), sections=sections, light=LIGHT, dark=DARK
    )
