"""The words a project adds to the vocabulary: ``[vocabulary.measures]`` and its like in ``logminer.toml``."""

from collections.abc import Mapping
from typing import Any

from logminer.core.concepts import KINDS, Concept, Kind, Vocabulary, concept
from logminer.core.errors import UsageError, did_you_mean

_PLURALS = {"axis": "axes", "identity": "identities"}
# What tables are called: the plural of what their names are.
TABLES: dict[str, Kind] = {_PLURALS.get(kind, f"{kind}s"): kind for kind in KINDS}
_WEIGHT = 3.0  # who names a measure of their own optimises it
_WRITE = 'write [vocabulary.measures] kpi = "max", [vocabulary.contexts] plant = "where it stood"'


def own_vocabulary(tables: Mapping[str, Any], origin: str) -> Vocabulary | None:
    """The project's own words; None without any.

    A measure is given its direction, anything else the reason or a list of further spellings; a table holds the
    fields of ``vocabulary.toml``.

    Args:
        tables: as in TOML, entries by name by kind.
        origin: the file, for messages.

    Raises:
        UsageError: a kind that does not exist, or an entry that makes no sense.
    """
    found = []
    for table, entries in tables.items():
        if table not in TABLES:
            raise UsageError(
                f"{origin}: no table [vocabulary.{table}]{did_you_mean(table, list(TABLES))}",
                f"kinds of names are: {', '.join(TABLES)}",
            )
        if not isinstance(entries, Mapping):
            raise UsageError(f"{origin}: 'vocabulary.{table}' is no table", _WRITE)
        found += [_entry(table, name, entry, origin) for name, entry in entries.items()]
    return Vocabulary(tuple(found)) if found else None


def _entry(table: str, name: str, entry: Any, origin: str) -> Concept:
    kind = TABLES[table]
    fields: dict[str, Any] = (
        {"weight": _WEIGHT} if kind == "measure" else {"reason": "as the project says"}
    )
    if isinstance(entry, Mapping):
        fields |= entry
    elif isinstance(entry, list):
        fields["spellings"] = entry
    else:
        fields["direction" if kind == "measure" else "reason"] = entry
    try:
        return concept(kind, name, fields)
    except ValueError as error:
        raise UsageError(f"{origin}: [vocabulary.{table}] '{name}': {error}", _WRITE) from error
