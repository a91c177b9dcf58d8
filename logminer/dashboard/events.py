"""Server-sent events: what came after the revision a page has seen, and nothing again.

Each page is served by a loop of its own that looks at the feed when it has sent what it had: a slow page is sent
less often and more at once, and no queue grows for it. One that takes nothing for half a minute is dropped; its
browser comes back with the last revision it saw (``Last-Event-ID``), and goes on from there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from logminer.dashboard.connections import Streams
from logminer.dashboard.feed import Feed, Moment
from logminer.dashboard.strict_json import dumps

EVENTS = "/api/events"
PING_SECONDS = 15.0
PATIENCE = 30.0  # seconds for a page to take what is sent
_HEADERS = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]


@dataclass(frozen=True)
class Wanted:
    """What a page listens to.

    Attributes:
        revision: the last one it has seen; None for what comes from now on.
        metric: of which it draws curves, or empty.
        runs: whose curves it draws.
    """

    revision: int | None
    metric: str
    runs: tuple[int, ...]


class Events:
    """Streams of one feed, woken when it changes and closed together.

    Args:
        feed: what is streamed.
        state: the answer of ``/api/state`` at a moment.

    Attributes:
        streams: those that are open, by address.
    """

    def __init__(self, feed: Feed, state: Callable[[Moment], Mapping[str, Any]]) -> None:
        self._feed, self._state = feed, state
        self._changed = asyncio.Event()
        self._closed = False
        self.streams = Streams()

    def wake(self) -> None:
        """Let every stream look at the feed; from the event loop."""
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """End all streams; from the event loop."""
        self._closed = True
        self.wake()

    def stream(self, wanted: Wanted) -> "Stream":
        """An answer that goes on until one side leaves."""
        return Stream(self, wanted)

    async def parts(self, wanted: Wanted) -> AsyncIterator[bytes]:
        """What to send, as soon as there is something; a ping when there was nothing for long."""
        moment = self._feed.moment
        seen = moment.revision if wanted.revision is None else wanted.revision
        yield b"retry: 1000\n\n"
        while not self._closed:
            changed, moment = self._changed, self._feed.moment
            if moment.revision != seen:
                yield b"".join(_events(moment, seen, wanted, self._state))
                seen = moment.revision
                continue
            try:
                await asyncio.wait_for(changed.wait(), PING_SECONDS)
            except TimeoutError:
                yield b"event: ping\ndata: {}\n\n"


class Stream:
    """One page's stream, as an answer."""

    def __init__(self, events: Events, wanted: Wanted) -> None:
        self._events, self._wanted = events, wanted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the page leaves, takes nothing any more, or the server ends."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        address = (scope.get("client") or ("",))[0]
        self._events.streams.begin(address)
        try:
            await self._until_left(receive, send)
        finally:
            self._events.streams.end(address)

    async def _until_left(self, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        async for part in self._events.parts(self._wanted):
            message = {"type": "http.response.body", "body": part, "more_body": True}
            await asyncio.wait_for(send(message), PATIENCE)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _events(
    moment: Moment, seen: int, wanted: Wanted, state: Callable[[Moment], Mapping[str, Any]]
) -> Iterator[bytes]:
    """What came after a revision. The last event alone carries the revision: none is lost when a stream breaks."""
    events = []
    if moment.state_changed > seen or not moment.knows(seen):
        events.append((b"state", dumps(state(moment))))
    rows = moment.rows_after(seen)
    if wanted.metric and wanted.runs:
        curves = moment.points_after(seen, wanted.metric, wanted.runs)
        if curves:
            told = {"revision": moment.revision, "metric": wanted.metric, "curves": curves}
            events.append((b"points", dumps(told)))
    events.append((b"runs", b'{"revision":%d,"rows":[%b]}' % (moment.revision, b",".join(rows))))
    for name, data in events[:-1]:
        yield b"event: %b\ndata: %b\n\n" % (name, data)
    name, data = events[-1]
    yield b"id: %d\nevent: %b\ndata: %b\n\n" % (moment.revision, name, data)
