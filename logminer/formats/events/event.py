"""One event of a TensorBoard event file, read field by field: the slow and complete reader.

It knows every way a scalar may be written (``tensorflow/core/util/event.proto``, ``summary.proto``,
``tensor.proto``) and says where in the bytes the number lies, from which the fast reader learns
to read all similar records at once.
"""

import struct
from dataclasses import dataclass, field

from logminer.formats.events.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    fields,
    signed,
    text,
    varint,
)

SCALARS, TEXT, HPARAMS = "scalars", "text", "hparams"

# Where every known writer puts the wall time and, unless it is 0, the step.
WALL_AT, STEP_AT = 1, 10

# Numbers of tensorflow.DataType that are one number of fixed size, as struct and numpy name them.
_DTYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "<u1", 5: "<i2", 6: "<i1", 9: "<i8", 10: "|b1", 17: "<u2",
    19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_BFLOAT16, _STRING = 14, 7
_CODES = {
    "<f4": "<f", "<f8": "<d", "<i4": "<i", "<u1": "<B", "<i2": "<h", "<i1": "<b", "<i8": "<q",
    "|b1": "<?", "<u2": "<H", "<f2": "<e", "<u4": "<I", "<u8": "<Q",
}  # fmt: skip
# Fields of TensorProto: the bytes, and lists of floats, doubles, strings, and of numbers as varints.
_CONTENT, _FLOATS, _DOUBLES, _STRINGS = 4, 5, 6, 8
_LISTS = (_FLOATS, _DOUBLES, 7, 10, 11, 13, 16, 17)
MAX_STRING = 1 << 16  # bytes of a text that are looked at


@dataclass(slots=True)
class Scalar:
    """A scalar of one event.

    Attributes:
        tag: name of the metric.
        value: the number.
        single: whether it was written in single (or half) precision.
        dtype: numpy type of its bytes, or empty if they are not one number of fixed size.
        at: where its bytes begin in the payload.
    """

    tag: str
    value: float
    single: bool
    dtype: str = ""
    at: int = -1


@dataclass(slots=True)
class Event:
    """What one event holds.

    Attributes:
        wall: Unix time in seconds; 0 if not written.
        step: its step.
        scalars: its scalars, in order.
        strings: tag and first string of each string tensor.
        plugins: plug-in named by a tag's metadata, for tags other than scalars.
        hparams: contents of HParams summaries.
        rest: where the fields after wall time and step begin, if these come first.
        is_plain: whether events whose rest differs in the scalars' bytes only hold the same otherwise.
    """

    wall: float = 0.0
    step: int = 0
    scalars: list[Scalar] = field(default_factory=list)
    strings: list[tuple[str, str]] = field(default_factory=list)
    plugins: dict[str, str] = field(default_factory=dict)
    hparams: list[bytes] = field(default_factory=list)
    rest: int = -1
    is_plain: bool = True


def read_event(payload: bytes) -> Event:
    """Read the payload of one record.

    Raises:
        ValueError: it is not an event.
    """
    event = Event()
    for number, wire, at, stop in fields(payload):
        if number == 1 and wire == FIXED64:
            event.wall = struct.unpack_from("<d", payload, at)[0]
        elif number == 2 and wire == VARINT:
            event.step = signed(varint(payload, at, stop)[0])
        elif number == 5 and wire == BYTES:
            _read_summary(payload, at, stop, event)
        if number <= 2:
            if at != (WALL_AT if number == 1 else STEP_AT):
                event.is_plain = False
            event.rest = stop
    if event.strings or event.plugins or event.hparams or event.rest < STEP_AT - 1:
        event.is_plain = False
    return event


def _read_summary(data: bytes, at: int, stop: int, event: Event) -> None:
    for number, wire, start, end in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            _read_value(data, start, end, event)


def _read_value(data: bytes, at: int, stop: int, event: Event) -> None:
    """One ``Summary.Value``: a tag with a number, a tensor or something that is no scalar."""
    tag, plugin, content = "", "", b""
    simple: int | None = None
    tensor: tuple[int, int] | None = None
    for number, wire, start, end in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            tag = text(data, start, end)
        elif number == 2 and wire == FIXED32:
            simple, tensor = start, None
        elif number == 8 and wire == BYTES:
            simple, tensor = None, (start, end)
        elif number == 9 and wire == BYTES:
            plugin, content = _read_plugin(data, start, end)
    if plugin == HPARAMS:
        event.hparams.append(content)
    elif simple is not None:
        value = struct.unpack_from("<f", data, simple)[0]
        event.scalars.append(Scalar(tag, value, True, "<f4", simple))
    elif tensor is not None:
        _read_tensor(data, tensor, tag, plugin, event)


def _read_plugin(data: bytes, at: int, stop: int) -> tuple[str, bytes]:
    """Name and content of the plug-in in a ``SummaryMetadata``."""
    name, content = "", b""
    for number, wire, start, end in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            for inner, kind, a, b in fields(data, start, end):
                if inner == 1 and kind == BYTES:
                    name = text(data, a, b)
                elif inner == 2 and kind == BYTES:
                    content = data[a:b]
    return name, content


def _read_tensor(data: bytes, span: tuple[int, int], tag: str, plugin: str, event: Event) -> None:
    spans: dict[int, tuple[int, int]] = {}
    for number, _, at, stop in fields(data, *span):
        spans.setdefault(number, (at, stop))  # of a list, the first element
    dtype = varint(data, *spans[1])[0] if 1 in spans else 0
    if dtype == _STRING:
        at, stop = spans.get(_STRINGS, (0, 0))
        _note_plugin(event, tag, plugin)
        if plugin in {"", TEXT}:
            event.strings.append((tag, text(data, at, min(stop, at + MAX_STRING))))
    elif (dtype in _DTYPES or dtype == _BFLOAT16) and (2 not in spans or _is_one(data, *spans[2])):
        scalar = _number(data, dtype, spans, tag)
        if scalar is not None:
            _note_plugin(event, tag, plugin)
            event.scalars.append(scalar)


def _note_plugin(event: Event, tag: str, plugin: str) -> None:
    if plugin not in {"", SCALARS}:
        event.plugins[tag] = plugin


def _is_one(data: bytes, at: int, stop: int) -> bool:
    """Whether a ``TensorShapeProto`` is that of one element: no dimension, or all of length 1."""
    for number, wire, start, end in fields(data, at, stop):
        if number == 2 and wire == BYTES:
            lengths = [
                varint(data, a, b)[0]
                for inner, kind, a, b in fields(data, start, end)
                if inner == 1 and kind == VARINT
            ]
            if lengths != [1]:
                return False
    return True


def _number(data: bytes, dtype: int, spans: dict[int, tuple[int, int]], tag: str) -> Scalar | None:
    """The one number of a scalar tensor, given its fields; None if it holds another amount."""
    kind = _DTYPES.get(dtype, "")
    single = kind in {"<f4", "<f2"} or dtype == _BFLOAT16
    at, stop = spans.get(_CONTENT, (0, 0))
    if stop == at:
        listed = next((field for field in _LISTS if field in spans), None)
        if listed is None:
            return Scalar(tag, 0.0, single)
        at, stop = spans[listed]
        if listed not in {_FLOATS, _DOUBLES}:
            return Scalar(tag, _of_bits(varint(data, at, stop)[0], dtype), single)
        kind = "<f4" if listed == _FLOATS else "<f8"
    if dtype == _BFLOAT16 and stop - at == 2:
        return Scalar(tag, _of_bits(int.from_bytes(data[at:stop], "little"), dtype), single)
    if not kind or stop - at != struct.calcsize(_CODES[kind]):
        return None
    return Scalar(tag, float(struct.unpack_from(_CODES[kind], data, at)[0]), single, kind, at)


def _of_bits(bits: int, dtype: int) -> float:
    """A number that was written as a varint: whole, or the bits of a half-precision one."""
    if dtype == _BFLOAT16:
        return float(struct.unpack("<f", struct.pack("<I", (bits & 0xFFFF) << 16))[0])
    if _DTYPES[dtype] == "<f2":
        return float(struct.unpack("<e", struct.pack("<H", bits & 0xFFFF))[0])
    return float(bits if dtype == 23 else signed(bits))
