"""Several objectives, constraints, and what a trial that was cut short is worth."""

import sys

import numpy as np
import pytest

import logminer as lm
from logminer.core.aims import Aims, Constraint
from logminer.core.errors import UsageError
from logminer.core.pareto import front, hypervolume, scalarised
from logminer.core.space_spec import space_from_spec
from logminer.runner._command import Command
from logminer.runner.search import Limits, search_command
from logminer.store import open_store
from logminer.workflows.history import View, mine_history
from logminer.workflows.tradeoffs import tradeoffs

SPACE = {
    "width": {"type": "int", "low": 8, "high": 512, "log": True},
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
}


def train(trial):
    width, lr = trial.config["width"], trial.config["lr"]
    accuracy = 1 - width**-0.5 - 0.05 * abs(np.log10(lr) + 2)
    return {"accuracy": accuracy, "latency_ms": 0.1 * width}


def go(tmp_path, **options):
    return lm.search(train, SPACE, study="s", db=tmp_path / "db", runs=tmp_path, **options)


def test_several_objectives_end_in_a_front(tmp_path):
    """None of it is better than another in both, and everything else is worse than one of it."""
    result = go(tmp_path, n_trials=15, objectives=["accuracy:max", "latency_ms"])
    assert len(result.front) > 2
    losses = result.trials[["value", "latency_ms"]].to_numpy() * [-1, 1]
    assert result.front["number"].sort_values().tolist() == np.flatnonzero(front(losses)).tolist()
    with open_store(tmp_path / "db") as store:
        table = tradeoffs(store, View(), Aims.parse(["accuracy", "latency_ms"]).objectives)
        assert sorted(table["accuracy"]) == sorted(result.front["accuracy"])
        assert mine_history(store).history.objectives.popitem()[1].metric == "accuracy"


def test_an_objective_of_unknown_direction_is_refused(tmp_path):
    """A front needs to know from the first trial on."""
    with pytest.raises(UsageError, match="does not tell which way is better"):
        go(tmp_path, objectives=["accuracy:max", "wobble"])


def test_a_constraint_is_met_by_the_best_and_learnt(tmp_path):
    """Configs beyond it are infeasible, never best, and soon avoided."""
    result = go(
        tmp_path, n_trials=30, metric="accuracy", mode="max", constraints=["latency_ms<=20"]
    )
    beyond = result.trials["latency_ms"] > 20
    assert (result.trials["status"] == "infeasible").equals(beyond)
    assert result.trials.loc[beyond, "reason"].str.startswith("violates latency_ms<=20").all()
    assert 0.1 * result.best_config["width"] <= 20
    assert beyond[10:].sum() <= 4
    with open_store(tmp_path / "db") as store:
        history = mine_history(store).history
    assert (history.trials["status"] == "infeasible").sum() == beyond.sum()


def test_a_study_takes_several_values_and_constraints():
    """And says which are in front; a config beyond a constraint is not."""
    study = lm.Study({"x": {"type": "float", "low": 0.0, "high": 1.0}}, mode=["min", "max"])
    study.tell({"x": 0.1}, (1.0, 1.0), cost=2.0)
    study.tell({"x": 0.2}, (2.0, 0.5))
    study.tell({"x": 0.3}, (0.5, 0.5))
    study.tell({"x": 0.4}, (0.1, 2.0), constraints=[0.5, -1.0])
    assert [t.config["x"] for t in study.front] == [0.1, 0.3]
    with pytest.raises(UsageError, match="1 values for 2 objectives"):
        study.tell({"x": 0.5}, 1.0)
    suggestion = study.ask()
    assert suggestion.predicted is None
    assert study.frame()["value_1"].tolist()[:3] == [1.0, 0.5, 0.5]


def test_a_front_grows_faster_than_at_random():
    """On ZDT1 with 4 dimensions, by hypervolume after 30 trials (Zitzler, Deb and Thiele 2000)."""

    def zdt1(config):
        x = np.array(list(config.values()))
        g = 1 + 9 * x[1:].mean()
        return float(x[0]), float(g * (1 - (x[0] / g) ** 0.5))

    space = {f"x{i}": {"type": "float", "low": 0.0, "high": 1.0} for i in range(4)}
    gained = {}
    for strategy in ("gp", "random"):
        study = lm.Study(space, mode=["min", "min"], strategy=strategy, seed=1)
        for _ in range(30):
            suggestion = study.ask()
            study.tell(suggestion, zdt1(suggestion.config))
        losses = np.array([t.values for t in study.trials])
        gained[strategy] = hypervolume(losses, np.array([1.1, 6.0]))
    assert gained["gp"] > gained["random"] + 0.5


@pytest.mark.parametrize(
    ("points", "volume"),
    [
        ([[0, 0]], 1.0),
        ([[0.5, 0.5]], 0.25),
        ([[0, 0.5], [0.5, 0]], 0.75),
        ([[2, 2]], 0.0),
        ([[0.5, 0.5], [0.6, 0.6]], 0.25),
    ],
)
def test_hypervolume_of_boxes(points, volume):
    """Against areas that are plain to see."""
    assert hypervolume(np.array(points, dtype=float), np.ones(2)) == pytest.approx(volume)


def test_one_loss_for_several_keeps_what_dominates():
    """Whatever the weights and units."""
    rng = np.random.default_rng(0)
    losses = rng.random((50, 3)) * [1, 1000, 1e-6]
    for weights in rng.dirichlet(np.ones(3), size=20):
        best = int(scalarised(losses, weights).argmin())
        assert front(losses)[best]


@pytest.mark.parametrize(
    "text", ["latency_ms", "latency_ms==3", "latency_ms<=much", "<=3", "a<=nan"]
)
def test_what_is_no_constraint_is_refused(text):
    """With the way to write one."""
    with pytest.raises(UsageError, match="is no constraint"):
        Constraint.parse(text)


def test_a_trial_that_its_time_cut_short_counts_with_what_it_logged(tmp_path):
    """It is marked, may be best, and is a run that was preempted; one that logged nothing has failed."""
    (tmp_path / "train.py").write_text(
        "import json, sys, time\n"
        "lr, out = float(sys.argv[1]), open(sys.argv[2] + '/metrics.jsonl', 'w')\n"
        "for epoch in range(3 if lr < 2 else 0):\n"
        "    print(json.dumps({'epoch': epoch, 'val_loss': lr / (1 + epoch)}), file=out, flush=True)\n"
        "time.sleep(30)\n"
    )
    view = View(space=space_from_spec({"lr": [1.0, 3.0]}))
    command = Command((sys.executable, str(tmp_path / "train.py"), "{lr}", "{run_dir}"))
    result = search_command(
        str(tmp_path / "db"), command, view, study="s", strategy="grid", limits=Limits(trials=2), workers=2,
        timeout=1.0, runs=tmp_path / "runs",
    )  # fmt: skip
    by_lr = result.trials.set_index("lr")
    assert by_lr["status"].to_dict() == {1.0: "cut", 3.0: "failed"}
    assert set(by_lr["reason"]) == {"time limit of 1 s"}
    assert result.best_value == pytest.approx(1 / 3)
    with open_store(tmp_path / "db") as store:
        assert set(mine_history(store).history.trials["status"]) == {"preempted", "failed"}
