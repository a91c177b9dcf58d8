"""Hugging Face Trainer: names, steps, checkpoints and model cards."""

from log_files import curve, read, write

from logminer.formats import Match, Probe, huggingface


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


def test_huggingface_results_without_a_state_stand_at_the_last_checkpoint(tmp_path):
    """Where only checkpoints kept their state, final results end the curve and do not begin it."""
    for step in (500, 1000):
        write(
            tmp_path,
            f"checkpoint-{step}/trainer_state.json",
            {"global_step": step, "log_history": []},
        )
    path = write(tmp_path, "all_results.json", {"eval_loss": 0.5, "train_runtime": 2.0, "epoch": 3})
    assert curve(read(path, huggingface), "eval/loss") == [(1000, 0.5)]


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
