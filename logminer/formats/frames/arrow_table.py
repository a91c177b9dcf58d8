"""Arrow columns as a Table: null is "not measured", NaN a value, as their writer told them apart."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from logminer.formats.tables.csv_rows import from_frame
from logminer.formats.tables.layout import unique_names
from logminer.formats.tables.table import WALL_NAMES, Numbers, Table

if TYPE_CHECKING:
    import pyarrow as pa

_INDEX = re.compile(r"__index_level_\d+__")
_MOST_CHARACTERS = 128_000_000  # of the texts in one column of a piece: more are documents
_MOST_ELEMENTS = 2_000_000  # of the lists in one column: more are data, not curves
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def is_readable(kind: "pa.DataType") -> bool:
    """Whether columns of a type can tell anything of a training: no images, sounds, maps or unions."""
    from pyarrow import types

    if types.is_dictionary(kind) or _is_list(kind):
        return is_readable(kind.value_type)
    if types.is_struct(kind):
        return any(is_readable(field.type) for field in kind)
    return (
        types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
        or types.is_decimal(kind) or types.is_temporal(kind) or is_text(kind)
    )  # fmt: skip


def is_text(kind: "pa.DataType") -> bool:
    """Whether columns of a type hold texts."""
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_list(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def from_arrow(batch: "pa.RecordBatch") -> Table:
    """Table of a batch; fields of structs are columns of their own, joined by dots.

    Args:
        batch: columns of which those that are not ``is_readable`` are left out.
    """
    import pandas as pd

    table, texts = Table(batch.num_rows), dict[str, Any]()
    columns = list(_columns(batch))
    names = unique_names([_plain_name(name) for name, _ in columns])
    for name, (_, column) in zip(names, columns, strict=True):
        numbers = _numbers(column, is_clock=name.strip().lower() in WALL_NAMES)
        if numbers is None:
            texts[name] = pd.Series(_texts(column), dtype=object)
            continue
        table.numbers[name] = numbers
        if str(column.type) == "bool":
            table.booleans.add(name)
    own = from_frame(pd.DataFrame(texts, index=range(batch.num_rows)))
    table.numbers |= own.numbers
    return Table(
        table.rows, table.numbers, own.texts, own.mixed, table.booleans | own.booleans, list(names)
    )


def _plain_name(name: str) -> str:
    return "" if _INDEX.fullmatch(name) else name  # an index without a name


def _columns(batch: "pa.RecordBatch") -> Iterator[tuple[str, "pa.Array"]]:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        yield from _fields(name, column)


def _fields(name: str, column: "pa.Array") -> Iterator[tuple[str, "pa.Array"]]:
    import pyarrow as pa

    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if not is_readable(column.type):
        return
    if _characters(column) > _MOST_CHARACTERS:
        return
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_struct(column.type):
        for field, inner in zip(column.type, column.flatten(), strict=True):
            yield from _fields(f"{name}.{field.name}", inner)
        return
    yield name, column


def _characters(column: "pa.Array") -> int:
    """How many bytes the texts of a column are, written out."""
    import pyarrow as pa
    from pyarrow import compute

    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    if not is_text(texts.type):
        return 0
    lengths = compute.binary_length(texts)
    if pa.types.is_dictionary(column.type):
        lengths = lengths.take(column.indices)
    return int(compute.sum(lengths).as_py() or 0)


def _numbers(column: "pa.Array", *, is_clock: bool) -> Numbers | None:
    """A column of numbers or truth values, durations in seconds, a clock as Unix seconds; None for all else."""
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    measured = np.asarray(column.is_valid())
    if types.is_duration(kind) or (is_clock and types.is_timestamp(kind)):
        return Numbers(_floats(column.cast(pa.int64())) * _UNITS[kind.unit], measured)
    if types.is_temporal(kind) or is_text(kind) or _is_list(kind):
        return None
    return Numbers(_floats(column), measured)


def _floats(column: "pa.Array") -> Any:
    import pyarrow as pa

    if not pa.types.is_floating(column.type):
        column = column.cast(pa.float64(), safe=False)
    return column.to_numpy(zero_copy_only=False).astype(np.float64)


def _texts(column: "pa.Array") -> list[str | None]:
    """Texts as they are, points in time in ISO 8601, lists of numbers as JSON writes them."""
    import pyarrow as pa

    kind = column.type
    if _is_list(kind):
        if len(column.flatten()) > _MOST_ELEMENTS:
            return [None] * len(column)
        return [None if cell is None else _list_text(cell) for cell in column.to_pylist()]
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp(kind.unit))  # UTC, without looking up a zone
    if not is_text(kind):
        column = column.cast(pa.string())
    return column.to_pylist()  # type: ignore[no-any-return]


def _list_text(cell: list[Any]) -> str:
    return "[" + ", ".join("null" if value is None else str(value) for value in cell) + "]"
