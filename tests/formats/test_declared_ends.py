"""What configs and states of trainers declare: the metric they select by, and how far a run was to go."""

import json

import pytest
from log_files import write
from tracker_files import curve, match, read_log

from logminer.formats import Match
from logminer.formats.trackers.objectives import best_model_meta, monitor_meta
from logminer.formats.trackers.plans import stopped_early


@pytest.mark.parametrize(
    ("config", "meta"),
    [
        (
            {"trainer": {"callbacks": [{"class_path": "ModelCheckpoint", "init_args": {"monitor": "val/f1", "mode": "max"}}]}},
            {"target_metric": "val/f1", "direction": "maximize"},
        ),
        (
            {"callbacks": {
                "early_stopping": {"_target_": "EarlyStopping", "monitor": "val/loss", "mode": "min"},
                "model_checkpoint": {"_target_": "ModelCheckpoint", "monitor": "val/acc", "mode": "max"},
            }},
            {"target_metric": "val/acc", "direction": "maximize"},
        ),
        ({"monitor": "val_loss", "mode": "auto"}, {"target_metric": "val_loss"}),
        ({"a": {"monitor": "x", "mode": "min"}, "b": {"monitor": "y", "mode": "min"}}, {}),
        ({"monitor": True, "mode": "max"}, {}),
        ({"monitor": "", "lr": 1}, {}),
    ],
)  # fmt: skip
def test_monitored_metric_is_the_target(config, meta):
    """Lightning's CLI, a Hydra config and a flat one: the checkpoint's monitor goes first."""
    assert monitor_meta(config) == meta


@pytest.mark.parametrize(
    ("params", "name", "direction"),
    [
        ({"metric_for_best_model": "accuracy", "greater_is_better": True}, "eval_accuracy", "maximize"),
        ({"metric_for_best_model": "eval_loss"}, "eval_loss", "minimize"),
        ({"metric_for_best_model": "wer", "greater_is_better": False}, "eval_wer", "minimize"),
    ],
)  # fmt: skip
def test_metric_for_best_model(params, name, direction):
    """The Trainer's own default says which way where the arguments do not."""
    assert best_model_meta(params) == {"target_metric": name, "direction": direction}
    assert best_model_meta({"metric_for_best_model": None}) == {}


def state(folder, rows, **fields):
    record = {"global_step": 10, "max_steps": 100, "log_history": rows, **fields}
    return read_log("huggingface", write(folder, "trainer_state.json", record)).runs[0]


def test_best_metric_of_a_trainer_is_found_among_its_evaluations(tmp_path):
    """The evaluated metric that was never better than the best one, in which direction ever."""
    rows = [
        {"step": i, "eval_loss": 1 / i, "eval_wer": w} for i, w in ((1, 0.3), (2, 0.2), (3, 0.5))
    ]
    meta = state(tmp_path, rows, best_metric=0.2).meta
    assert (meta["target_metric"], meta["direction"]) == ("eval/wer", "minimize")
    meta = state(tmp_path, rows, best_metric=1.0).meta
    assert (meta["target_metric"], meta["direction"]) == ("eval/loss", "maximize")
    assert "target_metric" not in state(tmp_path, rows, best_metric=0.3).meta


def test_trainer_that_ran_out_of_patience_has_finished(tmp_path):
    """Early stopping is an end; too few steps alone tell nothing."""
    callback = {
        "args": {"early_stopping_patience": 3},
        "attributes": {"early_stopping_patience_counter": 3},
    }
    run = state(tmp_path, [], stateful_callbacks={"EarlyStoppingCallback": callback})
    assert (run.status, run.reason) == ("finished", "stopped early")
    callback["attributes"]["early_stopping_patience_counter"] = 2
    assert state(tmp_path, [], stateful_callbacks={"EarlyStoppingCallback": [callback]}).status == (
        "unknown"
    )
    assert state(tmp_path, [], global_step=100).status == "finished"


@pytest.mark.parametrize(("steps", "status"), [(200, "finished"), (150, "unknown")])
def test_lines_of_llama_factory_are_steps_of_one_run(tmp_path, steps, status):
    """``current_steps`` is the step; names are those of the Trainer's state."""
    rows = [
        {"current_steps": 100, "total_steps": 200, "loss": 2.0, "lr": 1e-5, "percentage": 50.0},
        {"current_steps": steps, "total_steps": 200, "eval_loss": 1.5, "elapsed_time": "0:01:00"},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    log = read_log("huggingface", write(tmp_path, "trainer_log.jsonl", text))
    assert set(log.points.names) == {"train/loss", "train/learning_rate", "eval/loss"}
    assert (curve(log, "eval/loss"), log.runs[0].status) == ({steps: 1.5}, status)


def test_arguments_of_llama_factory_are_parameters(tmp_path):
    """training_args.yaml holds the run's parameters; the web form and the adapter's config repeat them."""
    text = "output_dir: out\nlora_rank: 8\nlearning_rate: 1e-4\nmetric_for_best_model: loss\n"
    path = write(tmp_path, "training_args.yaml", text)
    write(tmp_path, "llamaboard_config.yaml", "top.lang: en\n")
    write(tmp_path, "adapter_config.json", {"peft_type": "LORA", "r": 8})
    (run,) = read_log("huggingface", path).runs
    assert (run.params["lora_rank"], run.params["learning_rate"]) == (8, 1e-4)
    assert run.meta["target_metric"] == "eval_loss"
    for name in ("llamaboard_config.yaml", "adapter_config.json"):
        assert match("huggingface", tmp_path / name) is Match.PARTS


@pytest.mark.parametrize(
    ("rows", "config", "status"),
    [
        ("0,1,0.5,\n0,1,,0.4\n1,3,0.3,\n1,3,,0.2\n", "max_epochs: 2\n", "finished"),
        ("0,1,0.5,\n0,1,,0.4\n1,3,0.3,\n", "max_epochs: 2\n", "unknown"),
        ("0,1,0.5,0.4\n", "trainer: {max_epochs: 1}\n", "finished"),
        ("0,1,0.5,0.4\n", "max_epochs: -1\nmax_steps: 2\n", "finished"),
        ("0,1,0.5,0.4\n", "lr: 1\n", "unknown"),
    ],
)
def test_lightning_run_ends_with_its_last_epoch(tmp_path, rows, config, status):
    """The last epoch has ended when it has all metrics of the one before it."""
    write(tmp_path, "version_0/hparams.yaml", config)
    path = write(tmp_path, "version_0/metrics.csv", f"epoch,step,train_loss,val_loss\n{rows}")
    assert read_log("lightning", path).runs[0].status == status


def test_config_of_lightnings_cli_is_read_with_its_monitor(tmp_path):
    """config.yaml of a version folder is the run's config, and names what is monitored."""
    write(tmp_path, "version_0/hparams.yaml", "{}\n")
    text = (
        "trainer:\n  max_epochs: 3\n  callbacks:\n  - class_path: lightning.pytorch.callbacks.EarlyStopping\n"
        "    init_args: {monitor: val_acc, mode: max}\nmodel:\n  lr: 0.1\n"
    )
    (run,) = read_log("lightning", write(tmp_path, "version_0/config.yaml", text)).runs
    assert run.params["model.lr"] == 0.1
    assert run.meta == {"target_metric": "val_acc", "direction": "maximize"}


def test_patience_counts_from_the_best_value():
    """The first of equal values is the best one, as no gain followed it."""
    nan = float("nan")
    assert stopped_early([0.1, 0.5, 0.5, 0.5], 2)
    assert not stopped_early([0.1, 0.5, 0.4, nan], 3)
    assert not stopped_early([nan], 0)
    assert not stopped_early([0.1, 0.5], None)
