"""Settings: flag > ``LOGMINER_*`` variable > project ``logminer.toml`` > user config > default."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logminer.core.errors import UsageError, did_you_mean
from logminer.formats import LogFormat

DEFAULTS: dict[str, Any] = {
    "db": "logminer.duckdb",
    "task_by": [],
    "metric": None,
    "mode": None,
    "summary": "best",
    "space": None,
    "strategy": "auto",
    "seed": 0,
}
_TABLES = ("aliases", "formats")


@dataclass(frozen=True)
class Settings:
    """Settings of this project.

    Attributes:
        values: by name, every default included.
        origins: where each value came from: ``default``, a file, or a variable.
        param_aliases: written parameter name to canonical name.
        metric_aliases: written metric name to the name it counts as.
        formats: text log formats the project defines, by name.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    param_aliases: Mapping[str, str]
    metric_aliases: Mapping[str, str]
    formats: Mapping[str, Any]


def load_settings(folder: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings that hold in ``folder`` (default: the current one).

    Raises:
        UsageError: a file is no TOML, or holds a setting that does not exist.
    """
    environ = os.environ if environ is None else environ
    values, origins = dict(DEFAULTS), dict.fromkeys(DEFAULTS, "default")
    tables: dict[str, dict[str, Any]] = {name: {} for name in _TABLES}
    for file in (user_file(environ), project_file(folder or Path.cwd())):
        if file is None:
            continue
        for name, value in _read(file).items():
            if name in tables:
                tables[name].update(value)
            else:
                values[name], origins[name] = value, str(file)
    for name in DEFAULTS:
        variable = f"LOGMINER_{name.upper()}"
        if environ.get(variable):
            text = environ[variable]
            values[name] = [part.strip() for part in text.split(",")] if name == "task_by" else text
            origins[name] = variable
    if isinstance(values["task_by"], str):
        values["task_by"] = [values["task_by"]]
    aliases = tables["aliases"]
    return Settings(
        values, origins, _names(aliases.get("params")), _names(aliases.get("metrics")), tables["formats"]
    )  # fmt: skip


def own_formats(settings: Settings) -> dict[str, LogFormat]:
    """The text formats that the project defines by a pattern under ``[formats.NAME]``.

    Raises:
        UsageError: a format has no ``line``, or it is no regular expression with named groups.
    """
    from logminer.formats.text import NAMES, LinePattern

    found: dict[str, LogFormat] = {}
    for name, table in settings.formats.items():
        try:
            line, files = re.compile(table["line"]), tuple(table.get("files", NAMES))
        except (re.error, KeyError, TypeError) as error:
            raise UsageError(
                f"[formats.{name}] in logminer.toml: {error}",
                r"write line = 'step (?P<step>\d+) loss (?P<loss>\S+)'",
            ) from error
        if not line.groupindex:
            raise UsageError(
                f"[formats.{name}] in logminer.toml names no group", "write (?P<loss>...)"
            )
        found[name] = LinePattern(name, line, files)
    return found


def project_file(folder: Path) -> Path | None:
    """The nearest ``logminer.toml``, in ``folder`` or above."""
    here = folder.resolve()
    return next((f for d in (here, *here.parents) if (f := d / "logminer.toml").is_file()), None)


def user_file(environ: Mapping[str, str]) -> Path | None:
    """The user's own configuration, if there is one."""
    base = environ.get("XDG_CONFIG_HOME") or str(
        Path(environ.get("HOME", "~")).expanduser() / ".config"
    )
    file = Path(base) / "logminer" / "config.toml"
    return file if file.is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: {error}", "settings are written in TOML") from error
    for name in found:
        if name not in DEFAULTS and name not in _TABLES:
            known = [*DEFAULTS, *_TABLES]
            raise UsageError(
                f"{file}: no setting '{name}'{did_you_mean(name, known)}",
                f"settings are: {', '.join(known)}",
            )
    return found


def _names(table: Any) -> dict[str, str]:
    """An alias table; a list gives several written names one meaning."""
    names: dict[str, str] = {}
    for left, right in (table or {}).items():
        if isinstance(right, list):
            names.update({str(written): str(left) for written in right})
        else:
            names[str(left)] = str(right)
    return names
