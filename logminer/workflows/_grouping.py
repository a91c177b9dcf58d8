"""Which generic files are runs of their own, and which are parts of the run that is their folder.

``measurements.csv`` beside ``eval_measurements.csv`` are one run; ``run_1.csv`` beside ``run_2.csv`` are two, and so are
``slurm-7.out`` beside ``slurm-8.out`` and ``baseline.log`` beside ``wider.log``.
"""

import re
from collections import Counter
from collections.abc import Iterable

_GENERIC = re.compile(
    r".+\.(csv|tsv|parquet|feather|arrow|xlsx|ods|json|jsonl|ndjson|log|txt|out|stdout|err|stderr|ya?ml|toml)$",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"(.*[._-])?(hparams?|hyperparam\w*|config\w*|args?|params?|parameters|flags|opts?|options|settings|overrides"
    r"|meta\w*)([._-].*)?\.(json|ya?ml|toml)",
    re.IGNORECASE,
)
_TABLES = {"csv", "tsv", "parquet", "feather", "arrow", "xlsx", "ods", "json", "jsonl", "ndjson"}
_TEXTS = {"log", "txt", "out", "stdout"}
_PART_OF_A_RUN = {
    "train", "training", "val", "valid", "validation", "dev", "test", "eval", "evaluation", "metric",
    "metrics", "measurements", "log", "logs", "history", "loss", "losses", "acc", "accuracy", "result",
    "results", "summary", "score", "scores", "stats", "progress", "trials", "all", "stdout", "stderr", "output",
    "data", "meta", "info", "readme", "requirements", "package",
}  # fmt: skip
_PART_OF_A_TEXT = _PART_OF_A_RUN | {
    "main", "debug", "console", "error", "errors", "warning", "warnings", "run", "nohup", "slurm", "screen", "session",
    "trainer", "worker", "master", "server", "client", "system", "gpu", "memory", "time", "timing", "profile", "launch",
    "install", "setup", "build", "notes", "note", "todo", "license", "classes", "labels", "vocab", "predictions",
    "model", "architecture", "args", "config", "params", "command", "env", "environment", "git", "diff",
}  # fmt: skip
# A number behind these tells parts of one run apart: its processes, and its ways through training.
_PARTS_BY_NUMBER = re.compile(
    r"(?:^|[^a-z])(?:rank|worker|node|gpu|cuda|device|proc|process|host|actor|thread|epoch|step|iter|iteration|ckpt"
    r"|checkpoint|batch|part|shard)s?[^a-z0-9]?#"
)
_UUID = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE
)
_HASH = re.compile(
    r"(?<![a-z0-9])(?=[a-f]{0,40}[0-9])(?=[0-9]{0,40}[a-f])[0-9a-f]{6,64}(?![a-z0-9])",
    re.IGNORECASE,
)
_FEWEST_NAMED = {"table": 3, "text": 2}


def own_runs(names: Iterable[str]) -> frozenset[str]:
    """Names, among those of one folder, of the files that are each a run of their own.

    That is when several have one shape but for their numbers, dates or hashes and no parameter file is shared by
    all, or when several stand side by side whose names (``adam.csv``, ``sgd.csv``, …) tell no part of a run.
    """
    generic = [name for name in names if _GENERIC.match(name)]
    if any(_SHARED.fullmatch(name) for name in generic):
        return frozenset()
    shapes = {name: _shape(name) for name in generic}
    alike = Counter(shapes.values())
    numbered = {
        name for name, shape in shapes.items()
        if "#" in shape and not _PARTS_BY_NUMBER.search(shape)
        and (alike[shape] > 1 or (_suffix(name) in _TEXTS and _first(shape) in alike))
    }  # fmt: skip
    firsts = {_first(shapes[name]) for name in numbered if _suffix(name) in _TEXTS}
    numbered |= {name for name, shape in shapes.items() if shape in firsts}
    rest = [name for name in generic if name not in numbered and "#" not in shapes[name]]
    tables = [n for n in rest if _suffix(n) in _TABLES and not _words(n) & _PART_OF_A_RUN]
    named = _enough(tables, _FEWEST_NAMED["table"])
    for group in _by_part(name for name in rest if _suffix(name) in _TEXTS).values():
        named |= _enough(group, _FEWEST_NAMED["text"])
    return frozenset(numbered | named)


def _enough(names: list[str], fewest: int) -> set[str]:
    """The names of each suffix that enough of them have."""
    by_suffix = Counter(map(_suffix, names))
    return {name for name in names if by_suffix[_suffix(name)] >= fewest}


def _by_part(names: Iterable[str]) -> dict[frozenset[str], list[str]]:
    """Texts that tell the same part of a run (``train_resnet.log``, ``train_vit.log``) and something else besides."""
    groups: dict[frozenset[str], list[str]] = {}
    for name in names:
        said = _words(name) - {""}
        if said - _PART_OF_A_TEXT:
            groups.setdefault(frozenset(said & _PART_OF_A_TEXT), []).append(name)
    return groups


def _shape(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    stem = _HASH.sub("#", _UUID.sub("#", stem))
    return re.sub(r"\d+(\.\d+)?([eE][+-]?\d+)?", "#", stem).lower() + "." + suffix.lower()


def _first(shape: str) -> str:
    """The shape of the file that was there before the numbered ones: ``train.log`` of ``train2.log``."""
    return re.sub(r"[ _.(-]*#\)?(?=\.[a-z]+$)", "", shape)


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _words(name: str) -> set[str]:
    stem = name.rpartition(".")[0]
    return set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", stem).lower()))
