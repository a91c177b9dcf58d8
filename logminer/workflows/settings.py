"""Settings: flag > ``LOGMINER_*`` variable > project ``logminer.toml`` > user config > default."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from logminer.core.concepts import Vocabulary
from logminer.core.errors import UsageError, did_you_mean
from logminer.core.objective import Mode, Summary
from logminer.core.roles import ROLES, Role
from logminer.formats import LogFormat
from logminer.workflows.own_patterns import compiled
from logminer.workflows.own_words import own_vocabulary
from logminer.workflows.trust import bounded_text, obeyed, project_files, why_not_own

DEFAULTS: dict[str, Any] = {
    "db": "logminer.duckdb",
    "task_by": [],
    "metric": None,
    "mode": None,
    "summary": "best",
    "space": None,
    "curves": None,
    "strategy": "auto",
    "seed": 0,
}
_TABLES = ("aliases", "formats", "roles", "vocabulary")
_ALIASES = ("params", "metrics")


@dataclass(frozen=True)
class Settings:
    """Settings of this project.

    Attributes:
        values: by name, every default included.
        origins: where each value came from: ``default``, a file, or a variable.
        param_aliases: written parameter name to canonical name.
        metric_aliases: written metric name to the name it counts as.
        formats: text log formats the project defines, by name.
        roles: what recorded names are.
        vocabulary: the project's own words, beside the built-in ones.
        notes: a line for each file, or part of one, that is not obeyed.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    param_aliases: Mapping[str, str]
    metric_aliases: Mapping[str, str]
    formats: Mapping[str, Any]
    roles: Mapping[str, Role]
    vocabulary: Vocabulary | None = None
    notes: tuple[str, ...] = ()


def load_settings(
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    logs: Sequence[str] = (),
) -> Settings:
    """Read the settings that hold in ``folder`` (default: the current one).

    Args:
        folder: where the command runs.
        environ: variables; those of this process if not given.
        logs: folders and files that are to be ingested; settings among them are obeyed less: see ``trust``.

    Raises:
        UsageError: a file is no TOML, or holds a setting that does not exist or a value that makes no sense.
    """
    environ = os.environ if environ is None else environ
    values, origins = dict(DEFAULTS), dict.fromkeys(DEFAULTS, "default")
    tables: dict[str, dict[str, Any]] = {name: {} for name in _TABLES}
    here = (folder or Path.cwd()).resolve()
    project, notes = project_file(here)
    for file in (user_file(environ), project):
        if file is None:
            continue
        found = _read(file)
        if file is project:
            found, more = obeyed(found, file, here, logs)
            notes += more
        for name, value in found.items():
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
    for name, value in values.items():
        values[name] = _checked(name, value, origins[name])
    aliases = tables["aliases"]
    return Settings(
        values, origins, _names(aliases.get("params")), _names(aliases.get("metrics")), tables["formats"],
        tables["roles"], own_vocabulary(tables["vocabulary"], "logminer.toml"), tuple(notes),
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
            line, files = compiled(table["line"]), tuple(table.get("files", NAMES))
        except (re.error, KeyError, TypeError) as error:
            raise UsageError(
                f"[formats.{name}] in logminer.toml: {error}",
                r"write line = 'step (?P<step>\d+) loss (?P<loss>\S+)'",
            ) from error
        if not line.groupindex:
            raise UsageError(
                f"[formats.{name}] in logminer.toml names no group", "write (?P<loss>...)"
            )
        found[name] = LinePattern(name, cast("re.Pattern[str]", line), files)
    return found


def project_file(folder: Path) -> tuple[Path | None, list[str]]:
    """The user's nearest ``logminer.toml``, in ``folder`` or above, and a line for each nearer one that is not theirs."""
    notes: list[str] = []
    for file in project_files(folder):
        why = why_not_own(file)
        if not why:
            return file, notes
        notes.append(f"{file} is ignored: {why}")
    return None, notes


def user_file(environ: Mapping[str, str]) -> Path | None:
    """The user's own configuration, if there is one."""
    base = environ.get("XDG_CONFIG_HOME") or str(
        Path(environ.get("HOME", "~")).expanduser() / ".config"
    )
    file = Path(base) / "logminer" / "config.toml"
    return file if file.is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(bounded_text(file))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: {error}", "settings are written in TOML") from error
    for name in found:
        if name not in DEFAULTS and name not in _TABLES:
            known = [*DEFAULTS, *_TABLES]
            raise UsageError(
                f"{file}: no setting '{name}'{did_you_mean(name, known)}",
                f"settings are: {', '.join(known)}",
            )
    _check_tables(found, file)
    return found


def _check_tables(found: Mapping[str, Any], file: Path) -> None:
    """An alias written where nobody looks for it would be ignored without a word."""
    for name in _TABLES:
        if not isinstance(found.get(name, {}), dict):
            raise UsageError(f"{file}: '{name}' is no table", f"write it as a table [{name}]")
    for name, role in found.get("roles", {}).items():
        if role not in ROLES:
            raise UsageError(
                f"{file}: [roles] '{name}' = {role!r} is no role{did_you_mean(str(role), list(ROLES))}",
                f"roles are: {', '.join(ROLES)}",
            )
    own_vocabulary(found.get("vocabulary", {}), str(file))
    aliases = found.get("aliases", {})
    for kind, table in aliases.items():
        if kind not in _ALIASES:
            raise UsageError(
                f"{file}: no table [aliases.{kind}]{did_you_mean(kind, list(_ALIASES))}",
                "aliases stand in [aliases.params] or [aliases.metrics]",
            )
        if not isinstance(table, dict):
            raise UsageError(f"{file}: 'aliases.{kind}' is no table", f"write [aliases.{kind}]")


def _checked(name: str, value: Any, origin: str) -> Any:
    """A setting's value, told to be wrong here, where its origin is known, rather than where it is used."""
    choices = {"mode": get_args(Mode), "summary": get_args(Summary)}.get(name)
    if value is None:
        return None
    if name == "seed":
        if isinstance(value, int | str) and re.fullmatch(r"\d+", str(value)):
            return int(value)
        wanted = "a whole number"
    elif name == "task_by":
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return value
        wanted = "a list of names"
    elif choices:
        if value in choices:
            return value
        wanted = f"one of {', '.join(choices)}"
    elif isinstance(value, str):
        return value
    else:
        wanted = "a text"
    raise UsageError(f"{origin}: {name} = {value!r} is not {wanted}", "mend it there")


def _names(table: Any) -> dict[str, str]:
    """An alias table; a list gives several written names one meaning."""
    names: dict[str, str] = {}
    for left, right in (table or {}).items():
        if isinstance(right, list):
            names.update({str(written): str(left) for written in right})
        else:
            names[str(left)] = str(right)
    return names
