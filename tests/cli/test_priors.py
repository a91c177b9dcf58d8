"""The command ``logminer priors``: sources on stdout, one line on stderr when something is wrong."""

import json

import pytest
import yaml
from click.testing import CliRunner

from logminer.cli.priors import command
from logminer.core.errors import UsageError


def run(*arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=False).output


def test_list_tells_how_far_each_can_be_trusted():
    """As JSON every prior has its confidence and gain, null where it was not tested."""
    listed = {row["name"]: row for row in json.loads(run("list", "--format", "json"))}
    assert listed["image_classification"]["confidence"] == "good"
    assert listed["kge"]["gain"] is None


def test_show_prints_values_and_explains_their_sources():
    """The table is followed by what the source identities stand for."""
    shown = run("show", "image_classification", "--optimizer", "adamw", "--limit", "3")
    assert "learning_rate" in shown
    assert "facebookresearch/ConvNeXt" in shown


def test_show_prints_configs_and_spaces_with_places():
    """Configs and spaces name repository, version, path and licence."""
    assert "@" in run("show", "resnet50", "--configs", "--format", "plain")
    assert "CS 329P" in run("show", "object_detection", "--spaces", "--format", "plain")


def test_search_and_export_are_for_machines_too():
    """Found configs come as JSON lines, an exported space as YAML."""
    first = json.loads(run("search", "ppo", "--format", "jsonl").splitlines()[0])
    assert first["prior"] == "reinforcement_learning"
    space = yaml.safe_load(run("export", "llm_finetuning", "--method", "lora"))
    assert space["learning_rate"]["log"]


def test_validate_describes_a_file_or_fails(tmp_path):
    """A good file is described; a bad one is a usage error that names it."""
    path = tmp_path / "mine.json"
    path.write_text(run("export", "gnn", "--as", "json"))
    assert "published prior 'gnn'" in run("validate", str(path))
    path.write_text("{}")
    with pytest.raises(UsageError, match=r"mine\.json: expected schema"):
        run("validate", str(path))
