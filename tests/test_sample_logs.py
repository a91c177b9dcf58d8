"""The demo logs are what their README says, so that a first try of logminer shows something true."""

import numpy as np
import pytest

from logminer.core.parameters import Categorical, Float, Integer
from logminer.store import open_store
from logminer.workflows.history import mine_history

ALIKE = ["cancer_mlp", "clusters_mlp", "digits_mlp", "parity_mlp"]
APART = "cancer_raw_mlp"


@pytest.fixture(scope="module")
def mined(demo_file):
    with open_store(demo_file) as store:
        return mine_history(store)


def test_five_tasks_of_35_runs(mined):
    """Each task is told by its folder, in whatever way its logs are written."""
    counts = mined.history.trials["task"].value_counts()
    assert counts.to_dict() == dict.fromkeys([*ALIKE, APART], 35)


def test_the_accuracy_is_the_objective(mined):
    """All five ways of logging give one objective under one name."""
    goals = {(o.metric, o.mode) for o in mined.history.objectives.values()}
    assert goals == {("validation/accuracy", "max")}


def test_the_space_of_the_search_is_found_again(mined):
    """Kinds, scales and conditions are those the runs were drawn from, seed and folders left out."""
    space = mined.history.space.parameters
    kinds = {name: (type(p), getattr(p, "log", None)) for name, p in space.items()}
    assert kinds == {
        "learning_rate": (Float, True),
        "weight_decay": (Float, True),
        "batch_size": (Integer, True),
        "width": (Integer, True),
        "layers": (Integer, False),
        "activation": (Categorical, None),
        "optimizer": (Categorical, None),
        "momentum": (Float, False),
        "nesterov": (Categorical, None),
        "beta1": (Float, False),
    }
    conditions = {name: dict(p.when) for name, p in space.items() if p.when}
    assert conditions == {
        "momentum": {"optimizer": ("sgd",)},
        "nesterov": {"optimizer": ("sgd",)},
        "beta1": {"optimizer": ("adam",)},
    }


@pytest.mark.parametrize("task", ALIKE)
def test_one_region_wins_on_four_tasks(mined, task):
    """There the winner is adam with a middling learning rate and a wide network."""
    past = mined.history.of(task)
    best = past.config_dicts()[int(np.nanargmin(past.losses))]
    assert best["optimizer"] == "adam"
    assert 0.003 <= best["learning_rate"] <= 0.03
    assert best["width"] >= 90


def test_ranks_carry_over_but_not_to_the_odd_task(mined):
    """Configs tried everywhere agree between the four tasks, and not with raw features."""
    past = mined.history
    ranks = past.ranks.groupby([past.config_ids, past.trials["task"]]).mean().unstack().dropna()
    assert len(ranks) == 14
    agreement = ranks.corr(method="spearman")
    assert agreement.loc[ALIKE, ALIKE].to_numpy().min() > 0.45
    assert agreement.loc[ALIKE, APART].max() < 0.4


def test_diverged_runs_are_kept_as_nan(demo):
    """The losses of two runs in each of the four tasks end in NaN, whatever the format."""
    lost = demo.read.sql(
        "SELECT regexp_extract(r.name, '[a-z_]+mlp') AS task, count(DISTINCT c.run) AS runs "
        "FROM curve c JOIN run r USING (run) JOIN metric m ON m.id = c.metric "
        "WHERE isnan(c.value) AND m.name = 'train/loss' GROUP BY ALL ORDER BY task"
    )
    assert dict(zip(lost["task"], lost["runs"], strict=True)) == dict.fromkeys(ALIKE, 2)
