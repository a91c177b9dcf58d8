"""Which generic files are runs of their own, and which are parts of the run that is their folder.

``measurements.csv`` beside ``eval_measurements.csv`` are one run; ``run_1.csv`` beside ``run_2.csv`` are two.
"""

import re
from collections import Counter
from collections.abc import Iterable

_GENERIC = re.compile(r".+\.(csv|tsv|json|jsonl|ndjson|log|txt|out|ya?ml|toml)$", re.IGNORECASE)
_SHARED = re.compile(
    r"(.*[._-])?(hparams?|hyperparam\w*|config\w*|args?|params?|parameters|flags|opts?|options|settings|overrides"
    r"|meta\w*)([._-].*)?\.(json|ya?ml|toml)",
    re.IGNORECASE,
)
_PART_OF_A_RUN = {
    "train", "training", "val", "valid", "validation", "dev", "test", "eval", "evaluation", "metric",
    "metrics", "measurements", "log", "logs", "history", "loss", "losses", "acc", "accuracy", "result",
    "results", "summary", "score", "scores", "stats", "progress", "trials", "all", "stdout", "stderr", "output",
    "data", "meta", "info", "readme", "requirements", "package",
}  # fmt: skip
_FEWEST_NAMED = 3


def own_runs(names: Iterable[str]) -> frozenset[str]:
    """Names, among those of one folder, of the files that are each a run of their own.

    That is when several have one shape but for their numbers and no parameter file is shared by all, or
    when three or more stand side by side whose names (``adam.csv``, ``sgd.csv``, …) tell no part of a run.
    """
    generic = [name for name in names if _GENERIC.match(name)]
    if any(_SHARED.fullmatch(name) for name in generic):
        return frozenset()
    shapes = Counter(_shape(name) for name in generic)
    numbered = {name for name in generic if "#" in _shape(name) and shapes[_shape(name)] > 1}
    named = [name for name in generic if name not in numbered and not _words(name) & _PART_OF_A_RUN]
    by_suffix = Counter(name.rpartition(".")[2].lower() for name in named)
    alone = {
        name
        for name in named
        if by_suffix[name.rpartition(".")[2].lower()] >= _FEWEST_NAMED
        and name.rpartition(".")[2].lower() in {"csv", "tsv", "json", "jsonl", "ndjson"}
    }
    return frozenset(numbered | alone)


def _shape(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return re.sub(r"\d+(\.\d+)?([eE][+-]?\d+)?", "#", stem) + "." + suffix


def _words(name: str) -> set[str]:
    stem = name.rpartition(".")[0]
    return set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", stem).lower()))
