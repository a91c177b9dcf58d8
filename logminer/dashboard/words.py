"""Numbers in words."""


def span(seconds: float) -> str:
    """A length of time as people say it: ``40 s``, ``12 min``, ``3.5 h``, ``2 days``."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return (
                f"{seconds / size:.2g} {unit}"
                if seconds < 10 * size
                else f"{seconds / size:.0f} {unit}"
            )
    return f"{seconds:.0f} s"
