"""Tables as people and tools head them: units and arrows behind names, runs in columns, summaries below the rows.

Everything that holds columns under names comes through here, whatever file it stands in: CSV, Parquet, Feather, a sheet.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from logminer.core.parsed import ParsedLog
from logminer.core.problem import NotALogError, Problem
from logminer.formats._probe import Probe
from logminer.formats.tables.cell_values import declared_direction, refine, without_unit
from logminer.formats.tables.columns import optuna_objectives
from logminer.formats.tables.exports import minimised_column
from logminer.formats.tables.header_levels import joined_names, second_level, without_first_row
from logminer.formats.tables.headless import named_by_file
from logminer.formats.tables.layout import unique_names
from logminer.formats.tables.reports import refuse_reports, without_summaries
from logminer.formats.tables.row_log import Piece, read_piece
from logminer.formats.tables.table import Table
from logminer.formats.tables.transposed import runs_in_columns, turned
from logminer.formats.trackers.objectives import objective_meta, objectives_meta

# TensorBoard's "download CSV" of one chart: run-<run>-tag-<tag>.csv
_CHART = re.compile(r"run-(?P<run>.+)-tag-(?P<tag>.+)\.csv")
_CHART_COLUMNS = ("wall time", "step", "value")


def read_named(
    piece: Piece,
    table: Table,
    problems: list[Problem],
    names: Sequence[str],
    *,
    headless: bool = False,
) -> ParsedLog:
    """Runs and points of rows that stand below names.

    Args:
        piece: where the rows stand.
        table: the rows.
        problems: what could not be read; more is added.
        names: the header, columns that are all blank included.
        headless: whether the names were made up, for want of a header.

    Raises:
        NotALogError: the rows are no training log.
    """
    begins = not piece.resume.offset
    table, names, piece = _one_level(table, names, piece)
    piece = replace(piece, is_cut=piece.is_cut and table.rows > 0)
    whole = table.take(slice(table.rows - 1)) if piece.is_cut else table
    upright = turned(whole) if begins and not headless else None
    if upright is not None:
        refuse_reports(upright)
        shape = runs_in_columns(upright)
        return read_piece(replace(piece, shape=shape, is_cut=False), upright, problems)
    if begins and whole.rows and not whole.numbers and not refine(whole).numbers:
        columns = ", ".join(names[:5])
        raise NotALogError(f"no training log: no column of numbers among {columns}")
    plain = without_summaries(whole)
    if not piece.is_cut or plain.rows < whole.rows:  # what stands below a summary is no row
        piece, table = replace(piece, is_cut=False), plain
    table, root, meta = _named(table, piece.probe, names, headless=headless)
    return read_piece(replace(piece, root=root, meta=meta), table, problems)


def _one_level(
    table: Table, header: Sequence[str], piece: Piece
) -> tuple[Table, Sequence[str], Piece]:
    """The table with one name a column where its header has two lines, and what a part read on must know of that."""
    levels: dict[str, str] | None = piece.resume.state.get("levels")
    if not piece.resume.offset and (levels := second_level(table, header)):
        table = without_first_row(table)
    plain = joined_names([(levels or {}).get(name, name) for name in header])
    names = dict(zip(header, plain, strict=True))
    if levels:
        piece = replace(piece, state={**piece.state, "levels": levels})
    return table.renamed(names), plain, piece


def _named(
    table: Table, probe: Probe, header: Sequence[str], *, headless: bool
) -> tuple[Table, str, dict[str, Any]]:
    """The table with names of columns as they are meant, where its run lives, and directions that the header tells."""
    chart = _CHART.fullmatch(probe.name)
    if chart and tuple(name.lower() for name in header) == _CHART_COLUMNS:
        names = dict(zip(header, ("wall_time", "step", chart["tag"]), strict=True))
        return table.renamed(names), os.path.join(probe.folder, chart["run"]), {}
    named = named_by_file(header, probe, table)
    if headless and named is None and table.rows:
        raise NotALogError("no training log: columns without names")
    if named:
        return table.renamed(named), "", {}
    plain = unique_names([without_unit(name) for name in header])
    names = dict(zip(header, plain, strict=True))
    ways = {names[n]: way for n in header if (way := declared_direction(n))}
    told = {f"direction.{name}": way for name, way in ways.items()}
    if minimised := minimised_column(plain):
        told |= objective_meta({minimised: "minimize"})
    told |= objectives_meta(optuna_objectives(plain))
    return table.renamed(names), "", told
