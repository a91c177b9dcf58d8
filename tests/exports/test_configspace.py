"""ConfigSpace: its own reader gives back the same space."""

import json

import numpy as np
import pytest
from export_contexts import BREAKING, FULL, hostile_context, make_context
from hypothesis import HealthCheck, given, settings
from spaces import spaces

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.exports import configspace
from logminer.exports._context import ExportContext


def test_the_file_describes_every_parameter():
    """Bounds, scales, orders, constants, conditions and forbidden combinations."""
    content = json.loads(configspace.write(make_context()))
    found = {h["name"]: h for h in content["hyperparameters"]}
    assert list(found) == FULL.names
    assert found["learning_rate"]["log"] is True
    assert (found["batch_size"]["type"], found["batch_size"]["upper"]) == ("uniform_int", 512)
    assert (found["depth"]["type"], found["depth"]["sequence"]) == ("ordinal", [2, 4, 8])
    assert (found["fixed"]["type"], found["fixed"]["value"]) == ("constant", 0.5)
    assert {c["child"]: c["type"] for c in content["conditions"]} == {
        "beta2": "IN", "nesterov": "IN", "delta": "AND",
    }  # fmt: skip
    assert content["forbiddens"][0]["type"] == "AND"


def test_names_out_of_logs_come_back_as_they_were():
    """JSON quotes whatever a log calls a parameter."""
    content = json.loads(configspace.write(hostile_context()))
    assert {h["name"] for h in content["hyperparameters"]} == {*BREAKING, "choice", "child"}


def test_the_scale_of_decays_is_said_to_be_lost():
    """ConfigSpace has linear and log scales only."""
    assert configspace.limits(FULL) == [
        "'momentum' is searched evenly here, not by the logarithm of its distance to 1"
    ]


def rounded(config):
    return {n: round(v, 9) if isinstance(v, float) else v for n, v in config.items()}


def load(context, path):
    reader = pytest.importorskip("ConfigSpace")
    path.write_text(configspace.write(context))
    return reader.ConfigurationSpace.from_json(path)


def test_the_reader_finds_the_first_suggestion_as_default(tmp_path):
    """So that a tool which starts from the default starts from it."""
    context = make_context()
    read = load(context, tmp_path / "space.json")
    default = dict(read.get_default_configuration())
    assert rounded(default) == rounded(context.configs[0])


def test_both_agree_on_what_is_in_the_space(tmp_path):
    """What either draws the other allows, and neither takes what is forbidden or does not apply."""
    read = load(make_context(), tmp_path / "space.json")
    from ConfigSpace import Configuration

    read.seed(0)
    for config in read.sample_configuration(200):
        assert FULL.why_not(dict(config)) == ""
    for config in FULL.sample(200, np.random.default_rng(0)):
        assert Configuration(read, values=config).check_valid_configuration() is None
    bad = {**FULL.sample(1, np.random.default_rng(1))[0], "optimizer": "lion", "depth": 8}
    with pytest.raises(Exception, match=r"(?i)forbidden|inactive|not active|is active"):
        Configuration(read, values=bad).check_valid_configuration()


def readable(space):
    """Whether ConfigSpace has a place for every parameter: no ``1`` beside ``True``, bounds it can tell apart."""
    for p in space.parameters.values():
        kinds = {type(c) for c in getattr(p, "choices", ())}
        if bool in kinds and kinds & {int, float}:
            return False
        if isinstance(p, Float) and 0 < p.high - p.low < 1e-6 * max(1, abs(p.high)):
            return False
    return True


@given(spaces().filter(readable))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_space_can_be_read(tmp_path, space):
    """Also with equal bounds, choices of several kinds, and conditions on them."""
    read = load(ExportContext(space), tmp_path / "space.json")
    assert set(read) == set(space.names)
    for config in read.sample_configuration(5):
        assert space.why_not(dict(config)) == ""


def test_choices_that_configspace_mixes_up_are_refused():
    """``True`` is not ``1`` here, but is there."""
    with pytest.raises(UsageError, match="'a' has both"):
        configspace.write(ExportContext(Space({"a": Categorical((True, 1))})))


def test_a_clause_on_values_that_cannot_be_is_left_out(tmp_path):
    """ConfigSpace refuses to name a value outside a parameter's own."""
    space = Space(
        {"a": Categorical((1, 2)), "b": Float(0, 1), "c": Integer(1, 3, when={"a": (1, 7)})},
        forbidden=({"a": 7}, {"a": 1, "c": 2}),
    )
    read = load(ExportContext(space), tmp_path / "space.json")
    assert len(read.forbidden_clauses) == 1
