"""Where priors live: those that come with logminer, and files of one's own."""

from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from logminer.core.errors import NothingFoundError, UsageError, did_you_mean
from logminer.core.files import write_whole
from logminer.core.published import PublishedConfig, PublishedPrior
from logminer.core.published_file import MAX_BYTES, parse_prior, prior_to_text
from logminer.published.portable import records_of
from logminer.published.summarise import summarise


def folder() -> Path:
    """The folder of the priors that come with logminer.

    Installed from a wheel they lie inside the package, in a checkout beside it.

    Raises:
        NothingFoundError: neither is there.
    """
    package = Path(str(files("logminer")))
    for place in (package / "_priors", package.parent / "priors"):
        if place.is_dir():
            return place
    raise NothingFoundError("no published priors are installed", hint="install logminer again")


def names() -> list[str]:
    """Names of the priors that come with logminer, sorted, without reading them."""
    return sorted(path.stem for path in folder().glob("*.json"))


def load(name: str) -> PublishedPrior:
    """A prior by family name, by file, or by what it is used for.

    Args:
        name: a family (``image_classification``), a family narrowed (``image_classification/resnet50``), a path
            (``prior.json``), or part of a model or data set name (``resnet50``): then the family that uses it
            most, narrowed to it.

    Raises:
        UsageError: nothing of that name, or a file that is no prior.
    """
    family, _, part = name.partition("/")
    if family in names():
        return about(_shipped(family), part) if part else _shipped(family)
    if name.endswith(".json") or "/" in name or Path(name).is_file():
        return read_prior(name)
    narrowed = [about(prior, name) for prior in all_shipped()] if len(name) > 1 else []
    known = [prior for prior in narrowed if prior.configs]
    if not known:
        raise UsageError(
            f"no prior '{name}'{did_you_mean(name, names())}",
            hint="logminer priors list shows all; logminer priors search finds one by model or parameter",
        )
    return max(known, key=lambda prior: sum(config.used for config in prior.configs))


def all_shipped() -> list[PublishedPrior]:
    """All priors that come with logminer, by name."""
    return [_shipped(name) for name in names()]


@cache
def _shipped(name: str) -> PublishedPrior:
    return read_prior(folder() / f"{name}.json")


def read_prior(path: str | Path) -> PublishedPrior:
    """Read a prior file, one's own or a stranger's; everything in it is checked.

    Raises:
        UsageError: there is no such file, or it is no prior of schema ``logminer-prior/1``.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "logminer priors list shows all") from error
    return parse_prior(text, str(path))


def write_prior(prior: PublishedPrior, path: str | Path) -> None:
    """Write a prior file that ``read_prior`` accepts.

    Raises:
        UsageError: the prior would not pass its own checks, or the file cannot be written.
    """
    text = prior_to_text(prior)
    parse_prior(text, str(path))
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def about(prior: PublishedPrior, text: str) -> PublishedPrior:
    """The prior narrowed to configs whose model, data set or place holds ``text``; beliefs follow them."""
    wanted = text.lower()
    found = tuple(config for config in prior.configs if wanted in _said(config))
    total = sum(config.weight for config in found) or 1.0
    kept = tuple(replace(config, weight=config.weight / total) for config in found)
    plain = {name: known.parameter for name, known in prior.parameters.items()}
    closer = summarise(records_of(kept), prior.conditioned_on, plain)
    parameters = {
        name: replace(known, beliefs=closer[name].beliefs) if name in closer else known
        for name, known in prior.parameters.items()
    }
    return replace(prior, name=f"{prior.name}/{text}", configs=kept, parameters=parameters)


def _said(config: PublishedConfig) -> str:
    return " ".join((*config.context.values(), *config.refs)).lower()
