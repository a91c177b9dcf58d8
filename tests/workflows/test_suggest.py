"""Suggestions: new configs inside the space, with reasons, from own runs and from related tasks."""

from dataclasses import replace

import numpy as np
import pytest
from csv_runs import read_in, write_run

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.space import config_key
from logminer.core.space_spec import space_from_spec
from logminer.core.trial import Trial
from logminer.store import open_store
from logminer.strategies import auto
from logminer.transfer.past import prior_from_history
from logminer.workflows.extrapolate import outlook
from logminer.workflows.history import View, mine_history
from logminer.workflows.ingest import ingest
from logminer.workflows.suggest import NEW_TASK, record, suggest

SPACE = space_from_spec(
    {"learning_rate": {"low": 1e-5, "high": 1.0, "log": True}, "layers": [1, 2, 3]}
)


def keys(configs):
    return {config_key(config) for config in configs}


def test_suggestions_are_new_inside_and_explained(demo):
    """None was run before, all lie in the inferred space, each names its evidence and an interval."""
    advice = suggest(demo, task="digits_mlp", n=3)
    history = mine_history(demo).history
    configs = [s.config for s in advice.suggestions]
    assert len(keys(configs)) == 3
    assert not keys(configs) & keys(history.of("digits_mlp").config_dicts())
    assert all(advice.space.contains(config) for config in configs)
    assert all(s.because for s in advice.suggestions)
    for s in advice.suggestions:
        assert s.interval[0] <= s.predicted <= s.interval[1]
        assert 0 < s.predicted < 1  # accuracy, in its own unit
    assert advice.objective.metric == "validation/accuracy"


def test_one_past_task_is_judged_by_the_trials_here_only(demo):
    """What one other task says may fit this one's trials; whether past tasks foretell one another, one cannot say."""
    history = mine_history(demo).history
    own = history.of("digits_mlp")
    trials = [Trial(c, float(v)) for c, v in zip(own.config_dicts(), own.losses, strict=True)]
    prior = prior_from_history(history.of("parity_mlp"))
    (found,) = auto.suggest(history.space, trials, prior, 1, np.random.default_rng(0))
    said = "; ".join(found.because)
    assert "what the past says holds here with probability" in said
    assert "trials of this task" in said
    assert "with 1 past task, too few to say whether past tasks foretell one another" in said
    assert "worth" not in said


def test_the_same_seed_gives_the_same_answer(demo):
    """And another seed another one."""
    first, again = (suggest(demo, task="parity_mlp", n=2, seed=3) for _ in range(2))
    assert first == again
    assert suggest(demo, task="parity_mlp", n=2, seed=4) != first


def test_a_new_task_starts_with_what_won_elsewhere(demo):
    """Without a task the first config is a past winner, and no value is promised."""
    advice = suggest(demo, n=2)
    history = mine_history(demo).history
    assert advice.task == NEW_TASK
    assert config_key(advice.suggestions[0].config) in keys(history.config_dicts())
    assert all(s.predicted is None for s in advice.suggestions)
    assert any("portfolio" in reason for reason in advice.suggestions[0].because)


def test_a_held_out_task_is_not_looked_at(demo):
    """Its own runs inform nothing, and are compared with afterwards."""
    advice = suggest(demo, hold_out="digits_mlp", n=2)
    assert advice.task == "digits_mlp"
    assert not any("itself" in note for note in advice.notes)
    assert all("held out" in s.because[-1] for s in advice.suggestions)
    told = " ".join(reason for s in advice.suggestions for reason in s.because[:-1])
    assert "digits_mlp" not in told


def test_unfinished_runs_are_forecast_and_said_how_they_count(demo):
    """The run stopped after 7 of 20 epochs is forecast above where it stood."""
    mined = mine_history(demo)
    ahead = outlook(demo, mined, "digits_mlp")
    row = ahead.table.iloc[0]
    assert (len(ahead.table), row["seen"], row["end"]) == (1, 7, 20)
    assert row["low"] < row["expected"] < row["high"]
    assert row["expected"] >= row["last"] - 0.01
    notes = suggest(demo, task="digits_mlp", n=1).notes
    assert any("1 unfinished run: counted" in note for note in notes)


def test_a_verdict_on_the_past_is_used_and_said(demo_copy):
    """What the last backtest found stands in the notes; of another past it does not count."""
    with open_store(demo_copy, write=True) as store:
        digest = prior_from_history(mine_history(store).history).digest
        with store.transaction():
            store.write.verdict(digest, "harms", -2.0)
        assert any("harms" in note for note in suggest(store, n=1).notes)
        with store.transaction():
            store.write.verdict("another past", "helps", 1.0)
        assert not any("helps" in note for note in suggest(store, n=1).notes)


def test_suggestions_that_were_recorded_are_pending(demo_copy):
    """They are not proposed again for the same task, unless asked."""
    with open_store(demo_copy, write=True) as store:
        first = record(store, suggest(store, task="cancer_mlp", n=1))
        assert first.suggestions[0].id
        second = suggest(store, task="cancer_mlp", n=1)
        repeated = suggest(store, task="cancer_mlp", n=1, repeat=True)
    assert keys(s.config for s in second.suggestions) != keys(s.config for s in first.suggestions)
    assert keys(s.config for s in repeated.suggestions) == keys(s.config for s in first.suggestions)


def test_without_logs_a_space_or_a_prior_is_needed():
    """A space alone is searched; a prior brings its own; nothing at all is an error."""
    advice = suggest(None, View(space=SPACE), n=2, priors=())
    assert all(SPACE.contains(s.config) for s in advice.suggestions)
    named = suggest(None, n=1, priors=["image_classification"])
    assert any("published" in reason for reason in named.suggestions[0].because)
    with pytest.raises(NothingFoundError, match="no runs"):
        suggest(None, n=1)


def test_runs_that_differ_in_nothing_leave_nothing_to_search(store, tmp_path):
    """Empty configs are no advice: it says why there is none, and a space given by the user is searched."""
    for i in range(3):
        (tmp_path / f"r{i}").mkdir()
        (tmp_path / f"r{i}" / "config.json").write_text('{"lr": 0.1, "layers": 2}')
        (tmp_path / f"r{i}" / "log.csv").write_text("step,val_loss\n0,1\n1,0.5\n")
    ingest(store, [str(tmp_path)])
    with pytest.raises(NothingFoundError, match="no hyperparameter differs"):
        suggest(store)
    assert len(suggest(store, View(space=SPACE), n=2).suggestions) == 2


def test_unknown_tasks_are_refused(demo):
    """With the nearest name."""
    with pytest.raises(UsageError, match="did you mean 'parity_mlp'"):
        suggest(demo, task="parity")


def test_one_task_is_searched_at_a_time(demo):
    """A task to search on is not left out of account for one that is held out."""
    with pytest.raises(UsageError, match="not for both"):
        suggest(demo, task="digits_mlp", hold_out="parity_mlp")


def test_advice_is_a_table_and_shows_itself_in_notebooks(demo):
    """One row a config with its prediction; names from logs are escaped."""
    advice = suggest(demo, task="digits_mlp", n=2)
    frame = advice.to_frame()
    assert frame["predicted"].tolist() == [s.predicted for s in advice.suggestions]
    assert frame["learning_rate"].tolist() == [
        s.config["learning_rate"] for s in advice.suggestions
    ]
    odd = replace(advice, suggestions=(replace(advice.suggestions[0], because=("<script>",)),))
    assert "&lt;script&gt;" in odd._repr_html_()
    assert "<table" in mine_history(demo).inferred._repr_html_()


def test_what_follows_from_a_config_and_what_is_fixed_comes_with_it(store, tmp_path):
    """The number of steps is computed anew for each batch size; the epochs of the best runs are handed on."""
    rng = np.random.default_rng(0)
    for i in range(24):
        batch, lr = int(2 ** rng.integers(4, 9)), float(10 ** rng.uniform(-4, -1))
        loss = abs(np.log10(lr) + 2.5) + batch / 1000
        rows = "".join(f"{step},{loss + 1 / (step + 1)}\n" for step in range(3))
        write_run(
            tmp_path / f"run_{i}", f"step,loss\n{rows}", lr=lr, batch_size=batch, max_steps=51200 // batch, momentum=0.9
        )  # fmt: skip
    read_in(store, tmp_path)
    advice = suggest(store, n=3)
    assert advice.fixed["momentum"] == 0.9
    for suggestion, derived in zip(advice.suggestions, advice.derived, strict=True):
        assert "max_steps" not in suggestion.config
        assert derived["max_steps"] * suggestion.config["batch_size"] == 51200
