"""The words, numbers and signs of one printed line."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "number", "separator", "open", "close", "bound"]

NUMBER = re.compile(rb"[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
"""A number without its sign, in any place: what a value is read from once the shape of the line is known."""

_LETTER = r"[^\W\d_]"
# Every repeat begins with a character that ends the one before, so that no line takes more than linear time.
_TOKEN = re.compile(
    rf"""
    (?P<gap>\s+)
  | (?P<quoted>'[^'\n]{{0,100}}'|"[^"\n]{{0,100}}")
  | (?P<clock>[0-9]{{1,4}}(?::[0-9]{{2}}){{1,3}}(?![\w])|[0-9]{{2,4}}[-/][0-9]{{2}}[-/][0-9]{{2,4}}(?![\w]))
  | (?P<number>(?:(?<![\w.)\]%])[-+])?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?
        |(?<!\w)[-+]?(?:nan|NaN|NAN|inf|Inf|INF|infinity|Infinity)(?!\w))
  | (?P<path>(?<![\w)])(?:~|\.{{1,2}})?/[^\s,;)]*|[A-Za-z]:\\\S*)
  | (?P<word>(?:{_LETTER}|_)\w*(?:[./@+%&#-]\w+|%(?!\w)|\([A-Za-z0-9%]{{1,8}}\))*)
  | (?P<separator>:=|(?<!=)=(?!=)|:)
  | (?P<open>[\[({{])
  | (?P<close>[\])}}])
  | (?P<bound>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_UNIT = re.compile(r" ?%|[A-Za-zµ]{0,8}(?:/[A-Za-z]{1,12}){0,3}(?![\w])")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line.

    Attributes:
        kind: what it is; gaps between tokens are none of their own.
        text: as written; of quoted text what stands between the quotes.
        start: where it begins in the line.
        gap: characters of white space before it.
        unit: letters glued to a number, such as ``ms``.
        quoted: whether it stands in quotes.
    """

    kind: Kind
    text: str
    start: int
    gap: int = 0
    unit: str = ""
    quoted: bool = False


def tokens_of(line: str, start: int = 0) -> list[Token]:
    """Tokens of a line from ``start`` on."""
    found: list[Token] = []
    at, gap, end = start, 0, len(line)
    while at < end and (match := _TOKEN.match(line, at)):
        kind, text, begin = str(match.lastgroup), match[0], at
        at = match.end()
        if kind == "gap":
            gap = 2 if "\t" in text else len(text)
            continue
        unit = ""
        if kind == "number" and (glued := _UNIT.match(line, at)):
            unit, at = glued[0].strip(), glued.end()
        found.append(_token(kind, text, begin, gap, unit))
        gap = 0
    return found


def _token(kind: str, text: str, start: int, gap: int, unit: str) -> Token:
    if kind == "quoted":
        inner = text[1:-1].strip()
        number = _TOKEN.fullmatch(inner) if inner else None
        is_number = number is not None and number.lastgroup == "number"
        offset = start + text.index(inner) if inner else start
        return Token("number" if is_number else "word", inner, offset, gap, quoted=True)
    if kind in {"clock", "path"}:
        return Token("bound", text, start, gap)
    return Token(kind, text, start, gap, unit)  # type: ignore[arg-type]
