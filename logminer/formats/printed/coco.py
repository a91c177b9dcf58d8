"""Lines of the summary that the COCO tools print of a detector."""

import re

from logminer.formats.printed.reading import Pair, Reading
from logminer.formats.printed.tokens import tokens_of

_COCO = re.compile(
    r"\s*Average (?:Precision|Recall) {1,4}\((AP|AR)\) @\[ IoU=(\S{1,9}) {0,9}\| area= {0,9}(\w{1,9}) {0,9}"
    r"\| maxDets= {0,9}([0-9]{1,4}) {0,4}\] = {0,4}(-?[0-9.]{1,12})\s*$"
)


def read_coco_line(line: str, start: int) -> Reading | None:
    """A line of the summary under the name that papers use (``AP50``, ``APs``, ``AR100``); None for any other line."""
    match = _COCO.match(line, start)
    if match is None:
        return None
    kind, overlap, area, most, _ = match.groups()
    name = kind
    if area != "all":
        name += area[0]
    elif kind == "AR":
        name += most
    elif ":" not in overlap:
        name += overlap.partition(".")[2].ljust(2, "0")
    return Reading(tokens_of(line, match.start(5)), [Pair(name, (0,))])
