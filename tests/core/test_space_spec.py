"""A space written as plain data, and read back."""

import json

import pytest
from hypothesis import given
from spaces import spaces

from logminer.core.errors import SpaceError
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space
from logminer.core.space_spec import space_from_spec, space_to_spec


@given(spaces())
def test_spec_survives_json(space):
    """A space written to JSON and read again is the same space, in the same order."""
    again = space_from_spec(json.loads(json.dumps(space_to_spec(space))))
    assert again == space
    assert again.names == space.names


@pytest.mark.parametrize("name", ["parameters", "params", "forbidden", "name"])
def test_awkward_names_survive(name):
    """A hyperparameter may be called like a word of the description itself."""
    space = Space({name: Float(0, 1), "x": Integer(1, 2)})
    assert space_from_spec(space_to_spec(space)) == space


def test_parents_called_parent_and_in_survive():
    """Conditions on parameters named like the short form's words are not mistaken for it."""
    when = {"parent": ("a",), "in": (1,)}
    space = Space(
        {"parent": Categorical(("a",)), "in": Categorical((1,)), "x": Float(0, 1, when=when)}
    )
    assert space_from_spec(space_to_spec(space)) == space


def test_forbidden_survives():
    """Forbidden combinations are part of the description."""
    space = Space({"a": Categorical((1, 2)), "b": Categorical((1, 2))}, ({"a": 1, "b": 2},))
    assert space_from_spec(space_to_spec(space)) == space


def test_a_space_is_taken_as_it_is():
    """Callers may hand in a Space where a description is asked for."""
    space = Space({"a": Float(0, 1)})
    assert space_from_spec(space) is space


@pytest.mark.parametrize(
    ("spec", "parameter"),
    [
        ({"type": "float", "low": 1e-5, "high": 0.1, "log": True}, Float(1e-5, 0.1, log=True)),
        ({"type": "float", "low": "1e-5", "high": "0.1"}, Float(1e-5, 0.1)),
        ({"type": "loguniform", "min": 1e-5, "max": 0.1}, Float(1e-5, 0.1, log=True)),
        ({"lo": 0.0, "hi": 1.0, "scale": "log", "type": "Float", "lower": 0.1}, Float(0.1, 1.0, log=True)),
        ({"type": "int", "lower": 1, "upper": 9}, Integer(1, 9)),
        ({"low": 1, "high": 9}, Integer(1, 9)),
        ({"low": 1, "high": 9.0}, Float(1, 9)),
        ({"type": "int", "low": 16.0, "high": "512", "scale": "log"}, Integer(16, 512, log=True)),
        ({"type": "cat", "values": ["a", "b"]}, Categorical(("a", "b"))),
        ({"choices": [1, 2]}, Categorical((1, 2))),
        ({"type": "ordinal", "choices": ["s", "m", "l"]}, Categorical(("s", "m", "l"), ordered=True)),
        ({"type": "bool"}, Categorical((False, True))),
        ({"type": "constant", "value": 3}, Categorical((3,))),
        ({"value": None}, Categorical((None,))),
        ({"low": 0.1, "high": 0.5, "step": 0.05}, Float(0.1, 0.5, step=0.05)),
        ({"type": "int", "low": 32, "high": 500, "step": 32.0}, Integer(32, 480, step=32)),
        ({"low": 0, "high": 1, "step": 0.25}, Float(0, 1, step=0.25)),
        ({"low": 1, "high": 9, "step": None, "log": True}, Integer(1, 9, log=True)),
        ({"type": "int", "low": 8, "high": 64, "log": True, "step": 8}, Integer(8, 64, log=True, step=8)),
        ({"low": 16, "high": 512, "factor": 2}, Integer(16, 512, log=True, factor=2)),
        ({"type": "float", "low": 1e-4, "high": 1, "factor": 10}, Float(1e-4, 1, log=True, factor=10)),
        ({"low": 0.9, "high": 0.999, "scale": "one_minus", "factor": 10}, Float(0.9, 0.999, one_minus=True, factor=10)),
        ({"distribution": "q_uniform", "min": 10, "max": 100, "q": 8}, Integer(16, 96, step=8)),
        ({"distribution": "q_uniform", "min": 0.12, "max": 0.5, "q": 0.1}, Float(0.2, 0.5, step=0.1)),
        ({"distribution": "q_log_uniform_values", "min": 1, "max": 64}, Integer(1, 64, log=True)),
        ({"distribution": "int_uniform", "min": 1, "max": 6}, Integer(1, 6)),
        ({"type": "quniform", "low": 0.0, "high": 1.0, "q": 0.25}, Float(0, 1, step=0.25)),
        ([64, 128], Categorical((64, 128))),
        (30, Categorical((30,))),
        ("adam", Categorical(("adam",))),
    ],
)  # fmt: skip
def test_understands_the_words_of_other_tools(spec, parameter):
    """Bounds, choices and constants may be written in several ways."""
    assert space_from_spec({"x": spec}).parameters["x"] == parameter


@pytest.mark.parametrize(
    "when",
    [
        {"optimizer": ["adam"]},
        {"optimizer": "adam"},
        {"parent": "optimizer", "in": ["adam"]},
        {"parent": "optimizer", "in": "adam"},
    ],
)
@pytest.mark.parametrize("word", ["when", "cond", "condition"])
def test_understands_conditions(word, when):
    """One value or several, long form or short."""
    spec = {"optimizer": ["sgd", "adam"], "beta2": {"low": 0.9, "high": 0.999, word: when}}
    assert space_from_spec(spec).parameters["beta2"].when == {"optimizer": ("adam",)}


@pytest.mark.parametrize("word", ["parameters", "params"])
def test_understands_wrapped_and_listed_parameters(word):
    """Parameters may stand under a key, and as a list of named entries."""
    plain = space_from_spec({"x": {"low": 0.0, "high": 1.0}, "y": [1, 2]})
    assert space_from_spec({word: {"x": {"low": 0.0, "high": 1.0}, "y": [1, 2]}}) == plain
    listed = [{"name": "x", "low": 0.0, "high": 1.0}, {"name": "y", "choices": [1, 2]}]
    assert space_from_spec({word: listed}) == plain
    assert space_from_spec(listed) == plain


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("lr", "mapping of parameters, got str"),
        (None, "got NoneType"),
        ({}, "no parameter"),
        ([], "no parameter"),
        ({"x": {"type": "flaot", "low": 0, "high": 1}}, "'x': unknown type 'flaot'; did you mean 'float'"),
        ({"x": {"type": "float", "lwo": 0, "high": 1}}, "'x': unknown word 'lwo'; did you mean 'low'"),
        ({"x": {"type": "float", "low": 0}}, "'x': missing 'high'"),
        ({"x": {"type": "categorical"}}, "'x': missing 'choices'"),
        ({"x": {"type": "constant"}}, "'x': missing 'value'"),
        ({"x": {"type": "float", "low": 0, "high": "much"}}, "'x': could not convert"),
        ({"x": {"type": "float", "low": 2, "high": 1}}, "'x': float low 2.0 is above high 1.0"),
        ({"x": {"type": "int", "low": 1.5, "high": 4}}, "'x': integer bounds must be whole"),
        ({"x": {"type": "int", "low": 1, "high": float("inf")}}, "'x': integer bounds must be whole"),
        ({"x": {"low": 0.0, "high": 1.0, "scale": "cubic"}}, "'x': a scale is log, linear"),
        ({"x": {"low": 0.0, "high": 1.0, "step": 0}}, "'x': a step is above 0"),
        ({"x": {"low": 0.0, "high": 1.0, "q": -1}}, "'x': 'q' is above 0"),
        ({"x": {"low": 0.0, "high": 1.0, "q": 0.1, "step": 0.1}}, "'x': 'q' and 'step' say the same"),
        ({"x": {"low": 1, "high": 9, "factor": 2, "log": False}}, "'x': values spaced by a factor need a log"),
        ({"x": {"low": 1, "high": 9, "factor": 2, "step": 2}}, "'x': values are spaced by a step or by a factor"),
        ({"x": {"type": "int", "low": 1, "high": 9, "step": 0.5}}, "'x': integer bounds must be whole"),
        ({"x": {"low": 1, "high": 9, "steps": 2}}, "'x': unknown word 'steps'; did you mean 'step'"),
        ({"x": {"choices": "adam"}}, "'x': choices are a list"),
        ({"x": {"choices": 5}}, "'x': choices are a list"),
        ({"x": {"low": 0.0, "high": 1.0, "when": "adam"}}, "'x': 'when' maps a parent"),
        ({"x": {"low": 0.0, "high": 1.0, "when": {"y": [1]}}}, "'x' depends on 'y'"),
        ({"x": {"low": 0.0, "high": 1.0, "when": {"y": ["c"]}}, "y": ["a", "b"]}, "'y' is never 'c'"),
        ([{"low": 0.0, "high": 1.0}], "parameter 1 of the list has no 'name'"),
        (["x"], "parameter 1 of the list has no 'name'"),
        ([{"name": "x", "value": 1}, {"name": "x", "value": 2}], "'x' is given twice"),
        ({"parameters": {"lr": [1]}, "forbidden": [{"lt": 1}]}, "'forbidden' names 'lt'; did you mean 'lr'"),
        ({"parameters": {"lr": [1]}, "forbidden": {"lr": 1}}, "list of partial configs"),
        ({"parameters": {"lr": [1]}, "forbidden": [{}]}, "list of partial configs"),
    ],
)  # fmt: skip
def test_mistakes_are_named(spec, says):
    """What is wrong is said together with the parameter it is wrong in."""
    with pytest.raises(SpaceError) as caught:
        space_from_spec(spec)
    assert says in str(caught.value)
