"""The entries of ``vocabulary.toml``, and the index by which names find them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

from logminer.core.spelling import key, words

Kind = Literal[
    "hyperparameter", "context", "budget", "repeat", "measure", "companion", "axis", "time",
    "identity", "circumstance", "",
]  # fmt: skip
Direction = Literal["min", "max"]
FileKind = Literal["params", "results", "meta"]
CHOSEN = frozenset(["hyperparameter", "context", "budget"])  # what configs of runs hold
# Fields of an entry that stand in it as they are, with their types.
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "reason": str,
    "direction": str,
    "weight": (int, float),
    "scale": str,
    **dict.fromkeys(("generic", "anywhere", "beside", "follows", "scheduled"), bool),
}
KINDS: tuple[Kind, ...] = get_args(Kind)[:-1]


@dataclass(frozen=True)
class Concept:
    """One entry of the vocabulary.

    Attributes:
        kind: what its names are.
        name: its canonical name.
        spellings: other ways to write it; they share its canonical name.
        names: whole names of the same sort, each with a canonical name of its own.
        below_split: names that are of this sort only behind a split: ``valid_0/l2``, not ``l2``.
        phrases: runs of words by which longer names are recognised; ``^`` is a name's first word, ``$`` its last.
        folders: folders whose contents are of this kind.
        units: what it counts, by spelling; under the empty one what all others count.
        reason: why it is of this kind.
        direction: which way a measure is better.
        weight: how willingly people optimise it.
        scale: how it is searched everywhere in the literature.
        generic: has no say beside another measure in the same name.
        anywhere: decides wherever it stands in the name of a measure.
        beside: counts only in the name of a measure.
        follows: this companion moves with its measure.
        scheduled: often logged as it changes during training.
    """

    kind: Kind
    name: str
    spellings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    below_split: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    direction: Direction | None = None
    weight: float = 0.0
    scale: str = ""
    generic: bool = False
    anywhere: bool = False
    beside: bool = False
    follows: bool = False
    scheduled: bool = False

    def unit(self, spelling: str) -> str:
        """What it counts when it is written so."""
        by_key = dict(self.units)
        return by_key.get(spelling, by_key.get("", ""))


@dataclass(frozen=True)
class Vocabulary:
    """Concepts that a project adds to the built-in ones; its words win."""

    concepts: tuple[Concept, ...] = ()


@dataclass(frozen=True)
class Phrase:
    """A run of words that stands for a concept."""

    words: tuple[str, ...]
    concept: Concept
    first: bool
    last: bool
    own: bool


@dataclass(frozen=True)
class Dialect:
    """What a library calls things that mean others elsewhere: ``names`` hold where all of ``signs`` stand."""

    signs: frozenset[str]
    names: tuple[tuple[str, str], ...]


@dataclass
class Index:
    """Concepts by spelling and by first word, and the words of the grammar of names."""

    concepts: dict[str, Concept] = field(default_factory=dict)
    exact: dict[str, Concept] = field(default_factory=dict)
    runs: dict[str, Concept] = field(default_factory=dict)
    phrases: dict[str, list[Phrase]] = field(default_factory=dict)
    canonical: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Concept] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    files: dict[str, FileKind] = field(default_factory=dict)
    starters: tuple[str, ...] = ()
    forms: dict[str, list[str]] = field(default_factory=dict)
    dialects: tuple[Dialect, ...] = ()

    def add(self, concept: Concept, *, own: bool) -> None:
        """Make a concept's names known; what is the user's ``own`` replaces what is built in."""
        keys = [key(written) for written in (concept.name, *concept.spellings, *concept.names)]
        spoken = [words(phrase.strip("^$")) for phrase in concept.phrases]
        for phrase, run in zip(concept.phrases, spoken, strict=True):
            entry = Phrase(run, concept, phrase[0] == "^", phrase[-1] == "$", own)
            self.phrases.setdefault(run[0], []).append(entry)
        if own and concept.kind == "measure":
            run = words(concept.name)
            self.phrases.setdefault(run[0], []).append(Phrase(run, concept, False, False, True))
        keys += [key(split + written) for written in concept.below_split for split in self.splits]
        self.exact |= dict.fromkeys(keys, concept)
        self.concepts[concept.name] = concept
        if concept.kind in CHOSEN:
            self.canonical |= {key(w): concept.name for w in (concept.name, *concept.spellings)}
        if not concept.beside:
            self.runs |= {"".join(run): concept for run in spoken}
        self.folders |= {key(folder): concept for folder in concept.folders}


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    text = files("logminer.core").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def built_in() -> Iterator[Concept]:
    """The concepts of ``vocabulary.toml``."""
    for kind in KINDS:
        for name, entry in _tables()[kind].items():
            yield concept(kind, name, entry)


def concept(kind: Kind, name: str, entry: Mapping[str, Any]) -> Concept:
    """One entry, as it is written in TOML.

    Raises:
        ValueError: the entry has a field that does not exist, or a value that makes no sense.
    """
    rest = dict(entry)
    units = [(key(text), unit) for unit, texts in rest.pop("units", {}).items() for text in texts]
    if unit := rest.pop("unit", ""):
        units.append(("", unit))
    lists: dict[str, Any] = {
        "spellings": _texts("spellings", rest.pop("spellings", ())),
        "names": _texts("names", rest.pop("names", ())),
        "below_split": _texts("below_split", rest.pop("below_split", ())),
        "phrases": _texts("words", rest.pop("words", ())),
        "folders": _texts("folders", rest.pop("folders", ())),
    }
    for given, value in rest.items():
        if given not in _FIELDS or not isinstance(value, _FIELDS[given]):
            raise ValueError(f"{given} = {value!r} makes no sense")
    if not words(name):
        raise ValueError("a name has letters")
    found = Concept(kind, name, units=tuple(units), **lists, **rest)
    if kind == "measure" and found.direction not in get_args(Direction):
        raise ValueError(f"direction {found.direction!r} is neither min nor max")
    return found


def _texts(name: str, value: Any) -> tuple[str, ...]:
    listed = isinstance(value, list | tuple)
    if not listed or not all(isinstance(text, str) and words(text) for text in value):
        raise ValueError(f"{name} is no list of names")
    return tuple(value)


@lru_cache(maxsize=8)
def index(extra: Vocabulary | None = None) -> Index:
    """The built-in vocabulary with the user's own words before it."""
    tables = _tables()
    found = Index()
    found.splits = {key(w): split for split, listed in tables["splits"].items() for w in listed}
    for entry in built_in():
        found.add(entry, own=False)
    for entry in extra.concepts if extra else ():
        found.add(entry, own=True)
    found.exact = {**found.runs, **found.exact}
    groups = {**tables["folders"], **tables["modifiers"]}
    found.groups = {name: frozenset(map(key, listed)) for name, listed in groups.items()}
    for kind in get_args(FileKind):
        found.files |= dict.fromkeys(tables["files"][kind], kind)
    found.dialects = tuple(
        Dialect(frozenset(map(key, entry["signs"])), tuple(entry["names"].items()))
        for entry in tables["dialects"].values()
    )
    found.starters = tuple(sorted({*found.splits, *found.groups["words"]}, key=len, reverse=True))
    return found


@lru_cache(maxsize=1)
def optimizers() -> tuple[Mapping[str, str], str]:
    """Families of optimizers by the key of what they are called, and the pattern of what is left out of it."""
    table = _tables()["optimizers"]
    families = {called: family for family, names in table["also"].items() for called in names}
    families |= {name: name for name in table["families"]}
    return families, "|".join(table["dress"])
