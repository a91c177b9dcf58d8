"""Published and shared priors: list, show, search, export, validate."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import yaml

from logminer.core.errors import NothingFoundError, UsageError
from logminer.core.names import canonical, optimizer_family
from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.published import Belief, PublishedConfig, PublishedPrior
from logminer.core.published_file import prior_to_text
from logminer.core.space import Space
from logminer.core.space_spec import space_to_spec
from logminer.workflows.prior_files import all_shipped, read_prior

FORMATS = ("yaml", "json", "csv")
_SECOND_UNITS = ("device", "per 256")


def list_priors() -> pd.DataFrame:
    """One row a prior: ``name``, ``configs``, ``parameters``, ``sources``, ``confidence``, ``gain``, ``interval``."""
    return pd.DataFrame([_row(prior) for prior in all_shipped()])


def _row(prior: PublishedPrior) -> dict[str, Any]:
    evidence = prior.evidence
    interval = None if evidence.low is None else f"{evidence.low:+.2f} to {evidence.high:+.2f}"
    return {
        "name": prior.name,
        "records": prior.records,
        "configs": len(prior.configs),
        "parameters": len(prior.parameters),
        "spaces": len(prior.spaces),
        "sources": len({key for p in prior.parameters.values() for key in p.beliefs[0].sources}),
        "depends on": ", ".join(prior.conditioned_on),
        "confidence": evidence.confidence,
        "gain": evidence.gain,
        "interval": interval,
    }


def show(prior: PublishedPrior, context: Mapping[str, str] | None = None) -> pd.DataFrame:
    """What is believed of each parameter in a context, one row a parameter, with the sources it rests on.

    ``sources`` holds identities; ``legend`` says what each stands for.

    Raises:
        UsageError: the prior does not depend on a name of the context, or knows no such value.
    """
    context = in_context(prior, context or {})
    rows = []
    for name, known in prior.parameters.items():
        belief = known.belief(context)
        rows.append({
            "parameter": name,
            "when": _told(belief.when),
            "centre": belief.centre,
            "low": belief.low,
            "high": belief.high,
            "common": ", ".join(f"{_short(v)} ({share:.0%})" for v, share in belief.common[:4]),
            "unit": known.unit,
            "groups": belief.groups,
            "configs": belief.configs,
            "confidence": belief.confidence,
            "gain": known.gain,
            "sources": " ".join(belief.sources),
        })  # fmt: skip
    return pd.DataFrame(rows)


def legend(prior: PublishedPrior, keys: Iterable[str]) -> pd.DataFrame:
    """What source identities stand for: ``source``, ``repository``, ``version``, ``licence``."""
    rows = [
        {"source": key, "repository": s.repo, "version": s.said_version, "licence": s.licence}
        for key, s in prior.sources.items()
        if key in set(keys)
    ]
    return pd.DataFrame(rows, columns=["source", "repository", "version", "licence"])


def show_configs(
    prior: PublishedPrior, context: Mapping[str, str] | None = None, most: int = 10
) -> pd.DataFrame:
    """The first configs in a context: ``config``, ``model``, ``dataset``, ``used``, ``weight``, ``source``."""
    context = in_context(prior, context or {})
    found = [c for c in prior.configs if _fits(c, context)][:most]
    rows = [
        {
            "config": _holds(c),
            "model": c.context.get("model"),
            "dataset": c.context.get("dataset"),
            "used": c.used,
            "weight": c.weight,
            "source": "; ".join(prior.cite(ref) for ref in c.refs),
        }
        for c in found
    ]
    return pd.DataFrame(rows, columns=["config", "model", "dataset", "used", "weight", "source"])


def show_spaces(prior: PublishedPrior) -> pd.DataFrame:
    """The search spaces of the sources: ``space``, ``parameter``, ``searched``, ``source``."""
    return pd.DataFrame(
        [
            {"space": s.name, "parameter": n, "searched": _searched(p), "source": prior.cite(s.ref)}
            for s in prior.spaces
            for n, p in s.space.parameters.items()
        ],
        columns=["space", "parameter", "searched", "source"],
    )


def _searched(parameter: Parameter) -> str:
    if isinstance(parameter, Categorical):
        return ", ".join(map(_short, parameter.choices))
    return f"{_short(parameter.low)} to {_short(parameter.high)}{', log' if parameter.log else ''}"


def _short(value: Any) -> str:
    return format(value, ".4g") if isinstance(value, float) else str(value)


def _told(when: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in when.items())


def _fits(config: PublishedConfig, context: Mapping[str, str]) -> bool:
    return all(config.context.get(name, value) == value for name, value in context.items())


def in_context(prior: PublishedPrior, context: Mapping[str, str]) -> dict[str, str]:
    """A context in the prior's own words; without a word on the phase, it is not finetuning.

    Raises:
        UsageError: the prior does not depend on a name of the context, or knows no such value.
    """
    checked = checked_context(prior, context)
    phases = [phase for phase in prior.matches.get("phase", ()) if phase != "finetune"]
    if "phase" in prior.conditioned_on and phases:
        checked.setdefault("phase", phases[0])
    return checked


def checked_context(prior: PublishedPrior, context: Mapping[str, str]) -> dict[str, str]:
    """A context in the prior's own words (``AdamW`` is ``adamw``).

    Raises:
        UsageError: the prior does not depend on a name of the context, or knows no such value.
    """
    found = {}
    for name, value in context.items():
        if name not in prior.conditioned_on:
            depends = ", ".join(prior.conditioned_on) or "nothing"
            raise UsageError(
                f"{prior.name} does not depend on '{name}'", f"it depends on: {depends}"
            )
        meant = optimizer_family(value) or value.lower()
        known = sorted(
            {c.context[name] for c in prior.configs if name in c.context} | conditions(prior, name)
        )
        if meant not in known:
            raise UsageError(
                f"{prior.name} knows no {name} '{value}'", f"it knows: {', '.join(known)}"
            )
        found[name] = meant
    return found


def conditions(prior: PublishedPrior, name: str) -> set[str]:
    """Values of one context name that some belief depends on."""
    return {b.when[name] for p in prior.parameters.values() for b in p.beliefs if name in b.when}


def search(text: str) -> pd.DataFrame:
    """Published configs and spaces whose family, model, data set, optimizer or place holds every word of ``text``.

    One row each: ``prior``, ``what`` (``config`` or ``space``), ``model``, ``dataset``, ``holds``, ``source``.
    A word that is a parameter's name (in any spelling) finds what sets it.

    Raises:
        NothingFoundError: nothing holds them all.
    """
    wanted = text.lower().split()
    rows = [row for prior in all_shipped() for row in (*_config_rows(prior), *_space_rows(prior))]
    found = [row for row in rows if all(_says(row, word) for word in wanted)]
    if not found:
        raise NothingFoundError(
            f"no published config or space says '{text}'", "logminer priors list shows all"
        )
    return pd.DataFrame(found)


def _config_rows(prior: PublishedPrior) -> Iterable[dict[str, Any]]:
    for c in prior.configs:
        yield {
            "prior": prior.name, "what": "config", "model": c.context.get("model"),
            "dataset": c.context.get("dataset"), "holds": _holds(c), "source": prior.cite(c.refs[0]) if c.refs else "",
        }  # fmt: skip


def _holds(config: PublishedConfig) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in config.config.items())


def _space_rows(prior: PublishedPrior) -> Iterable[dict[str, Any]]:
    for s in prior.spaces:
        holds = ", ".join(f"{n}={_searched(p)}" for n, p in s.space.parameters.items())
        yield {
            "prior": prior.name, "what": "space", "model": s.name, "dataset": None, "holds": holds,
            "source": prior.cite(s.ref),
        }  # fmt: skip


def _says(row: Mapping[str, Any], word: str) -> bool:
    said = " ".join(str(value) for value in row.values()).lower()
    return word in said or f"{canonical(word)}=" in said


def export(
    prior: PublishedPrior, form: str = "yaml", context: Mapping[str, str] | None = None
) -> str:
    """A prior as text for elsewhere.

    ``yaml`` is a search space around what is believed in the context, ready for ``--space``; ``json`` is the
    prior itself, to share or to edit; ``csv`` has one line a config.

    Raises:
        UsageError: there is no such format.
    """
    if form == "json":
        return prior_to_text(prior)
    if form == "csv":
        context = in_context(prior, context or {})
        found = [c for c in prior.configs if _fits(c, context)]
        return str(pd.DataFrame([c.config for c in found]).to_csv(index=False))
    if form == "yaml":
        spec = space_to_spec(believed_space(prior, context))
        return str(yaml.safe_dump(spec, sort_keys=False, allow_unicode=True))
    raise UsageError(f"priors are not exported as '{form}'", f"choose from: {', '.join(FORMATS)}")


def search_space(prior: PublishedPrior, context: Mapping[str, str] | None = None) -> Space:
    """A space to search when the user gives none: of a mined prior its own, of a published one what is believed.

    Raises:
        NothingFoundError: the prior holds nothing to vary.
    """
    if prior.origin == "mined" and prior.parameters:
        return prior.space
    return believed_space(prior, context)


def believed_space(prior: PublishedPrior, context: Mapping[str, str] | None = None) -> Space:
    """A space around the middle 80 % of what sources use in a context, for parameters that they vary.

    A quantity that stands there in two units (batch size in total and per device) is taken once.
    """
    context = in_context(prior, context or {})
    found = {}
    for name, known in prior.parameters.items():
        twice = known.unit in _SECOND_UNITS and name.partition("_per_")[0] in prior.parameters
        narrowed = _around(known.parameter, known.belief(context))
        if name not in context and not twice and narrowed is not None:
            found[name] = narrowed
    if not found:
        raise NothingFoundError(f"the sources of {prior.name} vary nothing in this context")
    return Space(found)


def _around(parameter: Parameter, belief: Belief) -> Parameter | None:
    if isinstance(parameter, Categorical):
        kept = tuple(value for value, share in belief.common if share >= 0.05)
        return Categorical(kept) if len(kept) > 1 else None
    if belief.low is None or belief.high is None:
        return None
    low, high = max(parameter.low, belief.low), min(parameter.high, belief.high)
    if not low < high:
        return None
    if isinstance(parameter, Integer):
        return Integer(int(low), int(high), parameter.log)
    return Float(float(f"{low:.4g}"), float(f"{high:.4g}"), parameter.log)


def validate(path: str) -> dict[str, Any]:
    """Check a prior file and say what it holds, as one row of ``list_priors``.

    Raises:
        UsageError: it is no prior; the message says where and why.
    """
    prior = read_prior(path)
    return {**_row(prior), "origin": prior.origin, "tasks": len(prior.tasks)}
