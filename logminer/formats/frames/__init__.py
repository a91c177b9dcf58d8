"""Columnar files (Parquet, Feather, Arrow) as tables, a bounded number of cells at a time.

pyarrow reads them: the extra ``frames``. What their rows mean is decided where that of CSV files is.
"""
