"""The file of a published prior, schema ``logminer-prior/1``: to plain data and back, everything checked.

A prior may come from a stranger, so nothing in it is trusted: sizes are capped, numbers are finite, names are
names, references point at sources, and whatever else is found is an error that says where.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import numpy as np

from logminer.core.errors import UsageError
from logminer.core.parameters import Parameter, Scalar
from logminer.core.prior import PastTask
from logminer.core.published import (
    Belief,
    Evidence,
    PublishedConfig,
    PublishedParameter,
    PublishedPrior,
    PublishedSpace,
    Source,
)
from logminer.core.space import Space
from logminer.core.space_spec import space_from_spec, space_to_spec

SCHEMA = "logminer-prior/1"
MAX_BYTES = 16_000_000
MAX_CONFIGS = 5_000
MAX_TRIALS = 20_000
_MAX_NAMES = 2_000
_MAX_TEXT = 300
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/\[\]: ]{0,127}")
# No control characters and no angle brackets: names and values end up in terminals and pages.
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f<>\u2028\u2029]*")
_CONTEXT_WORD = re.compile(r"[a-z][a-z_]{0,31}")

T = TypeVar("T")


def is_fit(name: str, value: Any = None) -> bool:
    """Whether a prior file may hold this name with this value."""
    text = value if isinstance(value, str) else ""
    return bool(_NAME.fullmatch(name)) and len(text) <= _MAX_TEXT and bool(_TEXT.fullmatch(text))


def parse_prior(text: str | bytes, where: str = "prior") -> PublishedPrior:
    """Read the text of a prior file.

    Args:
        text: JSON.
        where: what the file is called in messages.

    Raises:
        UsageError: the text is no prior of this schema; the message says where.
    """
    if len(text) > MAX_BYTES:
        _fail(where, f"{len(text):,} bytes are too many for a prior, at most {MAX_BYTES:,}")
    try:
        return _Reader(where).prior(json.loads(text, parse_constant=_refuse_constant))
    except UsageError:
        raise
    except (ValueError, RecursionError) as error:
        reason = (
            "is nested too deeply" if isinstance(error, RecursionError) else f"is no JSON: {error}"
        )
        _fail(where, reason)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _fail(where: str, what: str) -> NoReturn:
    raise UsageError(
        f"{where}: {what}", hint="docs/priors.md describes the schema logminer-prior/1"
    )


class _Reader:
    """Plain data to nouns; keeps the place in the file for messages."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._sources: frozenset[str] = frozenset()

    def _fail(self, at: str, what: str) -> NoReturn:
        _fail(self._where, f"{at}: {what}" if at else what)

    # -- the kinds of plain data ------------------------------------------------------------------------------

    def _fields(self, data: Any, at: str, needed: str, optional: str = "") -> dict[str, Any]:
        if not isinstance(data, dict):
            self._fail(at, f"expected a mapping, got {type(data).__name__}")
        for name in needed.split():
            if name not in data:
                self._fail(at, f"'{name}' is missing")
        unknown = sorted(set(map(str, data)) - {*needed.split(), *optional.split()})
        if unknown:
            self._fail(at, f"unknown field {unknown[0][:40]!r}")
        return data

    def _each(self, data: Any, at: str, most: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        if not isinstance(data, list):
            self._fail(at, f"expected a list, got {type(data).__name__}")
        if len(data) > most:
            self._fail(at, f"{len(data):,} entries, at most {most:,}")
        return tuple(read(item, f"{at}[{i}]") for i, item in enumerate(data))

    def _named(self, data: Any, at: str, read: Callable[[Any, str], T]) -> dict[str, T]:
        if not isinstance(data, dict):
            self._fail(at, f"expected a mapping, got {type(data).__name__}")
        if len(data) > _MAX_NAMES:
            self._fail(at, f"{len(data):,} entries, at most {_MAX_NAMES:,}")
        return {self._name(key, at): read(item, f"{at}.{key}") for key, item in data.items()}

    def _name(self, data: Any, at: str) -> str:
        if not isinstance(data, str) or not _NAME.fullmatch(data):
            self._fail(at, f"{str(data)[:40]!r} is not a name")
        return data

    def _text(self, data: Any, at: str) -> str:
        if not isinstance(data, str) or len(data) > _MAX_TEXT or not _TEXT.fullmatch(data):
            self._fail(
                at, f"{str(data)[:40]!r} is not a plain text of at most {_MAX_TEXT} characters"
            )
        return data

    def _number(self, data: Any, at: str, low: float = -math.inf, high: float = math.inf) -> float:
        number = not isinstance(data, bool) and isinstance(data, int | float)
        # An integer beyond the range of a float is compared without being converted.
        if not number or abs(data) > 1e300 or data != data or not low <= data <= high:  # noqa: PLR0124
            self._fail(at, f"{str(data)[:40]!r} is not a number between {low:g} and {high:g}")
        return data  # type: ignore[no-any-return]

    def _count(self, data: Any, at: str) -> int:
        return int(self._number(data, at, 0, 10**9))

    def _scalar(self, data: Any, at: str) -> Scalar:
        if data is None or isinstance(data, bool):
            return data
        return self._text(data, at) if isinstance(data, str) else self._number(data, at)

    def _maybe(self, data: Any, at: str) -> float | None:
        return None if data is None else self._number(data, at)

    def _texts(self, data: Any, at: str) -> tuple[str, ...]:
        return self._each(data, at, _MAX_NAMES, self._text)

    # -- the nouns --------------------------------------------------------------------------------------------

    def prior(self, data: Any) -> PublishedPrior:
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            found = data.get("schema") if isinstance(data, dict) else type(data).__name__
            self._fail("", f"expected schema '{SCHEMA}', got {str(found)[:40]!r}")
        fields = self._fields(
            data,
            "",
            "schema name origin matches conditioned_on evidence sources parameters configs",
            "records spaces tasks",
        )
        if fields["origin"] not in ("published", "mined"):
            self._fail(
                "origin", f"expected 'published' or 'mined', got {str(fields['origin'])[:40]!r}"
            )
        sources = self._named(fields["sources"], "sources", self._source)
        self._sources = frozenset(sources)
        return PublishedPrior(
            name=self._name(fields["name"], "name"),
            origin=fields["origin"],
            matches=self._named(fields["matches"], "matches", self._texts),
            conditioned_on=self._each(fields["conditioned_on"], "conditioned_on", 10, self._word),
            parameters=self._named(fields["parameters"], "parameters", self._parameter),
            configs=self._each(fields["configs"], "configs", MAX_CONFIGS, self._config),
            spaces=self._each(fields.get("spaces", []), "spaces", _MAX_NAMES, self._space),
            sources=sources,
            evidence=self._evidence(fields["evidence"], "evidence"),
            records=self._count(fields.get("records", 0), "records"),
            tasks=self._tasks(fields.get("tasks", [])),
        )

    def _source(self, data: Any, at: str) -> Source:
        fields = self._fields(data, at, "repo", "version licence")
        return Source(
            *(self._text(fields.get(n, ""), f"{at}.{n}") for n in ("repo", "version", "licence"))
        )

    def _evidence(self, data: Any, at: str) -> Evidence:
        fields = self._fields(data, at, "confidence", "gain low high held_out")
        if fields["confidence"] not in ("good", "low", "untested"):
            self._fail(at, f"unknown confidence {str(fields['confidence'])[:40]!r}")
        gain, low, high = (self._maybe(fields.get(n), f"{at}.{n}") for n in ("gain", "low", "high"))
        return Evidence(
            fields["confidence"], gain, low, high, self._count(fields.get("held_out", 0), at)
        )

    def _parameter(self, data: Any, at: str) -> PublishedParameter:
        fields = self._fields(data, at, "space beliefs", "unit gain")
        beliefs = self._each(fields["beliefs"], f"{at}.beliefs", _MAX_NAMES, self._belief)
        if not beliefs or beliefs[0].when:
            self._fail(f"{at}.beliefs", "the first belief must hold in general")
        return PublishedParameter(
            self._plain(fields["space"], f"{at}.space"),
            beliefs,
            self._text(fields.get("unit", ""), f"{at}.unit"),
            self._maybe(fields.get("gain"), f"{at}.gain"),
        )

    def _plain(self, data: Any, at: str) -> Parameter:
        return self._spec({"parameter": data}, at).parameters["parameter"]

    def _spec(self, data: Any, at: str) -> Space:
        specs = self._named(data, at, self._contents)
        try:
            return space_from_spec(specs)
        except UsageError as error:
            self._fail(at, str(error))

    def _contents(self, data: Any, at: str) -> Any:
        """A parameter's description with nothing but short texts and finite numbers in it."""
        if isinstance(data, dict):
            return {self._name(k, at): self._contents(v, f"{at}.{k}") for k, v in data.items()}
        if isinstance(data, list):
            return list(self._each(data, at, _MAX_NAMES, self._contents))
        return self._scalar(data, at)

    def _belief(self, data: Any, at: str) -> Belief:
        fields = self._fields(
            data, at, "centre spread common sources groups configs confidence", "when low high"
        )
        low, high = self._maybe(fields.get("low"), at), self._maybe(fields.get("high"), at)
        if low is not None and high is not None and low > high:
            self._fail(at, f"low {low} is above high {high}")
        return Belief(
            when=self._context(fields.get("when", {}), f"{at}.when"),
            centre=self._scalar(fields["centre"], f"{at}.centre"),
            spread=self._number(fields["spread"], f"{at}.spread", 0),
            low=low,
            high=high,
            common=self._each(fields["common"], f"{at}.common", _MAX_NAMES, self._share),
            sources=self._each(fields["sources"], f"{at}.sources", _MAX_NAMES, self._known),
            groups=self._count(fields["groups"], f"{at}.groups"),
            configs=self._count(fields["configs"], f"{at}.configs"),
            confidence=self._number(fields["confidence"], f"{at}.confidence", 0, 1),
        )

    def _share(self, data: Any, at: str) -> tuple[Scalar, float]:
        if not isinstance(data, list) or len(data) != 2:
            self._fail(at, "expected a value and its share")
        return self._scalar(data[0], at), self._number(data[1], at, 0, 1)

    def _config(self, data: Any, at: str) -> PublishedConfig:
        fields = self._fields(data, at, "config weight", "context refs used")
        return PublishedConfig(
            self._named(fields["config"], f"{at}.config", self._scalar),
            self._number(fields["weight"], f"{at}.weight", 0, 1),
            self._context(fields.get("context", {}), f"{at}.context"),
            self._each(fields.get("refs", []), f"{at}.refs", _MAX_NAMES, self._ref),
            self._count(fields.get("used", 1), f"{at}.used"),
        )

    def _space(self, data: Any, at: str) -> PublishedSpace:
        fields = self._fields(data, at, "name parameters ref")
        return PublishedSpace(
            self._text(fields["name"], f"{at}.name"),
            self._spec(fields["parameters"], f"{at}.parameters"),
            self._ref(fields["ref"], f"{at}.ref"),
        )

    def _tasks(self, data: Any) -> tuple[PastTask, ...]:
        tasks = self._each(data, "tasks", _MAX_NAMES, self._task)
        if (trials := sum(map(len, tasks))) > MAX_TRIALS:
            self._fail("tasks", f"{trials:,} trials, at most {MAX_TRIALS:,}")
        return tasks

    def _task(self, data: Any, at: str) -> PastTask:
        fields = self._fields(data, at, "name configs losses")
        configs = self._each(
            fields["configs"],
            f"{at}.configs",
            MAX_TRIALS,
            lambda c, p: self._named(c, p, self._scalar),
        )
        losses = self._each(fields["losses"], f"{at}.losses", MAX_TRIALS, self._number)
        if len(configs) != len(losses):
            self._fail(at, f"{len(configs)} configs but {len(losses)} losses")
        runs = ("",) * len(configs)
        return PastTask(
            self._text(fields["name"], at), configs, np.array(losses, dtype=float), runs
        )

    def _context(self, data: Any, at: str) -> dict[str, str]:
        if not isinstance(data, dict):
            self._fail(at, f"expected a mapping, got {type(data).__name__}")
        return {self._word(k, at): self._text(v, f"{at}.{k}") for k, v in data.items()}

    def _word(self, data: Any, at: str) -> str:
        if not isinstance(data, str) or not _CONTEXT_WORD.fullmatch(data):
            self._fail(at, f"{str(data)[:40]!r} is not a word of a context")
        return data

    def _known(self, data: Any, at: str) -> str:
        if data not in self._sources:
            self._fail(at, f"source {str(data)[:40]!r} is not among the sources")
        return str(data)

    def _ref(self, data: Any, at: str) -> str:
        text = self._text(data, at)
        self._known(text.partition(":")[0], at)
        return text


def prior_to_plain(prior: PublishedPrior) -> dict[str, Any]:
    """The prior as plain data for JSON; ``parse_prior`` gives it back unchanged."""
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "name": prior.name,
        "origin": prior.origin,
        "records": prior.records,
        "matches": {kind: list(found) for kind, found in prior.matches.items()},
        "conditioned_on": list(prior.conditioned_on),
        "evidence": vars(prior.evidence),
        "sources": {key: vars(source) for key, source in prior.sources.items()},
        "parameters": {name: _parameter_to_plain(p) for name, p in prior.parameters.items()},
        "configs": [_config_to_plain(config) for config in prior.configs],
        "spaces": [
            {"name": s.name, "ref": s.ref, "parameters": space_to_spec(s.space)}
            for s in prior.spaces
        ],
    }
    if prior.tasks:
        plain["tasks"] = [
            {"name": t.name, "configs": list(t.configs), "losses": t.losses.tolist()}
            for t in prior.tasks
        ]
    return plain


def _parameter_to_plain(parameter: PublishedParameter) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "space": space_to_spec(Space({"parameter": parameter.parameter}))["parameter"]
    }
    if parameter.unit:
        plain["unit"] = parameter.unit
    if parameter.gain is not None:
        plain["gain"] = parameter.gain
    plain["beliefs"] = [_belief_to_plain(belief) for belief in parameter.beliefs]
    return plain


def _belief_to_plain(belief: Belief) -> dict[str, Any]:
    plain = {
        **vars(belief),
        "common": [list(pair) for pair in belief.common],
        "sources": list(belief.sources),
    }
    return {name: value for name, value in plain.items() if value is not None and value != {}}


def _config_to_plain(config: PublishedConfig) -> dict[str, Any]:
    return {**vars(config), "refs": list(config.refs), "context": _plain_mapping(config.context)}


def _plain_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    return dict(mapping)


def prior_to_text(prior: PublishedPrior) -> str:
    """The JSON text of a prior: one line an entry, so that a change shows in a diff."""
    lines = []
    for key, value in prior_to_plain(prior).items():
        lines.append(f'"{key}": {_laid_out(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _laid_out(value: Any) -> str:
    def one_line(entry: Any) -> str:
        return json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f" {one_line(entry)}" for entry in value) + "\n]"
    if isinstance(value, dict) and value and isinstance(next(iter(value.values())), dict):
        entries = [f" {one_line(key)}: {one_line(entry)}" for key, entry in value.items()]
        return "{\n" + ",\n".join(entries) + "\n}"
    return one_line(value)
