"""What all targets share: a text for any space, limits in words, nothing heavy before it is asked for."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from export_contexts import FULL, hostile_context, make_context

from logminer.cli._app import cli
from logminer.cli.export import command
from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space
from logminer.exports import EXPORTS
from logminer.exports._context import ExportContext

DOCS = Path(__file__).parent.parent.parent / "docs"
TOOLS = ["optuna", "ray", "wandb", "hydra", "ConfigSpace", "syne_tune", "neps", "hypermapper"]


@pytest.mark.parametrize("name", EXPORTS.names())
def test_every_target_writes_a_text(name):
    """With past runs and suggestions, and with neither; ending with its line."""
    target = EXPORTS.load(name)
    for context in (make_context(), ExportContext(FULL), ExportContext(Space({"x": Float(0, 1)}))):
        text = target.write(context)
        text.encode()
        assert text.endswith("\n")
    assert text == target.write(context)
    assert all(isinstance(limit, str) for limit in target.limits(FULL))


@pytest.mark.parametrize("name", EXPORTS.names())
def test_every_target_keeps_hostile_names_as_data_or_refuses_them(name):
    """No line of a file is one that a log wrote."""
    write, refused = EXPORTS.load(name).write, name.startswith(("hydra", "hypermapper"))
    if refused:
        with pytest.raises(UsageError) as error:
            write(hostile_context())
        assert error.value.hint
        assert str(error.value).isprintable()
        return
    text = write(hostile_context())
    assert not any(line.startswith(("import os", "- !!", "$(")) for line in text.splitlines())
    assert "\x00" not in text


def test_no_target_needs_its_tool_to_write():
    """A file can be written where the tool that will read it is not installed."""
    code = (
        f"import sys\nfor tool in {TOOLS}: sys.modules[tool] = None\n"
        "from logminer.core.space_spec import space_from_spec\n"
        "from logminer.exports import EXPORTS\nfrom logminer.exports._context import ExportContext\n"
        "context = ExportContext(space_from_spec({'a': [1, 2]}))\n"
        "for target in EXPORTS.load_all().values(): target.write(context)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_values_of_a_past_task_never_reach_a_file(demo):
    """Only the task's own values are in the scripts that tell past trials."""
    from logminer.exports._context import context_of

    context = context_of(demo, task="digits_mlp", n=1, strategy="random")
    trials = context.history.trials
    others = {"cancer_mlp", "clusters_mlp", "parity_mlp", "cancer_raw_mlp"}
    assert set(trials["task"]) == {"digits_mlp"}
    text = EXPORTS.load("optuna").write(context)
    past = text[text.index("PAST = ") : text.index("AHEAD = ")]
    assert past.count("digits_mlp/") == len(context.runs)
    assert not any(name in past for name in others)


def export(*args):
    return CliRunner().invoke(cli, ["export", *args], catch_exceptions=False)


def test_the_command_writes_to_stdout_or_a_file(demo_file, tmp_path):
    """Only the file's text is on stdout; what the target cannot say goes to stderr."""
    common = ["--db", str(demo_file), "--strategy", "random", "-n", "2"]
    done = export("configspace", *common)
    content = json.loads(done.stdout)
    assert content["name"] == "a new task"
    assert "note: 'momentum' is searched evenly here" in done.stderr
    done = export("configspace", *common, "-o", str(tmp_path / "space.json"))
    assert done.stdout == ""
    assert json.loads((tmp_path / "space.json").read_text()) == content


def test_the_command_works_without_logs(tmp_path):
    """From a written space alone."""
    (tmp_path / "space.yaml").write_text("lr: {type: float, low: 1.0e-4, high: 1, log: true}\n")
    done = export(
        "wandb", "--db", str(tmp_path / "none"), "--space", str(tmp_path / "space.yaml"),
        "--strategy", "random",
    )  # fmt: skip
    assert "log_uniform_values" in done.stdout
    assert "# No one objective is known" in done.stdout


def test_an_unknown_target_is_refused_with_the_list(demo_file):
    """And with the one that was perhaps meant."""
    with pytest.raises(UsageError, match="did you mean 'optuna'") as refused:
        export("optun", "--db", str(demo_file))
    assert "configspace" in refused.value.hint


def test_help_and_page_name_every_target():
    """One can see what there is."""
    page = (DOCS / "exports.md").read_text()
    for name in EXPORTS.names():
        assert re.search(rf"\b{name}\b", command.help)
        assert f"| `{name}` |" in page


@pytest.mark.usefixtures("optuna")
def test_the_study_on_the_page_runs():
    """The code a reader copies works as it stands."""
    (code,) = re.findall(
        r"^```python\n(.*?)^```", (DOCS / "exports.md").read_text(), re.MULTILINE | re.DOTALL
    )
    shown = {}
    exec(code, shown)
    assert len(shown["study"].trials) == 5
    assert {t.state.name for t in shown["study"].trials} <= {"COMPLETE", "PRUNED"}


def test_a_choice_that_reads_as_something_else_stays_what_it_is():
    """``"null"`` and ``"1e3"`` are texts in every language."""
    space = Space({"a": Categorical(("null", "1e3", "yes", "~"))})
    import yaml

    assert yaml.safe_load(EXPORTS.load("wandb").write(ExportContext(space)))["parameters"]["a"] == {
        "values": ["null", "1e3", "yes", "~"]
    }
