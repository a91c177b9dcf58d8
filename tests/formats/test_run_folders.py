"""Runs whose tools keep their files in folders of their own, and files that tools keep for themselves."""

import pytest
from log_files import write
from tracker_files import curve, match, read_log

from logminer.formats import Match
from logminer.formats._run_folder import run_folder

OPEN_CLIP = """\
batch_size: 64
beta1: 0.9
checkpoint_path: ./logs/a/checkpoints
epochs: 2
log_path: ./logs/a/out.log
lr: 0.0005
model: RN50
name: a
resume: None
tensorboard_path: ./logs/a/tensorboard
"""


def test_open_clip_run(tmp_path):
    """Arguments and results by epoch are of the run's folder, which has finished after its last epoch."""
    run = tmp_path / "a"
    path = write(run, "params.txt", OPEN_CLIP)
    write(run, "out.log", "")
    (facts,) = read_log("open_clip", path).runs
    assert facts.params == {
        "batch_size": 64,
        "beta1": 0.9,
        "epochs": 2,
        "lr": 0.0005,
        "model": "RN50",
    }
    text = '{"clip_val_loss": 2.5, "epoch": 1, "x": "y"}\n{"clip_val_loss": 2.25, "epoch": 2}\n'
    log = read_log("open_clip", write(run, "checkpoints/results.jsonl", text))
    assert curve(log, "clip_val_loss") == {1: 2.5, 2: 2.25}
    assert (log.runs[0].root, log.runs[0].status) == (str(run), "finished")


def test_open_clip_claims_nothing_else(tmp_path):
    """A params.txt of other words, and results.jsonl elsewhere, are left alone."""
    assert match("open_clip", write(tmp_path, "params.txt", "lr: 1\nname: a\n")) is Match.NO
    assert match("open_clip", write(tmp_path, "checkpoints/results.jsonl", "{}\n")) is Match.NO


def test_isaac_lab_run(tmp_path):
    """The agent's config and the reward's terms were chosen; the rest of the environment is recorded."""
    run = tmp_path / "cartpole" / "2025-01-01_10-00-00"
    agent = "seed: 1\ndevice: cuda:0\nexperiment_name: cartpole\nalgorithm: {learning_rate: 0.001}\nresume: null\n"
    env = (
        "decimation: 2\nscene: !!python/object/apply:collections.OrderedDict [[[num_envs, 64]]]\n"
        "rewards: {alive: {weight: 1.0}}\n"
    )
    paths = [write(run, "params/agent.yaml", agent), write(run, "params/env.yaml", env)]
    first, second = (read_log("isaac_lab", path).runs[0] for path in paths)
    assert (first.root, second.root, first.parent) == (str(run), str(run), "cartpole")
    assert first.params == {"seed": 1, "algorithm.learning_rate": 0.001}
    assert second.params == {"rewards.alive.weight": 1.0}
    assert second.meta == {"env.decimation": 2, "env.scene.num_envs": 64}
    alone = write(tmp_path / "other", "params/agent.yaml", agent)
    assert match("isaac_lab", alone) is Match.NO


@pytest.mark.parametrize(
    ("folder", "run"),
    [
        ("/x/wandb/run-20250101_101010-ab12/files", "/x/wandb/run-20250101_101010-ab12"),
        (
            "/x/wandb/run-20250101_101010-ab12/files/media/table",
            "/x/wandb/run-20250101_101010-ab12",
        ),
        ("/x/wandb/latest-run/files", "/x/wandb/latest-run"),
        ("/x/run_logs", "/x"),
        ("/x/files", "/x/files"),
        ("/x/run-7/logs", "/x/run-7/logs"),
        ("/x/params", "/x/params"),
        ("/x/checkpoints", "/x/checkpoints"),
    ],
)
def test_folders_inside_a_run(folder, run):
    """Only where a tracker's own names show it does a folder belong to the one above."""
    assert run_folder(folder) == run


def test_one_behavior_is_the_run_and_several_are_not(tmp_path):
    """The events of ML-Agents' only behavior are of the run; two behaviors are told apart."""
    write(tmp_path, "one/configuration.yaml", "behaviors: {}\n")
    write(tmp_path, "one/run_logs/timers.json", "{}")
    write(tmp_path, "one/Jump/x", "")
    assert run_folder(str(tmp_path / "one" / "Jump")) == str(tmp_path / "one")
    write(tmp_path, "two/configuration.yaml", "behaviors: {}\n")
    write(tmp_path, "two/run_logs/timers.json", "{}")
    for name in ("Jump", "Run"):
        write(tmp_path, f"two/{name}/x", "")
    folders = [str(tmp_path / "two" / name) for name in ("Jump", "Run")]
    assert [run_folder(folder) for folder in folders] == folders


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("processor_config.json", '{"processor_class": "X", "size": 512}'),
        ("trace.json", '{"schemaVersion": 1, "deviceProperties": [], "traceEvents": []}'),
        ("env.yaml", "name: train\nchannels:\n  - defaults\ndependencies:\n  - python=3.10\n"),
        ("freeze.txt", "numpy==2.0.0\ntorch>=2.1 ; python_version > '3.8'\nlib @ file:///x\n"),
        ("requirements.txt", ""),
    ],
)
def test_bookkeeping_is_skipped(tmp_path, name, text):
    """Vocabularies, profiles, environments and lists of packages hold nothing of a run."""
    assert match("bookkeeping", write(tmp_path, name, text)) is Match.PARTS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "name: run\nmodel:\n  dependencies: 3\n"),
        ("config.json", '{"lr": 0.1, "profile": {"count": 3}}'),
        ("log.txt", "epoch 1 loss=0.5\nepoch 2 loss==0.4\n"),
    ],
)
def test_configs_and_logs_are_no_bookkeeping(tmp_path, name, text):
    """Words that look alike do not hide a run."""
    assert match("bookkeeping", write(tmp_path, name, text)) is Match.NO
