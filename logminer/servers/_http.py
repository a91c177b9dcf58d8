"""JSON over HTTP from a server that may be slow, busy, behind a login page, or no such server at all.

Every wait is bounded: for a connection, for each byte of an answer, for a whole answer, and between attempts.
Redirects are not followed, so that a password goes to the host the user named and to no other.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

import httpx

from logminer.core.errors import ServerError
from logminer.formats.documents.values import load_json

WAITS = (0.5, 1.0, 2.0)  # seconds before the second, third and fourth attempt
LONGEST_WAIT = 20.0  # seconds that a server may ask for by Retry-After
MAX_ANSWER = 256 << 20  # bytes
_CONNECT = 10.0
_ANSWER = 4  # times the timeout of a read that a whole answer may take
_MAX_SHOWN = 200
_BUSY = frozenset({429, 502, 503, 504})
_AGAIN = _BUSY | {500}
_AT_ONCE = 8  # connections


class StatusError(OSError):
    """An answer that refuses one request, where others may well succeed.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class JsonClient:
    """Asks one server; may be shared by threads.

    Args:
        base: the server's address, ``http://host:port/prefix``.
        name: what the server is called in messages.
        login: user and password, or None.
        token: a bearer token, for who has no login, or None.
        timeout: seconds to wait for the next bytes of an answer.
        verify: whether, or by which file, certificates are checked.
        certificate: a file that tells the server who asks, or None.
    """

    def __init__(
        self,
        base: str,
        name: str,
        *,
        login: tuple[str, str] | None,
        token: str | None,
        timeout: float,
        verify: bool | str,
        certificate: str | None,
    ) -> None:
        self._name, self._timeout = name, timeout
        headers = {"Accept": "application/json"}
        if token and not login:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._client = httpx.Client(
                base_url=base,
                auth=login,
                verify=verify,
                cert=certificate,
                timeout=httpx.Timeout(timeout, connect=min(_CONNECT, timeout)),
                limits=httpx.Limits(max_connections=_AT_ONCE),
                headers=headers,
            )
        except (OSError, ValueError) as error:
            raise ServerError(
                f"{name}: its certificates cannot be used: {_line(error)}",
                "check MLFLOW_TRACKING_SERVER_CERT_PATH, MLFLOW_TRACKING_CLIENT_CERT_PATH and SSL_CERT_FILE",
            ) from error

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def get(self, path: str, query: Mapping[str, str | int]) -> dict[str, Any]:
        """What the server answers to a GET; see ``_ask``."""
        return self._ask("GET", path, params=dict(query))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the server answers to a POST; see ``_ask``."""
        return self._ask("POST", path, json=dict(body))

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """The object a server answers with.

        Raises:
            StatusError: it refuses this request.
            ServerError: it cannot be reached, is too busy, or answers something else.
        """
        said = ""
        for wait in (*WAITS, None):
            asked_for = 0.0
            try:
                status, answer, headers = self._once(method, path, content)
                if status not in _AGAIN:
                    return self._object(path, status, answer, headers)
                said, asked_for = f"answers with status {status}", _retry_after(headers)
                if wait is None and status not in _BUSY:
                    raise StatusError(status, f"{self._name} {said}{_told(answer)}")
            except httpx.TransportError as error:
                said = _failure(error)
                if isinstance(error, httpx.ReadTimeout) and wait != WAITS[0]:
                    break  # a second time is enough of a wait that is long by itself
            if wait is not None:
                time.sleep(min(max(wait, asked_for), LONGEST_WAIT))
        raise ServerError(f"{self._name} {said}", "what was read is stored: try again later")

    def _once(
        self, method: str, path: str, content: Mapping[str, Any]
    ) -> tuple[int, bytes, httpx.Headers]:
        until = time.monotonic() + _ANSWER * self._timeout
        parts, size = [], 0
        with self._client.stream(method, path, **content) as response:
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > MAX_ANSWER:
                    raise ServerError(
                        f"{self._name} answers with more than {MAX_ANSWER >> 20} MB at once",
                        "check the address",
                    )
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer does not end")
            return response.status_code, b"".join(parts), response.headers

    def _object(
        self, path: str, status: int, answer: bytes, headers: httpx.Headers
    ) -> dict[str, Any]:
        if 300 <= status < 400:
            there = httpx.URL(headers.get("Location", ""))
            to = f" to {there.scheme}://{there.host}" if there.host else ""
            raise ServerError(
                f"{self._name} redirects{to}", "give the address that it leads to, or log in there"
            )
        if status != 200:
            raise StatusError(status, f"status {status}{_told(answer)}")
        try:
            loaded = load_json(answer)
        except ValueError:
            loaded = None
        if not isinstance(loaded, dict):
            kind = headers.get("Content-Type", "").partition(";")[0] or "nothing"
            raise ServerError(
                f"{self._name} answers {path} with {_line(kind)}, not with a JSON object",
                "check host, port and path; a login page may stand before the server",
            )
        return loaded


def request_timeout() -> float:
    """Seconds to wait for an answer: MLflow's own MLFLOW_HTTP_REQUEST_TIMEOUT, or a minute."""
    try:
        seconds = float(os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT", ""))
    except ValueError:
        return 60.0
    return seconds if 0 < seconds < 3600 else 60.0


def _failure(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout | httpx.PoolTimeout):
        return "does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {_line(error)}"
    return f"breaks the connection: {_line(error) or type(error).__name__}"


def _retry_after(headers: httpx.Headers) -> float:
    written = headers.get("Retry-After", "")
    return float(written) if written.isdigit() and len(written) < 6 else 0.0


def _told(answer: bytes) -> str:
    """What a server says of an error, in one line; nothing of a page."""
    try:
        loaded = load_json(answer[:65_536])
    except ValueError:
        return ""
    message = loaded.get("message") if isinstance(loaded, dict) else None
    return f": {_line(message)}" if isinstance(message, str) and message else ""


def _line(what: object) -> str:
    return " ".join(str(what).split())[:_MAX_SHOWN]
