"""Names that are put together from values of other columns: ``lr=0.1_bs=32``, ``gcn_64_0.5``."""

import math
import re
from collections.abc import Sequence

import numpy as np

from logminer.analyses._chance import ENOUGH_BITS, is_function, joint_codes
from logminer.analyses._encoding import EncodedColumn

_TEXTS = 64
_PARTS = 200
_ROWS = 64
_LONGEST = 1000
_KEYED_BITS = 4.0
# A part whose values would stand in other configs' texts nearly as often is there by chance.
_LEAST_BITS = 2.0
_NUMBER = re.compile(r"(?<![0-9.])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_BREAK = re.compile(r"[^a-z0-9]+")


def find_composed(
    texts: Sequence[EncodedColumn], parts: Sequence[EncodedColumn]
) -> dict[str, tuple[tuple[EncodedColumn, ...], float]]:
    """Which texts hold the values of which other columns, with bits of evidence.

    A text is composed if it says nothing that its parts do not say, or names each config. A part is
    one if its value stands in the text of every config, and would not in the texts of others.

    Args:
        texts: columns of words.
        parts: columns that may stand in them.
    """
    result = {}
    for text in texts[:_TEXTS]:
        rows = np.flatnonzero(text.present)
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, _ROWS).astype(int))]
        if len(text.levels) < 3 or not _is_written_of_parts(text):
            continue
        page = _Page([str(text.levels[c])[:_LONGEST] for c in text.codes[rows].tolist()])
        bits = {
            p.name: page.bits(p, rows)
            for p in parts[:_PARTS]
            if p is not text and not (p.numbers is None and _names_each(p))
        }
        held = tuple(p for p in parts[:_PARTS] if bits.get(p.name, 0) >= _LEAST_BITS)
        total = sum(bits[p.name] for p in held) - math.log2(len(parts) + 1)
        keyed = any(page.is_keyed(p.name) for p in held)
        if total >= ENOUGH_BITS and (len(held) > 1 or keyed) and _says_no_more(text, held):
            result[text.name] = (held, total)
    return result


def _is_written_of_parts(text: EncodedColumn) -> bool:
    some = [str(level) for level in text.levels[:_ROWS]]
    return sum(bool(re.search(r"[-_=,/ ]|[a-z]\d", s)) for s in some) > len(some) / 2


def _says_no_more(text: EncodedColumn, held: Sequence[EncodedColumn]) -> bool:
    rows = np.flatnonzero(text.present)
    return _names_each(text) or is_function(text.codes[rows], joint_codes(held, rows))


def _names_each(text: EncodedColumn) -> bool:
    return len(text.levels) >= 0.9 * int(text.present.sum())


class _Page:
    """Texts of several configs, and the words and numbers in them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._plain = ["_" + _BREAK.sub("_", t.lower()).strip("_") + "_" for t in texts]
        numbers = [_NUMBER.findall(t) for t in texts]
        width = max([len(n) for n in numbers], default=0)
        self._numbers = np.full((len(texts), width), np.nan)
        self._slack = np.zeros((len(texts), width))
        for i, row in enumerate(numbers):
            self._numbers[i, : len(row)] = [float(n) for n in row]
            self._slack[i, : len(row)] = [_half_unit(n) for n in row]

    def bits(self, part: EncodedColumn, rows: np.ndarray) -> float:
        """Bits of a part's standing in each text; 0 where it is missing from one."""
        if not part.present[rows].all():
            return 0.0
        holds = self._holds_number if part.numbers is not None else self._holds_words
        codes = part.codes[rows]
        distinct = np.unique(codes)
        if len(distinct) < 2 or not holds(part, codes).all():
            return 0.0
        # Every value against every text: how often it stands where it does not belong.
        others = [
            holds(part, np.roll(codes, s))[np.roll(codes, s) != codes]
            for s in {1, 2, 3, len(codes) // 2}
        ]
        strange = np.concatenate(others)
        same = float((np.bincount(codes, minlength=1) ** 2).sum()) / len(codes) ** 2
        rate = same + (1 - same) * (float(strange.sum()) + 1) / (len(strange) + 2)
        keyed = _KEYED_BITS * self.is_keyed(part.name)
        return keyed - len(codes) * math.log2(rate) if rate < 0.9 else 0.0

    def is_keyed(self, name: str) -> bool:
        """Whether the name itself stands in all texts before a value: ``lr0.1``, ``lr=0.1``."""
        key = _BREAK.sub("_", name.lower().rpartition(".")[2]).strip("_")
        return bool(key) and all(re.search(f"_{re.escape(key)}_?[0-9a-z]", t) for t in self._plain)

    def _holds_number(self, part: EncodedColumn, codes: np.ndarray) -> np.ndarray:
        assert part.numbers is not None
        values = np.abs(part.numbers[codes])[:, None]
        slack = np.maximum(self._slack, 1e-9 * values)
        return np.asarray((np.abs(self._numbers - values) <= slack).any(axis=1))

    def _holds_words(self, part: EncodedColumn, codes: np.ndarray) -> np.ndarray:
        plain = [_BREAK.sub("_", str(level).lower()).strip("_") for level in part.levels]
        return np.asarray(
            [
                bool(plain[c]) and f"_{plain[c]}_" in t
                for c, t in zip(codes, self._plain, strict=True)
            ]
        )


def _half_unit(number: str) -> float:
    """Half a unit of the last digit as printed; whole numbers and short decimals are exact."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    digits = len(mantissa.replace(".", "").lstrip("0"))
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals) if decimals and digits > 2 else 0.0
