"""Optuna: the script, as code of ours and in real studies."""

import ast
import json
import runpy

import numpy as np
import pytest
from export_contexts import FULL, hostile_context, make_context

from logminer.core.space import config_key
from logminer.exports import optuna as target
from logminer.exports._context import ExportContext


def run_script(context, tmp_path):
    """The names that the written script defines."""
    path = tmp_path / "warm.py"
    path.write_text(target.write(context), encoding="utf-8")
    return runpy.run_path(str(path))


def vars_of(context):
    names = ("space", "suggestions", "task", "objective", "history", "notes")
    return {name: getattr(context, name) for name in names}


def test_the_script_is_plain_data_and_code_of_ours():
    """Names and values out of logs are literals, whatever they hold."""
    code = target.write(hostile_context())
    tree = ast.parse(code)
    assert [type(node).__name__ for node in tree.body] == [
        "Import", "ImportFrom", "ImportFrom", *["Assign"] * 6, "FunctionDef", "FunctionDef", "If",
    ]  # fmt: skip
    code.encode()


def test_the_script_says_what_it_rests_on():
    """Task, notes, what was left out and what could not be said."""
    code = target.write(make_context())
    assert "# Written by logminer for task: minimise val/loss." in code
    assert "# a note" in code
    assert "# Note: skip configs with 'optimizer' = lion and 'depth' = 8: not allowed" in code


@pytest.mark.parametrize("context", [make_context(mode="max"), hostile_context()])
def test_a_study_takes_past_trials_and_configs(optuna, context, tmp_path):
    """Own trials come with values in the metric's unit; configs wait, and are run first, as they are."""
    context.history.trials.iloc[0, context.history.trials.columns.get_loc("value")] = np.nan
    script = run_script(ExportContext(**vars_of(context)), tmp_path)
    study = optuna.create_study(direction=script["DIRECTION"])
    script["warm"](study)
    states = [t.state.name for t in study.trials]
    assert (states.count("COMPLETE"), states.count("FAIL"), states.count("WAITING")) == (19, 1, 3)
    done = context.history.trials["value"].iloc[1:].tolist()
    assert [t.value for t in study.trials if t.state.name == "COMPLETE"] == done
    assert study.best_value == max(done)
    seen = []
    study.optimize(lambda trial: seen.append(script["suggest"](trial)) or 0.5, n_trials=3)
    assert [config_key(c) for c in seen] == [config_key(c) for c in context.configs]


def test_run_by_itself_the_script_makes_a_study(optuna, tmp_path, monkeypatch, capsys):
    """A database that the user's search opens; a second run does not double it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "warm.py").write_text(target.write(make_context(mode="max")))
    runpy.run_path("warm.py", run_name="__main__")
    assert "23 trials in optuna.db, 3 of them to be run first" in capsys.readouterr().out
    study = optuna.load_study(study_name="task", storage="sqlite:///optuna.db")
    assert (study.direction.name, len(study.trials)) == ("MAXIMIZE", 23)
    with pytest.raises(optuna.exceptions.DuplicatedStudyError):
        runpy.run_path("warm.py", run_name="__main__")


def test_the_script_stays_in_the_space(optuna, tmp_path):
    """Conditions are kept by the order in which the script asks."""
    script = run_script(make_context(runs=0, n=0), tmp_path)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(50):
        config = script["suggest"](study.ask())
        assert FULL.why_not(config) in ("", "a forbidden combination")


def test_unknown_names_are_no_attributes():
    """The classes come on demand; nothing else does."""
    with pytest.raises(AttributeError, match="Sampler"):
        target.Sampler  # noqa: B018


def test_reasons_travel_with_the_configs():
    """Each enqueued config keeps what speaks for it."""
    code = target.write(make_context())
    assert all(json.dumps(f"reason {i}").replace('"', "'") in code for i in range(3))
