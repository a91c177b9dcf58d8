"""Clients of the live page: asked in this process, and streams of events over a socket."""

import asyncio
import json
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import httpx

from logminer.dashboard.answers import Answers
from logminer.dashboard.app import Pages, make_app
from logminer.dashboard.database import Database
from logminer.dashboard.feed import Feed
from logminer.dashboard.follower import Follower
from logminer.dashboard.security import Guard, allowed_names
from logminer.workflows.history import View

PATIENCE = 60  # seconds: a test fails for what is missing, not for what is slow


class Site:
    """The whole application over a database, its feed read once."""

    def __init__(self, db, host="127.0.0.1", token=None):
        database = Database(str(db))
        self.feed = Feed(database, View())
        self.feed.refresh()
        self.answers = Answers(self.feed, database, View())
        pages = Pages(self.feed, database, self.answers, following=False)
        app = make_app(pages, Follower(self.feed, database, ()))
        self._app = Guard(app, allowed_names(host), token, port=8899)

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def ask(self, method, path, **options):
        async def once():
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8899"
            ) as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())


def patiently(ask, done):
    """What ``ask`` gives once it is ``done``."""
    deadline = time.monotonic() + PATIENCE
    while not done(found := ask()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.05)
    return found


def get(url, path, **query):
    """The JSON that a running server answers."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request("GET", f"{path}?{urlencode(query, doseq=True)}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@contextmanager
def listening(url, last=None, **query):
    """Events of a running server, one by one: (id, name, data)."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    headers = {"Last-Event-ID": str(last)} if last else {}
    connection.request("GET", f"/api/events?{urlencode(query, doseq=True)}", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.getheader("content-type") == "text/event-stream"
    try:
        yield events_of(answer)
    finally:
        connection.close()


def events_of(lines):
    event = {}
    for line in lines:
        name, _, text = line.decode().rstrip("\n").partition(": ")
        if name:
            event[name] = text
        elif "data" in event:
            yield event.get("id"), event["event"], json.loads(event["data"])
            event = {}
        else:
            event = {}
