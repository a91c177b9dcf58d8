"""A text that stops in the middle gives no value that the whole one does not hold, and says what it left out."""

import os

import pytest
from log_files import curve, read, write

from logminer.formats import Match, Probe, json, jsonl, text, toml, yaml

LONG_AGO = 1_600_000_000

LOGS = {
    "epochs": "Namespace(lr=0.1, batch_size=32)\n"
    + "".join(f"Epoch {i}/12: loss={2 / i:.4f} val_acc: {i * 7}.25%\n" for i in range(1, 13)),
    "bars": "".join(
        f"step {i * 50} | lm loss {9 / i:.6f} | lr {1e-4 / i:.2e} | {1000 + i},{i:03d} tok/s |\n"
        for i in range(1, 13)
    ),
    "dicts": "".join(
        f"{{'loss': {3 / i:.3f}, 'grad_norm': {i / 7}, 'epoch': {i / 4}}}\r\n" for i in range(1, 13)
    ),
    "sections": "".join(
        f"2024-03-01 10:0{i % 10}:00,125 - INFO - Train Epoch: {i} [{i}/9] Loss: {1 / i} Acc 0.5 (0.{i})\nTest: accuracy: {i + 80}/100\n"
        for i in range(1, 10)
    ),
}


def held(path, form):
    """What is read of a file that nobody writes any more: values by name, parameters, and problems."""
    os.utime(path, (LONG_AGO, LONG_AGO))
    try:
        log = read(path, form)
    except ValueError as error:
        return set(), str(error)
    points = log.points
    # Of one epoch alone nobody can tell what a step of it is, so steps may still move.
    values = {(points.names[m], float(v)) for m, v in zip(points.metric, points.value, strict=True)}
    return values | {
        (k, str(v)) for run in log.runs for k, v in [*run.params.items(), *run.cells.items()]
    }, log.problems


@pytest.mark.parametrize("name", LOGS)
def test_no_cut_of_a_printed_log_invents_a_value(tmp_path, name):
    """Whatever byte the text ends at, what is read of it is in the whole."""
    whole, _ = held(write(tmp_path, "train.log", LOGS[name]), text)
    assert len(whole) > 15
    length = len(LOGS[name])
    for end in {*range(0, length, 17), *range(length - 170, length)}:
        cut = LOGS[name][:end]
        found, said = held(write(tmp_path, "train.log", cut), text)
        assert found <= whole, cut[-60:]
        assert said or cut[-1:] in {"", *"\n\r)]}%|"}


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("epoch 4 loss=0.6667 acc=70.5%", {"loss": 0.6667, "acc": 0.705}),
        ("epoch 4 loss=0.6667 acc=70", {"loss": 0.6667}),
        ("epoch 4 loss=0.66", {}),
        ("epoch 4", {}),
    ],
)
def test_a_last_line_counts_as_far_as_its_form_shows_it_whole(tmp_path, last, expected):
    """The lines before it say what a line is the beginning of; a unit that closes it shows it whole."""
    lines = "".join(f"epoch {i} loss=1.{i}234 acc=5{i}.5%\n" for i in range(1, 4))
    path = write(tmp_path, "train.log", lines + last)
    os.utime(path, (LONG_AGO, LONG_AGO))
    log = read(path, text)
    last_values = {n: dict(curve(log, n))[4] for n in log.points.names if 4 in dict(curve(log, n))}
    assert last_values == expected
    assert bool(log.problems) == (last[-1:] != "%")


def test_a_last_line_waits_while_the_file_may_grow(tmp_path):
    """What was written a moment ago may go on: that is passing and no fault."""
    path = write(tmp_path, "train.log", "epoch 1 loss=2.25\nepoch 2 loss=1.2")
    os.utime(path)
    log = read(path, text)
    assert curve(log, "loss") == [(1, 2.25)]
    assert [problem.passing for problem in log.problems] == [True]


@pytest.mark.parametrize(
    ("module", "name", "whole"),
    [
        (yaml, "a.yaml", "lr: 0.001\nopt:\n  name: adamw\n  betas: [0.9, 0.999]\nnote: a b\nseed: 17\n"),
        (yaml, "b.yml", "- {lr: 0.1, val_loss: 0.25}\n- {lr: 0.2, val_loss: 0.35}\n"),
        (toml, "a.toml", "lr = 0.001\n[opt]\nname = 'adamw'\nwarmup = 1500\namsgrad = true\n[data]\nseed = 17\n"),
        (json, "a.json", '{"lr": 0.001, "opt": {"name": "adamw"}, "loss": [0.5, 0.25]}'),
        (jsonl, "a.jsonl", "".join(f'{{"step": {i}, "loss": {1 / (i + 1)}}}\n' for i in range(6))),
    ],
)  # fmt: skip
def test_no_cut_of_a_document_invents_a_value(tmp_path, module, name, whole):
    """A cut scalar, a key alone and half an object give nothing; what stands above them counts."""
    alone = tmp_path / "of/one/run"  # folders beside it would tell how such files end
    complete, problems = held(write(alone, name, whole), module)
    assert complete
    assert not problems
    for end in range(len(whole)):
        found, _ = held(write(alone, name, whole[:end]), module)
        assert found <= complete, whole[:end]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_encodings_that_a_mark_tells_are_read(tmp_path, encoding, end):
    """What PowerShell and Windows editors write is read by each of these formats, whatever ends its lines."""
    printed = "".join(f"epoch {i} loss=1.{i}5 \u010a{end}" for i in range(1, 5))
    rows = "".join(f'{{"step": {i}, "loss": 1.{i}5, "note": "\u0a0d"}}{end}' for i in range(1, 5))
    for module, name, whole in ((text, "train.log", printed), (jsonl, "m.jsonl", rows)):
        path = write(tmp_path, name, whole.encode(encoding))
        assert module.sniff(Probe.of(path)) is Match.GENERIC
        assert curve(read(path, module), "loss") == [(i, float(f"1.{i}5")) for i in range(1, 5)]
    for module, name, whole in (
        (yaml, "c.yaml", f"lr: 0.5{end}note: \u010a{end}"),
        (toml, "c.toml", f"lr = 0.5{end}note = '\u010a'{end}"),
        (json, "c.json", f'{{"lr": 0.5,{end} "note": "\u010a"}}'),
    ):
        path = write(tmp_path, name, whole.encode(encoding))
        assert module.sniff(Probe.of(path)) is Match.GENERIC
        assert read(path, module).runs[0].cells | dict(read(path, module).runs[0].params) == {"lr": 0.5, "note": "\u010a"}  # fmt: skip


def test_zero_bytes_are_no_text(tmp_path):
    """A line torn by a hole is left out and said; zeros at the end are not written yet."""
    lines = [f"epoch {i} loss=1.{i}5\n".encode() for i in range(1, 7)]
    torn = b"".join([*lines[:2], lines[2][:14], bytes(700), lines[3][5:], *lines[4:], bytes(90)])
    path = write(tmp_path, "train.log", torn)
    os.utime(path, (LONG_AGO, LONG_AGO))
    log = read(path, text)
    assert [step for step, _ in curve(log, "loss")] == [1, 2, 5, 6]
    assert len(log.problems) == 2
