"""What recorded names are taken for: shown with evidence, set by the user, and obeyed by every command."""

import itertools
import json

import pytest
from cli_run import run


@pytest.fixture
def studied(tmp_path):
    """A database of one table: a scaling study of two sizes, with a home-made score and repeats."""
    lines = ["size_m,lr,gizmo,seed,val_loss,zorp"]
    for n, (size, lr, gizmo, seed) in enumerate(
        itertools.product((10, 80), (0.001, 0.01, 0.1), (3, 5), (0, 1, 2))
    ):
        loss = 3 - size / 100 + lr + 0.01 * gizmo + 0.001 * ((n * 7) % 5)
        lines.append(f"{size},{lr},{gizmo},{seed},{loss:.5f},{2.5 - loss / 2:.5f}")
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "results.csv").write_text("\n".join(lines) + "\n")
    db = tmp_path / "x.duckdb"
    assert run("ingest", str(logs), db=db).returncode == 0
    return db


def listed(db, *args):
    """Rows of a listing."""
    done = run(*args, "--format", "json", db=db)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def role_of(db, name, *args):
    return next(row["role"] for row in listed(db, "roles", *args) if row["name"] == name)


def searched(db):
    return {row["name"] for row in listed(db, "space") if row["searched"] != "left out"}


def test_roles_are_listed_with_evidence_and_what_else_they_could_be(studied):
    """Each recorded name once: role, how sure, why, and the runner-up."""
    rows = {row["name"]: row for row in listed(studied, "roles")}
    assert {rows[n]["role"] for n in ("lr", "gizmo")} == {"hyperparameter"}
    assert rows["seed"]["role"] == "repeat"
    assert rows["val_loss"]["role"] == rows["zorp"]["role"] == "result"
    assert all(0 < row["confidence"] <= 1 and row["evidence"] for row in rows.values())
    assert rows["gizmo"]["runner_up"]


def test_a_role_that_is_set_holds_in_every_command_until_it_is_unset(studied):
    """A context tells tasks apart and is not searched; no log is read again for it."""
    assert "gizmo" in searched(studied)
    done = run("roles", "set", "gizmo", "context", db=studied)
    assert done.returncode == 0, done.stderr
    assert "roles unset gizmo" in done.stderr
    assert "gizmo" not in searched(studied)
    assert role_of(studied, "gizmo") == "context"
    assert all("gizmo=" in row["task"] for row in listed(studied, "tasks"))
    assert run("roles", "unset", "gizmo", db=studied).returncode == 0
    assert "gizmo" in searched(studied)


def test_a_number_that_is_said_to_be_measured_becomes_a_metric(studied):
    """It can be the objective, and no longer tells configs apart: those of 3 and 5 are averaged."""
    assert run("roles", "set", "gizmo", "result", db=studied).returncode == 0
    assert "gizmo" in {row["metric"] for row in listed(studied, "metrics")}
    tops = listed(studied, "top", "--metric", "gizmo", "--mode", "max", "-n", "1")
    assert tops[0]["mean"] == 4


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("roles", "set", "gizmo", "contxt"), "did you mean 'context'"),
        (("roles", "set", "gizmi", "context"), "did you mean 'gizmo'"),
        (("tasks", "--context", "gizmi"), "did you mean 'gizmo'"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(studied, args, message):
    """One line and exit code 2; nothing is stored."""
    done = run(*args, db=studied)
    assert done.returncode == 2
    assert message in done.stderr
    assert role_of(studied, "gizmo") == "hyperparameter"


def test_a_context_can_be_named_for_one_command(studied):
    """``--context`` changes this answer and no other."""
    assert role_of(studied, "lr", "--context", "lr") == "context"
    assert role_of(studied, "lr") == "hyperparameter"


def test_settings_of_a_project_decide_roles_and_words(studied, tmp_path, monkeypatch):
    """``[roles]`` names single columns, ``[vocabulary]`` teaches words; a slip is said with its place."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "logminer.toml"
    config.write_text('[roles]\ngizmo = "budget"\n\n[vocabulary.measures]\nzorp = "max"\n')
    assert role_of(studied, "gizmo") == "budget"
    modes = {row["mode"] for row in listed(studied, "tasks", "--metric", "zorp")}
    assert modes == {"max"}
    config.write_text('[roles]\ngizmo = "bugdet"\n')
    done = run("roles", db=studied)
    assert done.returncode == 2
    assert "logminer.toml" in done.stderr
    assert "did you mean 'budget'" in done.stderr


@pytest.mark.parametrize("command", ["tasks", "top", "importance", "suggest"])
def test_a_guessed_direction_is_announced_by_what_uses_it(command, tmp_path):
    """Nothing tells of zorp whether it shall be large: each command says so, with what to type."""
    rows = [
        f"{lr},{width},{(i * 37 % 24) / 7}"
        for i, (lr, width) in enumerate(itertools.product((0.1, 0.2, 0.4, 0.8), range(16, 22)))
    ]
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "results.csv").write_text("lr,width,zorp\n" + "\n".join(rows) + "\n")
    db = tmp_path / "x.duckdb"
    run("ingest", str(logs), db=db)
    said = " ".join(run(command, db=db).stderr.split())
    assert "min is a guess for zorp" in said
    assert "--mode max" in said
