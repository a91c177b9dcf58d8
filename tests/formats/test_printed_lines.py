"""One line of a printed log: its names, its numbers in every usual spelling, and its position."""

import math

import pytest
from log_files import curves, read, write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, text
from logminer.formats.printed.pairs import read_line
from logminer.formats.printed.plan import plan_of
from logminer.formats.printed.prefixes import prefix_end
from logminer.formats.printed.tokens import NUMBER


def said(line):
    plan = plan_of(line.encode())
    return dict(zip(plan.names, plan.values(NUMBER.findall(line.encode())), strict=True))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("6,120", 6120.0), ("1,234,567.5", 1_234_567.5), ("1.2k", 1200.0), ("3.4M", 3.4e6), ("4.21G", 4.21e9),
        ("1e-3", 1e-3), ("1.234E-05", 1.234e-5), ("93.1%", 0.931), ("inf", math.inf), ("-inf", -math.inf),
        ("-0.5", -0.5), (".31", 0.31), ("20.", 20.0), ("0.31s", 0.31), ("1,234.5ms", 1234.5), ("42.11GiB(44.31%)", 42.11),
        ("9820/10000 (98%)", 0.982), ("0.93 (+/- 0.01)", 0.93), ("6.9 (7.0)", 6.9), ("[0.3, 0.2]", 0.25), ("'5.076'", 5.076),
    ],
)  # fmt: skip
def test_numbers_in_every_usual_spelling(written, value):
    """Thousands, powers, percents, multiples, units, shares, running averages, lists and numbers in quotes."""
    assert said(f"step 10 | loss: {written} | x")["loss"] == value


@pytest.mark.parametrize(
    "line",
    [
        "step 1 loss: 1.2.3", "step 1 loss: 10-20", "step 1 loss: 0:40:10", "step 1 time=1 minute and 20.5 seconds",
        "Epoch 1: val_loss improved from 0.5 to 0.4, saving model to /x/loss=0.3.ckpt", "Saved best loss 0.31 to disk",
        "pip install loss==1.2", "see a/loss/3 and loss-4", "Epoch loaded: 3",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_value_is_none(line):
    """Versions, ranges, durations, announcements and paths measure nothing."""
    assert said(line) == {}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("| lm loss: 4.7E+00 | loss scale: 1.0 | grad norm: 1.2 |", ["lm_loss", "loss_scale", "grad_norm"]),
        ("Epoch 3/10 Train Loss: 0.5 Val Loss: 0.6", ["Train_Loss", "Val_Loss"]),
        ("train_loss -0.1000", ["train_loss"]),
        ("{'train': {'loss': 0.3}, 'val': {'loss': 0.4}}", ["train/loss", "val/loss"]),
        ("Test set: Average loss: 0.05, Accuracy: 98/100 (98%)", ["test/Average_loss", "test/Accuracy"]),
        ("1epoch results: [train] loss=1.5, [valid] loss=2.5, acc=0.3", ["train/loss", "valid/loss", "valid/acc"]),
        ("metrics:accuracy:0.8260,f1:0.8849", ["accuracy", "f1"]),
        ("elapsed time per iteration (ms): 512.3 | number of nan iterations: 0 |", ["elapsed_time_per_iteration"]),
        ("1: 900.5, 990.5 avg loss, 64 images", ["avg_loss", "images"]),
        ("Accuracy of the network on the 10000 test images: 97.5 %", ["test/Accuracy"]),
        ("[Epoch 0/200] [Batch 10/938] [D loss: 0.69] [G loss: 0.70]", ["D_loss", "G_loss"]),
        ("Epoch 1 => train loss: 0.5, val loss: 0.6", ["train_loss", "val_loss"]),
        ("2024-01-01 00:00:00,000 INFO train: {'epoch': 1, 'metrics': {'loss': 2.5}}", ["train/metrics/loss"]),
        ("Epoch 1, global step 100: 'val_loss' reached 0.31 (best 0.31)", ["val_loss"]),
    ],
)  # fmt: skip
def test_names_are_whole(line, names):
    """A name reaches back to what bounds it, and knows the data set that the line speaks of."""
    assert list(said(line)) == names


@pytest.mark.parametrize(
    ("line", "position"),
    [
        ("epoch 3/10 loss 0.5", {"epoch": "3", "epochs": "10"}),
        ("Epoch: [3][120/391] Loss 0.5", {"epoch": "3", "step": "120", "steps": "391"}),
        ("step:250/500 loss:4.1", {"step": "250", "steps": "500"}),
        (" iteration       50/    1000 | loss: 1.0", {"step": "50", "steps": "1000"}),
        ("s:0 trl:4.7", {"step": "0"}),
        ("validation loss at iteration 250 | lm loss value: 3.4", {"step": "250"}),
        ('{"epoch": 1, "update": 0.5, "loss": "5.0", "num_updates": "50"}', {"epoch": "1", "step": "50"}),
        ("Train: 0 [   7/1251 (  0%)]  Loss: 6.95", {"epoch": "0", "step": "7", "steps": "1251"}),
        ("{'loss': 2.3, 'epoch': 0.50}", {"epoch": "0.50"}),
        ("Number of iterations 10, cost 1.0", {}),
        ("total steps: 500 loss 3.0", {}),
    ],
)  # fmt: skip
def test_positions_on_the_curve(line, position):
    """The counter that is global wins; plans and counts of other things are no positions."""
    reading = read_line(line, prefix_end(line))
    told = {
        name: reading.tokens[at].text
        for name in ("epoch", "epochs", "step", "steps")
        if (at := getattr(reading.position, name)) is not None
    }
    assert told == position


@pytest.mark.parametrize(
    "prefix",
    [
        "[rank0]:", "0: ", "[1,0]<stdout>:", "(RayTrainWorker pid=12, ip=10.0.0.1) ", "INFO:root:", "[INFO] ",
        "2025-02-01 10:00:01,120 - root - INFO - ", "[2024-06-01 12:00:10,123] [INFO] [logging.py:96:log_dist] [Rank 0] ",
        "I1121 12:00:00.123456 140 train.py:31] ", "[03/05 10:00:11 d2.utils.events]:  ", "Mar 05 10:00:11 ",
        "2021-05-05 16:00:43 | INFO | my.train | ", "[node1] 2020-03-01 10:00:00,123 (trainer:732) INFO: ", "\x1b[31m",
    ],
)  # fmt: skip
def test_prefixes_are_no_part_of_a_line(tmp_path, prefix):
    """Ranks, clocks, levels, loggers, hosts and colours change nothing of what a line says."""
    lines = "".join(f"{prefix}step: {i} loss: {3 - i}.5\n" for i in (1, 2))
    log = read(write(tmp_path, "train.log", lines), text)
    assert curves(log) == {"loss": [(1, 2.5), (2, 1.5)]}


def test_digits_in_names_tell_curves_apart(tmp_path):
    """Lines that differ in the digits of their names only are different curves."""
    lines = "".join(f"epoch {i}\nacc@1: 0.{i}\nacc@5: 0.{i + 4}\n" for i in (1, 2))
    log = read(write(tmp_path, "train.log", lines), text)
    assert curves(log) == {"acc@1": [(1, 0.1), (2, 0.2)], "acc@5": [(1, 0.5), (2, 0.6)]}


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("Accuracy: 0.9312", "Accuracy", 0.9312), ("val_accuracy: 0.9312", "val_accuracy", 0.9312), ("F1 0.93", "F1", 0.93),
        ("mean cv score: 0.93 (+/- 0.01)", "mean_cv_score", 0.93), ("Best val loss: 0.31", "Best_val_loss", 0.31),
        ("best val_loss=0.31 at epoch 7", "best_val_loss", 0.31), ("Final test accuracy 93.1%", "Final_test_accuracy", 0.931),
        ('{"sharpe_ratio": .15}', "sharpe_ratio", 0.15), ("RMSE: 0.31", "RMSE", 0.31),
    ],
)  # fmt: skip
def test_a_result_that_is_printed_once_is_a_result(tmp_path, line, name, value):
    """A log by its name needs no curve; the same words in notes are prose."""
    assert text.sniff(Probe.of(write(tmp_path, "notes/notes.txt", f"{line}\n"))) is Match.NO
    path = write(tmp_path, "run/stdout.log", f"loading data\n{line}\n")
    assert text.sniff(Probe.of(path)) is Match.GENERIC
    assert curves(read(path, text)) == {name: [(0, value)]}


def test_a_value_printed_again_and_again_without_a_counter_is_a_curve(tmp_path):
    """Its points are counted where nothing else tells their places."""
    log = read(write(tmp_path, "train.log", "loss: 2.5\nloss: 1.5\nloss: 1.0\n"), text)
    assert curves(log) == {"loss": [(0, 2.5), (1, 1.5), (2, 1.0)]}


@pytest.mark.parametrize(
    "words",
    [
        "numpy==1.26\ntorch>=2.0\nloss: 3\n",
        "def step(loss=0.5, epoch=3):\n    lr = 0.1\n    return loss\n" * 5,
        "Step 3 of the guide: loss of 10 files\nIn 2019 the error was 5\nthe map: 12\n",
        "0 0.5 0.5 0.1 0.2\n1 0.4 0.4 0.2 0.1\n",
        "cat\ndog\nbird\n",
        'Traceback (most recent call last):\n  File "train.py", line 9, in <module>\nValueError: loss 3\n',
    ],
)
def test_other_texts_are_left_alone_whatever_their_words(tmp_path, words):
    """Requirements, code, prose, labels and tracebacks are no metrics."""
    assert text.sniff(Probe.of(write(tmp_path, "a.txt", words))) is Match.NO


def test_a_file_that_grew_reads_as_the_whole(tmp_path):
    """Reading anew after lines were appended gives what one reading gives."""
    lines = [f"Epoch {i}/4 - loss: {9 - i}.5 - val_loss: {9 - i}.75\n" for i in range(1, 5)]
    path = write(tmp_path, "train.log", "".join(lines[:2]))
    assert read(path, text).runs[0].status == "unknown"
    log = text.read(Probe.of(write(tmp_path, "train.log", "".join(lines))), Resume())
    assert log.runs[0].status == "finished"
    assert curves(log)["loss"] == [(1, 8.5), (2, 7.5), (3, 6.5), (4, 5.5)]


@pytest.mark.parametrize("start", ["Namespace(lr=0.1,", "config = {", "Running with full config:"])
def test_a_config_that_never_ends_hides_no_measurement(tmp_path, start):
    """What was begun and is not closed ends where training measures."""
    log = read(write(tmp_path, "train.log", f"{start}\nepoch 1 loss=2.5\nepoch 2 loss=1.5\n"), text)
    assert curves(log) == {"loss": [(1, 2.5), (2, 1.5)]}


def test_lines_of_ever_other_shapes_are_bounded_and_said(tmp_path, monkeypatch):
    """Beyond all shapes that a log has, new ones are passed over; known ones go on to be read."""
    monkeypatch.setattr("logminer.formats.printed.shapes.MOST_SHAPES", 4)
    lines = ["epoch 1 loss=2.5", *(f"{'x' * i} loss=1" for i in range(1, 9)), "epoch 2 loss=1.5"]
    log = read(write(tmp_path, "train.log", "\n".join(lines) + "\n"), text)
    assert curves(log)["loss"] == [(1, 2.5), (2, 1.5)]
    assert "passed over" in str(log.problems[0])


def test_wide_characters_and_endless_lines(tmp_path):
    """UTF-16, as PowerShell writes it, is read; a line without an end is left out."""
    lines = "step 1 loss=1.5\r\nstep 2 loss=0.5\r\n"
    path = write(tmp_path, "wide/train.log", lines.encode("utf-16"))
    assert text.sniff(Probe.of(path)) is Match.GENERIC
    assert curves(read(path, text)) == {"loss": [(1, 1.5), (2, 0.5)]}
    path = write(
        tmp_path, "long/train.log", f"step 1 loss=1.5\n{'x' * 3_000_000}\nstep 2 loss=0.5\n"
    )
    log = read(path, text)
    assert curves(log) == {"loss": [(1, 1.5), (2, 0.5)]}
    assert "a line of more than 20,000 bytes left out" in str(log.problems)


def test_counters_without_a_name(tmp_path):
    """A whole number that lines begin with is the step where it rises from line to line."""
    for name, form in {
        "a": "[{}] train_loss={}.5",
        "b": "{} - loss: {}.5",
        "c": "{} | loss {}.5",
    }.items():
        lines = "".join(f"{form.format(100 * i, 4 - i)}\n" for i in (1, 2, 3))
        log = read(write(tmp_path, f"{name}/train.log", lines), text)
        [points] = curves(log).values()
        assert points == [(100, 3.5), (200, 2.5), (300, 1.5)]


@pytest.mark.parametrize(
    ("printed", "params"),
    [
        ("  lr ............ 0.001\n  layers ........ [3, 4].......updated\n", {"lr": 0.001, "layers": "[3, 4]"}),
        ("config: {'lr': 0.1, 'batch_size': 32, 'model': {'depth': 12}}\n", {"lr": 0.1, "batch_size": 32, "model.depth": 12}),
        ('{\n  "lr": "0.1",\n  "batch_size": "32"\n}\n', {"lr": 0.1, "batch_size": 32}),
        ("Config:\n  lr: 0.1\n  model:\n    depth: 12\n  batch_size: 32\n", {"lr": 0.1, "model.depth": 12, "batch_size": 32}),
        ("Overriding config with a.py:\n# wide\nlr = 1e-3 # peak\nn_embd = 128\noptim = 'adamw'\n",
         {"lr": 1e-3, "n_embd": 128, "optim": "adamw"}),
        ("TrainingArguments(\nlearning_rate=2e-05,\noptim=OptimizerNames.ADAMW_TORCH,\nnum_train_epochs=3.0,\nx=/tmp/y,\n)\n",
         {"learning_rate": 2e-05, "optim": "ADAMW_TORCH", "num_train_epochs": 3.0, "x": "/tmp/y"}),
        ("+ python -u train.py --lr 3e-4 --amp optimizer.momentum=0.9\n", {"lr": 3e-4, "amp": True, "optimizer.momentum": 0.9}),
        ("class Hyperparameters:\n    batch_size = 8*64 # sequences\n    learning_rate : float = 0.0036\n",
         {"batch_size": 512, "learning_rate": 0.0036}),
        ("lr = args.lr\nbatch_size = compute(3)\nmomentum: see below for more\n", {}),
    ],
)  # fmt: skip
def test_settings_that_are_printed_before_training(tmp_path, printed, params):
    """Blocks of arguments, dicts, configs, calls and the command line; program text that computes is none."""
    path = write(tmp_path, "train.log", f"{printed}epoch 1 loss=2.5\nepoch 2 loss=1.5\n")
    assert read(path, text).runs[0].params == params
