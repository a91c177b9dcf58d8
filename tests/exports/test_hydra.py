"""Hydra: its own parser reads the overrides, and what it would misread is refused."""

import shlex

import pytest
import yaml
from export_contexts import BREAKING, FULL, make_context

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space
from logminer.exports import hydra as target
from logminer.exports._context import ExportContext

PLAIN = Space({**FULL.parameters, "model/size": Categorical(("s", "m"))})


def params(context):
    return yaml.safe_load(target.write(context))["hydra"]["sweeper"]["params"]


def test_every_parameter_is_a_sweep():
    """Intervals, whole ones where both ends are; choices; and a plain value for a constant."""
    found = params(make_context())
    assert list(found) == FULL.names
    assert found["learning_rate"] == "tag(log, interval(1e-05, 1.0))"
    assert found["batch_size"] == "tag(log, int(interval(16, 512)))"
    assert found["layers"] == "int(interval(1, 5))"
    assert found["nesterov"] == "false,true"
    assert found["loss"] == "mse,null"
    assert found["fixed"] == "0.5"


def test_the_file_sets_up_the_sweeper():
    """As part of the user's config, with the direction of the objective."""
    text = target.write(make_context(mode="max", task="a ${b}"))
    assert text.startswith("# @package _global_\n")
    sweeper = yaml.safe_load(text)["hydra"]["sweeper"]
    assert (sweeper["direction"], sweeper["study_name"]) == ("maximize", "a___b_")
    assert text.count("\n#   python train.py learning_rate=") == 3
    assert "#   python train.py -m hydra/sweeper=optuna " in text


@pytest.mark.parametrize("text", BREAKING)
def test_names_that_are_no_keys_are_refused(text):
    """With a way out."""
    with pytest.raises(UsageError, match="Hydra takes no override of") as refused:
        target.write(ExportContext(Space({text: Float(0, 1)})))
    assert "--space" in refused.value.hint


@pytest.mark.parametrize("text", ["${oc.env:HOME}", "a'b", 'a"b', "a\\b", "a\nb", "\x00"])
def test_values_that_hydra_would_resolve_or_end_are_refused(text):
    """Interpolations work even within quotes."""
    space = Space({"a": Categorical((text, "b"))})
    with pytest.raises(UsageError, match="with the value"):
        target.write(ExportContext(space))


@pytest.mark.parametrize(
    "choices", [(1, True, "1", "true", None, "null", 1.5, "x y", "a,b", "(c)", "", "1e3")]
)
def test_hydra_reads_back_values_of_their_kind(choices):
    """The text ``true`` is not the boolean, in sweeps and in single overrides."""
    pytest.importorskip("hydra")
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parser = OverridesParser.create()
    space = Space({"a.b": Categorical(choices)})
    override = parser.parse_override(f"a.b={params(ExportContext(space))['a.b']}")
    assert override.is_choice_sweep()
    found = [getattr(v, "text", v) for v in override.value().list]
    assert [(type(v), v) for v in found] == [(type(c), c) for c in choices]
    for choice in choices:
        (word,) = shlex.split(target.overrides({"a.b": choice}))
        value = parser.parse_override(word).value()
        assert getattr(value, "text", value) == choice


def test_hydra_reads_every_override():
    """Keys, intervals with their tags and kinds, and the command lines."""
    pytest.importorskip("hydra")
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parser = OverridesParser.create()
    context = make_context(PLAIN)
    text = target.write(context)
    lines = [line for line in text.splitlines() if line.startswith("#   python train.py ")]
    assert len(lines) == 4
    for line in lines:
        words = [w for w in shlex.split(line)[3:] if w != "-m"]
        assert [o.key_or_group for o in parser.parse_overrides(words)]
    sweep = parser.parse_override(f"learning_rate={params(context)['learning_rate']}").value()
    assert (sweep.start, sweep.end, sweep.tags) == (1e-5, 1.0, {"log"})
    whole = parser.parse_override(f"batch_size={params(context)['batch_size']}").value()
    assert [(type(v), v) for v in (whole.start, whole.end)] == [(int, 16), (int, 512)]
    first = parser.parse_overrides(shlex.split(lines[0])[3:])
    given = {o.key_or_group: getattr(o.value(), "text", o.value()) for o in first}
    assert given == context.configs[0]
