"""Ways in which a log is damaged: each takes the whole bytes and a place, and gives the bytes that are left."""

import codecs
import random
from dataclasses import dataclass

SMALL = 4096  # bytes of a file that is damaged at every byte
STRIDE = 64  # bytes between two places of a larger one
_HOLE = 512
_BLOCK = 64
_INSERTS = (b"\0", b'"', b"\n", b"\xff\xfe", b"9" * 40, b",,", b"{", b"\r", b"#", b"1e999")
_SUBSET = frozenset(("truncate", "growing", "hole", "encode", "restart"))

_ENCODINGS = {
    "utf-16-le": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16-be": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf-32-le": lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
    "utf-32-be": lambda text: codecs.BOM_UTF32_BE + text.encode("utf-32-be"),
    "utf-8 mark": lambda text: codecs.BOM_UTF8 + text.removeprefix("\ufeff").encode(),
    "lone CR": lambda text: text.replace("\r\n", "\n").replace("\n", "\r").encode(),
    "CRLF": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n").encode(),
}
KINDS = ("truncate", "growing", "flip", "swap", "hole", "insert", "encode", "restart")


@dataclass(frozen=True)
class Damage:
    """One damaged copy of a file.

    Attributes:
        kind: one of ``KINDS``.
        place: byte of the damage, or which encoding.
        data: what is left of the file.
    """

    kind: str
    place: int | str
    data: bytes

    @property
    def keeps_values(self) -> bool:
        """Whether no number of the file can have become another one: what is read must be in the whole file."""
        return self.kind in _SUBSET


def damages(whole, kind, every=0, limit=0):
    """Damaged copies of a file.

    Args:
        whole: its bytes.
        kind: one of ``KINDS``; ``growing`` is a cut file that was written to just now.
        every: bytes between two places; by default each byte of a small file, every 64th of a larger one.
        limit: most copies, spread evenly; 0 for no limit.
    """
    if kind == "encode":
        yield from _encoded(whole)
    elif kind == "restart":
        for place in sorted({len(whole) // 2, whole.rfind(b"\n", 0, len(whole) // 2) + 1} - {0}):
            yield Damage(kind, place, whole[:place] + whole)
    else:
        places = range(0, len(whole), every or (1 if len(whole) <= SMALL else STRIDE))
        if limit:
            places = places[:: max(1, len(places) // limit)]
        for place in places:
            yield Damage(kind, place, _damaged(whole, kind, place))


def _encoded(whole):
    try:
        text = whole.decode("utf-8")
    except UnicodeDecodeError:
        return
    if "\0" in text:
        return
    for name, encode in _ENCODINGS.items():
        yield Damage("encode", name, encode(text))


def _damaged(whole, kind, place):
    if kind in {"truncate", "growing"}:
        return whole[:place]
    if kind == "flip":
        return whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :]
    if kind == "insert":
        return whole[:place] + _INSERTS[place % len(_INSERTS)] + whole[place:]
    if kind == "hole":
        size = min(_HOLE, max(len(whole) // 8, 1), len(whole) - place)
        return whole[:place] + bytes(size) + whole[place + size :]
    first, second = sorted((place, random.Random(place).randrange(len(whole))))
    size = min(_BLOCK, second - first, len(whole) - second)
    a, b = whole[first : first + size], whole[second : second + size]
    return whole[:first] + b + whole[first + size : second] + a + whole[second + size :]
