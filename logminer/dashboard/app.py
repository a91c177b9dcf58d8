"""The pages and answers of the live page, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from logminer import __version__
from logminer.core.errors import LogminerError, UsageError, did_you_mean
from logminer.dashboard.answers import Answers, Question
from logminer.dashboard.curves import draw_curves
from logminer.dashboard.database import Database
from logminer.dashboard.events import EVENTS, Events, Wanted
from logminer.dashboard.feed import Feed, Moment
from logminer.dashboard.follower import Follower
from logminer.dashboard.query import Query, whole
from logminer.dashboard.strict_json import dumps
from logminer.workflows.unfinished import without_begun

STATIC = Path(str(files("logminer.dashboard") / "static"))
MOST_CURVES = 1000
MOST_POINTS = 5000
MOST_SUGGESTIONS = 50


class Pages:
    """Answers to the page's questions.

    Args:
        feed: the snapshot that holds now.
        database: where curves are read from.
        answers: what takes seconds to answer.
        following: whether logs are followed.
    """

    def __init__(
        self, feed: Feed, database: Database, answers: Answers, *, following: bool
    ) -> None:
        self._feed, self._database, self._following = feed, database, following
        self.answers = answers
        self.events = Events(feed, self.state)

    def state(self, moment: Moment) -> dict[str, Any]:
        """What ``/api/state`` says."""
        return {
            "revision": moment.revision,
            "db": self._database.path,
            "title": Path(self._database.path).stem,
            "following": self._following,
            "updated": moment.updated,
            "version": __version__,
            **moment.snapshot.state,
            "problems": moment.problems,
            "trouble": moment.trouble,
            "loading": moment.loading,
        }

    async def get_state(self, _: Request) -> Response:
        """Tasks, metrics, parameters."""
        return answer(self.state(self._feed.moment))

    async def get_runs(self, _: Request) -> Response:
        """The run table, column by column."""
        moment = self._feed.moment
        return await run_in_threadpool(
            lambda: answer({"revision": moment.revision, **moment.snapshot.columns()})
        )

    async def get_curves(self, request: Request) -> Response:
        """Curves of one metric of some runs."""
        query = Query(request, "metric", "run", "points")
        metric = query.text("metric")
        runs = query.runs(MOST_CURVES)
        points = query.number("points", 500, 5, MOST_POINTS)

        def read() -> Response:
            moment = self._feed.moment
            with self._database.reading() as store:
                return answer(draw_curves(store, moment, metric, runs, points))

        return await run_in_threadpool(read)

    async def get_problems(self, _: Request) -> Response:
        """What could not be read of the logs."""

        def read() -> Response:
            with self._database.reading() as store:
                rows = (
                    without_begun(store.read.problems())
                    if self._following
                    else store.read.problems()
                )
            rows = rows.rename(columns={"where": "place"})
            return answer({"rows": rows.to_dict("records")})

        return await run_in_threadpool(read)

    async def get_importance(self, request: Request) -> Response:
        """Which hyperparameters matter."""
        query = Query(request, "task")
        return self._slow(Question("importance", self._task(query)))

    async def get_suggestions(self, request: Request) -> Response:
        """What to try next."""
        query = Query(request, "task", "n")
        n = query.number("n", 5, 1, MOST_SUGGESTIONS)
        return self._slow(Question("suggestions", self._task(query), n))

    async def get_advice(self, request: Request) -> Response:
        """Which runs to stop."""
        return self._slow(Question("advice", self._task(Query(request, "task"))))

    def _task(self, query: Query) -> str | None:
        """A task that there is; None when none is named."""
        name = query.text("task", "")
        known = [task["name"] for task in self._feed.moment.snapshot.state["tasks"]]
        if name and name not in known:
            raise UsageError(
                f"no task '{name}'{did_you_mean(name, known)}", "choose one of the page's"
            )
        return name or None

    def _slow(self, question: Question) -> Response:
        found = self.answers.ask(question)
        return answer({"pending": True}, 202) if found is None else answer(found)

    async def get_events(self, request: Request) -> ASGIApp:
        """What is new from now on."""
        query = Query(request, "revision", "metric", "run")
        seen = request.headers.get("last-event-id") or query.text("revision", "")
        wanted = Wanted(
            whole("revision", seen, 0, 2**53) if seen else None,
            query.text("metric", ""),
            tuple(query.runs(MOST_CURVES)),
        )
        if not self.events.streams.has_room(request.client.host if request.client else ""):
            raise LogminerError("too many pages are open", "close some, and reload this one")
        return self.events.stream(wanted)


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(dumps(value), status, media_type="application/json")


async def index(_: Request) -> Response:
    """The page."""
    return Response((STATIC / "index.html").read_bytes(), media_type="text/html; charset=utf-8")


async def say_error(_: Request, error: Exception) -> Response:
    """An error as what and next, without where in the program it arose."""
    if isinstance(error, LogminerError):
        status = 400 if isinstance(error, UsageError) else 503
        return answer({"error": {"what": str(error), "next": error.hint}}, status)
    if isinstance(error, HTTPException):
        what = error.detail.lower()
        return answer({"error": {"what": what, "next": "the page is at /"}}, error.status_code)
    return answer({"error": {"what": "the server failed", "next": "see its terminal"}}, 500)


def make_app(pages: Pages, follower: Follower) -> Starlette:
    """The application: it starts the follower with itself and ends it too.

    Args:
        pages: what answers.
        follower: what keeps the feed up to date.
    """

    @asynccontextmanager
    async def following(_: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended while the thread was at work
                loop.call_soon_threadsafe(pages.events.wake)

        follower.start(wake)
        yield
        await run_in_threadpool(follower.stop)
        await run_in_threadpool(pages.answers.stop)

    endpoints = {
        "/": index,
        "/api/state": pages.get_state,
        "/api/runs": pages.get_runs,
        "/api/curves": pages.get_curves,
        "/api/importance": pages.get_importance,
        "/api/suggestions": pages.get_suggestions,
        "/api/advice": pages.get_advice,
        "/api/problems": pages.get_problems,
        EVENTS: pages.get_events,
    }
    app = Starlette(
        routes=[
            *(Route(path, endpoint, methods=["GET"]) for path, endpoint in endpoints.items()),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers=dict.fromkeys((LogminerError, HTTPException, Exception), say_error),
        lifespan=following,
    )
    app.router.redirect_slashes = False  # an address is right or not there
    return app
