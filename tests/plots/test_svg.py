"""Figures as inline SVG: themed, escaped, self-contained."""

import re
from xml.etree import ElementTree as ET

import pytest
from factories import make_history

from logminer.analyses import importance, top
from logminer.plots import importance as importance_plot
from logminer.plots import style
from logminer.plots import top as top_plot
from logminer.plots.svg import to_svg

HOSTILE = [
    "<script>alert(1)</script>",
    "$x_{$",
    "_hidden",
    "a\x00b\x1b[31m",
    'x" onload="alert(1)',
    "]]><svg/onload=alert(1)>",
    "fill: #191c20",
    "\ud800lone",
    "\u202ereversed",
    "漢字 🎉",
    "&lt;b&gt; &#0;",
    "x" * 5000,
]


def figure_with(text):
    figure = style.new_figure()
    axes = style.new_axes(figure)
    line = axes.plot([0, 1], [0, 1])
    style.write(axes, 0, 0, text)
    style.name_axes(axes, text, text)
    style.legend(axes, line, [text])
    return figure


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_only_ever_text(text):
    """Whatever a name holds, the picture has the same elements and shows it as text."""
    root = ET.fromstring(to_svg(figure_with(text), "f", text))
    harmless = ET.fromstring(to_svg(figure_with("name"), "f", "name"))
    assert [e.tag for e in root.iter()] == [e.tag for e in harmless.iter()]
    shown = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert shown.count(style.label(text)) == 4
    assert not any(key.startswith("on") for e in root.iter() for key in e.attrib)


def test_long_names_lose_their_middle():
    """Start and end of a name tell more than its middle."""
    assert style.plain("abcdefghij", 5) == "ab…ij"
    assert style.plain("abcde", 5) == "abcde"


def test_colours_follow_the_page():
    """No colour is fixed, so that dark pages get a readable figure."""
    result = importance.analyse(make_history(tasks=1, configs=20))
    svg = to_svg(importance_plot.draw(result), "importance", "alt")
    assert not re.search(r"#[0-9a-f]{6}", svg)
    assert set(re.findall(r"var\(--(\w+)\)", svg)) <= set(style.LIGHT)
    assert set(style.LIGHT) == set(style.DARK)


def test_figures_do_not_share_ids():
    """Two figures on one page keep their ids apart, and refer to their own."""
    figure = top_plot.draw(top.analyse(make_history(tasks=1)), "task_0")
    one, two = (to_svg(figure, name, "alt") for name in ("one", "two"))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, two)]
    assert not ids[0] & ids[1]
    assert set(re.findall(r"url\(#([^)]+)\)", one)) <= ids[0]
    assert set(re.findall(r'href="#([^"]+)"', one)) <= ids[0]


def test_same_figure_same_file():
    """A report can be compared with an older one byte by byte."""
    make = lambda: top_plot.draw(top.analyse(make_history(tasks=1)), "task_0")  # noqa: E731
    assert to_svg(make(), "f", "alt") == to_svg(make(), "f", "alt")


def test_nothing_refers_outside():
    """No address but the two namespaces of SVG itself."""
    svg = to_svg(figure_with("x"), "f", "alt")
    assert set(re.findall(r"https?://[^\"' ]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
