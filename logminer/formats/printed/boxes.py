"""Values printed in a box of two columns, as Stable-Baselines3 and Spinning Up do after each rollout."""

import re
from dataclasses import dataclass, field

from logminer.formats.documents.values import is_number, parse_scalar
from logminer.formats.printed.counters import family_of

_ROW = re.compile(
    r"\s{0,40}[|│┃]( {0,40})([^|│┃\s][^|│┃]{0,120}?)\s{0,200}[|│┃]\s{0,200}([^|│┃]{0,200}?)\s{0,200}[|│┃]\s*$"
)
_MOST = 2_000


@dataclass
class Box:
    """Rows of a box that has begun."""

    values: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    _group: str = ""
    _margin: int = 0

    def take(self, line: str) -> bool:
        """Take a row; whether the line is one."""
        match = _ROW.match(line)
        if match is None or len(self.texts) >= _MOST:
            return False
        margin, name, written = len(match[1]), match[2], match[3].strip()
        if not written and name.endswith("/"):
            self._group, self._margin = name, margin
            return True
        if self._group and margin <= self._margin:
            self._group = ""
        name = f"{self._group}{'_'.join(name.split())}"
        value = parse_scalar(written.replace(",", ""))
        self.texts[name] = written
        if is_number(value):
            self.values[name] = float(value)
        return True

    def position(self) -> tuple[float, float]:
        """Epoch and step that the box tells, NaN where it tells none, and takes them out of its values."""
        nan = float("nan")
        counted = {name: family_of(name.rpartition("/")[2]) for name in self.values}
        steps = sorted((name for name, family in counted.items() if family == "step"), key=_rank)
        epochs = [name for name, family in counted.items() if family == "epoch"]
        step = self.values[steps[0]] if steps else nan
        epoch = self.values[epochs[0]] if epochs else nan
        for name in [*steps, *epochs]:
            del self.values[name]
        return epoch, step


def _rank(name: str) -> int:
    """Counters of the environment before those of updates."""
    said = name.lower()
    return 0 if "timesteps" in said or "interacts" in said or "env" in said else 1
