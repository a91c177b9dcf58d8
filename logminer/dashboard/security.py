"""Who may ask, and what a browser may do with the answer.

The page is for the people of one machine. A foreign web page must not read it through the visitor's browser: its
requests carry its own name as ``Host`` once it has pointed that name at this address (DNS rebinding), so only
names of this machine are answered. Nothing can be changed by a request: only GET and HEAD are answered. Beyond
loopback a token is asked for, given once in the address and kept in a cookie that scripts cannot read and that
other sites' requests do not carry. The content policy lets the page load only what this server sends.
"""

import hmac
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from logminer.dashboard.strict_json import dumps

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LONGEST_ADDRESS = 32_768  # bytes of path and query: a thousand run ids fit


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on an address or name."""
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


@dataclass(frozen=True)
class Names:
    """Names a request may ask for, as they stand in its ``Host``, whatever the port.

    Attributes:
        names: in lower case.
        any_address: whether every IP address is one, too: an address cannot be pointed elsewhere as a name can.
    """

    names: frozenset[str]
    any_address: bool = False

    def __contains__(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        name = (name if colon and port.isdigit() else host).lower()
        return name in self.names or (self.any_address and _address(name) is not None)


def allowed_names(host: str) -> Names:
    """Names of a server.

    Args:
        host: the address it listens on.
    """
    address = _address(host)
    if is_loopback(host):
        return Names(_LOCAL_NAMES | {_written(host)})
    own = {socket.gethostname().lower(), socket.getfqdn().lower()}
    return Names(
        _LOCAL_NAMES | own | {_written(host)}, address is not None and address.is_unspecified
    )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def _written(host: str) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host.lower()


class Guard:
    """Asks every request who it is before it goes on, and puts the headers on every answer.

    Args:
        app: what answers.
        names: names of this server that a request may ask for.
        token: what a visitor must know, or None.
        port: of the server: cookies do not tell ports apart, so the cookie's name does.
    """

    def __init__(self, app: ASGIApp, names: Names, token: str | None, port: int) -> None:
        self._app, self._names, self._token = app, names, token
        self._cookie = f"logminer_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":

            async def send_guarded(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message).update(HEADERS)
                await send(message)

            refusal = self._refuse(HTTPConnection(scope))
            await (refusal or self._app)(scope, receive, send_guarded)

    def _refuse(self, asked: HTTPConnection) -> Response | None:
        scope = asked.scope
        if asked.headers.get("host", "") not in self._names:
            return _error(
                403, "this server does not go by that name", "open the address it printed"
            )
        if scope["method"] not in ("GET", "HEAD"):
            return _error(405, "only GET and HEAD are answered", "nothing here can be changed")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST_ADDRESS:
            return _error(414, "the address is too long", "ask for fewer runs at once")
        return self._ask_token(asked) if self._token else None

    def _ask_token(self, asked: HTTPConnection) -> Response | None:
        if self._is_token(asked.cookies.get(self._cookie, "")):
            return None
        query = parse_qsl(asked.url.query, keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if asked.url.path != "/" or not given or not self._is_token(given[0]):
            return _error(403, "this page asks for a token", "open the address the server printed")
        rest = urlencode([pair for pair in query if pair[0] != "token"])
        welcome = RedirectResponse(f"/?{rest}" if rest else "/", 303)
        welcome.set_cookie(self._cookie, given[0], httponly=True, samesite="strict", path="/")
        return welcome

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), (self._token or "").encode())


def _error(status: int, what: str, then: str) -> Response:
    body = dumps({"error": {"what": what, "next": then}})
    headers = {"Allow": "GET, HEAD"} if status == 405 else None
    return Response(body, status, headers, media_type="application/json")
