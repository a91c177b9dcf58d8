"""Addresses that are about to be stored and shown: refused where they carry a password or a token."""

import re
from urllib.parse import SplitResult, urlsplit

from logminer.core.errors import UsageError

_PASSWORD = re.compile(r"://[^/?#@]*:[^/?#]*@")
# A raw / or # may stand in a password: of a server whatever lies between the scheme and an @ counts.
_PASSWORD_ANYWHERE = re.compile(r"://[^@]*:[^@]*@")
_USER = re.compile(r"://[^/?#]*@")
_SECRET_OPTION = re.compile(
    r"[?&][^=&#]*(?:passw|pwd|secret|token|api_?key)[^=&#]*=", re.IGNORECASE
)


def refuse_password(address: str) -> None:
    """Make sure that the address of a store of files (``ftp://…``) holds no password before its host.

    Raises:
        UsageError: it does; the message does not repeat it.
    """
    if _PASSWORD.search(address):
        scheme = address.partition("://")[0]
        raise UsageError(
            f"an address of {scheme}:// holds a password, and addresses are stored",
            f"set FSSPEC_{scheme.upper()}_PASSWORD instead, or what the store's own package reads",
        )


def server_parts(address: str, *, user: bool, login: str) -> SplitResult:
    """The parts of a tracker's server's address, which holds no secret.

    Args:
        address: as the user gave it.
        user: whether a user's name may stand before the host.
        login: where name and password belong.

    Raises:
        UsageError: it holds a secret, or makes no sense; the message repeats no secret.
    """
    scheme = address.partition("://")[0]
    if _PASSWORD_ANYWHERE.search(address) or _SECRET_OPTION.search(address):
        raise UsageError(
            f"an address of {scheme}:// holds a password or a token, and addresses are stored",
            f"take it out and {login}; an @ that belongs to a name is written %40",
        )
    if not user and _USER.search(address):
        raise UsageError(
            f"an address of {scheme}:// holds a user's name", f"take it out and {login}"
        )
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise UsageError(
            f"an address of {scheme}:// is malformed", "write SCHEME://HOST:PORT/PATH"
        ) from None
    return parts


def host_and_port(parts: SplitResult, usual_port: int | None) -> str:
    """Host and port in one spelling: lower case, without the scheme's usual port."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, usual_port) else f"{host}:{parts.port}"
