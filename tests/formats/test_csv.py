"""Tables: what becomes a curve, what becomes a run, and what is refused."""

import math
import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import curve

from logminer.core.parsed import ParsedLog, Points, Resume
from logminer.formats import Match, Probe, csv


def read(tmp_path, text, name="metrics.csv", resume=None):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return csv.read(Probe.of(path), resume or Resume())


def test_blank_is_not_measured_but_nan_is_a_value(tmp_path):
    """A blank cell gives no point; a written nan or inf gives one."""
    log = read(tmp_path, "step,loss,acc\n1,0.5,\n2,nan,0.1\n3,,inf\n4,-inf,\n")
    assert curve(log, "acc") == [(2, 0.1), (3, math.inf)]
    assert str(curve(log, "loss")) == "[(1, 0.5), (2, nan), (4, -inf)]"


def test_numbers_are_the_doubles_written(tmp_path):
    """Reading gives back every double that repr wrote, bit by bit."""
    values = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    log = read(
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
    log = read(tmp_path, f"{header}\n{rows}")
    assert sorted(set(log.points.step.tolist())) == [7, 14, 21]
    assert step not in log.points.names


def test_rows_count_without_a_step_column(tmp_path):
    """A curve without steps is numbered from 0; fractional epochs stay a metric."""
    assert curve(read(tmp_path, "loss,acc\n3,1\n2,2\n"), "loss") == [(0, 3.0), (1, 2.0)]
    log = read(tmp_path, "epoch,loss\n0.5,3\n1.0,2\n1.5,1\n")
    assert curve(log, "epoch") == [(0, 0.5), (1, 1.0), (2, 1.5)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " "])
def test_delimiter_is_found(tmp_path, delimiter):
    """Comma, tab, semicolon, bar and blanks all separate."""
    rows = [["step", "loss", "acc"], ["1", "0.5", "0.1"], ["2", "0.25", "0.2"]]
    log = read(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows))
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]


def test_quoted_cells_padded_headers_and_byte_order_mark(tmp_path):
    """Excel's mark, Ultralytics' pads and quoted commas do no harm."""
    log = read(tmp_path, b'\xef\xbb\xbf   epoch,  "a, b", loss\r\n 1, 2, 0.5\r\n 2, 3, 0.25\r\n')
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]
    assert curve(log, "a, b") == [(1, 2.0), (2, 3.0)]


def test_header_may_be_missing(tmp_path):
    """Rows of numbers without names get numbered columns."""
    log = read(tmp_path, "0,0.5\n1,0.25\n", name="loss_log.csv")
    assert log.points.names == ["column_1", "column_2"]


def test_header_may_hold_numbers(tmp_path):
    """Classes as column names are names, when a word among them stands above a number."""
    log = read(tmp_path, "epoch,0,1\n1,0.5,0.25\n2,0.75,0.5\n")
    assert curve(log, "0") == [(1, 0.5), (2, 0.75)]


def test_row_names_without_a_header_are_an_index(tmp_path):
    """Tables whose rows begin with a nameless number have one cell more than their header."""
    log = read(tmp_path, "step,loss\n0,10,0.5\n1,20,0.25\n")
    assert curve(log, "loss") == [(10, 0.5), (20, 0.25)]


def test_open_row_ends_do_no_harm(tmp_path):
    """A delimiter at the end of every row is no column."""
    log = read(tmp_path, "step,loss\n1,0.5,\n2,0.25,\n")
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]
    assert not log.problems


def test_first_row_that_is_too_long_is_said(tmp_path):
    """A broken first row is skipped like any other."""
    log = read(tmp_path, "step,loss\n1,3,9\n2,2\n3,1\n")
    assert curve(log, "loss") == [(2, 2.0), (3, 1.0)]
    assert [p.where for p in log.problems] == ["line 2"]


def test_hundreds_of_columns(tmp_path):
    """A header longer than the first bytes looked at is read whole."""
    names = ["step", *(f"layer_{i}/a_rather_long_name_of_a_metric" for i in range(600))]
    log = read(tmp_path, ",".join(names) + "\n" + "".join(f"{i}{',1' * 600}\n" for i in range(3)))
    assert log.points.names == names[1:]


def test_repeated_header_of_a_restarted_run_is_skipped(tmp_path):
    """A run that starts again appends its header; it is no row."""
    log = read(tmp_path, "step,loss\n1,3\n2,2\nstep,loss\n2,5\n3,4\n")
    assert curve(log, "loss") == [(1, 3.0), (2, 2.0), (2, 5.0), (3, 4.0)]
    assert not log.problems


def test_row_with_too_many_cells_is_said(tmp_path):
    """A broken row is skipped and named by its line; the rest is kept."""
    log = read(tmp_path, "step,loss\n1,3\n2,2,9,9\n3,1\n")
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
        read(tmp_path, text, name="table.csv")


def test_table_of_runs_has_one_run_a_row(tmp_path):
    """Hyperparameters left and results right: a run each, at step 0."""
    log = read(
        tmp_path, "lr,batch_size,width,val_acc\n0.1,32,8,0.9\n0.01,64,16,0.8\n", "results.csv"
    )
    assert [run.params for run in log.runs] == [
        {"lr": 0.1, "batch_size": 32, "width": 8},
        {"lr": 0.01, "batch_size": 64, "width": 16},
    ]
    assert curve(log, "val_acc", run=1) == [(0, 0.8)]
    assert len({(run.root, run.key) for run in log.runs}) == 2


def test_epochs_of_a_results_table_are_no_steps(tmp_path):
    """A column named epochs beside hyperparameters is one of them."""
    log = read(
        tmp_path, "lr,optimizer,epochs,accuracy\n0.1,sgd,30,0.9\n0.01,adam,10,0.8\n", "results.csv"
    )
    assert [run.params["epochs"] for run in log.runs] == [30, 10]


def test_status_of_rows_is_read(tmp_path):
    """A status column tells which runs failed."""
    log = read(tmp_path, "trial,lr,state,loss\n0,0.1,COMPLETE,1\n1,0.2,FAIL,\n", "trials.csv")
    assert [run.status for run in log.runs] == ["finished", "failed"]
    assert [run.key for run in log.runs] == ["0", "1"]


def test_learning_rate_schedule_is_no_table_of_runs(tmp_path):
    """A curve without steps whose learning rate changes stays one run."""
    log = read(tmp_path, "loss,lr,acc\n3,0.1,1\n2,0.05,2\n1,0.01,3\n")
    assert len(log.runs) == 1
    assert len(curve(log, "lr")) == 3


def test_stacked_runs_are_told_apart_by_their_id(tmp_path):
    """A run id with steps gives several curves; what is constant within each is a parameter."""
    log = read(tmp_path, "run_id,lr,step,loss\na,0.1,1,5\na,0.1,2,4\nb,0.2,1,3\nb,0.2,2,2\n")
    assert [(run.key, run.params) for run in log.runs] == [("a", {"lr": 0.1}), ("b", {"lr": 0.2})]
    assert curve(log, "loss", run=1) == [(1, 3.0), (2, 2.0)]


def test_stacked_runs_are_told_apart_by_their_hyperparameters(tmp_path):
    """Without a run id, steps that begin anew with other hyperparameters are other runs."""
    rows = [
        f"{lr},{opt},{step},{lr * step}"
        for lr in (0.1, 0.2)
        for opt in ("sgd", "adam")
        for step in (1, 2, 3)
    ]
    log = read(tmp_path, "lr,optimizer,epoch,loss\n" + "".join(f"{row}\n" for row in rows))
    assert [run.params for run in log.runs] == [
        {"lr": lr, "optimizer": opt} for lr in (0.1, 0.2) for opt in ("sgd", "adam")
    ]
    assert len({(run.root, run.key) for run in log.runs}) == 4
    assert [step for step, _ in curve(log, "loss", run=3)] == [1, 2, 3]


def test_restarted_curve_with_a_schedule_stays_one_run(tmp_path):
    """A learning rate that falls while steps overlap after a restart makes no runs."""
    rows = "1,0.1,3\n2,0.1,2\n3,0.01,1\n2,0.1,2\n3,0.01,1\n4,0.01,1\n"
    log = read(tmp_path, "step,lr,loss\n" + rows)
    assert len(log.runs) == 1
    assert len(curve(log, "lr")) == 6


def test_constant_text_is_of_the_run(tmp_path):
    """Text that never changes is a parameter, or metadata when it says where it ran."""
    log = read(tmp_path, "step,model,host,loss\n1,vit,a1,5\n2,vit,a1,4\n")
    assert log.runs[0].params == {"model": "vit"}
    assert log.runs[0].meta == {"host": "a1"}


def test_wall_time_in_seconds_or_milliseconds(tmp_path):
    """A column of Unix times becomes the wall time of its rows."""
    for factor in (1, 1000):
        log = read(
            tmp_path,
            f"step,timestamp,loss\n1,{1_700_000_000 * factor},3\n2,{1_700_000_005 * factor},2\n",
        )
        assert log.points.wall.tolist() == [1_700_000_000.0, 1_700_000_005.0]
        assert log.points.names == ["loss"]


def test_own_run_is_the_file(tmp_path):
    """Files side by side are runs of their own."""
    path = tmp_path / "run_1.csv"
    path.write_text("step,loss\n1,2\n2,1\n")
    log = csv.read(
        Probe(str(path), frozenset({"run_1.csv", "run_2.csv"}), 17, own_run=True), Resume()
    )
    assert log.runs[0].root == str(tmp_path / "run_1")


def test_pointer_of_git_lfs_is_said(tmp_path):
    """A file that was not fetched says so, instead of being no table."""
    with pytest.raises(ValueError, match="Git LFS"):
        read(tmp_path, "version https://git-lfs.github.com/spec/v1\noid sha256:80aa\nsize 108078\n")


def test_decimal_commas(tmp_path):
    """Semicolons between cells and commas within numbers, as some locales write."""
    log = read(tmp_path, "step;loss\n1;0,5\n2;0,25\n")
    assert curve(log, "loss") == [(1, 0.5), (2, 0.25)]


def test_cells_that_are_no_numbers_are_said(tmp_path):
    """Among numbers, other words count as blank and are counted."""
    log = read(tmp_path, "step,loss\n1,3\n2,oops\n3,n/a\n4,1\n")
    assert curve(log, "loss") == [(1, 3.0), (4, 1.0)]
    assert [p.what.partition(" ")[0] for p in log.problems] == ["1"]


def test_booleans_are_0_and_1(tmp_path):
    """A flag that changes is a curve; one that never does is not thrown away either."""
    log = read(tmp_path, "step,is_best,done\n1,True,false\n2,False,false\n")
    assert curve(log, "is_best") == [(1, 1.0), (2, 0.0)]


def test_binary_is_not_claimed(tmp_path):
    """A file with zero bytes is no table, whatever its name."""
    (tmp_path / "x.csv").write_bytes(b"PK\0\0")
    assert csv.sniff(Probe.of(tmp_path / "x.csv")) is Match.NO


def follow(path, pieces):
    """Append pieces to a file, read after each, and join what was read as the store would."""
    log, whole = ParsedLog(), Points.empty()
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        try:
            log = csv.read(Probe.of(path), Resume(log.offset, log.state))
        except ValueError:
            log, whole = ParsedLog(), Points.empty()
            continue
        whole = log.points if log.anew else Points.concat([whole, log.points])
    return whole


@given(cuts=st.lists(st.integers(0, 200), max_size=6), end=st.booleans())
@settings(max_examples=60, deadline=None)
def test_growing_file_ends_like_one_read_at_once(tmp_path_factory, cuts, end):
    """However a table is cut while it grows, in the end the same points are known."""
    folder = tmp_path_factory.mktemp("grow")
    text = b"step,loss,acc\n" + b"".join(b"%d,%.3f,%d\n" % (i, 1 / (i + 1), i) for i in range(12))
    text = text if end else text.rstrip()
    marks = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[a:b] for a, b in pairwise(marks)]
    grown = follow(folder / "a.csv", pieces)
    (folder / "b.csv").write_bytes(text)
    once = csv.read(Probe.of(folder / "b.csv"), Resume()).points
    assert grown.names == once.names
    for column in ("metric", "step", "value"):
        assert getattr(grown, column).tolist() == getattr(once, column).tolist()


def test_long_table_is_read_on_where_it_ended(tmp_path, monkeypatch):
    """A table beyond the settling size is read in blocks, and appended rows alone are read on."""
    monkeypatch.setattr(csv, "SETTLED", 2_000)
    monkeypatch.setattr(csv, "BLOCK", 2_500)
    path = tmp_path / "log.csv"
    rows = [f"{i},{i * 0.5}\n" for i in range(900)]
    path.write_text("step,loss\n" + "".join(rows[:800]))
    log, steps, reads = ParsedLog(), [], 0
    while log.offset < path.stat().st_size:
        log = csv.read(Probe.of(path), Resume(log.offset, log.state))
        steps = log.points.step.tolist() if log.anew else steps + log.points.step.tolist()
        reads += 1
    assert steps == list(range(800))
    assert reads > 2
    with path.open("a") as file:
        file.write("".join(rows[800:]))
    log = csv.read(Probe.of(path), Resume(log.offset, log.state))
    assert log.points.step[0] == 800
    assert not log.anew


def test_unfinished_last_line_waits(tmp_path):
    """While a file grows, half a row is left for next time."""
    path = tmp_path / "log.csv"
    path.write_text("step,loss,acc\n1,2,3\n2,0.1")
    assert csv.read(Probe.of(path), Resume()).points.step.tolist() == [1, 1]
    path.write_text("step,loss,acc\n1,2,3\n2,0.1,7")
    assert csv.read(Probe.of(path), Resume()).points.step.tolist() == [1, 2, 1, 2]


def test_many_tables_are_read_like_each_alone(tmp_path):
    """Reading together gives what reading alone gives; a bad file spoils none."""
    jobs = []
    for i in range(6):
        path = tmp_path / f"t{i}.csv"
        odd = {
            3: "prose, only prose.\nnothing, at all.\n",
            4: "step,loss,acc\n1,nan,\n2,2,x\n3,1,1\n",
        }
        path.write_text(odd.get(i, f"step,loss,acc\n1,{i},0.5\n2,{i / 3},\n"))
        jobs.append((Probe.of(path), Resume()))
    logs = csv.read_many(jobs)
    assert isinstance(logs[3], ValueError)
    for i in (0, 1, 2, 4, 5):
        alone = csv.read(*jobs[i])
        assert str(logs[i].points) == str(alone.points)
        assert logs[i].runs == alone.runs
        assert logs[i].problems == alone.problems
        assert (logs[i].offset, logs[i].state) == (os.path.getsize(jobs[i][0].path), alone.state)


def test_a_hyperparameter_may_be_a_number_or_a_word(tmp_path):
    """``auto`` among numbers is kept where it is a parameter; among measurements it is blank, and said."""
    rows = "lr,ent_coef,test_acc\n0.1,0.01,0.5\n0.2,auto,0.6\n0.3,0.02,high\n0.4,0.03,0.7\n"
    log = read(tmp_path, rows, "results.csv")
    assert [run.params["ent_coef"] for run in log.runs] == [0.01, "auto", 0.02, 0.03]
    assert [value for _, value in curve(log, "test_acc", run=1)] == [0.6]
    assert [p.what for p in log.problems] == [
        "1 cells of 'test_acc' are no numbers and count as blank"
    ]
