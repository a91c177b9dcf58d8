"""The only room that knows DuckDB and SQL."""
