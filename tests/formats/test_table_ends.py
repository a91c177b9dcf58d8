"""The end of a table that was cut: what is stored of it stands in the whole file, and what is not is said."""

import pytest
from log_files import curve, read_table

from logminer.formats._last_line import is_whole

TABLES = {
    "shortest forms": "step,loss,lr\n1,0.6931471805599453,0.001\n2,0.5,1e-05\n3,0.25,0.0001\n4,0.125,1.5e-06\n",
    "step at the end": "loss;grad norm;iteration\n2.5;10;100\n1.25;11;110\n0.625;110;1200\n",
    "blanks": "epoch  train_loss  val_loss\n    1      12.250    11.125\n    2      11.000    10.500\n",
    "long": "step,metric,value\n1,loss,0.5\n1,loss_scale,65536\n2,loss,0.25\n2,loss_scale,32768\n",
    "bars": "| epoch | loss | acc |\n|---|---|---|\n| 1 | 0.5 | 90.1% |\n| 2 | 0.45 | 91.12% |\n",
    "a run a row": "optimizer,lr,val_acc\nadam,0.1,0.9123\nadamw,0.15,0.9\nsgd,0.125,0.87654\n",
}


def known(log):
    """What a log holds: values by name, of points, parameters and facts."""
    values = {(log.points.names[m], v) for m, v in zip(log.points.metric.tolist(), log.points.value.tolist(), strict=True)}  # fmt: skip
    for run in log.runs:
        values |= {(k, v) for kept in (run.params, run.cells, run.meta) for k, v in kept.items()}
    return values


@pytest.mark.parametrize("form", TABLES)
def test_no_cut_makes_a_value(tmp_path, form):
    """Cut at any byte, a table gives no value that the whole one does not hold."""
    text, name = TABLES[form], "results.csv" if form == "a run a row" else "log.csv"
    whole = known(read_table(tmp_path, text, name))
    assert len(whole) >= 4
    for end in range(len(text)):
        try:
            log = read_table(tmp_path, text[:end], name)
        except ValueError:
            continue
        assert known(log) <= whole, text[:end]
        last = text[:end].rpartition("\n")[2]
        assert log.problems or not last.strip() or len(last) == len(last.rstrip("|")) - 1 or text[end] == "\n"  # fmt: skip


def test_cut_number_does_not_win(tmp_path):
    """A row that a killed program left behind keeps what is whole; its last number is left out and said."""
    log = read_table(tmp_path, "epoch,train_loss,val_loss\n10,0.68,0.66\n11,0.6833,0")
    assert curve(log, "val_loss") == [(10, 0.66)]
    assert curve(log, "train_loss") == [(10, 0.68), (11, 0.6833)]
    assert "its last value was left out; add a line end" in log.problems[0].what


@pytest.mark.parametrize(
    ("cell", "others"),
    [
        ("0.6500", ["0.7000", "0.6600"]),
        ("93.1%", ["9.25%", "91%"]),
        ("[0.9, [1]]", ["[1]"]),
        ('"0.125"', ['"0.5"']),
        ("val", ["train", "val", "train", "val"]),
        ("1.50e-04", ["1.00e-03", "2.00e-10"]),
        ("12 ms", ["9 ms", "104 ms"]),
        ("0.968500018", ["0.978999972", "0.9772", "0.977599978", "0.951000001"]),
    ],
)
def test_forms_that_show_a_value_whole(cell, others):
    """A fixed number of decimals, a closing mark, a unit, a word that the column repeats."""
    assert is_whole(cell, others)
    assert not is_whole(cell[:-1], others)


@pytest.mark.parametrize(
    ("cell", "others"),
    [
        ("0.66", ["0.7", "0.6931471805599453"]),
        ("12", ["10", "11", "12"]),
        ("0.5", ["0.1", "0.2", "0.3", "0.4"]),
        ("0.123", ["1.125e-05", "2.125e-05", "3.125e-05"]),
        ("lr", ["lr", "lr_decay", "lr", "lr_decay"]),
        ('"a ""', ['"a ""b"""']),
        ("", ["1.50", "2.50"]),
        ("0.5000", []),
    ],
)
def test_forms_that_leave_it_open(cell, others):
    """Numbers of any length, and words that may go on."""
    assert not is_whole(cell, others)


@pytest.mark.parametrize("places", [(0, 9), (20, 30), (33, 60), (70, 200)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_holes_of_zeros_make_no_value(tmp_path, places, encoding):
    """What touches zero bytes is left out and said; the rows around are kept."""
    rows = [f"{step},{step / 7}\n" for step in range(1, 13)]
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    whole = mark + ("step,loss\n" + "".join(rows)).encode(encoding)
    expected = known(read_table(tmp_path, whole))
    start, end = (min(place, len(whole)) for place in places)
    try:
        log = read_table(tmp_path, whole[:start] + bytes(end - start) + whole[end:])
    except ValueError as error:
        assert start < len(mark + "step,loss\n".encode(encoding))
        assert "zero bytes" in str(error)  # noqa: PT017 - only the header may refuse the file
        return
    assert known(log) < expected
    assert log.problems
