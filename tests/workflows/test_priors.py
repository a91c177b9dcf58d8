"""Priors in use: shown with sources, found by words, matched to a search, mixed with own results."""

import numpy as np
import pytest
import yaml

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.prior import NO_PRIOR, PastTask, Prior
from logminer.core.space import Space, config_key
from logminer.core.space_spec import space_from_spec
from logminer.published.portable import portable
from logminer.workflows import priors
from logminer.workflows.prior_ask import ask_with
from logminer.workflows.prior_choice import choose, match
from logminer.workflows.prior_files import load, names, read_prior, write_prior
from logminer.workflows.study import Study

VISION = Space({
    "lr": Float(1e-5, 1.0, log=True),
    "optimizer": Categorical(("SGD", "AdamW")),
    "batch_size": Integer(16, 1024, log=True),
    "model": Categorical(("resnet18", "resnet50")),
})  # fmt: skip
PPO = Space({
    "learning_rate": Float(1e-5, 1e-2, log=True),
    "gamma": Float(0.9, 0.9999),
    "gae_lambda": Float(0.8, 1.0),
    "clip_range": Categorical((0.1, 0.2, 0.3)),
})  # fmt: skip
EVERYDAY = Space({"lr": Float(1e-5, 1.0, log=True), "batch_size": Integer(16, 512, log=True)})


def test_every_prior_is_listed_with_its_evidence():
    """The listing has one row a prior, and the gain beside its confidence."""
    listed = priors.list_priors().set_index("name")
    assert list(listed.index) == names()
    assert listed.loc["image_classification", "confidence"] == "good"
    assert listed.loc["image_classification", "sources"] >= 4


def test_values_are_shown_with_their_sources():
    """What holds for AdamW is shown, with sources that the legend explains."""
    prior = load("image_classification")
    shown = priors.show(prior, {"optimizer": "torch.optim.AdamW"}).set_index("parameter")
    row = shown.loc["learning_rate"]
    assert row["when"] == "optimizer=adamw, phase=train"
    assert 4e-4 <= row["low"] <= row["high"] <= 5e-3
    explained = priors.legend(prior, row["sources"].split())
    assert set(explained["source"]) == set(row["sources"].split())
    assert explained["repository"].str.contains("/").all()


def test_a_wrong_context_says_what_is_known():
    """A misspelt optimizer or a context the family does not have is an error with the choices."""
    prior = load("image_classification")
    with pytest.raises(UsageError, match="knows no optimizer 'admw'") as caught:
        priors.show(prior, {"optimizer": "admw"})
    assert "adamw" in caught.value.hint
    with pytest.raises(UsageError, match="does not depend on 'algorithm'"):
        priors.show(prior, {"algorithm": "ppo"})


def test_configs_and_spaces_cite_their_place():
    """Each listed config and space names repository, version and licence."""
    prior = load("object_detection")
    assert priors.show_configs(prior)["source"].str.contains("@").all()
    assert len(priors.show_configs(prior, most=3)) == 3
    spaces = priors.show_spaces(prior)
    assert "detector" in set(spaces["parameter"])


def test_search_finds_by_model_and_parameter():
    """Words are sought in models, places and parameters, in any spelling of a name."""
    found = priors.search("resnet50 sgd")
    assert (found["prior"] == "image_classification").any()
    assert found["holds"].str.contains("sgd").any()
    assert len(priors.search("lora_rank")) > 0
    with pytest.raises(NothingFoundError, match="no published config"):
        priors.search("no such thing anywhere")


def test_a_model_s_name_finds_its_family():
    """``resnet50`` is image classification narrowed to it; a family's own name comes first."""
    narrowed = load("resnet50")
    assert narrowed.name == "image_classification/resnet50"
    assert 0 < len(narrowed.configs) < len(load("image_classification").configs)
    assert sum(c.weight for c in narrowed.configs) == pytest.approx(1.0)
    assert load("image_classification/resnet50") == narrowed
    with pytest.raises(UsageError, match="did you mean 'image_classification'"):
        load("image_clasification")
    with pytest.raises(UsageError, match=r"nowhere\.json"):
        load("nowhere.json")


@pytest.mark.parametrize("name", names())
def test_a_prior_exports_as_a_space_that_can_be_searched(name):
    """The YAML of every family is a valid space, or the family says it has nothing to vary."""
    try:
        text = priors.export(load(name), "yaml")
    except NothingFoundError:
        return
    space = space_from_spec(yaml.safe_load(text))
    for config in space.sample(3, np.random.default_rng(0)):
        assert space.contains(config)


def test_a_prior_exports_itself_and_its_configs(tmp_path):
    """The JSON is a prior file again; the CSV has a column a parameter."""
    prior = load("gnn")
    path = tmp_path / "gnn.json"
    path.write_text(priors.export(prior, "json"))
    assert read_prior(path) == prior
    assert "learning_rate" in priors.export(prior, "csv").splitlines()[0]
    with pytest.raises(UsageError, match="xml"):
        priors.export(prior, "xml")


def test_a_file_is_validated(tmp_path):
    """A good file is described in one row, a broken one gives one error."""
    path = tmp_path / "shared.json"
    write_prior(load("gnn"), path)
    assert priors.validate(str(path))["name"] == "gnn"
    path.write_text(path.read_text().replace('"schema": "logminer-prior/1"', '"schema": "else"'))
    with pytest.raises(UsageError, match="expected schema"):
        priors.validate(str(path))


def test_auto_matches_by_names_and_values():
    """Parameter names and model words find the family, and the match says why."""
    first = match(VISION)[0]
    assert first.prior.name == "image_classification"
    assert any("resnet" in reason for reason in first.because)
    assert match(PPO)[0].prior.name == "reinforcement_learning"


def test_auto_matches_by_constants_and_task_names():
    """What the logs tell beside the space counts: a model's name, a task's name."""
    assert match(EVERYDAY) == []
    assert match(EVERYDAY, [{"arch": "resnet50"}])[0].prior.name == "image_classification"
    assert match(EVERYDAY, texts=["imagenet resnet"])[0].prior.name == "image_classification"


def test_trust_is_in_the_weight():
    """Of two families matched with certainty, the one that did not help unseen sources weighs less."""
    gbdt = Space({
        "num_leaves": Integer(4, 256, log=True), "feature_fraction": Float(0.3, 1.0),
        "lambda_l2": Float(1e-8, 10, log=True), "bagging_fraction": Float(0.3, 1.0),
    })  # fmt: skip
    (low,) = match(gbdt)
    assert low.prior.name == "tabular_gbdt"
    assert low.weight <= 0.25 < match(VISION)[0].weight


def test_configs_to_try_first_lie_in_the_space():
    """Every first config is allowed, different, in the user's names, and cites a source."""
    chosen = choose(["image_classification"], VISION, most=6)
    assert len(chosen.published) == 6
    assert all(VISION.contains(p.config) for p in chosen.published)
    assert len({tuple(p.config.items()) for p in chosen.published}) == 6
    assert all("@" in p.source for p in chosen.published)
    assert chosen.because[0].startswith("image_classification, weight")


def test_a_search_for_momentum_is_taken_as_sgd():
    """Who tunes momentum gets SGD's learning rates, and is told so."""
    space = Space({"lr": Float(1e-6, 1.0, log=True), "momentum": Float(0.5, 0.99)})
    chosen = choose(["image_classification"], space)
    assert "optimizer = sgd" in chosen.because[0]
    assert all(p.config["lr"] >= 0.005 for p in chosen.published[:4])


def test_several_priors_are_mixed():
    """Weights sum to at most nine tenths, and the mixture is a density that keeps the plain space."""
    chosen = choose(["auto", "object_detection"], VISION)
    assert {part.prior.name for part, _ in chosen.parts} >= {
        "image_classification",
        "object_detection",
    }
    assert sum(weight for _, weight in chosen.parts) <= 0.9 + 1e-9
    mixture = chosen.mixture([], [])
    unit = np.random.default_rng(0).random((20_000, len(VISION)))
    assert np.exp(mixture.log_density(unit)).mean() == pytest.approx(1.0, abs=0.1)


def test_the_prior_s_weight_falls_with_own_results():
    """Results lower the weight of a prior, fast when its configs are the bad ones."""
    chosen = choose(["image_classification"], VISION)
    common = [{"lr": 0.1, "optimizer": "SGD", "batch_size": 256, "model": "resnet18"}] * 3
    strange = [{"lr": 1.1e-5, "optimizer": "SGD", "batch_size": 17, "model": "resnet18"}] * 3
    start, later = chosen.mixture([], []), chosen.mixture(common, common * 10)
    assert start.uniform < later.uniform
    tried = [*common, *strange]
    assert chosen.mixture(common, tried).uniform < chosen.mixture(strange, tried).uniform


def test_no_match_is_said():
    """``auto`` on names that everybody uses takes nothing and says so."""
    chosen = choose(["auto"], EVERYDAY)
    assert chosen.published == ()
    assert "no published prior" in chosen.because[0]


def test_a_shared_prior_brings_its_tasks(tmp_path):
    """A colleague searches with what was mined elsewhere: past tasks and winners come along."""
    rng = np.random.default_rng(1)
    rates = 10 ** rng.uniform(-4, 0, 20)
    trials = tuple({"lr": float(r), "batch_size": 64} for r in rates)
    past = PastTask("digits", trials, np.abs(np.log10(rates) + 2), ("",) * 20)
    path = tmp_path / "prior.json"
    write_prior(portable(Prior(tasks=(past,)), EVERYDAY), path)
    chosen = choose(
        [str(path)], Space({"learning_rate": Float(1e-5, 1.0, log=True), "bs": Integer(16, 512)})
    )
    (task,) = chosen.tasks
    assert set(task.configs[0]) == {"learning_rate", "bs"}
    assert len(chosen.added_to(NO_PRIOR).tasks) == 1


def test_without_logs_most_suggestions_are_published():
    """A search that starts from nothing tries published configs first, each with its source and the weight."""
    study = Study(VISION, strategy="random")
    found = ask_with(study, choose(["resnet50"], VISION), 5)
    published = [s for s in found if s.strategy == "published"]
    assert len(found) == 5
    assert len(published) >= 3
    assert published[0].because[0].startswith("published: image_classification/resnet50")
    assert "after 0 own results" in published[0].because[-1]
    assert len(study.trials) == 5


def test_no_config_is_asked_twice():
    """Asked again, the priors go on with other configs, and then with draws from their density."""
    study, chosen = Study(VISION, strategy="random"), choose(["resnet50"], VISION)
    found = [s for _ in range(4) for s in ask_with(study, chosen, 6)]
    keys = {config_key(s.config) for s in found}
    assert len(keys) == len(found) == 24
    assert any("drawn from what sources" in s.because[0] for s in found)
    assert all(VISION.contains(s.config) for s in found)


def test_own_results_take_over():
    """After many own results hardly any suggestion is published; after bad ones for the prior none."""
    chosen = choose(["image_classification"], VISION)
    rng = np.random.default_rng(0)

    def share(loss, results):
        study = Study(VISION, strategy="random")
        for config in VISION.sample(results, rng):
            study.tell(config, loss(config))
        return sum(s.strategy == "published" for s in ask_with(study, chosen, 20))

    agrees = share(lambda c: abs(np.log10(c["lr"]) + 1), 10)
    assert share(lambda c: abs(np.log10(c["lr"]) + 1), 200) < agrees
    assert share(lambda c: np.log10(c["lr"]), 60) <= 2


def test_no_prior_leaves_the_study_alone():
    """Without a matching prior the study answers as it would by itself."""
    study, alone = Study(EVERYDAY, strategy="random"), Study(EVERYDAY, strategy="random")
    found = ask_with(study, choose(["auto"], EVERYDAY), 4)
    assert [s.config for s in found] == [s.config for s in alone.ask(4)]


def test_the_users_aliases_win_in_a_match():
    """A name of one's own counts as what the user says it means."""
    space = Space({"schrittweite": Float(1e-4, 1.0, log=True), "momentum": Float(0.5, 0.99)})
    mine = {"schrittweite": "learning_rate"}
    told = choose(["image_classification"], space, aliases=mine)
    silent = choose(["image_classification"], space)
    assert "schrittweite filled in" in silent.published[0].source
    assert "schrittweite filled in" not in told.published[0].source
    assert told.published[0].config["schrittweite"] >= 0.01
