"""Fonts for names in any script: matplotlib brings one that knows Latin, Greek and Cyrillic.

In a page the browser has others. Pictures and documents made here take what the machine has installed.
"""

from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

_WIDER = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Emoji",
    "Symbola",
)


@cache
def wider_fonts() -> dict[str, Path]:
    """Files of the installed fonts that have more letters, by family, best first."""
    installed = {font.name: Path(font.fname) for font in font_manager.fontManager.ttflist}
    return {family: installed[family] for family in _WIDER if family in installed}


def own_font(style: str = "") -> Path:
    """The file of matplotlib's own font; ``style`` is empty or ``"Bold"``."""
    family = font_manager.FontProperties(
        family="DejaVu Sans", weight="bold" if style == "Bold" else "normal"
    )
    return Path(font_manager.findfont(family))


def with_all_letters(figure: Figure) -> None:
    """Let every text of a figure fall back on the installed fonts."""
    families = ["DejaVu Sans", *wider_fonts()]
    for text in figure.findobj(Text):
        if isinstance(text, Text):
            text.set_fontfamily(families)
