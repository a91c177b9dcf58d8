"""A figure as inline SVG that follows the page: its colours, its font, its dark mode.

Text stays text, so it can be read aloud, searched and copied. Whatever matplotlib wrote is
parsed and written again: names from logs end up as escaped character data, ids cannot clash
with those of other figures, and nothing in it refers outside.
"""

import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure

from logminer.core.files import write_whole
from logminer.plots.style import LIGHT, plain, quietly

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NAME_OF = {colour: name for name, colour in LIGHT.items()}
_HEX = re.compile("|".join(_NAME_OF))
_VARIABLE = re.compile(r"var\(--(\w+)\)")
_FAMILY = re.compile(r"font-family:[^;]*; ?")


def to_svg(figure: Figure, name: str, alt: str) -> str:
    """Render a figure for inlining in HTML.

    Args:
        figure: the figure.
        name: prefix of all ids, unique in the page; letters, digits and hyphens.
        alt: what a reader who cannot see the picture should know.
    """
    root = ET.fromstring(_draw(figure, name))  # noqa: S314 - written by matplotlib just now
    _drop(root, {f"{_SVG}metadata", f"{_SVG}style"})
    for element in root.iter():
        _adapt(element, name)
    width, height = root.get("viewBox", "0 0 440 280").split()[2:]
    root.attrib.pop("version", None)
    root.set("width", width)
    root.set("height", height)
    root.set("role", "img")
    root.set("aria-label", plain(alt))
    for prefix, uri in (("", _SVG), ("xlink", _HREF)):
        ET.register_namespace(prefix, uri[1:].partition("}")[0])
    return ET.tostring(root, encoding="unicode")


def save_svg(figure: Figure, path: Path, alt: str) -> None:
    """Write a figure as a file of its own, in the light colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.patch.set(alpha=1.0, facecolor=LIGHT["paper"])
    svg = _VARIABLE.sub(lambda hit: LIGHT[hit[1]], to_svg(figure, path.stem, alt))
    write_whole(path, svg)


def _draw(figure: Figure, name: str) -> bytes:
    target = io.BytesIO()
    engine = figure.get_layout_engine()
    if engine is not None:  # once is enough; saving would do it twice
        with quietly():
            engine.execute(figure)
        figure.set_layout_engine("none")
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), quietly():
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _drop(element: ET.Element, unwanted: set[str]) -> None:
    for child in list(element):
        if child.tag in unwanted:
            element.remove(child)
        else:
            _drop(child, unwanted)


def _adapt(element: ET.Element, name: str) -> None:
    """Colours to variables, fonts to the page's, ids under ``name``."""
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, f"{name}-{value}")
        elif key == _HREF:
            element.set(key, f"#{name}-{value.removeprefix('#')}")
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{name}-"))
        elif key in {"style", "fill", "stroke"}:
            themed = _HEX.sub(lambda hit: f"var(--{_NAME_OF[hit[0]]})", value)
            element.set(key, _FAMILY.sub("", themed))
