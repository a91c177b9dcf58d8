"""Event files: records found in bytes, events decoded, scalars gathered as columns."""
