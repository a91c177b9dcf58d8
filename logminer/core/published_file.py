"""The file of a published prior, schema ``logminer-prior/1``: to plain data and back, everything checked.

A prior may come from a stranger, so nothing in it is trusted: sizes are capped, numbers are finite, names are
names, references point at sources, and whatever else is found is an error that says where.
"""

import json
import re
from typing import Any, NoReturn

import numpy as np

from logminer.core.checked import MOST_NAMES, Checked
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
_CONTEXT_WORD = re.compile(r"[a-z][a-z_]{0,31}")


def parse_prior(text: str | bytes, where: str = "prior") -> PublishedPrior:
    """Read the text of a prior file.

    Args:
        text: JSON.
        where: what the file is called in messages.

    Raises:
        UsageError: the text is no prior of this schema; the message says where.
    """
    reader = _Reader(where, "docs/priors.md describes the schema logminer-prior/1")
    if len(text) > MAX_BYTES:
        reader.fail("", f"{len(text):,} bytes are too many for a prior, at most {MAX_BYTES:,}")
    try:
        return reader.prior(json.loads(text, parse_constant=_refuse_constant))
    except UsageError:
        raise
    except RecursionError:
        reader.fail("", "is nested too deeply")
    except ValueError as error:
        reader.fail("", f"is no JSON: {error}")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


class _Reader(Checked):
    """Plain data to nouns."""

    _sources: frozenset[str] = frozenset()

    def prior(self, data: Any) -> PublishedPrior:
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            found = data.get("schema") if isinstance(data, dict) else type(data).__name__
            self.fail("", f"expected schema '{SCHEMA}', got {str(found)[:40]!r}")
        fields = self.fields(
            data,
            "",
            "schema name origin matches conditioned_on evidence sources parameters configs",
            "records spaces tasks",
        )
        if fields["origin"] not in ("published", "mined"):
            self.fail(
                "origin", f"expected 'published' or 'mined', got {str(fields['origin'])[:40]!r}"
            )
        sources = self.named(fields["sources"], "sources", self._source)
        self._sources = frozenset(sources)
        return PublishedPrior(
            name=self.name(fields["name"], "name"),
            origin=fields["origin"],
            matches=self.named(fields["matches"], "matches", self.texts),
            conditioned_on=self.each(fields["conditioned_on"], "conditioned_on", 10, self._word),
            parameters=self._parameters(fields["parameters"]),
            configs=self.each(fields["configs"], "configs", MAX_CONFIGS, self._config),
            spaces=self.each(fields.get("spaces", []), "spaces", MOST_NAMES, self._space),
            sources=sources,
            evidence=self._evidence(fields["evidence"], "evidence"),
            records=self.count(fields.get("records", 0), "records"),
            tasks=self._tasks(fields.get("tasks", [])),
        )

    def _source(self, data: Any, at: str) -> Source:
        fields = self.fields(data, at, "repo", "version licence")
        return Source(
            *(self.text(fields.get(n, ""), f"{at}.{n}") for n in ("repo", "version", "licence"))
        )

    def _evidence(self, data: Any, at: str) -> Evidence:
        fields = self.fields(data, at, "confidence", "gain low high held_out")
        if fields["confidence"] not in ("good", "low", "untested"):
            self.fail(at, f"unknown confidence {str(fields['confidence'])[:40]!r}")
        gain, low, high = (self.maybe(fields.get(n), f"{at}.{n}") for n in ("gain", "low", "high"))
        return Evidence(
            fields["confidence"], gain, low, high, self.count(fields.get("held_out", 0), at)
        )

    def _parameters(self, data: Any) -> dict[str, PublishedParameter]:
        told = self.named(
            data, "parameters", lambda d, at: self.fields(d, at, "space beliefs", "unit gain")
        )
        if not told:
            return {}
        plain = self._spec(
            {name: fields["space"] for name, fields in told.items()}, "parameters"
        ).parameters
        return {
            name: self._parameter(fields, plain[name], f"parameters.{name}")
            for name, fields in told.items()
        }

    def _parameter(self, fields: dict[str, Any], plain: Parameter, at: str) -> PublishedParameter:
        beliefs = self.each(fields["beliefs"], f"{at}.beliefs", MOST_NAMES, self._belief)
        if not beliefs or beliefs[0].when:
            self.fail(f"{at}.beliefs", "the first belief must hold in general")
        return PublishedParameter(
            plain,
            beliefs,
            self.text(fields.get("unit", ""), f"{at}.unit"),
            self.maybe(fields.get("gain"), f"{at}.gain"),
        )

    def _spec(self, data: Any, at: str) -> Space:
        specs = self.named(data, at, self._contents)
        try:
            return space_from_spec({"parameters": specs})
        except UsageError as error:
            self.fail(at, str(error))

    def _contents(self, data: Any, at: str) -> Any:
        """A parameter's description with nothing but short texts and finite numbers in it."""
        if isinstance(data, dict):
            return {self.name(k, at): self._contents(v, f"{at}.{k}") for k, v in data.items()}
        if isinstance(data, list):
            return list(self.each(data, at, MOST_NAMES, self._contents))
        return self.scalar(data, at)

    def _belief(self, data: Any, at: str) -> Belief:
        fields = self.fields(
            data, at, "centre spread common sources groups configs confidence", "when low high"
        )
        low, high = self.maybe(fields.get("low"), at), self.maybe(fields.get("high"), at)
        if low is not None and high is not None and low > high:
            self.fail(at, f"low {low} is above high {high}")
        return Belief(
            when=self._context(fields.get("when", {}), f"{at}.when"),
            centre=self.scalar(fields["centre"], f"{at}.centre"),
            spread=self.number(fields["spread"], f"{at}.spread", 0),
            low=low,
            high=high,
            common=self.each(fields["common"], f"{at}.common", MOST_NAMES, self._share),
            sources=self.each(fields["sources"], f"{at}.sources", MOST_NAMES, self._known),
            groups=self.count(fields["groups"], f"{at}.groups"),
            configs=self.count(fields["configs"], f"{at}.configs"),
            confidence=self.number(fields["confidence"], f"{at}.confidence", 0, 1),
        )

    def _share(self, data: Any, at: str) -> tuple[Scalar, float]:
        if not isinstance(data, list) or len(data) != 2:
            self.fail(at, "expected a value and its share")
        return self.scalar(data[0], at), self.number(data[1], at, 0, 1)

    def _config(self, data: Any, at: str) -> PublishedConfig:
        fields = self.fields(data, at, "config weight", "context refs used")
        return PublishedConfig(
            self.named(fields["config"], f"{at}.config", self.scalar),
            self.number(fields["weight"], f"{at}.weight", 0, 1),
            self._context(fields.get("context", {}), f"{at}.context"),
            self.each(fields.get("refs", []), f"{at}.refs", MOST_NAMES, self._ref),
            self.count(fields.get("used", 1), f"{at}.used"),
        )

    def _space(self, data: Any, at: str) -> PublishedSpace:
        fields = self.fields(data, at, "name parameters ref")
        return PublishedSpace(
            self.text(fields["name"], f"{at}.name"),
            self._spec(fields["parameters"], f"{at}.parameters"),
            self._ref(fields["ref"], f"{at}.ref"),
        )

    def _tasks(self, data: Any) -> tuple[PastTask, ...]:
        tasks = self.each(data, "tasks", MOST_NAMES, self._task)
        if (trials := sum(map(len, tasks))) > MAX_TRIALS:
            self.fail("tasks", f"{trials:,} trials, at most {MAX_TRIALS:,}")
        return tasks

    def _task(self, data: Any, at: str) -> PastTask:
        fields = self.fields(data, at, "name configs losses")
        configs = self.each(
            fields["configs"],
            f"{at}.configs",
            MAX_TRIALS,
            lambda c, p: self.named(c, p, self.scalar),
        )
        losses = self.each(fields["losses"], f"{at}.losses", MAX_TRIALS, self.number)
        if len(configs) != len(losses):
            self.fail(at, f"{len(configs)} configs but {len(losses)} losses")
        runs = ("",) * len(configs)
        return PastTask(self.text(fields["name"], at), configs, np.array(losses, dtype=float), runs)

    def _context(self, data: Any, at: str) -> dict[str, str]:
        if not isinstance(data, dict):
            self.fail(at, f"expected a mapping, got {type(data).__name__}")
        return {self._word(k, at): self.text(v, f"{at}.{k}") for k, v in data.items()}

    def _word(self, data: Any, at: str) -> str:
        if not isinstance(data, str) or not _CONTEXT_WORD.fullmatch(data):
            self.fail(at, f"{str(data)[:40]!r} is not a word of a context")
        return data

    def _known(self, data: Any, at: str) -> str:
        if not isinstance(data, str) or data not in self._sources:
            self.fail(at, f"source {str(data)[:40]!r} is not among the sources")
        return str(data)

    def _ref(self, data: Any, at: str) -> str:
        text = self.text(data, at)
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
        "parameters": {
            name: _parameter_to_plain(prior.parameters[name], spec)
            for name, spec in _specs(prior.space).items()
        },
        "configs": [_config_to_plain(config) for config in prior.configs],
        "spaces": [
            {"name": s.name, "ref": s.ref, "parameters": _specs(s.space)} for s in prior.spaces
        ],
    }
    if prior.tasks:
        plain["tasks"] = [
            {"name": t.name, "configs": list(t.configs), "losses": t.losses.tolist()}
            for t in prior.tasks
        ]
    return plain


def _specs(space: Space) -> dict[str, Any]:
    """Descriptions of the parameters by name, whatever their names are."""
    spec = space_to_spec(space)
    wrapped = set(spec) == {"parameters", "forbidden"} and isinstance(spec["forbidden"], list)
    return dict(spec["parameters"] if wrapped else spec)


def _parameter_to_plain(parameter: PublishedParameter, spec: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"space": spec}
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
    return {**vars(config), "refs": list(config.refs), "context": dict(config.context)}


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
