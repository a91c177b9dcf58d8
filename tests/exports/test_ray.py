"""Ray Tune: search space, points to evaluate, and a searcher that Ray asks."""

import ast
import math
import runpy

import numpy as np
import pytest
from export_contexts import FULL, hostile_context, make_context

from logminer.exports import ray as target


def test_the_module_is_plain_data_and_calls_of_ours():
    """Whatever a log calls things."""
    tree = ast.parse(target.write(hostile_context()))
    assert [type(n).__name__ for n in tree.body] == ["ImportFrom", *["Assign"] * 4]
    space = tree.body[3].value
    assert {v.func.id for v in space.values if isinstance(v, ast.Call)} == {
        "choice", "uniform", "randint",
    }  # fmt: skip


def test_the_module_holds_space_points_and_objective():
    """With Ray's exclusive upper bounds."""
    text = target.write(make_context(mode="max"))
    assert "'learning_rate': loguniform(1e-05, 1.0)," in text
    assert "'batch_size': lograndint(16, 513)," in text
    assert "'fixed': 0.5," in text
    assert "METRIC = 'val/loss'\nMODE = 'max'\n" in text
    assert "# Note: 'beta2' counts only when" in text


@pytest.fixture
def tune():
    return pytest.importorskip("ray.tune")


def test_ray_draws_from_the_space(tune, tmp_path):
    """The written module and the function give domains whose values the space allows."""
    path = tmp_path / "space.py"
    path.write_text(target.write(make_context()))
    written = runpy.run_path(str(path))
    made = target.param_space(FULL)
    assert list(written["PARAM_SPACE"]) == list(made) == FULL.names
    for name, domain in made.items():
        assert type(written["PARAM_SPACE"][name]) is type(domain)
        values = [domain.sample() for _ in range(50)] if hasattr(domain, "sample") else [domain]
        assert all(FULL.parameters[name].contains(v) for v in values)
    assert max(made["layers"].sample() for _ in range(200)) == 5
    assert written["POINTS_TO_EVALUATE"] == make_context().configs


def test_ray_evaluates_the_points_first(tune):
    """Its default search runs them as they are."""
    from ray.tune.search.basic_variant import BasicVariantGenerator

    context = make_context()
    search = BasicVariantGenerator(points_to_evaluate=context.configs, random_state=0)
    from ray.tune.experiment import Experiment

    experiment = Experiment(
        "e", lambda config: None, config=target.param_space(FULL), num_samples=3
    )
    search.add_configurations([experiment])
    first = [search.next_trial().config for _ in range(3)]
    for config, point in zip(first, context.configs, strict=True):
        assert point.items() <= config.items()


def loss(config):
    return abs(np.log10(config["learning_rate"]) + 2)


def test_the_searcher_proposes_and_learns(tune):
    """Ray's calls in their order: suggest, complete, and an error in between."""
    searcher = target.LogminerSearcher(FULL, "loss", "min", strategy="tpe", seed=1)
    seen = []
    for i in range(30):
        config = searcher.suggest(f"t{i}")
        assert FULL.why_not(config) == ""
        seen.append(loss(config))
        searcher.on_trial_complete(f"t{i}", {"loss": seen[-1]}, error=i == 3)
    assert np.mean(seen[20:]) < np.mean(seen[:10])
    assert [t.status for t in searcher.study.trials].count("failed") == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Ray's own
def test_a_tuner_asks_the_searcher(tune, tmp_path):
    """A real experiment, whose results the searcher is told."""
    import ray
    from ray.tune.search import ConcurrencyLimiter

    searcher = target.LogminerSearcher(FULL, "loss", "min", strategy="tpe")
    ray.init(
        "local", num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=10**8
    )
    try:
        results = tune.Tuner(
            lambda config: {"loss": abs(math.log10(config["learning_rate"]) + 2)},
            tune_config=tune.TuneConfig(
                metric="loss", mode="min", num_samples=3, search_alg=ConcurrencyLimiter(searcher, 1)
            ),
            run_config=tune.RunConfig(storage_path=str(tmp_path), verbose=0),
        ).fit()
    finally:
        ray.shutdown()
    told = searcher.study.trials
    assert [t.status for t in told] == ["complete"] * 3
    assert min(t.value for t in told) == pytest.approx(results.get_best_result().metrics["loss"])
    assert [FULL.why_not(t.config) for t in told] == [""] * 3


def test_the_searcher_learns_from_a_database(tune, demo):
    """The space is the logs', and the first config one that won elsewhere."""
    searcher = target.LogminerSearcher.from_store(
        demo, "accuracy", "max", task="digits_mlp", strategy="random"
    )
    assert set(searcher.suggest("t")) <= set(searcher.study.space.names)
    assert {past.name for past in searcher.study.prior.tasks} == {
        "cancer_mlp", "cancer_raw_mlp", "clusters_mlp", "parity_mlp",
    }  # fmt: skip


def test_the_searcher_goes_on_where_it_was(tune, tmp_path):
    """What is saved is plain JSON, and the same configs follow."""
    searcher = target.LogminerSearcher(FULL, "loss", "max", strategy="genetic", seed=2)
    for i in range(4):
        searcher.suggest(f"t{i}")
    searcher.on_trial_complete("t0", {"loss": 0.5})
    searcher.save(str(tmp_path / "state"))
    again = target.LogminerSearcher(FULL, "loss", "max", strategy="genetic", seed=2)
    again.restore(str(tmp_path / "state"))
    assert again.study.trials == searcher.study.trials
    for one in (searcher, again):
        one.on_trial_complete("t1", {"loss": 0.7})
    assert again.suggest("next") == searcher.suggest("next")


def test_unknown_names_are_no_attributes():
    """The searcher comes on demand; nothing else does."""
    with pytest.raises(AttributeError, match="Searching"):
        target.Searching  # noqa: B018
