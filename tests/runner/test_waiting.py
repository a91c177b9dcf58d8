"""``--wait`` holds wherever a database is opened."""

import ast
from pathlib import Path

import pytest

import logminer
from logminer.core.space_spec import space_from_spec
from logminer.runner._command import Command
from logminer.runner.search import Limits, search_command
from logminer.store import open_store
from logminer.workflows.history import View

PACKAGE = Path(logminer.__file__).parent
OPENERS = {"open_store", "Database", "Board"}


def openings():
    for path in sorted(set(PACKAGE.rglob("*.py")) - set(PACKAGE.glob("formats/**/*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in OPENERS
            ):
                given = {k.arg for k in node.keywords} | ({"wait"} if len(node.args) > 1 else set())
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", given


def test_no_place_opens_a_database_with_a_patience_of_its_own():
    """But for the functions of Python, which have no such option."""
    found = [place for place, given in openings() if "wait" not in given]
    assert [place for place in found if not place.startswith("api.py")] == []
    assert any(place.startswith("runner/") for place, _ in openings())


@pytest.mark.parametrize("wait", [1.0, 61.0, 300.0])
def test_a_search_waits_as_long_as_it_was_told_and_at_least_a_minute(tmp_path, monkeypatch, wait):
    """At its beginning, at each turn and at its end."""
    waited = []

    def opening(*args, **options):
        waited.append(options.get("wait", 10.0))
        return open_store(*args, **options)

    for module in ("_session", "_past", "_board", "search"):
        monkeypatch.setattr(f"logminer.runner.{module}.open_store", opening)
    space = space_from_spec({"lr": {"type": "float", "low": 0.1, "high": 1.0}})
    command = Command(("echo", '{"metric": "loss", "value": {lr}}'))
    for _ in range(2):
        search_command(
            str(tmp_path / "db"), command, View(space=space), study="s", strategy="random",
            limits=Limits(trials=1), runs=tmp_path / "runs", wait=wait,
        )  # fmt: skip
    assert len(waited) >= 6
    assert set(waited) == {max(wait, 60.0)}
