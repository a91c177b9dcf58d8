"""What is derived once is found again, is the same, and is derived anew when anything it rests on changes."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from csv_runs import write_run

from logminer.cli._app import cli
from logminer.core.packing import pack
from logminer.store import open_store
from logminer.workflows import history, remembered
from logminer.workflows.extrapolate import fit_on_ended
from logminer.workflows.history import View, mine_history
from logminer.workflows.ingest import ingest

SAMPLES = sorted(p for p in (Path(__file__).parents[2] / "sample_logs").iterdir() if p.is_dir())


@pytest.fixture
def fresh(demo_copy):
    """A database that nothing was kept in."""
    _forget(demo_copy)
    return demo_copy


def _forget(path):
    with open_store(path, write=True) as store, store.transaction():
        store._con.execute("DELETE FROM derived")


@pytest.fixture
def derivations(monkeypatch):
    """A list that grows by one with every derivation."""
    count = []
    derive = history.mined_from
    monkeypatch.setattr(
        history, "mined_from", lambda *args, **kw: count.append(1) or derive(*args, **kw)
    )
    return count


def mined(path, view=None, **options):
    with open_store(path) as store:
        return mine_history(store, view, **options)


def test_the_same_question_is_answered_from_the_database(fresh, derivations):
    """And with the very same answer."""
    first, again = mined(fresh), mined(fresh)
    assert len(derivations) == 1
    assert pack(first) == pack(again)


def test_each_question_has_its_own_answer(fresh, derivations):
    """A metric, a role, a task: each is another question."""
    tasks = mined(fresh, everything=True).history.tasks
    mined(fresh)
    mined(fresh, View(summary="last"))
    mined(fresh, View(roles={"lr": "context"}))
    mined(fresh, task=tasks[0])
    assert len(derivations) == 5


def test_a_role_that_was_set_is_another_question(fresh, derivations):
    """It is stored in the database itself."""
    mined(fresh)
    with open_store(fresh, write=True) as store, store.transaction():
        store.write.role("lr", "context")
    mined(fresh)
    assert len(derivations) == 2


def test_whoever_writes_derives(fresh, derivations):
    """What a writer sees may change under its hands."""
    with open_store(fresh, write=True) as store:
        mine_history(store)
        mine_history(store)
    assert len(derivations) == 2


def test_damage_is_derived_anew(fresh, derivations):
    """Bytes of another hand are no answer."""
    mined(fresh)
    with open_store(fresh, write=True) as store, store.transaction():
        store._con.execute("UPDATE derived SET data = 'junk'::BLOB")
    assert len(mined(fresh).history)
    assert len(derivations) == 2


def test_another_version_of_the_program_derives_anew(fresh, derivations, monkeypatch):
    """Its answer may be another."""
    mined(fresh)
    monkeypatch.setattr(remembered, "_program", lambda: "another")
    mined(fresh)
    assert len(derivations) == 2


def test_curve_models_are_kept(fresh, monkeypatch):
    """The second process fits nothing, and forecasts the same."""
    from logminer.curves import fitted as fits

    with open_store(fresh) as store:
        first, _ = fit_on_ended(store, mine_history(store), _open_runs(store))
    fits._models.clear()
    monkeypatch.setattr(fits.CurveModel, "fit", None)
    with open_store(fresh) as store:
        again, _ = fit_on_ended(store, mine_history(store), _open_runs(store))
    fits._models.clear()
    assert again.to_bytes() == first.to_bytes()


def _open_runs(store):
    trials = mine_history(store).history.trials
    return trials.index[:1]


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda p: p.name)
def test_every_kind_of_log_can_be_kept(tmp_path, folder, derivations):
    """Nothing that a format reads is of a type that bytes cannot hold."""
    path = tmp_path / "x.duckdb"
    with open_store(path, write=True) as store:
        ingest(store, [str(folder)])
        runs = len(store.read.runs())
    if runs:
        assert pack(mined(path, everything=True)) == pack(mined(path, everything=True))
        assert len(derivations) == 1


COMMANDS = [
    ["tasks"],
    ["space", "--format", "json"],
    ["top", "--format", "json"],
    ["runs", "--format", "csv"],
    ["roles"],
    ["suggest", "--seed", "3"],
    ["importance"],
]


def test_commands_say_the_same_before_and_after_changes(tmp_path):
    """At each step as a database says that nothing was ever kept in."""
    logs, kept, other = tmp_path / "logs", tmp_path / "kept.duckdb", tmp_path / "fresh.duckdb"
    for step, change in enumerate((_more_runs, _another_value, _one_less, lambda _: None)):
        change(logs)
        _say(["ingest", str(logs)], kept)
        shutil.copy(kept, other)
        _forget(other)
        for command in COMMANDS:
            first, again = _say(command, kept), _say(command, kept)
            assert first == again == _say(command, other), (step, command)


def _say(command, path):
    done = CliRunner().invoke(cli, [*command, "--db", str(path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _more_runs(logs):
    for number in range(12):
        rows = "".join(f"{step},{1 / (step + 1 + number % 5)}\n" for step in range(6))
        lr, width = 10 ** -(1 + number % 4), 16 << number % 3
        write_run(logs / f"run_{number}", "step,loss\n" + rows, lr=lr, width=width)


def _another_value(logs):
    path = logs / "run_3" / "hparams.json"
    path.write_text(json.dumps({"lr": 0.5, "width": 16}))
    os.utime(path, (1, 2_000_000_000))


def _one_less(logs):
    shutil.rmtree(logs / "run_7")
