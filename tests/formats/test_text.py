"""Text logs: the usual ways of printing a loss, and patterns of one's own."""

import re

import pytest
from log_files import curve, read, write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, text
from logminer.formats.text import LinePattern


@pytest.mark.parametrize(
    ("lines", "name", "expected"),
    [
        (["step:100/400 val_loss:3.5", "step:200/400 val_loss:3.25"], "val_loss", [(100, 3.5), (200, 3.25)]),
        (["Train Epoch: 1 [640/1000 (64%)]\tLoss: 2.5", "Train Epoch: 2 [0/1000 (0%)]\tLoss: 1.5"], "Loss",
         [(1640, 2.5), (2000, 1.5)]),
        (["[Epoch 1 Batch 5/10] loss=2, lr=0.1", "[Epoch 1] val_acc: 50%", "[Epoch 2 Batch 5/10] loss=1"], "val_acc", [(20, 0.5)]),
        (["Epoch 1/3 - loss: 2.0 - acc: 0.5", "Epoch 2/3 - loss: nan - acc: 0.5"], "acc", [(1, 0.5), (2, 0.5)]),
        (["iter 10: train loss 2.5, val loss 2.75", "iter 20: train loss 2.0, val loss 2.25"], "val_loss", [(10, 2.75), (20, 2.25)]),
        (["Epoch 1/2", "1/9 [>...] - loss: 9.0\r9/9 [===] - loss: 2.0", "Epoch 2/2", "9/9 [===] - loss: 1.0"], "loss",
         [(1, 2.0), (2, 1.0)]),
        (["*** Epoch=1 start ***", "P2 INFO Train loss: 0.5", "[Metrics] AUC: 0.9", "*** Epoch=2 start ***", "[Metrics] AUC: 0.8"], "AUC",
         [(1, 0.9), (2, 0.8)]),
        (["I0101 00:00:00.000000 1 a.py:3] step=5, loss=1e-2", "INFO:root:step=6, loss=2"], "loss", [(5, 0.01), (6, 2.0)]),
    ],
)  # fmt: skip
def test_text_lines(tmp_path, lines, name, expected):
    """The usual ways of printing a loss are understood."""
    path = write(tmp_path, "train.log", "\n".join(lines) + "\n")
    assert text.sniff(Probe.of(path)) is Match.GENERIC
    assert curve(read(path, text), name) == expected


def test_text_parameters_come_from_namespace_and_settings(tmp_path):
    """Arguments before the first metric are parameters; program text is none."""
    printed = "Namespace(lr=0.1, f=Path('x)'), layers=[1, (2)], out_dir='o')\nbatch_size: 32\nmodel = GPT(n).cuda()\n"
    printed += "epoch 1 loss=2\nepoch 2 loss=1\nmomentum: 0.9\n"
    run = read(write(tmp_path, "a.log", printed), text).runs[0]
    assert run.params == {"lr": 0.1, "f": "Path('x)')", "layers": "[1, 2]", "batch_size": 32}
    assert run.meta == {"out_dir": "o"}


@pytest.mark.parametrize(
    "words", ["# Notes\nloss of data: 3 files\n", "version 1.2\nversion 1.3\n", "", "loss\nloss\n"]
)
def test_other_texts_are_left_alone(tmp_path, words):
    """Notes, licences and requirements are no logs."""
    assert text.sniff(Probe.of(write(tmp_path, "notes.txt", words))) is Match.NO


def test_line_pattern_makes_a_format(tmp_path):
    """A regular expression with named groups reads lines nothing else understands."""
    pattern = LinePattern(
        "mine",
        re.compile(r"<(?P<step>\d+)> (?P<loss>\S+) on (?P<param_model>\w+) at (?P<time>\S+)"),
    )
    path = write(
        tmp_path, "a.log", "<1> 2.5 on vit at 1700000000\nnoise\n<2> nan on vit at 1700000009\n"
    )
    assert pattern.sniff(Probe.of(path)) is Match.EXACT
    log = pattern.read(Probe.of(path), Resume())
    assert str(curve(log, "loss")) == "[(1, 2.5), (2, nan)]"
    assert log.points.wall.tolist() == [1_700_000_000.0, 1_700_000_009.0]
    assert log.runs[0].params == {"model": "vit"}


def test_percents_are_fractions(tmp_path):
    """A percent sign means a hundredth, below one as above."""
    log = read(
        write(
            tmp_path,
            "a.log",
            "epoch 1 acc: 0.5%\nepoch 2 acc: 50%\nepoch 999999999 batch 1/999999999999999 acc: 1%\n",
        ),
        text,
    )
    length = 999_999_999_999_999
    assert curve(log, "acc") == [(2 * length, 0.005), (3 * length, 0.5), (2**62, 0.01)]


def test_line_pattern_with_steps_beyond_all_counting(tmp_path):
    """A step that is no usable number is replaced by the count of lines."""
    pattern = LinePattern("mine", re.compile(r"@(?P<step>\S+) (?P<loss>\S+)"))
    log = pattern.read(
        Probe.of(write(tmp_path, "a.log", f"@inf 1\n@nan 2\n@{'9' * 40} 3\n@7 4\n")), Resume()
    )
    assert curve(log, "loss") == [(0, 1.0), (1, 2.0), (2, 3.0), (7, 4.0)]


def test_line_pattern_in_long_form_and_without_a_match(tmp_path):
    """Metric and value groups name the curve; a file without a match says so."""
    pattern = LinePattern(
        "mine", re.compile(r"(?P<metric>\w+)@(?P<step>\d+)=(?P<value>\S+)"), ("*.log",)
    )
    log = pattern.read(Probe.of(write(tmp_path, "a.log", "acc@3=0.5\nerr@3=x\n")), Resume())
    assert curve(log, "acc") == [(3, 0.5)]
    assert log.points.names == ["acc"]
    assert pattern.read(Probe.of(write(tmp_path, "b.log", "nothing\n")), Resume()).problems


@pytest.mark.parametrize(
    "line",
    [
        "a" * 19_000,
        "a=" * 9_000,
        "loss=" + "1" * 19_000 + "x",
        "Namespace(" + "'\\" * 9_000,
        "a.b-" * 4_500,
        "1" * 19_000,
    ],
)
def test_no_line_of_text_takes_forever(tmp_path, line):
    """Hostile lines are passed over in time that grows with their length only."""
    path = write(
        tmp_path,
        "a.log",
        f"epoch 1 loss=2\n{line}\nepoch {'9' * 5000} loss=1\nstep 2/{'9' * 5000} loss=3\n" * 2,
    )
    assert len(read(path, text).points)
