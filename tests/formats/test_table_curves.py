"""Tables of curves: whose they are, along which axis, and how the text falls into columns."""

import time
from contextlib import suppress

import pytest
from log_files import curve, curves, read, read_table, write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, csv
from logminer.formats.tables import blocks
from logminer.formats.tables.layout import layout_of, layout_of_head


@pytest.mark.parametrize(
    ("axis", "steps"),
    [
        ("evaluations", [10, 25, 60, 61, 80]),
        ("tokens_seen", [1000, 2000, 3000, 4000, 5000]),
        ("current_steps", [5, 10, 15, 20, 25]),
        ("n_samples", [64, 128, 192, 256, 320]),
        ("Runde", [0, 1, 2, 3, 4]),
        ("kimg", [4, 8, 12, 16, 20]),
    ],
)
def test_an_axis_is_what_climbs(tmp_path, axis, steps):
    """Whatever the column is called, it is the axis when it climbs beside measures and nothing is chosen."""
    rows = "".join(f"{step},{1 / (i + 1)},0.{i}\n" for i, step in enumerate(steps))
    log = read_table(tmp_path, f"{axis},loss,acc\n{rows}", "a.csv")
    assert [step for step, _ in curve(log, "loss")] == steps
    assert len(log.runs) == 1


def test_batches_that_start_anew_in_each_epoch_go_on(tmp_path):
    """A batch number within an epoch becomes one step for both."""
    rows = "".join(f"{e},{b},{3 - e - b / 10}\n" for e in (0, 1, 2) for b in range(4))
    log = read_table(tmp_path, f"epoch,step,loss\n{rows}", "log.csv")
    assert [step for step, _ in curve(log, "loss")] == list(range(12))
    assert len(log.runs) == 1


def test_stacked_runs_sorted_by_step(tmp_path):
    """Runs may take turns row by row; the columns that tell them apart make the axis climb."""
    rows = "".join(
        f"{e},{m},{s},{e + s}\n" for e in (1, 2, 3) for m in ("cnn", "mlp") for s in (0, 1)
    )
    log = read_table(tmp_path, f"epoch,model,seed,val_loss\n{rows}", "all.csv")
    assert [run.cells for run in log.runs] == [
        {"model": m, "seed": s} for m in ("cnn", "mlp") for s in (0, 1)
    ]
    assert curve(log, "val_loss", run=1) == [(1, 2.0), (2, 3.0), (3, 4.0)]


def test_settings_without_known_names_tell_stacked_runs_apart(tmp_path):
    """A column that is constant wherever the axis climbs is a setting, whatever its name."""
    rows = "".join(f"{z},{e},{1 / e + z}\n" for z in (0.25, 0.5, 0.75) for e in (1, 2, 3, 4))
    log = read_table(tmp_path, f"zeta,epoch,loss\n{rows}", "curves.csv")
    assert [run.cells for run in log.runs] == [{"zeta": z} for z in (0.25, 0.5, 0.75)]


def test_a_log_that_was_started_again_holds_two_runs(tmp_path):
    """From its first step on under another header is another attempt; from a later step it is the same one."""
    log = read_table(tmp_path, "epoch,loss\n1,3\n2,2\n3,1\nepoch,loss\n1,5\n2,4\n", "log.csv")
    assert [len(curve(log, "loss", run)) for run in (0, 1)] == [3, 2]
    assert len({(run.root, run.key) for run in log.runs}) == 2
    log = read_table(tmp_path, "epoch,loss\n1,3\n2,2\n3,1\nepoch,loss\n3,0.9\n4,0.8\n", "log.csv")
    assert len(log.runs) == 1


def test_a_last_test_is_no_second_run(tmp_path):
    """A row of other columns that stands at step 0 belongs to the run before it."""
    log = read_table(tmp_path, "step,loss,test_acc\n0,3,\n1,2,\n2,1,\n0,,0.9\n", "log.csv")
    assert len(log.runs) == 1
    assert curve(log, "test_acc") == [(0, 0.9)]


@pytest.mark.parametrize("axis", ["Step", "epoch"])
@pytest.mark.parametrize("prefix", ["", "run: ", "Group: "])
def test_chart_of_several_runs(tmp_path, axis, prefix):
    """Each "run - metric" is a curve of its run; copies of what was drawn are nothing; names tell settings."""
    header = ",".join(
        f'"{prefix}lr={lr},bs=8 - val/loss{copy}"'
        for lr in (0.1, 0.2)
        for copy in ("", "__MIN", "__MAX")
    )
    rows = "".join(f"{i},{i},{i},{i},{i * 2},{i * 2},{i * 2}\n" for i in (1, 2, 3))
    log = read_table(tmp_path, f'"{axis}",{header}\n{rows}', "wandb_export_1.csv")
    assert [run.cells for run in log.runs] == [{"lr": 0.1, "bs": 8}, {"lr": 0.2, "bs": 8}]
    assert curves(log, run=1) == {"val/loss": [(1, 2.0), (2, 4.0), (3, 6.0)]}


def test_columns_of_one_metric(tmp_path):
    """In a file named after a metric, columns are runs, or the splits of one run."""
    log = read_table(tmp_path, "epoch,adam,sgd\n1,3,4\n2,2,3\n", "val_loss.csv")
    assert [run.key for run in log.runs] == ["adam", "sgd"]
    assert curves(log, run=1) == {"val_loss": [(1, 4.0), (2, 3.0)]}
    log = read_table(tmp_path, "epoch,train,val\n1,3,4\n2,2,3\n", "loss.csv")
    assert len(log.runs) == 1
    assert sorted(curves(log)) == ["train/loss", "val/loss"]


def test_curves_of_several_seeds_in_columns(tmp_path):
    """Columns numbered by seed are runs that share the axis."""
    log = read_table(tmp_path, "epoch,acc_seed1,acc_seed2\n1,0.5,0.6\n2,0.7,0.8\n", "curve.csv")
    assert [run.cells for run in log.runs] == [{"seed": 1}, {"seed": 2}]
    assert curves(log, run=1) == {"acc": [(1, 0.6), (2, 0.8)]}


def test_long_tables_of_several_runs(tmp_path):
    """Metric and value by run, with steps or measured once."""
    rows = "".join(f"{r},{s},{m},{s}\n" for r in "ab" for s in (1, 2) for m in ("loss", "acc"))
    log = read_table(tmp_path, f"run,step,metric,value\n{rows}", "long.csv")
    assert [run.key for run in log.runs] == ["a", "b"]
    assert curves(log, run=1) == {"loss": [(1, 1.0), (2, 2.0)], "acc": [(1, 1.0), (2, 2.0)]}
    rows = "".join(f"{m},{k},0.{i}\n" for i, m in enumerate(("cnn", "mlp")) for k in ("acc", "f1"))
    log = read_table(tmp_path, f"model,metric,value\n{rows}", "scores.csv")
    assert [run.cells for run in log.runs] == [{"model": "cnn"}, {"model": "mlp"}]
    assert curves(log, run=1) == {"acc": [(0, 0.1)], "f1": [(0, 0.1)]}


def test_plan_reached_is_finished(tmp_path):
    """A run at the step it was to end at is finished, one before it is not known to be."""
    rows = [f"{s},20,{1 / s}\n" for s in (5, 10, 15, 20)]
    head = "current_steps,total_steps,loss\n"
    log = read_table(tmp_path, head + "".join(rows), "a.csv")
    assert (log.runs[0].status, log.runs[0].cells) == ("finished", {"total_steps": 20})
    assert read_table(tmp_path, head + "".join(rows[:3]), "b.csv").runs[0].status == "unknown"


def test_tensorboards_download(tmp_path):
    """The file's name tells run and metric of its three columns; the wall time is kept."""
    path = write(
        tmp_path,
        "run-lr_0.1_bs_8-tag-val_loss.csv",
        "Wall time,Step,Value\n1700000000.5,0,3\n1700000010.5,10,2\n",
    )
    log = read(path, csv)
    assert log.runs[0].root == str(tmp_path / "lr_0.1_bs_8")
    assert curves(log) == {"val_loss": [(0, 3.0), (10, 2.0)]}
    assert log.points.wall.tolist() == [1700000000.5, 1700000010.5]


def test_headerless_tables_beside_parameters(tmp_path):
    """Epoch, step and value without names: the file names the value, and what climbs are epoch and step."""
    write(tmp_path, "params.json", "{}")
    log = read(write(tmp_path, "environment.csv", "1,1000,5.5\n2,2000,6.5\n3,3000,7\n"), csv)
    assert curves(log)["environment"] == [(1000, 5.5), (2000, 6.5), (3000, 7.0)]
    with pytest.raises(ValueError, match="without names"):
        read(write(tmp_path / "elsewhere", "points.csv", "1,1000,5.5\n2,2000,6.5\n"), csv)


def test_results_of_yolo_without_a_header(tmp_path):
    """results.txt of YOLOv5 and YOLOv7: the columns are those of the tool's source."""
    row = "{}/2 4.21G 0.1 0.2 0.3 0.6 37 640 0.5 0.4 0.3 0.2 0.11 0.12 0.13\n"
    probe = Probe.of(write(tmp_path, "results.txt", "".join(row.format(i) for i in range(3))))
    assert csv.sniff(probe) is Match.GENERIC
    log = csv.read(probe, Resume())
    assert curve(log, "metrics/mAP_0.5:0.95") == [(0, 0.2), (1, 0.2), (2, 0.2)]
    assert curve(log, "gpu_mem")[0] == (0, 4.21e9)
    assert curve(log, "val/cls_loss")[2] == (2, 0.13)


TABLE = "epoch\tTrain Loss\tValid Acc.\t\n1\t2.5\t0.25\t\n2\t1.5\t0.5\t\n3\t1.25\t0.75\t\n"


@pytest.mark.parametrize("name", ["log.txt", "train.log", "history.dat", "stdout.out", "history"])
def test_contents_decide_not_the_suffix(tmp_path, name):
    """A table is one under any name."""
    probe = Probe.of(write(tmp_path, name, TABLE))
    assert csv.sniff(probe) is Match.GENERIC
    assert curve(csv.read(probe, Resume()), "Train Loss") == [(1, 2.5), (2, 1.5), (3, 1.25)]


@pytest.mark.parametrize(
    "text",
    [
        "epoch 1 loss 0.5\nepoch 2 loss 0.4\nepoch 3 loss 0.3\n",
        "We trained it for a while.\nThen it was done, at last.\nThe loss was fine.\n",
        "import os\nx = 1\nfor i in range(3):\n    print(i)\n",
        "5.1 3.5 1.4\n4.9 3.0 1.4\n4.7 3.2 1.3\n",
        "id name size\n1 a 3\n2 b 4\n3 c 5\n",
        "0 0.5 0.5 0.1 0.2\n1 0.4 0.3 0.2 0.1\n2 0.1 0.2 0.3 0.4\n",
        "Epoch: 1, loss: 0.5\nEpoch: 2, loss: 0.4\nEpoch: 3, loss: 0.2\n",
        "loss accuracy\nare two words\nof the field\n",
    ],
)
def test_other_texts_are_no_tables(tmp_path, text):
    """Prose, printed logs, code, labels and data under a plain suffix are not claimed."""
    assert csv.sniff(Probe.of(write(tmp_path, "notes.txt", text))) is Match.NO


ROWS = [["step", "loss", "acc"], ["1", "0.5", "0.1"], ["2", "0.25", "0.2"], ["3", "0.125", "0.3"]]
DRAWN = {
    "markdown": "| " + " |\n| ".join(" | ".join(r) for r in [ROWS[0], ["---"] * 3, *ROWS[1:]]) + " |\n",
    "boxed": "+----+----+----+\n" + "".join(f"| {' | '.join(r)} |\n" for r in ROWS) + "+----+----+----+\n",
    "aligned": "".join("".join(cell.rjust(12) for cell in row) + "\n" for row in ROWS),
    "crlf": "".join(",".join(row) + "\r\n" for row in ROWS),
    "cr": "".join(",".join(row) + "\r" for row in ROWS),
    "blank lines": "\n\n".join(",".join(row) for row in ROWS) + "\n",
    "commented header": "# step loss acc\n" + "".join(" ".join(row) + "\n" for row in ROWS[1:]),
    "title": "Run 7, cluster A\n\n" + "".join(",".join(row) + "\n" for row in ROWS),
}  # fmt: skip


@pytest.mark.parametrize("drawing", DRAWN)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_drawings_and_encodings(tmp_path, drawing, encoding):
    """Markdown, boxes, alignment, any line end, titles and UTF-16 hide no row."""
    log = read_table(tmp_path, DRAWN[drawing].encode(encoding), "log.csv")
    assert curves(log) == {
        "loss": [(1, 0.5), (2, 0.25), (3, 0.125)],
        "acc": [(1, 0.1), (2, 0.2), (3, 0.3)],
    }


def test_last_column_of_unquoted_text(tmp_path):
    """Rows that run over at a last column of words keep them together; numbers before them are kept."""
    rows = "".join(f"{w},{1 / w},a text, with commas, of {w} words\n" for w in (8, 16, 32, 64))
    log = read_table(tmp_path, f"width,val_loss,generated\n{rows}", "grid_results.csv")
    assert [run.cells["width"] for run in log.runs] == [8, 16, 32, 64]
    assert "commas" in log.runs[0].cells["generated"]
    assert not log.problems


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_pieces_give_the_same_as_the_whole(tmp_path, monkeypatch, encoding):
    """A long table of stacked and restarted runs, read block by block, gives the runs and points of one reading."""
    rows = [f"{run},{step},{run + step / 7}\n" for run in range(6) for step in range(150)]
    path = write(tmp_path, "log.csv", ("run,step,loss\n" + "".join(rows)).encode(encoding))
    whole = read(path, csv)
    monkeypatch.setattr(blocks, "BLOCK", 3_000)
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 2_900)
    log, points, keys, size = csv.read(Probe.of(path), Resume()), [], [], path.stat().st_size
    while True:
        names = [run.key for run in log.runs]
        points += zip(
            [names[i] for i in log.points.run],
            log.points.step.tolist(),
            log.points.value.tolist(),
            strict=True,
        )
        keys += names
        if log.offset >= size:
            break
        log = csv.read(Probe.of(path), Resume(log.offset, log.state))
    assert list(dict.fromkeys(keys)) == [run.key for run in whole.runs]
    expected = zip(
        [whole.runs[i].key for i in whole.points.run],
        whole.points.step.tolist(),
        whole.points.value.tolist(),
        strict=True,
    )
    assert sorted(points) == sorted(expected)


def test_attempts_are_told_apart_from_piece_to_piece(tmp_path, monkeypatch):
    """Where a run started again is remembered between two readings of a growing file."""
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 100)
    path = write(tmp_path, "log.csv", "step,loss\n" + "".join(f"{i},1\n" for i in range(60)))
    log = read(path, csv)
    with path.open("a") as file:
        file.write("".join(f"{i},2\n" for i in range(3)))
    log = csv.read(Probe.of(path), Resume(log.offset, log.state))
    assert [run.key for run in log.runs] == ["2"]
    assert curve(log, "loss") == [(0, 2.0), (1, 2.0), (2, 2.0)]


def test_a_plan_by_name_is_an_axis_where_it_climbs_within_seeds(tmp_path):
    """total_steps that passes the same places for each seed is the axis of stacked runs."""
    rows = "".join(f"{s},{k * 1000},{k + s}\n" for s in (0, 1, 2) for k in range(1, 7))
    log = read_table(tmp_path, f"seed,total_steps,mean_reward\n{rows}", "rl.csv")
    assert [run.cells for run in log.runs] == [{"seed": s} for s in (0, 1, 2)]
    assert curve(log, "mean_reward", run=2)[-1] == (6000, 8.0)


def test_plans_that_were_chosen_are_no_axis(tmp_path):
    """Epochs in a grid climb as well, but the runs differ by what was chosen besides."""
    rows = "".join(f"{lr},{e},{e / 100 + lr}\n" for lr in (0.1, 0.2) for e in (10, 20, 30, 40, 50))
    log = read_table(tmp_path, f"lr,epochs,accuracy\n{rows}", "grid.csv")
    assert len(log.runs) == 10
    assert log.runs[4].cells == {"lr": 0.1, "epochs": 50, "accuracy": 0.6}


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
def test_an_index_is_no_metric(tmp_path, name):
    """The index of a history is its axis; beside an epoch it is nothing."""
    log = read_table(tmp_path, f"{name},loss,acc\n0,3,0.1\n1,2,0.2\n2,1,0.3\n", "history.csv")
    assert curves(log)["loss"] == [(0, 3.0), (1, 2.0), (2, 1.0)]
    assert sorted(log.points.names) == ["acc", "loss"]
    log = read_table(tmp_path, f"{name},epoch,loss\n0,1,3\n1,2,2\n2,3,1\n", "history.csv")
    assert curves(log) == {"loss": [(1, 3.0), (2, 2.0), (3, 1.0)]}


def test_columns_without_names_below_a_metric(tmp_path):
    """A first column that climbs and several values: the file names them all, by number."""
    log = read_table(tmp_path, "1 0.9 0.95\n2 0.8 0.9\n3 0.7 0.85\n", "losses.txt")
    assert curves(log)["losses_2"] == [(1, 0.95), (2, 0.9), (3, 0.85)]


@pytest.mark.parametrize(
    "text",
    [
        "a b\n" + "-" * 30_000 + "x\n1 2\n3 4\n",
        "| a | b |\n|" + "-" * 30_000 + "x|\n| 1 | 2 |\n",
        "step," + ",".join(f"m{i} - loss" for i in range(4_000)) + "\n" + "1" + ",1" * 4_000 + "\n" + "2" + ",2" * 4_000 + "\n",
        "lr," + ",".join(f"acc_seed{i}" for i in range(3_000)) + "\n" + ("0.1" + ",1" * 3_000 + "\n") * 3,
        "run,step,loss\n" + "".join(f"r{i // 2},{i % 2},1\n" for i in range(60_000)),
        "a;b\n" + "1" * 50_000 + ",;2\n3,1;4\n",
        "x,acc\n" + '"{' + "[" * 3_000 + '",1\n' * 2,
    ],
    ids=["rule", "drawn rule", "runs in columns", "seeds in columns", "run ids", "digits", "brackets"],
)  # fmt: skip
def test_hostile_tables_take_linear_time(tmp_path, text):
    """Long rules, thousands of runs in columns or rows and deep cells end soon, read or refused."""
    path, start = write(tmp_path, "results.csv", text), time.process_time()
    with suppress(ValueError):
        read(path, csv)
    assert time.process_time() - start < 10


def test_a_schedule_and_an_empty_column_make_no_runs(tmp_path):
    """A learning rate that falls once, beside a column that only an open row end made, leaves one curve."""
    rows = "".join(f"{0.1 if i < 4 else 0.01}\t{9 - i}\t{i}\t\n" for i in range(8))
    log = read_table(tmp_path, f"Learning Rate\tTrain Loss\tValid Acc.\t\n{rows}", "log.txt")
    assert len(log.runs) == 1
    assert [step for step, _ in curve(log, "Valid Acc.")] == list(range(8))


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize(
    "rows",
    [
        [["1", "0.5", ""], ["2", "", "1e-3"], ["3", "-.5", "7"]],
        [["2024-01-01", "0.5", "1"], ["2024-01-02", "0.25", "2"]],
        [["1", "0,5", "0,1"], ["2", "0,25", "0,2"]],
        [["1", "0.5", "1", "2"], ["2", "0.25", "3", "4"]],
        [["# 1", "2", "3"], ["1", "0.5", "2"], ["2", "0.25", "3"]],
        [["0012", "x", "y"], ["0013", "z", "w"]],
    ],
)
def test_layout_of_a_known_header_is_what_its_rows_show(tmp_path, delimiter, rows):
    """What is decided once for a header holds for each file that begins with it, or is decided anew."""
    plain = "".join(
        delimiter.join(row) + "\n" for row in [["step", "loss", "acc"], ["1", "2", "3"]]
    )
    text = "".join(delimiter.join(row) + "\n" for row in [["step", "loss", "acc"], *rows])
    assert layout_of(Probe.of(write(tmp_path, "a.csv", plain))).delimiter == delimiter
    path = write(tmp_path, "b.csv", text)
    try:
        expected = layout_of_head(text.encode())
    except ValueError as error:
        with pytest.raises(type(error)):
            layout_of(Probe.of(path))
    else:
        assert layout_of(Probe.of(path)) == expected
