"""logminer: mine past training logs for top performers, and start every search warm.

The verbs of the command line, returning DataFrames and small result objects:

    import logminer as lm

    lm.ingest("runs")
    lm.top()
    lm.suggest(n=5)
    lm.report("report.html")

    study = lm.Study(space, mode="max", history=frame)
    suggestion = study.ask()
    study.tell(suggestion, 0.93)
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Loaded when first asked for: ``import logminer`` and ``logminer --help`` stay instant.
_HOMES = {
    **dict.fromkeys(
        ("importance", "ingest", "metrics", "params", "report", "roles", "runs", "set_role", "show", "space", "sql", "suggest", "tasks", "top"),
        "logminer.api",
    ),
    "Categorical": "logminer.core.parameters",
    "CurveModel": "logminer.curves.model",
    "Float": "logminer.core.parameters",
    "Integer": "logminer.core.parameters",
    "Limits": "logminer.runner.search",
    "LogminerError": "logminer.core.errors",
    "Space": "logminer.core.space",
    "SearchCV": "logminer.runner.search_cv",
    "Study": "logminer.workflows.study",
    "View": "logminer.workflows.history",
    "open_store": "logminer.store",
    "search": "logminer.runner.search",
}  # fmt: skip

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'logminer' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
