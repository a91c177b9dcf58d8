"""Names of files that hold what a program printed, and neither prose nor data."""

import re
from pathlib import PurePath

from logminer.core.names import words
from logminer.formats._probe import Probe
from logminer.formats.documents.values import spoken

_SUFFIXES = {".log", ".out", ".stdout", ".stderr", ".err"}
_STEMS = spoken(
    "log logs train training stdout output outputs out nohup slurm console result results eval evaluation test metrics"
    " score scores run trial history progress"
)
_PROSE = spoken(
    "readme requirements license notes note todo changelog citation description instructions classes labels"
)
_BESIDE_A_RUN = re.compile(
    r"(?:hparams?|config|args|params|hyperparams|opt|flags)\.(?:json|ya?ml|toml)|\.hydra|checkpoints?|.*\.(?:pt|pth|ckpt|safetensors)",
    re.IGNORECASE,
)


def is_log_name(probe: Probe) -> bool:
    """Whether a file is a log by its name, or stands beside what a run leaves."""
    path = PurePath(probe.name.lower())
    said = set(words(path.stem))
    if not said.isdisjoint(_PROSE):
        return False
    if path.suffix in _SUFFIXES or re.match(r"(?:nohup|slurm-|log$|stdout$)", path.name):
        return True
    if path.suffix not in {".txt", ""}:
        return False
    return not said.isdisjoint(_STEMS) or any(map(_BESIDE_A_RUN.fullmatch, probe.siblings))
