"""The objective is proposed from metric names, with the reason."""

import pytest

from logminer.analyses.objective import choose, guess, propose, read_name, several
from logminer.core.errors import UsageError


@pytest.mark.parametrize(
    ("metric", "mode"),
    [
        ("val/accuracy", "max"), ("validation/loss", "min"), ("validation/wer", "min"), ("validation/bleu", "max"),
        ("val_acc", "max"), ("eval_f1", "max"), ("test_accuracies", "max"), ("metrics/mAP50-95(B)", "max"),
        ("rollout/ep_rew_mean", "max"), ("valid_perplexity", "min"), ("val_top1_err", "min"),
        ("mean_test_neg_mean_squared_error", "max"), ("validation/ssim", "max"), ("eval/fid", "min"), ("val_rmse", "min"),
        ("train/cross_entropy", "min"), ("validation/mean_average_precision", "max"), ("dev.MCC", "max"),
        ("val/dice_loss", "min"), ("train/dice_bce_loss_epoch", "min"), ("iou_loss", "min"), ("val_top5_error", "min"),
        ("reward_loss", "min"), ("loss/accuracy", "max"), ("accuracy_at_best_loss", "max"), ("neg_dice_loss", "max"),
        ("val/elbo", "max"), ("neg_elbo", "min"), ("elbo_loss", "min"), ("loss/elbo", "min"), ("-elbo", "min"),
        ("val/-elbo", "min"), ("test_nelbo", "min"), ("log_likelihood", "max"), ("val_loglik", "max"), ("test/ll", "max"),
        ("neg_log_likelihood", "min"), ("val_nll", "min"), ("log_likelihood_loss", "min"),
    ],
)  # fmt: skip
def test_names_say_which_way_is_better(metric, mode):
    """Every known measure has its direction, in any spelling."""
    assert read_name(metric).mode == mode


@pytest.mark.parametrize("metric", ["lr", "global_step", "x", "gpu/0"])
def test_names_that_tell_nothing(metric):
    """A metric that is no measure has no direction."""
    assert read_name(metric) is None


@pytest.mark.parametrize(
    ("metrics", "chosen"),
    [
        (("train/accuracy", "val/accuracy", "test/accuracy"), "val/accuracy"),
        (("val/loss", "val/accuracy"), "val/accuracy"),
        (("train/loss", "val/loss"), "val/loss"),
        (("train/loss", "test/loss", "epoch", "lr"), "test/loss"),
        (("loss", "grad_norm", "num_examples"), "loss"),
        (("validation/loss", "accuracy_time", "validation/num_examples"), "validation/loss"),
    ],
)
def test_what_people_optimise_is_proposed(metrics, chosen):
    """Validation goes before test and training, accuracy before loss, gauges last."""
    assert propose(dict.fromkeys(metrics, 10), 10).metric == chosen


def test_a_target_the_logs_name_goes_first():
    """``target_metric_name`` decides, and is given as the reason."""
    metrics = {"validation/accuracy": 10, "validation/loss": 10}
    found = propose(metrics, 10, {"workload.target_metric_name": "loss"})
    assert (found.metric, found.mode) == ("validation/loss", "min")
    assert any("target" in reason for reason in found.because)


def test_a_direction_the_logs_name_decides():
    """A study that says it maximises is maximised, whatever the metric's name."""
    found = propose({"value": 5}, 5, {"study.direction": "maximize"})
    assert found.mode == "max"


def test_each_of_several_objectives_has_its_recorded_direction():
    """A study of two objectives says of each which way is better."""
    ways = {"direction.values_0": "maximize", "direction.values_1": "minimize"}
    assert propose({"values_0": 5}, 5, ways).mode == "max"
    assert propose({"values_1": 5}, 5, ways).mode == "min"


def test_a_metric_few_runs_have_is_not_chosen():
    """An accuracy logged once loses against a loss that all runs have."""
    assert propose({"val/accuracy": 1, "val/loss": 100}, 100).metric == "val/loss"


def test_an_unknown_name_is_taken_as_a_loss_and_says_so():
    """The reason tells that the direction is a guess."""
    found = propose({"zorp": 3}, 3)
    assert found.mode == "min"
    assert any("--mode" in reason for reason in found.because)


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (["val_acc"], ""),
        (["delta1"], "min is a guess for delta1: say --metric delta1 --mode max if not"),
        (
            ["delta1", "zorp"],
            "min is a guess for delta1, zorp: say --metric NAME --mode max if not",
        ),
        ([f"zorp{i}" for i in range(40)], "min is a guess for zorp0, zorp1, zorp10, …: say"),
        (["zorp" * 40], "min is a guess for zorpzorpzorp"),
        (["zorp" * 40, "y" * 70], "min is a guess for yyyyyyyyyyyy"),
    ],
)
def test_what_is_guessed_is_said_in_one_line(metrics, said):
    """The metrics whose direction nothing tells, as many as fit beside what to do."""
    line = guess([propose({metric: 1}, 1) for metric in metrics])
    assert line.startswith(said) if said else line == ""
    assert len(line) <= 80
    assert not said or line.endswith("--mode max if not")
    told = propose({metrics[0]: 1}, 1, asked="max")
    assert told.mode == "max"
    assert guess([told]) == ""


def test_a_task_without_metrics_has_no_objective():
    """Nothing to optimise is said as None."""
    assert propose({}, 3) is None


def test_a_metric_no_run_has_is_refused_with_the_nearest():
    """The message offers what was probably meant."""
    with pytest.raises(UsageError, match="did you mean 'val/accuracy'"):
        choose("val_acuracy", {"val/accuracy": 3, "loss": 3})


def test_the_first_of_several_objectives_is_used_and_said():
    """A tool's order goes before what names tell; the line names another objective and how to take it."""
    recorded = {"objectives": '["latency", "accuracy"]', "direction.accuracy": "maximize"}
    found = propose({"latency": 5, "accuracy": 5, "loss": 5}, 5, recorded)
    assert (found.metric, found.mode) == ("latency", "min")
    line = "latency is one of 2 objectives: --metric accuracy takes another"
    assert several([found]) == line


@pytest.mark.parametrize(
    "written", ["[", '{"a": 1}', "[1, null]", '["gone", "accuracy"]', 7, '["accuracy"]']
)
def test_an_order_that_tells_nothing(written):
    """A damaged order, or one of which only one objective was measured, is not spoken of."""
    found = propose({"accuracy": 5, "loss": 5}, 5, {"objectives": written})
    assert found.metric == "accuracy"
    assert not several([found])
