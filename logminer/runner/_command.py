"""A training command with placeholders: what a trial's config becomes on its command line, in its environment and in a file.

python train.py --lr {learning_rate} --out {run_dir}
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from logminer.core.errors import UsageError, did_you_mean
from logminer.core.parameters import Scalar
from logminer.core.space import Space
from logminer.formats.documents.yaml_text import load_yaml
from logminer.runner._shell import (
    MARK,
    PLACES,
    Reader,
    check_anywhere,
    readers,
    variable_of,
    written,
)

_FILES = ("config_json", "config_file")
_RESUMING = ("resume_dir", "checkpoint_dir")
_FLAG = re.compile(r"--?([A-Za-z][\w-]*)(?:=(.*))?")
_SUFFIXES = (".json", ".yaml", ".yml", ".toml")


@dataclass(frozen=True)
class Command:
    """A command line with placeholders.

    An argument whose placeholder has no value in a trial, such as a parameter that does not apply or a
    ``{resume_dir}`` of a trial that resumes nothing, is left out together with the flag before it.

    Attributes:
        argv: program and arguments.
        template: a config file with placeholders as its values, written anew for each trial, or None.
    """

    argv: tuple[str, ...]
    template: Path | None = None

    def __post_init__(self) -> None:
        if not self.argv:
            raise UsageError(
                "no training command", "logminer search ... -- python train.py --lr {lr}"
            )
        if self.template and self.template.suffix not in _SUFFIXES:
            raise UsageError(f"{self.template}: a template is JSON, YAML or TOML")

    @cached_property
    def marks(self) -> frozenset[str]:
        """Names of all placeholders of the command and its template."""
        texts = [*self.argv, *([self._written] if self.template else [])]
        return frozenset(name for text in texts for name in MARK.findall(text))

    @cached_property
    def readers(self) -> list[Reader]:
        """Who reads each argument."""
        return readers(self.argv)

    @cached_property
    def _written(self) -> str:
        if self.template is None:
            return ""
        try:
            return self.template.read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{self.template}: {error.strerror}", "check --config-template"
            ) from error

    @property
    def resumes(self) -> bool:
        """Whether the training can go on from another trial's checkpoint."""
        return bool(self.marks.intersection(_RESUMING))

    def check(self, space: Space, fidelity: str | None = None) -> None:
        """See that every placeholder means something, and that every choice can be written where it stands.

        Raises:
            UsageError: one does not, or cannot.
        """
        known = [*space.names, *PLACES, *([fidelity] if fidelity else [])]
        for name in sorted(self.marks - set(known)):
            raise UsageError(
                f"the command has {{{name}}}, which is no parameter of the space{did_you_mean(name, known)}",
                f"parameters are: {', '.join(space.names)}; others: {', '.join(PLACES)}",
            )
        for name, parameter in space.parameters.items():
            for choice in getattr(parameter, "choices", ()):
                check_anywhere(name, choice)
                self._try(name, choice)

    def _try(self, name: str, choice: Any) -> None:
        """Write a choice wherever its placeholder stands, the others as if they were numbers."""
        for place, (word, reader) in enumerate(zip(self.argv, self.readers, strict=True)):
            if choice is not None and name in MARK.findall(word):
                written(
                    word,
                    reader,
                    lambda mark: _plain(choice) if mark == name else 0,
                    first=not place,
                )

    def used(self, space: Space) -> Space:
        """The part of a space that reaches the command; all of it where a whole config does."""
        named = self.marks.intersection(space.names)
        if not named or "config_json" in self.marks:
            return space
        for name in list(named):
            named |= set(space.parameters[name].when)
        return space.only(named)

    def unseen(self, space: Space) -> list[str]:
        """A sentence for each parameter that no placeholder names: is it searched in vain?"""
        if self.marks.intersection(("config_json",)):
            return []
        return [
            f"'{name}' is not in the command, which finds it in {variable_of(name)} alone"
            for name in space.names
            if name not in self.marks
        ]

    def fill(self, values: Mapping[str, Any]) -> list[str]:
        """The command line of a trial.

        Args:
            values: by placeholder; those without a value are missing or None.

        Raises:
            UsageError: a value could be taken for something else than a value: see ``_shell``.
        """
        filled: list[str] = []
        for place, (word, reader) in enumerate(zip(self.argv, self.readers, strict=True)):
            if all(values.get(name) is not None for name in MARK.findall(word)):
                filled.append(
                    written(word, reader, lambda name: _plain(values[name]), first=not place)
                )
            elif MARK.fullmatch(word) and filled and _is_bare_flag(filled[-1]):
                filled.pop()
        return filled

    def config_file(self, values: Mapping[str, Any]) -> str:
        """The template's text for a trial.

        A value that is one placeholder takes the parameter's value with its type, null without one.
        """
        assert self.template is not None
        if self.template.suffix == ".toml":
            return MARK.sub(
                lambda mark: json.dumps(_plain(values.get(mark[1]))), _unquoted(self._written)
            )
        filled = _filled(load_yaml(self._written.encode()), values)
        if self.template.suffix == ".json":
            return json.dumps(filled, indent=2)
        return yaml.safe_dump(filled, sort_keys=False)

    @cached_property
    def constants(self) -> dict[str, Scalar]:
        """Flags with a fixed value: ``--data wine`` says what task this is."""
        found: dict[str, Scalar] = {}
        for word, after in zip(self.argv, (*self.argv[1:], "--"), strict=True):
            flag = _FLAG.fullmatch(word)
            value = (flag[2] if flag[2] is not None else after) if flag else "-"
            if flag and len(flag[1]) > 1 and not value.startswith("-") and not MARK.search(value):
                found[flag[1].replace("-", "_")] = _scalar(value)
        return found


def variables(values: Mapping[str, Any], parameters: Sequence[str]) -> dict[str, str]:
    """A trial's environment: ``LOGMINER_TRIAL``, ``LOGMINER_RUN_DIR`` and so on, ``LOGMINER_PARAM_<NAME>``."""
    told = {"config_json": "LOGMINER_CONFIG"} | {
        n: f"LOGMINER_{n.upper()}" for n in PLACES if n not in _FILES
    }
    named = {told[n]: values[n] for n in told if values.get(n) is not None}
    named |= {
        variable_of(name): values[name] for name in parameters if values.get(name) is not None
    }
    return {name: _text(value) for name, value in named.items()}


def _is_bare_flag(word: str) -> bool:
    return word.startswith("-") and "=" not in word and not _is_number(word)


def _is_number(word: str) -> bool:
    return isinstance(_scalar(word), int | float)


def _scalar(word: str) -> Scalar:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _text(value: Any) -> str:
    return str(_plain(value))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _filled(node: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        whole = _as_mark(node)
        return (
            _plain(values.get(whole)) if whole else {k: _filled(v, values) for k, v in node.items()}
        )
    if isinstance(node, list):
        return [_filled(item, values) for item in node]
    if not isinstance(node, str):
        return node
    if mark := MARK.fullmatch(node):
        return _plain(values.get(mark[1]))
    return MARK.sub(lambda mark: _text(values.get(mark[1], "")), node)


def _as_mark(node: Mapping[Any, Any]) -> str:
    """The name in ``{name}``, which YAML reads as a mapping of one key without a value."""
    if len(node) != 1:
        return ""
    ((name, value),) = node.items()
    return name if value is None and isinstance(name, str) else ""


def _unquoted(text: str) -> str:
    """TOML must quote its placeholders to be TOML; the value brings its own quotes."""
    return re.sub(r"([\"'])(\{[A-Za-z_][\w./-]*\})\1", r"\2", text)
