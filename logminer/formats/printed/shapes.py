"""Plans of the lines of one log, by the shapes of the lines."""

from logminer.formats.printed.lines import shape_of, shapes_of, word_digits
from logminer.formats.printed.plan import NOTHING, VARIES, Plan, plan_of

MOST_SHAPES = 60_000


class Plans:
    """Plans that were worked out so far.

    Attributes:
        passed_over: lines of shapes beyond all that a log of training has.
    """

    def __init__(self) -> None:
        self.passed_over = 0
        self._plans: dict[bytes, Plan] = {}

    def of(self, line: bytes) -> Plan:
        """The plan of a line."""
        return self._of(line, shape_of(line))

    def known(self, lines: list[bytes]) -> list[Plan | None]:
        """The plans of lines; None where one of a line's shape was not worked out yet."""
        plans = [self._plans.get(shape) for shape in shapes_of(lines)]
        return [self.of(lines[i]) if plan and plan.varies else plan for i, plan in enumerate(plans)]

    def _of(self, line: bytes, shape: bytes) -> Plan:
        plan = self._plans.get(shape)
        if plan is not None and plan.varies:
            shape += b"\0" + word_digits(line)
            plan = self._plans.get(shape)
        return self._new(line, shape) if plan is None else plan

    def _new(self, line: bytes, shape: bytes) -> Plan:
        if len(self._plans) >= MOST_SHAPES:
            self.passed_over += 1
            return NOTHING
        if b"\0" not in shape and (digits := word_digits(line)):
            self._plans[shape] = VARIES
            shape += b"\0" + digits
        plan = self._plans[shape] = plan_of(line)
        return plan
