"""Trackers' own servers: one file a kind, which is what an address begins with (``mlflow+http://…``).

A server lists what it holds as entries with a version, and reads an entry as a format reads a file: into a
``ParsedLog``. It only ever reads; names and passwords come from the environment and are kept by nobody.
"""

from logminer.core.registry import Registry
from logminer.servers._address import refuse_password, server_parts
from logminer.servers._protocol import Entry, Server

SERVERS = Registry("logminer.servers", "server")


def server_kind(path: str) -> str | None:
    """The kind of server that an address names (``mlflow`` of ``mlflow+http://…``), or None."""
    kind, plus, rest = path.partition("+")
    return kind.lower() if plus and "://" in rest and kind.lower() in SERVERS.names() else None


def refuse_secrets(path: str) -> None:
    """Make sure that a path that is about to be stored and shown is no address with a password or a token.

    Raises:
        UsageError: it is; the message does not repeat it.
    """
    kind = server_kind(path)
    if kind:
        module = SERVERS.load(kind)
        server_parts(path, user=module.USER_IN_ADDRESS, login=module.LOGIN)
    else:
        refuse_password(path)


__all__ = ["SERVERS", "Entry", "Server", "refuse_secrets", "server_kind"]
