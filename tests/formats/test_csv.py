"""Tables: what becomes a curve, and what is refused."""

import math

import numpy as np
import pytest
from log_files import curve, curves, read_table

from logminer.formats import Match, Probe, csv


def test_blank_is_not_measured_but_nan_is_a_value(tmp_path):
    """A blank cell gives no point; a written nan or inf gives one."""
    log = read_table(tmp_path, "step,loss,acc\n1,0.5,\n2,nan,0.1\n3,,inf\n4,-inf,\n")
    assert curve(log, "acc") == [(2, 0.1), (3, math.inf)]
    assert str(curve(log, "loss")) == "[(1, 0.5), (2, nan), (4, -inf)]"


def test_numbers_are_the_doubles_written(tmp_path):
    """Reading gives back every double that repr wrote, bit by bit."""
    values = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    log = read_table(
        tmp_path, "step,loss\n" + "".join(f"{i},{v!r}\n" for i, v in enumerate(values.tolist()))
    )
    assert log.points.value.tolist() == values.tolist()


@pytest.mark.parametrize(
    ("header", "step"),
    [
        ("epoch,global_step,loss", "global_step"),
        ("epoch,step,loss", "step"),
        ("loss,epoch,time", "epoch"),
        ("Iteration,loss,acc", "Iteration"),
    ],
)
def test_step_column_is_the_finest(tmp_path, header, step):
    """The global step comes before the step, the step before the epoch."""
    names = header.split(",")
    rows = "".join(
        ",".join(str((i + 1) * (7 if n == step else 1)) for n in names) + "\n" for i in range(3)
    )
    log = read_table(tmp_path, f"{header}\n{rows}")
    assert sorted(set(log.points.step.tolist())) == [7, 14, 21]
    assert step not in log.points.names


def test_rows_count_without_a_step_column(tmp_path):
    """A curve without steps is numbered from 0; fractional epochs stay a metric."""
    assert curve(read_table(tmp_path, "loss,acc\n3,1\n2,2\n"), "loss") == [(0, 3.0), (1, 2.0)]
    log = read_table(tmp_path, "epoch,loss\n0.5,3\n1.0,2\n1.5,1\n")
    assert curve(log, "epoch") == [(0, 0.5), (1, 1.0), (2, 1.5)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " "])
def test_delimiter_is_found(tmp_path, delimiter):
    """Comma, tab, semicolon, bar and blanks all separate."""
    rows = [["step", "loss", "acc"], ["1", "0.5", "0.1"], ["2", "0.25", "0.2"]]
    log = read_table(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows))
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]


def test_quoted_cells_padded_headers_and_byte_order_mark(tmp_path):
    """Excel's mark, Ultralytics' pads and quoted commas do no harm."""
    log = read_table(
        tmp_path, b'\xef\xbb\xbf   epoch,  "a, b", loss\r\n 1, 2, 0.5\r\n 2, 3, 0.25\r\n'
    )
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]
    assert curve(log, "a, b") == [(1, 2.0), (2, 3.0)]


def test_header_may_be_missing(tmp_path):
    """Of rows of numbers without names, the file names the last column and the one that climbs is the axis."""
    log = read_table(tmp_path, "0,0.5\n1,0.25\n", name="loss_log.csv")
    assert curves(log) == {"loss_log": [(0, 0.5), (1, 0.25)]}


def test_header_may_hold_numbers(tmp_path):
    """Classes as column names are names, when a word among them stands above a number."""
    log = read_table(tmp_path, "epoch,0,1\n1,0.5,0.25\n2,0.75,0.5\n")
    assert curve(log, "0") == [(1, 0.5), (2, 0.75)]


def test_row_names_without_a_header_are_an_index(tmp_path):
    """Tables whose rows begin with a nameless number have one cell more than their header."""
    log = read_table(tmp_path, "step,loss\n0,10,0.5\n1,20,0.25\n")
    assert curve(log, "loss") == [(10, 0.5), (20, 0.25)]


def test_open_row_ends_do_no_harm(tmp_path):
    """A delimiter at the end of every row is no column."""
    log = read_table(tmp_path, "step,loss\n1,0.5,\n2,0.25,\n")
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]
    assert not log.problems


def test_first_row_that_is_too_long_is_said(tmp_path):
    """A broken first row is skipped like any other."""
    log = read_table(tmp_path, "step,loss\n1,3,9\n2,2\n3,1\n")
    assert curve(log, "loss") == [(2, 2.0), (3, 1.0)]
    assert [p.where for p in log.problems] == ["line 2"]


def test_hundreds_of_columns(tmp_path):
    """A header longer than the first bytes looked at is read whole."""
    names = ["step", *(f"layer_{i}/a_rather_long_name_of_a_metric" for i in range(600))]
    log = read_table(
        tmp_path, ",".join(names) + "\n" + "".join(f"{i}{',1' * 600}\n" for i in range(3))
    )
    assert log.points.names == names[1:]


def test_repeated_header_of_a_restarted_run_is_skipped(tmp_path):
    """A run that starts again appends its header; it is no row."""
    log = read_table(tmp_path, "step,loss\n1,3\n2,2\nstep,loss\n2,5\n3,4\n")
    assert curve(log, "loss") == [(1, 3.0), (2, 2.0), (2, 5.0), (3, 4.0)]
    assert not log.problems


def test_row_with_too_many_cells_is_said(tmp_path):
    """A broken row is skipped and named by its line; the rest is kept."""
    log = read_table(tmp_path, "step,loss\n1,3\n2,2,9,9\n3,1\n")
    assert curve(log, "loss") == [(1, 3.0), (3, 1.0)]
    assert [p.where for p in log.problems] == ["line 3"]


@pytest.mark.parametrize(
    "text",
    [
        "Dear all, the run went well.\nWe will see, next week.\n",
        "Just a sentence about something.\n",
        "name,city\nann,rome\nbob,oslo\n",
        "sepal_length,sepal_width\n5.1,3.5\n4.9,3.0\n",
        "",
        "\n\n",
    ],
)
def test_what_is_no_log_is_refused_with_one_line(tmp_path, text):
    """Prose, texts, data sets and empty files raise one clear line."""
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        read_table(tmp_path, text, name="table.csv")


def test_wall_time_in_seconds_or_milliseconds(tmp_path):
    """A column of Unix times becomes the wall time of its rows."""
    for factor in (1, 1000):
        log = read_table(
            tmp_path,
            f"step,timestamp,loss\n1,{1_700_000_000 * factor},3\n2,{1_700_000_005 * factor},2\n",
        )
        assert log.points.wall.tolist() == [1_700_000_000.0, 1_700_000_005.0]
        assert log.points.names == ["loss"]


def test_pointer_of_git_lfs_is_said(tmp_path):
    """A file that was not fetched says so, instead of being no table."""
    with pytest.raises(ValueError, match="Git LFS"):
        read_table(
            tmp_path, "version https://git-lfs.github.com/spec/v1\noid sha256:80aa\nsize 108078\n"
        )


def test_decimal_commas(tmp_path):
    """Semicolons between cells and commas within numbers, as some locales write."""
    log = read_table(tmp_path, "step;loss\n1;0,5\n2;0,25\n")
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]


def test_cells_that_are_no_numbers_are_said(tmp_path):
    """Among numbers, other words count as blank and are counted."""
    log = read_table(tmp_path, "step,loss\n1,3\n2,oops\n3,n/a\n4,1\n")
    assert curve(log, "loss") == [(1, 3.0), (4, 1.0)]
    assert [p.what.partition(" ")[0] for p in log.problems] == ["1"]


def test_booleans_are_0_and_1(tmp_path):
    """A flag that changes is a curve; one that never does is not thrown away either."""
    log = read_table(tmp_path, "step,is_best,done\n1,True,false\n2,False,false\n")
    assert curve(log, "is_best") == [(1, 1.0), (2, 0.0)]


def test_binary_is_not_claimed(tmp_path):
    """A file with zero bytes is no table, whatever its name."""
    (tmp_path / "x.csv").write_bytes(b"PK\0\0")
    assert csv.sniff(Probe.of(tmp_path / "x.csv")) is Match.NO
