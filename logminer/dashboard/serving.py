"""From a database and the user's wishes to a running server."""

from collections.abc import Callable, Mapping, Sequence

from logminer.dashboard.answers import Answers
from logminer.dashboard.app import Pages, make_app
from logminer.dashboard.database import Database
from logminer.dashboard.feed import Feed
from logminer.dashboard.follower import Follower
from logminer.dashboard.security import Guard, allowed_names
from logminer.dashboard.server import Server, bind, run
from logminer.formats import LogFormat
from logminer.workflows.history import View
from logminer.workflows.ingest import check_there


def serve(
    db: str,
    paths: Sequence[str] = (),
    view: View | None = None,
    *,
    opened: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 8899,
    token: str | None = None,
    wait: float = 10.0,
    interval: float = 1.0,
    own: Mapping[str, LogFormat] | None = None,
    strategy: str = "auto",
    seed: int = 0,
) -> None:
    """Serve the live page until interrupted.

    Args:
        db: the database file.
        paths: logs to follow; none to show the database as others change it.
        view: how the user wants the runs to be seen.
        opened: called with the page's address once it can be opened.
        host: address to listen on.
        port: port to listen on; 0 for any free one.
        token: what visitors must know; made up beyond loopback.
        wait: seconds to wait for another process to let go of the database.
        interval: seconds between looks at the logs.
        own: formats of the project itself.
        strategy: name of the strategy behind the suggestions.
        seed: same seed and same logs, same suggestions.

    Raises:
        NothingFoundError: there is no database and nothing to follow, or a path does not exist.
        LogminerError: the address cannot be listened on.
        KeyboardInterrupt: Ctrl-C ended it, in good order.
    """
    check_there(paths)
    database = Database(db, wait)
    feed = Feed(database, view or View())
    if not paths:
        with database.reading():  # says at once what is wrong with the file
            pass
    address = bind(host, port, token)
    answers = Answers(feed, database, view or View(), strategy, seed)
    pages = Pages(feed, database, answers, following=bool(paths))
    app = make_app(pages, Follower(feed, database, paths, interval, {"own": own}))
    guard = Guard(app, allowed_names(host), address.token, address.port)
    run(Server(guard, pages.events.close), address, opened)
