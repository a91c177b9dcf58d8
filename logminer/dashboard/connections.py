"""Open connections: who may have how many, and for how long without a request.

A page is for a few people, and whoever can reach it can open connections without knowing the token. So a request's header
has to be complete within a few seconds, however slowly its bytes come; an idle connection is closed after as long; and
one address has a bounded number. When that is reached, the connection that has been idle for longest gives way, so that
many idle ones lock nobody out, not even others of the same address. Streams of events last, and are counted apart.
"""

import asyncio
from collections import Counter
from typing import Any, Protocol

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 8.0  # for a request's header, from the moment the connection could carry one
ANSWER_SECONDS = 120.0  # for an answer to be made and taken, if it is no stream
MOST = 400
MOST_OF_ADDRESS = 100
MOST_STREAMS = 250
MOST_STREAMS_OF_ADDRESS = 60
_LAST_BYTES = 2.0  # seconds for what is on its way when a connection is closed
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-type: text/plain\r\n"
    b"content-length: 21\r\n\r\ntoo many connections\n"
)


class Connection(Protocol):
    """One connection, as far as its number matters."""

    @property
    def waiting(self) -> bool:
        """Whether no request is being answered."""

    def drop(self) -> None:
        """Close it."""


class Connections:
    """The open connections of a server, by address, the longest idle first.

    Args:
        most: at a time.
        most_of_address: of them, from one address.
    """

    def __init__(self, most: int = MOST, most_of_address: int = MOST_OF_ADDRESS) -> None:
        self._most, self._most_of_address = most, most_of_address
        self._open: dict[Connection, str] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Connection, address: str) -> bool:
        """Take a connection in, if need be for one that is idle; False when all are busy."""
        counts = Counter(self._open.values())
        if counts[address] >= self._most_of_address:
            room = self._drop_idle(address)
        elif len(self._open) >= self._most:
            idle = Counter(a for c, a in self._open.items() if c.waiting)
            room = bool(idle) and self._drop_idle(idle.most_common(1)[0][0])
        else:
            room = True
        if room:
            self._open[connection] = address
        return room

    def answered(self, connection: Connection) -> None:
        """A request was answered: the connection begins to be idle."""
        if connection in self._open:
            self._open[connection] = self._open.pop(connection)

    def leave(self, connection: Connection) -> None:
        """The connection has gone."""
        self._open.pop(connection, None)

    def _drop_idle(self, address: str) -> bool:
        """Close the connection of an address that has been idle for longest; whether there was one."""
        oldest = next((c for c, a in self._open.items() if a == address and c.waiting), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.drop()
        return True


class Streams:
    """Streams by address.

    Args:
        most: at a time.
        most_of_address: of them, to one address.
    """

    def __init__(
        self, most: int = MOST_STREAMS, most_of_address: int = MOST_STREAMS_OF_ADDRESS
    ) -> None:
        self._most, self._most_of_address = most, most_of_address
        self._open: Counter[str] = Counter()

    def has_room(self, address: str) -> bool:
        """Whether one more stream to an address may begin."""
        return self._open.total() < self._most and self._open[address] < self._most_of_address

    def begin(self, address: str) -> None:
        """Count a stream."""
        self._open[address] += 1

    def end(self, address: str) -> None:
        """It has ended."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, with a place among the open connections and an end to patience."""

    places: Connections
    stream_path = ""
    header_seconds = HEADER_SECONDS
    answer_seconds = ANSWER_SECONDS
    _timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, or be told that there is none."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        if not self.places.admit(self, peer[0] if isinstance(peer, tuple) else ""):
            transport.write(_FULL)
            self.drop()
            return
        self._expect(self.header_seconds)

    def data_received(self, data: bytes) -> None:
        """A part of a request; while its header is not complete, the time for it goes on."""
        was_waiting = self.waiting
        super().data_received(data)
        if was_waiting and not self.waiting:
            stream = self.scope["path"] == self.stream_path
            self._expect(None if stream else self.answer_seconds)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self.places.answered(self)
        if self.waiting and not self.transport.is_closing():
            self._expect(self.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place up."""
        self._expect(None)
        self.places.leave(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection; who does not take the last bytes is cut off."""
        self._expect(None)
        if not self.transport.is_closing():
            self.transport.close()
        self._timer = self.loop.call_later(_LAST_BYTES, self.transport.abort)

    def _expect(self, seconds: float | None) -> None:
        """Close the connection after so long, instead of what was to happen before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self.drop)


def counted(connections: Connections, stream_path: str) -> type[PatientProtocol]:
    """A protocol class whose connections are counted together.

    Args:
        connections: where they are counted.
        stream_path: the address of what is answered for ever.
    """
    made: dict[str, Any] = {"places": connections, "stream_path": stream_path}
    return type("CountedProtocol", (PatientProtocol,), made)
