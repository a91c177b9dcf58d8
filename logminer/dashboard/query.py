"""What a request asks, checked: nothing is trusted, nothing is without a limit."""

from starlette.requests import Request

from logminer.core.errors import UsageError

_LONGEST = 1_000  # characters of a name


class Query:
    """The query of a request.

    Args:
        request: the request.
        known: names that may be asked with.

    Raises:
        UsageError: it asks with other names.
    """

    def __init__(self, request: Request, *known: str) -> None:
        self._params = request.query_params
        for name in self._params:
            if name not in known:
                raise UsageError(f"unknown question '{name[:40]}'", f"ask with: {', '.join(known)}")

    def text(self, name: str, default: str | None = None) -> str:
        """A name.

        Raises:
            UsageError: it is missing or too long.
        """
        value = self._params.get(name, default)
        if value is None:
            raise UsageError(f"'{name}' is missing", f"add {name}=… to the address")
        if len(value) > _LONGEST:
            raise UsageError(f"'{name}' is too long", f"at most {_LONGEST} characters")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number between two bounds.

        Raises:
            UsageError: it is none.
        """
        return whole(name, self._params.get(name, str(default)), low, high)

    def runs(self, most: int) -> list[int]:
        """Ids of runs, each once.

        Raises:
            UsageError: one is no number, or there are too many.
        """
        texts = self._params.getlist("run")
        if len(texts) > most:
            raise UsageError(f"{len(texts)} runs", f"ask for at most {most} at once")
        return list(dict.fromkeys(whole("run", text, 0, 2**31 - 1) for text in texts))


def whole(name: str, text: str, low: int, high: int) -> int:
    """The whole number in a text.

    Raises:
        UsageError: there is none between the bounds.
    """
    if text.isascii() and text.isdigit() and len(text) <= 16 and low <= int(text) <= high:
        return int(text)
    raise UsageError(f"'{name}' is not a whole number between {low} and {high}", "mend the address")
