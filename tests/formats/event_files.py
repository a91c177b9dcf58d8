"""Event files for tests, written with TensorBoard's own messages and read back with its own reader."""

import logging
import struct

import numpy as np
from crc32c import crc32c
from google.protobuf import struct_pb2
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.util import tensor_util

from logminer.core.parsed import Resume
from logminer.formats import Probe, tensorboard

START = 1_700_000_000.0
NAME = "events.out.tfevents.1700000000.host.17.0"


def record(payload):
    """A record as a writer frames it."""
    length = struct.pack("<Q", len(payload))
    crc = _masked(crc32c(payload)) if len(payload) > 1 << 16 else masked_crc32c(payload)
    return length + _word(masked_crc32c(length)) + payload + _word(crc)


def _word(number):
    return struct.pack("<I", number)


def _masked(crc):  # TensorBoard's own checksum takes seconds for megabytes
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def header(wall=START):
    """The first record of every event file."""
    return record(event_pb2.Event(wall_time=wall, file_version="brain.Event:2").SerializeToString())


def event(*values, step=0, wall=START):
    """A record with a summary of these values."""
    summary = summary_pb2.Summary(value=values)
    return record(event_pb2.Event(wall_time=wall, step=step, summary=summary).SerializeToString())


def simple(tag, value):
    """A scalar as ``SummaryWriter.add_scalar`` writes it."""
    return summary_pb2.Summary.Value(tag=tag, simple_value=value)


def metadata(plugin, content=b""):
    """Metadata that names a plug-in."""
    data = summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    return summary_pb2.SummaryMetadata(plugin_data=data)


def tensor(tag, proto, plugin="scalars"):
    """A value with a tensor, with metadata unless ``plugin`` is empty."""
    value = summary_pb2.Summary.Value(tag=tag, tensor=proto)
    if plugin:
        value.metadata.CopyFrom(metadata(plugin))
    return value


def array(number, dtype):
    """A scalar tensor with its bytes as content."""
    kind = getattr(types_pb2, dtype)
    proto = tensor_pb2.TensorProto(dtype=kind, tensor_content=np.asarray(number).tobytes())
    proto.tensor_shape.SetInParent()
    return proto


def string(words):
    """A string tensor of shape (1,)."""
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[words.encode()])
    proto.tensor_shape.dim.add(size=1)
    return proto


def session_start(hparams, **fields):
    """A value with the HParams plug-in's start of a session."""
    info = plugin_data_pb2.SessionStartInfo(**fields)
    for name, value in hparams.items():
        message = info.hparams[name]
        if isinstance(value, bool):
            message.bool_value = value
        elif isinstance(value, int | float):
            message.number_value = value
        elif isinstance(value, list):
            message.list_value.extend(value)
        elif value is None:
            message.null_value = struct_pb2.NULL_VALUE
        else:
            message.string_value = value
    return _hparams("session_start_info", session_start_info=info)


def session_end(status, end):
    """A value with the HParams plug-in's end of a session."""
    info = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value(status), end_time_secs=end)
    return _hparams("session_end_info", session_end_info=info)


def experiment(message):
    """A value with the HParams plug-in's description of a study."""
    return _hparams("experiment", experiment=message)


def _hparams(tag, **fields):
    data = plugin_data_pb2.HParamsPluginData(version=0, **fields)
    return summary_pb2.Summary.Value(
        tag=f"_hparams_/{tag}", metadata=metadata("hparams", data.SerializeToString())
    )


def scalars(n, tags=("loss", "acc"), first=0):
    """Records of n steps of some metrics, one a record."""
    return [
        event(simple(tag, float(np.sin(i + j))), step=i, wall=START + i + j / 8)
        for i in range(first, first + n)
        for j, tag in enumerate(tags)
    ]


def write(path, *records):
    """An event file of some records behind its header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header() + b"".join(records))
    return path


def read_events(path):
    return tensorboard.read(Probe.of(path), Resume())


def facts(path):
    """What an event file says of its run."""
    (run,) = read_events(path).runs
    return run


def curves(points):
    """Points as ``{metric: [(step, wall, value), ...]}``."""
    return {
        name: list(zip(*(c[points.metric == i].tolist() for c in columns), strict=True))
        for columns in [(points.step, points.wall, points.value)]
        for i, name in enumerate(points.names)
    }


def oracle(path):
    """The same as TensorBoard's EventAccumulator reads it, nothing sampled."""
    logging.disable(logging.WARNING)
    guidance = {"tensors": 0, "scalars": 0}
    accumulator = EventAccumulator(str(path), guidance, purge_orphaned_data=False).Reload()
    found = {
        tag: [(e.step, e.wall_time, e.value) for e in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found[tag] = [
                (e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto).item())
                for e in accumulator.Tensors(tag)
            ]
    return found
