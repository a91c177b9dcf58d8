"""Paths tell parameters, levels and, by the user's pattern, names."""

import pytest

from logminer.core.errors import UsageError
from logminer.workflows._grouping import own_runs
from logminer.workflows._paths import (
    compile_pattern,
    path_levels,
    path_values,
    pattern_levels,
    relative_to,
)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a/lr__1.e-03__batch_size__128", {"lr": 1e-3, "batch_size": 128}),
        ("lr=0.1,bs=32", {"lr": 0.1, "bs": 32}),
        ("lr=1e-4_wd=0.1/seed=3", {"lr": 1e-4, "wd": 0.1, "seed": 3}),
        ("optimizer=adam,nesterov=true", {"optimizer": "adam", "nesterov": True}),
        ("learning_rate=0.1-momentum=0.9", {"learning_rate": 0.1, "momentum": 0.9}),
        ("lr0.01_bs32_adam", {"lr": 0.01, "bs": 32}),
        ("mnist_lr_1e-3_batch_size_64", {"lr": 1e-3, "batch_size": 64}),
        ("resnet50_wd0.0005", {"wd": 0.0005}),
        ("f_86c0c_00000_0_lr=0.1000,bs=8_2026-11-21_22-40-18", {"lr": 0.1, "bs": 8}),
        ("train_mlp_dad35_00001_1_optimizer=sgd_2026-11-21_20-05-11", {"optimizer": "sgd"}),
        ("plain/run_3", {}),
        ("exp1/version_2/seed5", {}),
        ("__pycache__", {}),
    ],
)
def test_values_in_folder_names(path, values):
    """Both ways of writing parameters into a path are understood, with their types."""
    assert path_values(path) == values


def test_levels_are_numbered_from_the_top():
    """Each folder on the way is a level."""
    assert path_levels("a/b/c") == {"folder.1": "a", "folder.2": "b", "folder.3": "c"}


def test_a_pattern_matches_the_end_of_a_path():
    """Folders above the pattern are free; a path that does not fit gives nothing."""
    pattern = compile_pattern("{study}/{workload}/trial_{trial}")
    assert pattern_levels("x/y/study_0/wmt/trial_4", pattern) == {
        "study": "study_0", "workload": "wmt", "trial": 4,
    }  # fmt: skip
    assert pattern_levels("x/wmt/other_4", pattern) is None


def test_regex_in_a_pattern_is_plain_text():
    """Only braces are special."""
    assert pattern_levels("a.b/c", compile_pattern("{x}.b/{y}")) == {"x": "a", "y": "c"}
    assert pattern_levels("aXb/c", compile_pattern("{x}.b/{y}")) is None


@pytest.mark.parametrize("pattern", ["nothing", "{a}/{a}"])
def test_patterns_that_make_no_sense_are_refused(pattern):
    """The message quotes the pattern."""
    with pytest.raises(UsageError, match="--pattern"):
        compile_pattern(pattern)


def test_the_outermost_base_names_a_run():
    """A run below two ingested folders is named from the outer one."""
    bases = {"/logs": "", "/logs/a": ""}
    assert relative_to("/logs/a/b", bases) == ("/logs", "a/b")
    assert relative_to("/logs", bases) == ("/logs", "logs")
    assert relative_to("/elsewhere/x", bases) == ("/elsewhere", "x")


@pytest.mark.parametrize(
    ("names", "alone"),
    [
        ({"run_1.csv", "run_2.csv"}, {"run_1.csv", "run_2.csv"}),
        ({"run_1.csv"}, set()),
        ({"run_1.csv", "run_2.csv", "hparams.json"}, set()),
        ({"lr0.1.json", "lr0.01.json"}, {"lr0.1.json", "lr0.01.json"}),
        ({"train.csv", "val.csv", "test.csv"}, set()),
        ({"adam.csv", "sgd.csv", "rmsprop.csv"}, {"adam.csv", "sgd.csv", "rmsprop.csv"}),
        ({"measurements.csv", "eval_measurements.csv", "flags_0.json", "meta_data_0.json"}, set()),
        ({"events.out.tfevents.1", "events.out.tfevents.2"}, set()),
        (
            {"slurm-1.out", "slurm-2.out", "slurm-1.err", "slurm-2.err"},
            {"slurm-1.out", "slurm-2.out", "slurm-1.err", "slurm-2.err"},
        ),
        (
            {"baseline.txt", "muon_lr2x.txt", "wider.txt", "no_warmup.txt"},
            {"baseline.txt", "muon_lr2x.txt", "wider.txt", "no_warmup.txt"},
        ),
        (
            {
                "87b0b125-ec1d-4da0-a6eb-8c9ebd69fe29.txt",
                "d76d4330-f144-4bea-b0c1-1fdecb91ce37.txt",
            },
            {
                "87b0b125-ec1d-4da0-a6eb-8c9ebd69fe29.txt",
                "d76d4330-f144-4bea-b0c1-1fdecb91ce37.txt",
            },
        ),
        ({"run-3fa9c1.log", "run-b07e44.log"}, {"run-3fa9c1.log", "run-b07e44.log"}),
        (
            {"log_2024-05-01.txt", "log_2024-05-03.txt"},
            {"log_2024-05-01.txt", "log_2024-05-03.txt"},
        ),
        ({"train_resnet.log", "train_vit.log"}, {"train_resnet.log", "train_vit.log"}),
        ({"train.log", "train2.log"}, {"train.log", "train2.log"}),
        ({"train.log", "eval.log", "config.yaml"}, set()),
        ({"train.log", "eval.log", "requirements.txt"}, set()),
        ({"stdout.txt", "stderr.txt", "README.txt"}, set()),
        ({"rank_0.log", "rank_1.log", "rank_2.log"}, set()),
        ({"resnet_train.log", "resnet_val.log"}, set()),
    ],
)
def test_which_files_are_runs_of_their_own(names, alone):
    """Numbered or named files side by side are runs; parts of one run are not."""
    assert own_runs(names) == alone
