"""Registries list their folder without importing it, and load by name."""

import sys
from importlib.metadata import EntryPoint

import pytest

from logminer.core import registry
from logminer.core.errors import UsageError
from logminer.core.registry import Registry


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A registry over a package of two plug-ins and a private module."""
    package = tmp_path / "pantry" / "jams"
    package.mkdir(parents=True)
    (tmp_path / "pantry" / "core").mkdir()
    (package / "plum.py").write_text('"""Plum jam.\n\nDark."""\n')
    (package / "cherry.py").write_text("")
    (package / "_jars.py").write_text("raise RuntimeError\n")
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "pantry" / "core" / "registry.py"))
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    yield Registry("pantry.jams", "jam")
    for name in [name for name in sys.modules if name.startswith("pantry")]:
        del sys.modules[name]


def test_the_folder_is_the_list(folder):
    """Names are file names; private modules are none, and listing imports nothing."""
    assert folder.names() == ["cherry", "plum"]
    assert not any(name.startswith("pantry.jams.") for name in sys.modules)


def test_loading_gives_the_module(folder):
    """A name loads its module, all names load all modules."""
    assert folder.load("plum").__name__ == "pantry.jams.plum"
    assert list(folder.load_all()) == ["cherry", "plum"]


def test_the_summary_is_the_first_line(folder):
    """A plug-in is described by the first line of its docstring; without one by nothing."""
    assert folder.summary("plum") == "Plum jam."
    assert folder.summary("cherry") == ""


def test_an_unknown_name_is_met_with_the_known_ones(folder):
    """The error guesses what was meant and lists the choices."""
    with pytest.raises(UsageError, match="no jam 'plumm'; did you mean 'plum'") as caught:
        folder.load("plumm")
    assert caught.value.hint == "choose from: cherry, plum"


def test_private_modules_cannot_be_loaded(folder):
    """A name that is not listed is not imported either."""
    with pytest.raises(UsageError):
        folder.load("_jars")


def test_outside_plugins_join_by_entry_point(folder, monkeypatch):
    """An installed package adds a plug-in without an edit here; built-in names stay ours."""
    points = [
        EntryPoint("quince", "json", "pantry.jams"),
        EntryPoint("plum", "json", "pantry.jams"),
    ]
    monkeypatch.setattr(
        registry, "entry_points", lambda group: points if group == "pantry.jams" else []
    )
    assert folder.names() == ["cherry", "plum", "quince"]
    assert folder.load("quince").__name__ == "json"
    assert folder.load("plum").__name__ == "pantry.jams.plum"
