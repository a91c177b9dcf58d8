"""NumPy values as jsonpickle writes them, with its handlers and without, and what must not be trusted."""

import base64
import math
import struct

import pytest

from logminer.formats.trackers.jsonpickle import plain


def dtype(code, order="<"):
    return {
        "py/reduce": [
            {"py/type": "numpy.dtype"},
            {"py/tuple": [code, False, True]},
            {"py/tuple": [3, order, None, None, None, -1, -1, 0]},
        ]
    }


def packed(form, *values):
    return {"py/b64": base64.b64encode(struct.pack(form, *values)).decode()}


def scalar(kind, data, module="numpy.core.multiarray.scalar"):
    return {"py/reduce": [{"py/function": module}, {"py/tuple": [kind, data]}]}


def array(kind, shape, data):
    return {
        "py/reduce": [
            {"py/function": "numpy._core.multiarray._reconstruct"},
            {"py/tuple": [{"py/type": "numpy.ndarray"}, {"py/tuple": [0]}, {"py/b64": "Yg=="}]},
            {"py/tuple": [1, {"py/tuple": shape}, kind, False, data]},
        ]
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"py/object": "numpy.float64", "dtype": "float64", "value": 1.5}, 1.5),
        ({"dtype": {"py/id": 3}, "py/object": "numpy.int64", "value": 7}, 7),
        ({"py/object": "numpy.ndarray", "dtype": "float64", "values": [0.0, 1.0]}, [0.0, 1.0]),
        ({"py/object": "numpy.ndarray", "dtype": "float64", "values": 4.0}, 4.0),
        (scalar(dtype("f8"), packed("<d", 0.9)), 0.9),
        (scalar(dtype("f4", ">"), packed(">f", 0.25), "numpy._core.multiarray.scalar"), 0.25),
        (scalar(dtype("i8"), packed("<q", 7)), 7),
        (scalar(dtype("b1", "|"), packed("?", True)), True),
        (scalar({"py/id": 2}, packed("<d", -3.5)), -3.5),  # a type written before
        (scalar({"py/id": 2}, packed("<q", 42)), 42),
        (scalar({"py/id": 2}, packed("<f", 0.125)), 0.125),
        ([{"py/tuple": [1, {"py/set": [2]}]}], [[1, [2]]]),
        (array(dtype("f8"), [3], packed("<3d", 0, 1, 2)), [0.0, 1.0, 2.0]),
        (array({"py/id": 2}, [], packed("<d", 4)), 4.0),
    ],
)
def test_values_are_read_as_numbers(written, value):
    """Whatever jsonpickle's version and handlers, and however the type is written, numbers come out."""
    assert plain({"a": written}) == {"a": value}


def test_nan_of_a_type_written_before():
    """A NaN is a value of a float, not an improbable one."""
    assert math.isnan(plain(scalar({"py/id": 2}, packed("<d", math.nan))))


@pytest.mark.parametrize(
    "written",
    [
        {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": ["true"]}]},
        {"py/reduce": "x"},
        {"py/reduce": [None, {"py/tuple": 3}]},
        scalar(dtype("O"), packed("<d", 1.0) | {"py/b64": "*"}),
        scalar(dtype("f8"), {"py/b64": "AAAA"}),
        array(dtype("f8"), [10**9], packed("<d", 1.0)),
        {"py/object": "numpy.ndarray", "values": "eJxNxzsOglAU"},
    ],
)
def test_what_is_no_number_gives_none(written):
    """Objects, damaged bytes and shapes that do not fit are empty, and nothing of them is built."""
    assert not plain(written)


def test_depth_is_bounded():
    """Nesting without end is cut."""
    deep = 1
    for _ in range(5_000):
        deep = [deep]
    assert plain(deep)
