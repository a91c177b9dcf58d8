"""Names of hyperparameters: one canonical name, and what is none at all."""

import pytest

from logminer.core.names import (
    canonical,
    canonical_names,
    is_incidental,
    is_known,
    optimizer_family,
    unit,
    words,
)


@pytest.mark.parametrize(
    "written",
    ["lr", "LR", "learningRate", "learning-rate", "base_lr", "optimizer.lr", "config.optimizer.args.lr", "eta", "lr0",
     "train/learning_rate", "optimizer__lr", "model.init_args.lr"],
)  # fmt: skip
def test_learning_rate_has_many_names(written):
    """Every spelling of the learning rate meets in one name."""
    assert canonical(written) == "learning_rate"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wd", "weight_decay"),
        ("l2", "weight_decay"),
        ("per_device_train_batch_size", "batch_size_per_device"),
        ("BATCH_SIZE", "batch_size"),
        ("optimizer.betas[0]", "beta1"),
        ("optimizer.name", "optimizer"),
        ("model.name", "model"),
        ("lr_scheduler.type", "schedule"),
        ("drop_path_rate", "drop_path"),
        ("lambda_l2", "reg_lambda"),
    ],
)
def test_aliases_meet_in_the_words_of_the_field(written, meant):
    """Well-known aliases are recognised, nested or flat."""
    assert canonical(written) == meant


def test_a_telling_folder_is_kept():
    """Two networks with a learning rate each keep them apart."""
    assert canonical("discriminator.optimizer.lr") == "discriminator.learning_rate"
    assert canonical("generator.lr") == "generator.learning_rate"


def test_an_unknown_name_keeps_its_spelling():
    """What the table does not know is left alone, without neutral folders."""
    assert canonical("config.fooBar") == "fooBar"
    assert canonical("temperature") == "temperature"


def test_the_users_aliases_win():
    """A user's own table overrides the built-in one and reaches nested names."""
    mine = {"lr": "head_lr", "eta_zero": "learning_rate"}
    assert canonical("config.LR", mine) == "head_lr"
    assert canonical("etaZero", mine) == "learning_rate"
    assert canonical("base_lr", mine) == "learning_rate"


def test_canonical_is_stable():
    """A canonical name is its own canonical name."""
    for name in ["lr", "wd", "optimizer.betas.1", "max_grad_norm", "a.b.c", "arch"]:
        assert canonical(canonical(name)) == canonical(name)


def test_names_side_by_side_never_collide():
    """Two names of one log never become one column."""
    assert canonical_names(["lr", "learning_rate", "wd"]) == {
        "lr": "lr", "learning_rate": "learning_rate", "wd": "weight_decay",
    }  # fmt: skip
    assert canonical_names(["eta", "max_depth", "lambda"])["lambda"] == "reg_lambda"
    assert canonical_names(["lr", "lambda"])["lambda"] == "lambda"
    assert canonical_names(["lr", "base_lr"]) == {"lr": "lr", "base_lr": "base_lr"}


def test_units_are_told_by_name():
    """Per device, in total and per 256 are kept apart; a bare name tells nothing."""
    assert unit("per_device_train_batch_size") == "device"
    assert unit("global_batch_size") == "total"
    assert unit("blr") == "per 256"
    assert unit("batch_size") == ""


def test_words_split_at_punctuation_and_capitals():
    """Snake case, dots, dashes and camel case all split into words."""
    assert words("maxGrad_norm-L2.HTTPPort") == ("max", "grad", "norm", "l2", "http", "port")


@pytest.mark.parametrize(
    "name",
    ["seed", "random_state", "data.seed", "log_dir", "logDir", "output_dir", "hostname", "timestamp", "num_workers",
     "verbose", "_wandb.value.cli_version", "wandb.project", "n_jobs", "gpu", "save_steps", "run_name", "id",
     "trainer.devices", "data_root", "local_rank", "rank", "report_to", "eval_batch_size", "model.ckpt_path", "pin_memory",
     "log_config.interval", "batch_size_eval"],
)  # fmt: skip
def test_what_is_no_hyperparameter_is_told_with_a_reason(name):
    """Seeds, places, hosts, times, hardware and logging are incidental, and the reason is said."""
    assert is_incidental(name)


@pytest.mark.parametrize(
    "name",
    ["lr", "drop_path", "drop_path_rate", "lora_rank", "log_std_init", "samples_per_gpu", "batch_size_per_gpu",
     "path_length_penalty", "n_timesteps", "time_embedding_dim", "user_embedding_dim", "optimizer.name", "model_name",
     "momentum", "precision", "num_nodes_per_layer", "saved_tokens", "logit_scale", "dated", "seedling", "hidden_layers",
     "dataset_name", "temperature", "val_fraction", "early_stopping"],
)  # fmt: skip
def test_a_hyperparameter_is_not_taken_for_an_incident(name):
    """Whole words decide, so that a lookalike stays a hyperparameter."""
    assert is_incidental(name) == ""


def test_known_names_are_never_incidental():
    """Every name of the alias table is a hyperparameter."""
    for name in [
        "batch_size_per_device",
        "tokens_per_batch",
        "dataset",
        "model",
        "schedule",
        "tau",
    ]:
        assert is_known(name)
        assert is_incidental(name) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("torch.optim.AdamW", "adamw"),
        ("paged_adamw_8bit", "adamw"),
        ("SGD", "sgd"),
        ("nag", "sgd"),
        ("FusedLAMB", "lamb"),
        ("resnet50", ""),
    ],
)
def test_optimizers_are_recognised_in_any_dress(written, meant):
    """Fused, paged and fully qualified names are the same optimizer; other words are none."""
    assert optimizer_family(written) == meant
