"""What the framework formats know beyond their tables: steps, names, status, roots, and files left alone."""

import json
import pickle
import re

import pytest
from golden import claims

from logminer.core.parsed import Resume
from logminer.formats import (
    FORMATS,
    Match,
    Probe,
    algoperf,
    checkpoint,
    deepobs,
    huggingface,
    mllog,
    mmengine,
    text,
)
from logminer.formats.text import LinePattern


def write(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def read(path, module, own_run=False):
    probe = Probe.of(path)
    return module.read(Probe(probe.path, probe.siblings, probe.size, own_run), Resume())


def curve(log, name):
    rows = log.points.metric == log.points.names.index(name)
    return list(zip(log.points.step[rows].tolist(), log.points.value[rows].tolist(), strict=True))


TRIAL = "external/study_0/ogbg_jax/trial_3"
HEADER = "accumulated_eval_time,global_step,train/loss,validation/loss\n"


def test_algoperf_blank_and_nan_differ(tmp_path):
    """A blank cell was not measured, nan was; the step is the global step."""
    path = write(tmp_path, f"{TRIAL}/measurements.csv", HEADER + "1.5,10,0.5,\n2.5,20,nan,0.25\n")
    log = read(path, algoperf)
    assert str(curve(log, "train/loss")) == "[(10, 0.5), (20, nan)]"
    assert curve(log, "validation/loss") == [(20, 0.25)]
    assert log.runs[0].root == str(path.parent)
    assert log.runs[0].params == {"workload": "ogbg", "framework": "jax"}


def test_algoperf_files_of_a_trial_are_one_run(tmp_path):
    """All files of a trial say the same root; hparams and workload are parameters, the rest metadata."""
    files = {
        "hparams.json": {"learning_rate": 0.1, "beta2": 0.99},
        "flags_0.json": {
            "workload": "ogbg",
            "tuning_ruleset": "external",
            "data_dir": "/d",
            "rng_seed": 5,
            "v": 0,
        },
        "meta_data_0.json": {
            "workload.target_metric_name": "ap",
            "cpu.freq": 1.0,
            "git_commit_hash": "abc",
        },
        "measurements.csv": HEADER,
    }
    for name, data in files.items():
        write(tmp_path, f"{TRIAL}/{name}", data)
    folder = tmp_path / TRIAL
    runs = {name: read(folder / name, algoperf).runs[0] for name in files}
    assert {run.root for run in runs.values()} == {str(folder)}
    assert all(algoperf.sniff(Probe.of(folder / name)) is Match.EXACT for name in files)
    assert runs["hparams.json"].params["learning_rate"] == 0.1
    assert runs["flags_0.json"].params["rng_seed"] == 5
    assert runs["flags_0.json"].meta == {"data_dir": "/d"}
    assert (runs["meta_data_0.json"].meta, runs["meta_data_0.json"].commit) == (
        {"workload.target_metric_name": "ap"},
        "abc",
    )


def test_algoperf_claims_only_its_own_layout(tmp_path):
    """The same names elsewhere are left to others; a trial that never started is known by its folders."""
    assert algoperf.sniff(Probe.of(write(tmp_path, "a/hparams.json", {"lr": 1}))) is Match.NO
    assert algoperf.sniff(Probe.of(write(tmp_path, "trial_1/hparams.json", {"lr": 1}))) is Match.NO
    assert (
        algoperf.sniff(Probe.of(write(tmp_path, "trial_1/measurements.csv", "step,loss\n")))
        is Match.NO
    )
    assert (
        algoperf.sniff(Probe.of(write(tmp_path, "wmt_jax/trial_1/hparams.json", {"lr": 1})))
        is Match.EXACT
    )


def test_algoperf_json_that_grew_is_read_anew(tmp_path):
    """A JSON file has no place to read on from; one that is no object is refused."""
    path = write(tmp_path, f"{TRIAL}/hparams.json", {"lr": 1})
    assert algoperf.read(Probe.of(path), Resume(3)).anew
    write(tmp_path, f"{TRIAL}/hparams.json", [1, 2])
    assert isinstance(algoperf.read_many([(Probe.of(path), Resume())])[0], ValueError)


def test_algoperf_reads_on_and_many_at_once(tmp_path):
    """Appended rows alone are read; a damaged table among many is named and spoils no other."""
    good = write(tmp_path, f"{TRIAL}/measurements.csv", HEADER + "1,1,2,3\n")
    bad = write(tmp_path, "s/wmt_jax/trial_1/measurements.csv", HEADER + "1,1,2,3,4,5\n2,2,7,8\n")
    logs = algoperf.read_many([(Probe.of(good), Resume()), (Probe.of(bad), Resume())])
    assert curve(logs[0], "train/loss") == [(1, 2.0)]
    assert curve(logs[1], "train/loss") == [(2, 7.0)]
    assert [p.path for p in logs[1].problems] == [str(bad)]
    with good.open("a") as file:
        file.write("2,5,1,\n3,")
    log = algoperf.read(Probe.of(good), Resume(logs[0].offset))
    assert curve(log, "train/loss") == [(5, 1.0)]
    assert log.offset == good.stat().st_size - 2


def test_deepobs_minibatch_steps_and_nan(tmp_path):
    """Minibatch losses stand at multiples of the log interval; NaN is kept."""
    record = {
        "train_losses": [3.0, float("nan")], "test_losses": [4.0, 3.0], "minibatch_train_losses": [1.0, 2.0, 3.0],
        "optimizer": "Adam", "testproblem": "quadratic_deep", "weight_decay": None, "learning_rate": 0.1,
        "train_log_interval": 10, "hyperparams": {"beta1": 0.9},
    }  # fmt: skip
    path = write(tmp_path, "random_seed__42__2019-02-13-14-36-15.json", record)
    assert deepobs.sniff(Probe.of(path)) is Match.EXACT
    log = read(path, deepobs)
    assert curve(log, "minibatch_train_losses") == [(0, 1.0), (10, 2.0), (20, 3.0)]
    assert str(curve(log, "train_losses")) == "[(0, 3.0), (1, nan)]"
    assert log.runs[0].params["hyperparams.beta1"] == 0.9
    assert "weight_decay" not in log.runs[0].params
    assert log.runs[0].root == str(path.with_suffix(""))


def test_deepobs_curves_keep_what_is_sound(tmp_path):
    """What is no number in a list of losses counts as NaN, and is said; the other curves are whole."""
    record = {"train_losses": [3.0, {"x": 1}, "?", 1.0], "test_losses": [4.0], "testproblem": "x"}
    log = read(write(tmp_path, "random_seed__1__2019-02-13-14-36-15.json", record), deepobs)
    assert str(curve(log, "train_losses")) == "[(0, 3.0), (1, nan), (2, nan), (3, 1.0)]"
    assert curve(log, "test_losses") == [(0, 4.0)]
    assert [p.what for p in log.problems] == [
        "2 values of 'train_losses' are no numbers and count as NaN"
    ]


def test_huggingface_names_are_those_of_tensorboard(tmp_path):
    """Logged values get the names the Trainer gives TensorBoard; a checkpoint is part of the run above it."""
    history = [{"step": 5, "loss": 2.0, "epoch": 0.5}, {"step": 5, "eval_loss": 3.0, "epoch": 0.5}]
    state = {
        "log_history": history,
        "global_step": 10,
        "max_steps": 20,
        "train_batch_size": 4,
        "trial_params": {"lr": 0.1},
    }
    path = write(tmp_path, "out/checkpoint-5/trainer_state.json", state)
    log = read(path, huggingface)
    assert curve(log, "eval/loss") == [(5, 3.0)]
    assert curve(log, "train/loss") == [(5, 2.0)]
    assert log.runs[0].root == str(tmp_path / "out")
    assert log.runs[0].params == {"max_steps": 20, "train_batch_size": 4, "lr": 0.1}
    assert log.runs[0].status == "unknown"


def test_huggingface_results_stand_at_the_last_step(tmp_path):
    """Final results belong where training ended."""
    write(tmp_path, "trainer_state.json", {"global_step": 30, "log_history": []})
    path = write(tmp_path, "all_results.json", {"eval_loss": 0.5, "train_runtime": 2.0, "epoch": 3})
    log = read(path, huggingface)
    assert curve(log, "eval/loss") == [(30, 0.5)]
    assert log.runs[0].status == "finished"


def test_huggingface_old_model_card(tmp_path):
    """The hyperparameters of a model card are parameters; other cards are left alone."""
    card = (
        "### Training hyperparameters\n\nThe following hyperparameters were used during training:\n"
    )
    card += "- learning_rate: 5e-05\n- optimizer: Adam with betas=(0.9,0.98) and epsilon=1e-08\n\n### Framework versions\n- Torch: 2\n"
    log = read(write(tmp_path, "README.md", card), huggingface)
    assert log.runs[0].params == {
        "learning_rate": 5e-05, "optimizer": "adam", "adam_beta1": 0.9, "adam_beta2": 0.98, "adam_epsilon": 1e-08,
    }  # fmt: skip
    assert huggingface.sniff(Probe.of(write(tmp_path, "x/README.md", "# Hello"))) is Match.NO


def test_mmengine_validation_steps_are_iterations(tmp_path):
    """A validation row, whose step is the epoch, is put at the iteration of the training row before it."""
    rows = [
        {"lr": 0.1, "loss": 2, "iter": 50, "step": 50, "epoch": 1},
        {"mAP": 0.5, "step": 1, "time": 1.0},
    ]
    path = write(
        tmp_path,
        "20240101_000000/vis_data/scalars.json",
        "\n".join(map(json.dumps, rows)) + "\nbroken\n",
    )
    log = read(path, mmengine)
    assert curve(log, "mAP") == [(50, 0.5)]
    assert curve(log, "val/time") == [(50, 1.0)]
    assert log.runs[0].root == str(tmp_path / "20240101_000000")
    assert [p.where for p in log.problems] == ["line 3"]


def test_mmcv_iterations_go_on_over_epochs(tmp_path):
    """Iterations begin anew in every epoch of mmcv's log, and are added up."""
    rows = [{"env_info": "x", "config": "lr = 0.1\n", "seed": 1}]
    rows += [
        {"mode": "train", "epoch": e, "iter": i, "loss": 1.0} for e in (1, 2) for i in (50, 100)
    ]
    rows += [{"mode": "val", "epoch": 2, "iter": 7, "acc": 0.5}]
    log = read(write(tmp_path, "a.log.json", "\n".join(map(json.dumps, rows))), mmengine)
    assert [step for step, _ in curve(log, "loss")] == [50, 100, 150, 200]
    assert curve(log, "acc") == [(200, 0.5)]
    assert log.runs[0].params == {"lr": 0.1, "seed": 1}


def line(key, value=None, kind="POINT_IN_TIME", time=1_700_000_000_000, **metadata):
    return ":::MLLOG " + json.dumps(
        {"time_ms": time, "event_type": kind, "key": key, "value": value, "metadata": metadata}
    )


def test_mllog_tells_parameters_metrics_and_the_end(tmp_path):
    """Settings are parameters, placed values metrics, run_stop the status; other output is passed over."""
    lines = [
        "starting up", "0: " + line("opt_base_learning_rate", 0.1), line("seed", 3), line("submission_org", "x"),
        line("run_start", kind="INTERVAL_START"), line("eval_accuracy", 0.5, epoch_num=4), ":::MLLOG {broken}",
        line("eval_accuracy", 0.75, epoch_num=8), line("tracked_stats", {"throughput": 9.0}, epoch_num=4),
        line("run_stop", kind="INTERVAL_END", time=1_700_000_060_000, status="aborted"),
    ]  # fmt: skip
    log = read(write(tmp_path, "result_0.txt", "\n".join(lines)), mllog)
    run = log.runs[0]
    assert curve(log, "eval_accuracy") == [(4, 0.5), (8, 0.75)]
    assert curve(log, "tracked_stats/throughput") == [(4, 9.0)]
    assert (run.params, run.meta) == (
        {"opt_base_learning_rate": 0.1, "seed": 3},
        {"submission_org": "x"},
    )
    assert (run.status, run.reason, run.ended - run.started) == ("failed", "aborted", 60.0)
    assert [p.where for p in log.problems] == ["line 7"]


def test_mllog_may_come_late(tmp_path):
    """A result file is known by its name and a mark far behind a long preamble."""
    preamble = "x" * 20_000 + "\n"
    path = write(tmp_path, "result_1.txt", preamble + line("run_start", kind="INTERVAL_START"))
    assert mllog.sniff(Probe.of(path)) is Match.EXACT
    assert read(path, mllog).runs[0].status == "running"


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
        (["*** Epoch=1 start ***", "P2 INFO Train loss: 0.5", "[Metrics] AUC: 0.9", "*** Epoch=2 start ***", "x AUC: 0.8"], "AUC",
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
    assert curve(log, "acc") == [(1, 0.005), (2, 0.5), (2**62, 0.01)]


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


class Canary:
    """Writes a file when a pickle of it is opened."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_pickles_are_never_opened(tmp_path):
    """A pickle under any name is skipped by every format, and what it would run does not run."""
    bait = tmp_path / "ran"
    for name in ("training_args.bin", "study.pkl", "weights.pt", "model.ckpt", "x.joblib"):
        path = write(tmp_path, f"files/{name}", pickle.dumps([Canary(bait), "\0"]))
        assert checkpoint.sniff(Probe.of(path)) is Match.PARTS
        assert set(claims(Probe.of(path)).values()) <= {Match.PARTS}
        with pytest.raises(ValueError, match="never opened"):
            checkpoint.read(Probe.of(path), Resume())
    assert not bait.exists()


def test_formats_are_listed_without_importing_them():
    """Names come from the folder alone."""
    assert {"csv", "json", "text", "algoperf", "checkpoint"} <= set(FORMATS.names())


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
