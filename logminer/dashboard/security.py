"""Who may ask, and what a browser may do with the answer.

The page is for the people of one machine. A foreign web page must not read it through the visitor's browser: its
requests carry its own name as ``Host`` once it has pointed that name at this address (DNS rebinding), so only
names of this machine are answered. Nothing can be changed by a request: only GET and HEAD are answered. Beyond
loopback a token is asked for, given once in the address and kept in a cookie that scripts cannot read and that
other sites' requests do not carry. The content policy lets the page load only what this server sends.
"""

import hmac
from ipaddress import ip_address
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
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def allowed_names(host: str, own: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names a request may ask for, as they stand in its ``Host``, without the port.

    Args:
        host: the address the server listens on.
        own: further names of this machine.
    """
    written = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return frozenset(name.lower() for name in {*_LOCAL_NAMES, written, *own})


class Guard:
    """Asks every request who it is before it goes on, and puts the headers on every answer.

    Args:
        app: what answers.
        names: names of this server that a request may ask for.
        token: what a visitor must know, or None.
        port: of the server: cookies do not tell ports apart, so the cookie's name does.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], token: str | None, port: int) -> None:
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
        if _name(asked.headers.get("host", "")) not in self._names:
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


def _name(host: str) -> str:
    """A ``Host`` without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _error(status: int, what: str, then: str) -> Response:
    body = dumps({"error": {"what": what, "next": then}})
    headers = {"Allow": "GET, HEAD"} if status == 405 else None
    return Response(body, status, headers, media_type="application/json")
