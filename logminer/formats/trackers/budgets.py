"""Budgets of multi-fidelity tuners as steps of a curve."""

import math
from collections.abc import Iterable

from logminer.formats.documents.values import is_number


class BudgetSteps:
    """Maps budgets to steps: themselves where all are whole numbers, else their place in ascending order from 1.

    Args:
        budgets: every budget in the log; None (no budget) stands at step 0.
    """

    def __init__(self, budgets: Iterable[object]) -> None:
        known = sorted({float(b) for b in budgets if is_number(b) and math.isfinite(float(b))})
        whole = all(b.is_integer() and abs(b) < 2**53 for b in known)
        self._steps = {b: int(b) if whole else i for i, b in enumerate(known, 1)}

    def __getitem__(self, budget: object) -> int:
        return self._steps.get(float(budget), 0) if is_number(budget) else 0
