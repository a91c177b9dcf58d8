"""Scalars of event files, however they are written, against TensorBoard's own reader."""

import math

import numpy as np
import pytest
from event_files import (
    NAME,
    START,
    array,
    curves,
    event,
    header,
    oracle,
    record,
    scalars,
    simple,
    string,
    tensor,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2

from logminer.core.parsed import Resume
from logminer.formats import Probe, tensorboard

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.fixture
def path(tmp_path):
    return tmp_path / NAME


def read(path, *records):
    path.write_bytes(b"".join(records))
    return tensorboard.read(Probe.of(path), Resume())


def same(a, b):
    return a.keys() == b.keys() and all(
        np.array_equal(np.array(a[tag], float), np.array(b[tag], float), equal_nan=True)
        for tag in a
    )


def listed(number, dtype, name):
    """A scalar tensor with its number in one of the typed lists."""
    proto = tensor_pb2.TensorProto(dtype=getattr(types_pb2, dtype), **{name: [number]})
    proto.tensor_shape.SetInParent()
    return proto


TENSORS = {
    "float content": array(np.float32(0.1), "DT_FLOAT"),
    "double content": array(np.float64(0.1), "DT_DOUBLE"),
    "int64 content": array(np.int64(-(2**40)), "DT_INT64"),
    "int32 content": array(np.int32(-7), "DT_INT32"),
    "uint8 content": array(np.uint8(200), "DT_UINT8"),
    "bool content": array(np.bool_(True), "DT_BOOL"),
    "half content": array(np.float16(0.1), "DT_HALF"),
    "float list": listed(0.1, "DT_FLOAT", "float_val"),
    "double list": listed(0.1, "DT_DOUBLE", "double_val"),
    "int32 list": listed(-7, "DT_INT32", "int_val"),
    "int64 list": listed(-(2**40), "DT_INT64", "int64_val"),
    "bool list": listed(True, "DT_BOOL", "bool_val"),
    "half list": listed(int(np.float16(0.1).view(np.uint16)), "DT_HALF", "half_val"),
}


@pytest.mark.parametrize("kind", TENSORS)
@pytest.mark.parametrize("n", [1, 50])
def test_scalar_tensor_of_every_type(kind, n, path):
    """A scalar tensor of any number type gives the number TensorBoard gives."""
    records = [
        event(tensor("x", TENSORS[kind], "scalars" if i == 0 else ""), step=i) for i in range(n)
    ]
    log = read(path, header(), *records)
    assert same(curves(log.points), oracle(path))
    assert len(log.points) == n


def test_single_precision_stays_single(path):
    """Files that hold float32 only give float32 columns; a double makes the column double."""
    assert read(path, *scalars(3)).points.value.dtype == np.float32
    both = event(tensor("y", TENSORS["double content"]))
    log = read(path, *scalars(3), both)
    assert log.points.value.dtype == np.float64
    assert log.points.value[-1] == 0.1


@pytest.mark.parametrize(
    ("proto", "expected"),
    [
        (listed(0x3FC0, "DT_BFLOAT16", "half_val"), 1.5),
        (tensor_pb2.TensorProto(dtype=types_pb2.DT_BFLOAT16, tensor_content=b"\xc0\x3f"), 1.5),
        (listed(2**32 - 1, "DT_UINT32", "uint32_val"), 2**32 - 1),
        (listed(2**63, "DT_UINT64", "uint64_val"), 2**63),
        (array(np.uint32(2**32 - 1), "DT_UINT32"), 2**32 - 1),
    ],
)
def test_types_tensorboard_cannot_read(proto, expected, path):
    """Types beyond TensorBoard's own reader are read too."""
    log = read(path, event(tensor("x", proto)), event(tensor("x", proto)))
    assert log.points.value.tolist() == [expected] * 2


def test_empty_scalar_tensor_is_zero(path):
    """A tensor without content has its type's default value."""
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT)
    proto.tensor_shape.SetInParent()
    assert read(path, event(tensor("x", proto))).points.value.tolist() == [0.0]


def test_tensors_that_are_no_scalar_are_left_out(path):
    """Vectors, matrices and texts are no points."""
    vector = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1, 2])
    vector.tensor_shape.dim.add(size=2)
    records = [event(tensor("v", vector, "")), event(tensor("s", string("words"), ""))]
    log = read(path, header(), *records, *scalars(2, ("loss",)))
    assert log.points.names == ["loss"]
    assert log.problems == []


def test_scalar_tensors_of_another_plugin_are_left_out(path):
    """Numbers a plug-in keeps for itself are no metric, also when only the first names the plug-in."""
    mine = [
        event(tensor("x", TENSORS["float list"], "mine" if i == 0 else ""), step=i)
        for i in range(9)
    ]
    log = read(path, header(), *mine, *scalars(2, ("loss",)))
    assert log.points.names == ["loss"]
    path.write_bytes(path.read_bytes() + b"".join(mine[1:]))
    rest = tensorboard.read(Probe.of(path), Resume(log.offset, log.state))
    assert len(rest.points) == 0


def test_several_values_in_one_event(path):
    """Summaries with many values give all of them, in order, also when mixed with single ones."""
    rows = [
        event(*(simple(f"m{j}", i + j / 4) for j in range(1 + i % 4)), step=i) for i in range(60)
    ]
    log = read(path, header(), *rows)
    assert same(curves(log.points), oracle(path))
    assert log.points.step.tolist() == sorted(log.points.step.tolist())


def test_points_keep_the_order_of_the_file(path):
    """Points of different kinds come in the order in which they were written."""
    kinds = [simple("a", 1), tensor("long/name/of/a/tag", TENSORS["float list"]), simple("bb", 2)]
    log = read(path, *(event(kinds[i % 3], step=i) for i in range(30)))
    assert log.points.step.tolist() == list(range(30))
    assert [log.points.names[m][0] for m in log.points.metric] == ["a", "l", "b"] * 10


STEPS = [
    0,
    1,
    127,
    128,
    16383,
    16384,
    2**21,
    2**28,
    2**35 - 1,
    2**49,
    2**55,
    2**56,
    2**62,
    -1,
    -(2**63),
]


@pytest.mark.parametrize("step", STEPS)
def test_steps_of_any_size(step, path):
    """Steps are whole numbers of 64 bits."""
    log = read(path, header(), *(event(simple("x", 1.5), step=step) for _ in range(3)))
    assert log.points.step.tolist() == [step] * 3
    assert log.problems == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 1e-45, 3.4028235e38])
@pytest.mark.parametrize("wall", [0.0, -1.0, math.nan, 1e300])
def test_unusual_numbers_are_kept_exactly(value, wall, path):
    """NaN, infinities, signed zeros and odd clocks arrive as written."""
    log = read(path, event(simple("x", value), wall=wall, step=1))
    expected = np.array([value], np.float32)
    assert log.points.value.tobytes() == expected.tobytes() or math.isnan(value)
    assert np.isnan(log.points.value[0]) == math.isnan(value)
    assert np.array_equal(log.points.wall, [wall], equal_nan=True)


def test_many_tags_of_one_length(path):
    """Hundreds of metrics whose names have the same length stay apart."""
    records = [
        event(simple(f"layer_{i:04}/norm", float(i)), step=s) for s in range(3) for i in range(500)
    ]
    log = read(path, header(), *records)
    assert len(log.points.names) == 500
    assert all(
        f"{v:04.0f}" in log.points.names[m]
        for m, v in zip(log.points.metric, log.points.value, strict=True)
    )


def test_fields_in_any_order(path):
    """A message may hold its fields in any order, and the last one of a kind counts."""
    summary = b"\x2a\x0a\x0a\x08\x0a\x01x\x15" + np.float32(2.5).tobytes()
    wall = b"\x09" + np.float64(START).tobytes()
    payloads = [
        summary + wall + b"\x10\x05",
        b"\x10\x05" + wall + summary,
        wall + summary + b"\x10\x05",
        wall + b"\x10\x04" + summary + b"\x10\x05",
        wall + b"\x10\x05" + b"\x22\x02ab" + summary,
    ]
    log = read(path, *(record(p) for p in payloads for _ in range(2)))
    assert log.points.step.tolist() == [5] * 10
    assert log.points.wall.tolist() == [START] * 10
    assert log.points.value.tolist() == [2.5] * 10


def test_names_that_are_not_utf8(path):
    """Tags that are no UTF-8 are written out, distinct and printable."""
    good, bad = b"\x0a\x04good\x15\x00\x00\x80\x3f", b"\x0a\x03a\xffb\x15\x00\x00\x80\x3f"
    payloads = [
        b"\x09" + bytes(8) + b"\x2a" + bytes([len(v) + 2]) + b"\x0a" + bytes([len(v)]) + v
        for v in (good, bad)
    ]
    log = read(path, *map(record, payloads))
    assert set(log.points.names) == {"good", r"a\xffb"}


def test_histograms_and_images_cost_nothing(path):
    """Values that are no scalars leave no point and no problem."""
    values = [
        summary_pb2.Summary.Value(tag="h", histo=summary_pb2.HistogramProto(bucket=[1.0] * 100)),
        summary_pb2.Summary.Value(
            tag="i", image=summary_pb2.Summary.Image(encoded_image_string=bytes(5000))
        ),
    ]
    graph = record(
        event_pb2.Event(wall_time=START, graph_def=b"\x0a\x00" * 900).SerializeToString()
    )
    log = read(
        path, header(), graph, *(event(v, step=i) for i in range(9) for v in values), *scalars(2)
    )
    assert sorted(log.points.names) == ["acc", "loss"]
    assert log.problems == []


VALUES = st.one_of(
    st.builds(simple, st.sampled_from(["a", "b/c", "loss", "x" * 600]), st.floats(width=32)),
    st.builds(
        tensor,
        st.sampled_from(["t", "loss2", "ö"]),
        st.sampled_from(list(TENSORS.values())),
        st.just("scalars"),
    ),
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.lists(VALUES, max_size=3), st.integers(0, 2**40), st.floats(1, 2e9)),
        max_size=30,
    )
)
@settings(max_examples=80, deadline=None)
def test_any_mixture_equals_the_oracle(tmp_path_factory, rows):
    """Any mixture of scalars gives exactly what TensorBoard reads."""
    path = tmp_path_factory.mktemp("mixture") / NAME
    log = read(path, header(), *(event(*values, step=s, wall=w) for values, s, w in rows))
    assert same(curves(log.points), oracle(path))


def test_kinds_of_one_length_in_different_files(tmp_path, monkeypatch):
    """What was learned from one file is not mistaken for another file's records of the same length."""
    monkeypatch.setattr(tensorboard, "BATCH", 1)
    proto = TENSORS["float content"]
    values = [simple("x" * n, 1.0) for n in range(1, 40)]
    values += [tensor("y" * n, proto, plugin) for n in range(1, 40) for plugin in ("scalars", "")]
    paths = [tmp_path / f"{i}.{NAME}" for i in range(len(values))]
    for path, value in zip(paths, values, strict=True):
        path.write_bytes(header() + event(value, step=3) * 2)
    logs = tensorboard.read_many([(Probe.of(path), Resume()) for path in paths])
    for value, log in zip(values, logs, strict=True):
        assert log.points.names == [value.tag]
        assert log.points.value.tolist() == [1.0 if value.tag[0] == "x" else np.float32(0.1)] * 2


def test_precision_is_that_of_each_file(tmp_path):
    """A file with doubles does not turn the columns of the files read with it into doubles."""
    paths = [tmp_path / f"{i}.{NAME}" for i in range(3)]
    double = event(tensor("y", TENSORS["double content"]))
    for path, last in zip(paths, [b"", double, b""], strict=True):
        path.write_bytes(header() + b"".join(scalars(5)) + last)
    logs = tensorboard.read_many([(Probe.of(path), Resume()) for path in paths])
    assert [log.points.value.dtype.itemsize for log in logs] == [4, 8, 4]


def test_many_files_equal_one_by_one(tmp_path):
    """Files read together give what each gives alone; one that is gone is an exception in its place."""
    paths = [tmp_path / f"{i}.{NAME}" for i in range(40)]
    for i, path in enumerate(paths):
        path.write_bytes(header() + b"".join(scalars(i, ("loss", f"m{i}"), first=i))[: i * 90])
    probes = [Probe.of(path) for path in paths]
    paths[7].unlink()
    logs = tensorboard.read_many([(probe, Resume()) for probe in probes])
    assert isinstance(logs[7], OSError)
    for i, log in enumerate(logs):
        if i != 7:
            alone = tensorboard.read(probes[i], Resume())
            assert curves(log.points) == curves(alone.points)
            assert (log.offset, log.problems, log.runs) == (
                alone.offset,
                alone.problems,
                alone.runs,
            )
