"""DeepOBS: steps of its losses, and values that are none."""

from log_files import curve, read, write

from logminer.formats import Match, Probe, deepobs


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
