"""Derive once: results are kept in the database under the digest of all that they rest on.

The digest is of the content of the database, of the question, and of this program. So a result that is found is the
one that would be derived; nothing has to be told when it has become stale.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import logminer
from logminer.core.packing import pack, unpack
from logminer.store import Store


def remembered(store: Store, name: str, question: Any, derive: Callable[[], Any]) -> Any:
    """What ``derive`` returns, from the database where it was derived before.

    Args:
        store: the store that it rests on.
        name: what is derived.
        question: what it rests on beside the store's content; as for ``pack``.
        derive: derives it.

    Raises:
        LogminerError: as ``derive`` does.
    """
    if store.writable:  # whoever writes changes what it would rest on
        return derive()
    shelf = StoreShelf(store, name)
    digest = hashlib.blake2b(pack(question), digest_size=16)
    digest.update(store.derived.content_digest().encode())
    key = digest.hexdigest()
    kept = shelf.get(key)
    if kept is not None:
        with suppress(ValueError):  # damaged, or written by another hand: it is derived anew
            return unpack(kept)
    result = derive()
    shelf.put(key, pack(result))
    return result


class StoreShelf:
    """Bytes kept in the database under digests of all that they rest on, this program aside.

    Args:
        store: the database.
        name: what the bytes are.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name

    def get(self, digest: str) -> bytes | None:
        """What this program kept under a digest."""
        return self._store.derived.get(self._name, f"{digest}/{_program()}")

    def put(self, digest: str, data: bytes) -> None:
        """Keep bytes under a digest, once the store is closed."""
        self._store.derived.put(self._name, f"{digest}/{_program()}", data)


@cache
def _program() -> str:
    """Changes with every file of this program, so that a result of another version is not taken for one of this."""
    root = Path(logminer.__file__).parent
    facts = hashlib.blake2b(digest_size=16)
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            at = os.stat(os.path.join(folder, name))
            facts.update(f"{name} {at.st_size} {at.st_mtime_ns}\n".encode())
    return facts.hexdigest()
