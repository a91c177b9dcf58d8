"""Suffixes under which a columnar file may stand: its contents decide, but not every picture is opened for that."""

SUFFIXES = frozenset((
    ".parquet", ".pq", ".parq", ".pqt", ".feather", ".ftr", ".arrow", ".arrows", ".ipc", ".csv", ".tsv", ".txt", ".dat",
    ".data", ".log", ".out", ".bin", ".tbl", ".table", ".frame", ".df", ".results", ".tmp", "",
))  # fmt: skip
