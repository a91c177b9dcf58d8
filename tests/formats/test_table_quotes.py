"""Stray quotes end with their line; quoted cells may hold line ends."""

from log_files import curve, read_table

from logminer.formats.tables.quotes import mend_quotes


def test_open_quote_costs_its_own_mark_only(tmp_path):
    """A quote that nothing closes swallows no row, in the header, in a cell, at the end, between delimiters of any kind."""
    log = read_table(tmp_path, 'step,loss\n1,"0.5\n2,0.25\n3,"0.125"\n4,"0.0625\n')
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25), (3, 0.125), (4, 0.0625)]
    assert "2 quotes are never closed" in log.problems[0].what
    log = read_table(tmp_path, 'step\t"loss\n1\t0.5\n2\t0.25\n')
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]
    log = read_table(tmp_path, 'step,"loss,acc\n1,0.5,7\n2,0.25,8\n')
    assert curve(log, "acc") == [(1, 7), (2, 8)]
    log = read_table(tmp_path, 'step loss\n1 "0.5\n2 0.25\n')
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]


def test_two_stray_quotes_do_not_join_rows(tmp_path):
    """Two marks far apart do not make a cell of what stands between."""
    rows = "".join(f'{i},"0.{i},9\n' if i in {3, 7} else f"{i},0.{i},9\n" for i in range(1, 10))
    log = read_table(tmp_path, f"step,loss,acc\n{rows}")
    assert curve(log, "loss") == [(i, i / 10) for i in range(1, 10)]


def test_quoted_cell_over_lines_is_one_cell(tmp_path):
    """A note with line ends and doubled quotes is a cell; inches within a cell are no quotes."""
    note = '"first\nsecond ""quoted"", third\n"'
    log = read_table(tmp_path, f'step,note,loss\n1,{note},0.5\n2,5" disk,0.25\n3,plain,0.125\n')
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25), (3, 0.125)]
    assert not log.problems


def test_quote_at_the_end_of_a_block_waits_for_its_close():
    """A cell that goes on behind the block is given back to be read with the next one; without more it is stray."""
    data = b'1,"a",2\n3,"b\n'
    assert mend_quotes(data, ",", 3, more=True) == (data, 8, 0)
    assert mend_quotes(data, ",", 3, more=False) == (b'1,"a",2\n3,b\n', None, 1)
