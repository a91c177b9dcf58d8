"""The only room that knows DuckDB and SQL.

One file holds every source, run, parameter and point. ``open_store`` gives a ``Store`` to read from or
write to; a source's rows and the offset reached are committed together, so ingest can be killed anywhere.
"""

from logminer.store._store import DEFAULT_WAIT, Store, open_store

__all__ = ["DEFAULT_WAIT", "Store", "open_store"]
