"""Summaries of TensorBoard's HParams plug-in: the parameters, start and end of a run.

The messages are those of ``tensorboard/plugins/hparams/{plugin_data,api,hparams_util}.proto``.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

from logminer.core.parsed import Status
from logminer.formats.documents.values import MAX_DEPTH, MAX_ENTRIES, scalar
from logminer.formats.events.wire import BYTES, FIXED64, VARINT, fields, text, varint

_STATUS: dict[int, Status] = {1: "finished", 2: "failed", 3: "running"}


@dataclass
class Session:
    """What HParams summaries say of a run; later ones complete earlier ones."""

    params: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    status: Status = "unknown"
    started: float | None = None
    ended: float | None = None

    def add(self, content: bytes) -> None:
        """Take in one ``HParamsPluginData`` message.

        Raises:
            ValueError: the bytes are no such message.
        """
        for number, wire, at, stop in fields(content):
            if wire != BYTES:
                continue
            if number == 2:
                self._add_experiment(content, at, stop)
            elif number == 3:
                self._add_start(content, at, stop)
            elif number == 4:
                self._add_end(content, at, stop)

    def _add_start(self, data: bytes, at: int, stop: int) -> None:
        for number, wire, a, b in fields(data, at, stop):
            if number == 1 and wire == BYTES:
                name, value = _entry(data, a, b)
                if len(self.params) >= MAX_ENTRIES:
                    raise ValueError(f"more than {MAX_ENTRIES} hyperparameters")
                self.params[name] = scalar(value)
            elif number in {2, 3, 4} and wire == BYTES and b > a:
                key = {2: "model_uri", 3: "monitor_url", 4: "group_name"}[number]
                self.meta[f"hparams.{key}"] = scalar(text(data, a, b))
            elif number == 5 and wire == FIXED64:
                self.started = struct.unpack_from("<d", data, a)[0] or None

    def _add_end(self, data: bytes, at: int, stop: int) -> None:
        status: Status = "unknown"
        for number, wire, a, b in fields(data, at, stop):
            if number == 1 and wire == VARINT:
                status = _STATUS.get(varint(data, a, b)[0], "unknown")
            elif number == 2 and wire == FIXED64:
                self.ended = struct.unpack_from("<d", data, a)[0] or None
        # add_hparams writes success without a time at any moment, often before training starts.
        if status != "finished" or self.ended is not None:
            self.status = status

    def _add_experiment(self, data: bytes, at: int, stop: int) -> None:
        """The study's own description: its domains and the metrics it cares for."""
        domains: dict[str, Any] = {}
        metrics: list[str] = []
        for number, wire, a, b in fields(data, at, stop):
            if number == 1 and wire == BYTES and b > a:
                self.meta["hparams.description"] = scalar(text(data, a, b))
            elif number == 4 and wire == BYTES:
                name, domain = _domain(data, a, b)
                if domain is not None:
                    domains[name] = domain
            elif number == 5 and wire == BYTES:
                metrics.append(_metric(data, a, b))
        if domains:
            self.meta["hparams.domains"] = scalar(domains)
        if metrics:
            self.meta["hparams.metrics"] = scalar(metrics)


def _entry(data: bytes, at: int, stop: int) -> tuple[str, Any]:
    """One entry of the map of hyperparameters."""
    name, value = "", None
    for number, wire, a, b in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            name = text(data, a, b)
        elif number == 2 and wire == BYTES:
            value = _value(data, a, b)
    return name, value


def _value(data: bytes, at: int, stop: int, depth: int = 0) -> Any:
    """A ``google.protobuf.Value``; numbers are stored as doubles, so whole ones were integers."""
    for number, wire, a, b in fields(data, at, stop):
        if number == 2 and wire == FIXED64:
            value = struct.unpack_from("<d", data, a)[0]
            return int(value) if value.is_integer() and abs(value) < 2**53 else value
        if number == 3 and wire == BYTES:
            return text(data, a, b)
        if number == 4 and wire == VARINT:
            return bool(varint(data, a, b)[0])
        if number == 6 and wire == BYTES and depth < MAX_DEPTH:
            return _list(data, a, b, depth)
    return None


def _list(data: bytes, at: int, stop: int, depth: int) -> list[Any]:
    return [
        _value(data, a, b, depth + 1)
        for number, wire, a, b in fields(data, at, stop)
        if number == 1 and wire == BYTES
    ]


def _domain(data: bytes, at: int, stop: int) -> tuple[str, Any]:
    """Name and allowed values of a ``HParamInfo``, None where it names none."""
    name = ""
    domain: Any = None
    for number, wire, a, b in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            name = text(data, a, b)
        elif number == 5 and wire == BYTES:
            domain = _list(data, a, b, depth=0)
        elif number == 6 and wire == BYTES:
            ends = {
                key: struct.unpack_from("<d", data, c)[0]
                for key, kind, c, _ in fields(data, a, b)
                if kind == FIXED64
            }
            domain = {"min": ends.get(1, 0.0), "max": ends.get(2, 0.0)}
    return name, domain


def _metric(data: bytes, at: int, stop: int) -> str:
    """``group/tag`` of a ``MetricInfo``."""
    parts = {1: "", 2: ""}
    for number, wire, a, b in fields(data, at, stop):
        if number == 1 and wire == BYTES:
            parts = {
                key: text(data, c, d) for key, kind, c, d in fields(data, a, b) if kind == BYTES
            }
    return "/".join(part for part in (parts.get(1, ""), parts.get(2, "")) if part)
