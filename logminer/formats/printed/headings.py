"""Lines that say which data set the values below them were measured on."""

import re

from logminer.core.names import words
from logminer.formats.documents.values import spoken
from logminer.formats.printed.counters import split_of
from logminer.formats.printed.prefixes import prefix_end

_LONGEST = 100
_DECORATED = re.compile(r"^[*=#>~+-]{2,}|[*=#<~+-]{2,}$|:$")
_OTHER_WORDS = spoken(
    "load loading loaded data dataset datasets loader samples sample size num number building build creating reading"
    " examples directory dir file files saved saving images from split path cache done finished completed"
)


def section_of(line: str) -> str | None:
    """The data set that a heading speaks of; None where a line is no such heading."""
    body = line[prefix_end(line) :].strip() if len(line) <= 2 * _LONGEST else ""
    if not body or len(body) > _LONGEST:
        return None
    split = split_of(body)
    if not split:
        return None
    said = words(body)
    if len(said) > 9 or not _OTHER_WORDS.isdisjoint(said):
        return None
    doing = {
        "running",
        "doing",
        "evaluating",
        "testing",
        "validating",
        "evaluation",
        "results",
    } & set(said)
    return split if doing or _DECORATED.search(body) or len(said) <= 2 else None


def counter_word(line: str) -> str:
    """The word that a line begins with which tells a position."""
    return line[prefix_end(line) :].strip(" *=#>-[").split(" ")[0].lower()
