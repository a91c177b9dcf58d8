"""Values as bytes: what comes back is what went in, and bytes of another hand run nothing."""

import json
import math
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.core.objective import Objective
from logminer.core.packing import pack, unpack
from logminer.core.parameters import Categorical, Float, Integer
from logminer.core.space import Space

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=())),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(VALUES)
def test_plain_values_come_back_in_their_types(value):
    """True, 1 and 1.0 are not the same, nor are nan and None, or a list and a tuple."""
    assert repr(unpack(pack(value))) == repr(value)


@given(st.lists(SCALARS, max_size=12))
def test_cells_of_a_column_come_back_in_their_types(cells):
    """Configs hold anything that a log can say."""
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    frame = pd.DataFrame({"x": pd.Series(column, dtype=object)})
    back = unpack(pack(frame))
    assert back["x"].dtype == object
    assert repr(back["x"].tolist()) == repr(cells)


FRAMES = {
    "nothing": pd.DataFrame(),
    "rows without columns": pd.DataFrame(index=pd.Index([3, 5], name="run")),
    "columns without rows": pd.DataFrame({"a": pd.Series([], dtype=object)}),
    "two columns of one name": pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"]),
    "types side by side": pd.DataFrame(
        {
            "int": [1, 2],
            "float": [0.5, math.nan],
            "bool": [True, False],
            "str": ["a", None],
            "Int64": pd.array([1, None], dtype="Int64"),
        }
    ),
    "lists in cells": pd.DataFrame({"layers": pd.Series([[64, 64], None], dtype=object)}),
    "named columns": pd.DataFrame([[1, 2]], columns=pd.Index(["a", "b"], name="name")),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_come_back(name):
    """With their types, index and names."""
    frame = FRAMES[name]
    back = unpack(pack(frame))
    pd.testing.assert_frame_equal(back, frame, check_index_type=False, check_column_type=False)


def test_a_frame_that_came_back_can_be_written_to():
    """It belongs to whoever asked for it."""
    back = unpack(pack(pd.DataFrame({"x": [1.0, 2.0]})))
    back.loc[0, "x"] = 9.0
    assert back["x"].tolist() == [9.0, 2.0]


def test_dataclasses_of_ours_come_back():
    """Nested in mappings, as in a space."""
    space = Space(
        {
            "lr": Float(1e-5, 1, log=True),
            "n": Integer(1, 9, step=2),
            "act": Categorical(("relu", None, True, 1)),
        }
    )
    back = unpack(pack({"space": space, "what": (Objective("loss", "min"),)}))
    assert back == {"space": space, "what": (Objective("loss", "min"),)}
    assert repr(back["space"]) == repr(space)


def test_what_cannot_come_back_is_refused():
    """A function, or a table with a type that nobody here uses."""
    with pytest.raises(TypeError, match="function"):
        pack({"x": lambda: None})
    with pytest.raises(TypeError, match="datetime64"):
        pack(pd.DataFrame({"x": pd.to_datetime(["2026-01-01"])}))


def _bytes(tree, arrays=()):
    header = json.dumps([tree, list(arrays)]).encode()
    return zlib.compress(len(header).to_bytes(8, "big") + header)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        zlib.compress(b"short"),
        _bytes({"class": ["os", "system"], "fields": []}),
        _bytes({"class": ["logminer.core.objective", "replace"], "fields": []}),
        _bytes({"class": ["logminer.__main__", "main"], "fields": []}),
        _bytes({"class": ["logminer.core.objective", "Objective"], "fields": [["no", 1]]}),
        _bytes({"array": 0}, [["|O", [1]]]),
        _bytes({"array": 0}, [["<f8", [1 << 40]]]),
        _bytes({"array": 7}),
        pack({"x": [1, 2, 3]})[:-3],
    ],
    ids=range(11),
)
def test_bytes_of_another_hand_are_refused(data):
    """Only dataclasses of ours are made, and only of what is there."""
    with pytest.raises(ValueError, match=r"pack|dataclass|array|buffer|JSON|Expecting"):
        unpack(data)
