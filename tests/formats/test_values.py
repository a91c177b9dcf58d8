"""Plain values: JSON as logs hold it, flat mappings, strict scalars, times, YAML without code."""

import json
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.core.problem import Problem
from logminer.formats.documents.name_values import name_values
from logminer.formats.documents.values import (
    MAX_ENTRIES,
    MAX_TEXT,
    as_text,
    flatten,
    load_json,
    parse_scalar,
    parse_time,
)
from logminer.formats.documents.yaml_text import load_yaml
from logminer.formats.printed.python_text import read_assignments, read_call

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_of_the_standard_library_is_read_back(value):
    """Whatever json.dumps writes, NaN and infinities included, is read back the same."""
    assert repr(load_json(json.dumps(value))) == repr(json.loads(json.dumps(value)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"[1e400, -Infinity]", [math.inf, -math.inf]),
        (b'["\\ud800"]', ["\ud800"]),
        (b"[" + b"9" * 5000 + b"]", [math.inf]),
    ],
)
def test_json_that_the_fast_parser_refuses(text, value):
    """A byte order mark, huge numbers and lone surrogates occur in logs and are read."""
    assert load_json(text) == value


@pytest.mark.parametrize("text", [b"", b"{", b"[1,]", b"[" * 100_000, b"\xff\xfe{}"])
def test_broken_json_is_one_line(text):
    """What is no JSON raises a ValueError of one line, however deep it is nested."""
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        load_json(text)


@given(JSON)
def test_flat_values_are_scalars(value):
    """A flattened mapping holds scalars only, and texts of bounded length."""
    for name, leaf in flatten({"x": value}).items():
        assert name.startswith("x")
        assert leaf is None or isinstance(leaf, bool | int | float | str)
        assert not isinstance(leaf, str) or len(leaf) <= MAX_TEXT


def test_flattening_joins_with_dots_and_keeps_lists_as_text():
    """Nested mappings become dotted names, lists compact JSON."""
    assert flatten({"a": {"b": {"c": 1}}, "l": [64, 64], "e": {}, 3: None}) == {
        "a.b.c": 1, "l": "[64, 64]", "e": "{}", "3": None,
    }  # fmt: skip


def test_flattening_says_what_it_leaves_out():
    """Beyond the cap the rest is left out and said."""
    problems: list[Problem] = []
    flat = flatten({"a": {str(i): i for i in range(MAX_ENTRIES + 5)}}, "f.json", problems)
    assert len(flat) == MAX_ENTRIES
    assert [p.path for p in problems] == ["f.json"]


def test_text_of_a_bomb_is_short():
    """A list that contains itself many times over costs no more than its cap."""
    bomb = ["x" * 50]
    for _ in range(60):
        bomb = [bomb] * 60
    assert len(as_text(bomb)) < 2 * MAX_TEXT


@given(st.integers(-(10**30), 10**30) | st.floats())
def test_numbers_are_parsed_back(number):
    """A number's repr is parsed back to the same number."""
    assert repr(parse_scalar(repr(number))) == repr(number)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("0012", "0012"), ("1_000", "1_000"), ("1-2", "1-2"), ("True", True), ("null", None),
     ("none", None), (" 7 ", 7), ("0x10", "0x10"), ("v1", "v1"), ("+.5", 0.5), ("-inf", -math.inf), ("", "")],
)  # fmt: skip
def test_scalars_are_strict(text, value):
    """Only what is written like a number is one."""
    assert parse_scalar(text) == value
    assert type(parse_scalar(text)) is type(value)


def test_times():
    """Epochs in any unit and ISO texts are seconds; durations and counts are no times."""
    assert parse_time(1_700_000_000) == parse_time(1_700_000_000_000) == 1_700_000_000.0
    assert (
        parse_time("2024-01-01T00:00:00Z")
        == parse_time("2024-01-01 01:00:00+01:00")
        == 1_704_067_200.0
    )
    assert parse_time("2024-01-01 00:00:00,500") == 1_704_067_200.5
    assert [parse_time(x) for x in (12.5, "epoch 3", None, True, math.nan, 1e300)] == [None] * 6


def test_yaml_reads_numbers_as_people_mean_them():
    """YAML 1.2: exponents are numbers, yes and no are words, 010 is ten, dates are texts."""
    data = load_yaml(
        b"a: 1e-3\nb: no\nc: 010\nd: 1:30\ne: .inf\nf: 2020-01-01\ng: ~\nh: TRUE\ni: 0x1F\n"
    )
    assert data == {
        "a": 0.001, "b": "no", "c": 10, "d": "1:30", "e": math.inf, "f": "2020-01-01", "g": None, "h": True, "i": 31,
    }  # fmt: skip


def test_yaml_merges_and_documents():
    """Merge keys work; several documents come as a list."""
    assert load_yaml(b"a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}")["b"] == {"x": 1, "y": 3}
    assert load_yaml(b"---\na: 1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]
    assert load_yaml(b"") is None


def test_yaml_tags_run_nothing(tmp_path):
    """Python tags stand for the data below them; nothing is imported or called."""
    target = tmp_path / "ran"
    text = f"""
a: !!python/object/apply:os.system ["touch {target}"]
b: !!python/object/new:subprocess.Popen [["touch", "{target}"]]
c: !!python/name:os.system ''
d: !!python/module:antigravity ''
e: !!python/object:argparse.Namespace {{lr: 0.1}}
f: !!python/object/apply:collections.OrderedDict [[[lr, 0.1]]]
g: !!python/tuple [1, 2]
h: !!whatever {{x: 1}}
"""
    data = load_yaml(text.encode())
    assert not target.exists()
    assert [data[k] for k in "cefgh"] == ["os.system", {"lr": 0.1}, {"lr": 0.1}, [1, 2], {"x": 1}]


ALIASES = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)


@pytest.mark.parametrize(
    "text",
    [b"[" * 200_000, b"{a: " * 50_000, b"- " * 100_000, b"? " * 100_000, b"a: &a [*a]", ALIASES, b"a: [", b"\x00",
     b"a: *nowhere", b"\tx: 1"],
)  # fmt: skip
def test_yaml_bombs_and_rubbish_are_one_line(text):
    """Deep nesting, alias bombs, circles and broken text raise a ValueError of one line."""
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        load_yaml(text)


@given(
    st.binary(max_size=60) | st.text(alphabet="[]{}&*a:- \n!<'\"?|>#%", max_size=60).map(str.encode)
)
def test_yaml_never_raises_anything_else(data):
    """Any bytes give data or a ValueError."""
    with suppress(ValueError):
        load_yaml(data)


def test_python_text_is_data():
    """Assignments and calls are read as data; what would have to run stays text."""
    source = "import os\nlr = -0.1\nx = os.system('ls')\nopt = dict(type='SGD', lr=lr, b=(1, 2))\nn = [Conv(k=3)]\n"
    assert read_assignments(source) == {
        "lr": -0.1, "x": "os.system('ls')", "opt": {"type": "SGD", "lr": -0.1, "b": [1, 2]},
        "n": [{"type": "Conv", "k": 3}],
    }  # fmt: skip
    assert read_call("Namespace(a=1, b=None, c='x', d=Path('y'))") == {
        "a": 1,
        "b": None,
        "c": "x",
        "d": "Path('y')",
    }


@pytest.mark.parametrize("source", ["a = (", "(" * 5000, "\0", "x" * 2_000_000])
def test_broken_python_text_is_refused(source):
    """What is no Python text raises a ValueError."""
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        read_assignments(source)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "LR: 0.001, Dropout: 0.5, Optimizer: Adam",
            {"LR": 0.001, "Dropout": 0.5, "Optimizer": "Adam"},
        ),
        ("batch size:32 | learning rate:1e-3", {"batch size": 32, "learning rate": 0.001}),
        ("dropout: 0.2; hidden units: 64", {"dropout": 0.2, "hidden units": 64}),
        ("Table 3: results", {}),
        ("12:30:05", {}),
    ],
)
def test_pairs_with_colons_in_a_name(name, values):
    """A name that is made of pairs with colons tells its settings; a title or a time does not."""
    assert dict(name_values(name)) == values
