"""The server: its address, its token, and an end that does not wait for open streams."""

import asyncio
import errno
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from logminer.core.errors import LogminerError, UsageError
from logminer.dashboard.connections import HEADER_SECONDS, Connections, counted
from logminer.dashboard.events import EVENTS
from logminer.dashboard.security import is_loopback


@dataclass(frozen=True)
class Address:
    """Where the page is.

    Attributes:
        socket: bound, not listening yet.
        host: as the user named it.
        port: the one that was got.
        token: what a visitor must know, or None.
    """

    socket: socket.socket
    host: str
    port: int
    token: str | None

    @property
    def url(self) -> str:
        """What to open in a browser."""
        everywhere = (
            not is_loopback(self.host) and ip_address(self.socket.getsockname()[0]).is_unspecified
        )
        shown = socket.gethostname() if everywhere else self.host
        name = f"[{shown}]" if ":" in shown else shown
        return f"http://{name}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def bind(host: str, port: int, token: str | None = None) -> Address:
    """Take the address; beyond loopback a token is made up where none is given.

    Raises:
        LogminerError: the port is in use or not allowed.
        UsageError: there is no such address on this machine.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {host}: no such address", "127.0.0.1 is this machine") from error
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(place)
    except OSError as error:
        taken.close()
        raise _unbound(error, host, port) from error
    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(24)
    return Address(taken, host, taken.getsockname()[1], token)


def _unbound(error: OSError, host: str, port: int) -> LogminerError:
    if error.errno == errno.EADDRINUSE:
        return LogminerError(
            f"port {port} is in use",
            f"logminer serve --port {port + 1}, or --port 0 for any free one",
        )
    if error.errno == errno.EACCES:
        return LogminerError(f"port {port} is not allowed", "ports from 1024 on are free to all")
    return UsageError(f"--host {host}: {error.strerror}", "127.0.0.1 is this machine")


class Server(uvicorn.Server):
    """A server that ends its streams first, so that Ctrl-C ends it at once.

    Args:
        app: the application.
        close: ends the streams.
    """

    def __init__(self, app: ASGIApp, close: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=2,
                http=counted(Connections(), EVENTS),
                timeout_keep_alive=int(HEADER_SECONDS),
                h11_max_incomplete_event_size=40_000,
            )
        )
        self._close = close

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then everything else."""
        self._close()
        await super().shutdown(sockets)


def run(server: Server, address: Address, opened: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        server: the server.
        address: where.
        opened: called with the address once requests are taken.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it, in good order.
    """
    address.socket.listen(128)
    opened(address.url)
    asyncio.run(server.serve(sockets=[address.socket]))
