"""What a recorded name means: a hyperparameter, a measure, a seed, a path, ... One vocabulary answers for all modules.

The words are data (``vocabulary.toml``); here is the grammar. A whole name or the end of a dotted path is looked up
first. Otherwise the *head* decides, as in any English compound: ``loss_weight`` is a weight and ``weight_loss`` a loss.
Folders say what their contents are (``params.x``, ``metrics.x``, ``callbacks.x``), and ``dataset.name`` is what
``dataset`` is. A name is a prior, not a veto.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from logminer.core.concepts import Concept, Direction, Index, Kind, Phrase, Vocabulary, index
from logminer.core.spelling import key, segments, words

_MINUS = re.compile(r"(?:^|[/.(\s])-(?=[A-Za-z])|(?:^|[/:(])\s*1\s*-\s*(?=[A-Za-z])")
_DECLARED = re.compile(r"(params?|hparams?|config|hp)_(?=.)", re.IGNORECASE)
_RATES = frozenset(["s", "sec", "secs", "second", "min", "minute", "h", "hour"])
_TIME_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "seconds", "second"), "s"),
    **dict.fromkeys(("ms", "msec", "msecs", "milliseconds"), "ms"),
    **dict.fromkeys(("min", "mins", "minutes"), "min"),
    **dict.fromkeys(("h", "hours", "hrs"), "h"),
}
_MOST_FOLDERS, _MOST_WORDS, _LONGEST_WORD = 5, 32, 40  # bounds on hostile names
_OTHER_WAY: dict[Direction | None, Direction | None] = {"min": "max", "max": "min", None: None}


@dataclass(frozen=True)
class Meaning:
    """What a name tells about what stands under it.

    Attributes:
        kind: what it is; empty where the name does not tell.
        canonical: the name under which it is compared across logs.
        direction: which way is better, of measures and of the companions that move with one.
        weight: how willingly people optimise it, 0 to 3; 0 for what is no measure.
        split: ``training``, ``validation``, ``test`` or empty.
        unit: what it counts (``device``, ``total``, ``per 256``, ``tokens``, ``s``, ``%``) as far as the name tells.
        scale: ``log`` or ``one minus`` where it is searched so everywhere in the literature.
        reason: why it is of this kind, in one line.
        companion_of: of a companion, the name of the measure it belongs to, where the name tells.
        known: whether the whole name is in the vocabulary, not only a word of it.
    """

    kind: Kind
    canonical: str
    direction: Direction | None = None
    weight: float = 0.0
    split: str = ""
    unit: str = ""
    scale: str = ""
    reason: str = ""
    companion_of: str = ""
    known: bool = False


class _Match(NamedTuple):
    start: int
    end: int
    phrase: Phrase

    @property
    def concept(self) -> Concept:
        return self.phrase.concept


@lru_cache(maxsize=1 << 16)
def describe(name: str, extra: Vocabulary | None = None) -> Meaning:
    """What a name means, all of its dotted path considered.

    Args:
        name: as written in a log, in any style: ``val/acc``, ``Learning Rate``, ``params.optimizer.lr``.
        extra: the user's own words, which win over the built-in ones.
    """
    known = index(extra)
    parts = _parts(name, known)
    start, concept = _whole(parts, known)
    canonical = _canonical(parts, known)
    for i, folder in enumerate(parts[:start]):
        place = known.folders.get(_bare(folder, known)) or known.folders.get(key(folder))
        if place and not (place.generic and _from_words("", parts[i + 1 :], "", known).weight):
            return Meaning(place.kind, canonical, reason=place.reason)
    if len(parts) > 1 and key(parts[-1]) in _RATES:
        rate = known.exact["throughput"]
        return Meaning("companion", canonical, unit=f"per {key(parts[-1])}", reason=rate.reason)
    if start == len(parts) - 1 > 0 and key(parts[-1]) in known.groups["naming"]:
        return replace(_of_its_folder(parts, canonical, known, extra), canonical=canonical)
    if concept is not None and not (concept.anywhere and start):
        meaning = _from_concept(concept, name, parts, canonical, known)
    else:
        meaning = _from_words(name, parts, canonical, known)
    return _in_its_folder(meaning, name, parts, start, concept, known)


def _parts(name: str, known: Index) -> list[str]:
    """Segments of a name, with ``params_lr`` taken as ``params.lr`` unless it is a name of its own."""
    parts = segments(name)
    if key(parts[0]) not in known.exact and (prefix := _DECLARED.match(parts[0])):
        parts[:1] = [prefix[1], parts[0][prefix.end() :]]
    return parts


def _whole(parts: Sequence[str], known: Index) -> tuple[int, Concept | None]:
    """The longest end of the path that is in the vocabulary as a whole, and where it starts."""
    for start in _starts(parts):
        if concept := known.exact.get(key("".join(parts[start:]))):
            return start, concept
    return len(parts) - 1, None


def _starts(parts: Sequence[str]) -> range:
    """Where an end of the path may start that is one spelling; none spans more than a few folders."""
    return range(max(0, len(parts) - _MOST_FOLDERS), len(parts))


def _canonical(parts: Sequence[str], known: Index) -> str:
    """The path without neutral folders, its end under the canonical name where that is known."""
    found = ((i, known.canonical.get(key("".join(parts[i:])))) for i in _starts(parts))
    start, own = next((hit for hit in found if hit[1]), (len(parts) - 1, parts[-1]))
    folders = [folder for folder in parts[:start] if key(folder) not in known.groups["neutral"]]
    return ".".join([*folders, own or parts[-1]])


def _bare(folder: str, known: Index) -> str:
    """A folder's name without what only says that it is one: ``data_cfg`` is ``data``."""
    spoken = list(words(folder))
    while len(spoken) > 1 and (spoken[-1] in known.groups["dressing"] or spoken[-1].isdigit()):
        spoken.pop()
    return "".join(spoken)


def _of_its_folder(
    parts: Sequence[str], canonical: str, known: Index, extra: Vocabulary | None
) -> Meaning:
    """``dataset.name`` is what ``dataset`` is; the name of anything else is a choice."""
    folders = [f for f in parts[:-1] if key(f) not in known.groups["declaring"]]
    if not folders:
        return describe(parts[-1], extra)
    folder = describe(".".join([*folders[:-1], _bare(folders[-1], known)]), extra)
    if folder.kind in {"context", "identity", "circumstance", "time", "repeat"}:
        return Meaning(folder.kind, canonical, reason=folder.reason)
    if not folder.kind and key(parts[-1]) == "id":
        return describe("id", extra)
    return Meaning(
        "hyperparameter", canonical, reason=f"choice of the {' '.join(words(folders[-1]))}"
    )


def _from_concept(
    concept: Concept, name: str, parts: Sequence[str], canonical: str, known: Index
) -> Meaning:
    if concept.kind == "measure":
        phrase = Phrase(words(concept.name.replace("_", " ")), concept, False, False, False)
        written = words(parts[-1])
        return _measure(
            name,
            replace(phrase, words=written or phrase.words),
            written,
            0,
            parts,
            canonical,
            known,
        )
    unit = concept.unit(key(parts[-1])) or _time_unit(concept, words(parts[-1]))
    split = _split(parts, known) if concept.kind == "companion" else ""
    return Meaning(
        concept.kind, canonical, split=split, unit=unit, scale=concept.scale, reason=concept.reason, known=True
    )  # fmt: skip


def _from_words(name: str, parts: Sequence[str], canonical: str, known: Index) -> Meaning:
    """The head among the words of the last segment, else among those of the whole path."""
    own = _tokens(parts[-1], known)
    path = tuple(token for part in parts[-_MOST_WORDS:] for token in _tokens(part, known))
    for spoken in dict.fromkeys((own, path[-_MOST_WORDS:])):
        found = _matches(spoken, known)
        if not found:
            continue
        head = _head(found)
        if (
            head.concept.anywhere
            and spoken != path
            and not _measures(found)
            and _measures(_matches(path, known))
        ):
            continue  # reward.std: the measure is the folder
        if head.concept.kind == "measure":
            return _measure(name, head.phrase, spoken, head.start, parts, canonical, known)
        return _other(name, head, found, spoken, parts, canonical, known)
    return Meaning("", canonical, split=_split(parts, known))


def _tokens(segment: str, known: Index) -> tuple[str, ...]:
    """Words of a segment as the vocabulary has them: singular, without numbers at their ends, unglued."""
    spoken: list[str] = []
    for word in words(segment.replace("@", " at "))[-_MOST_WORDS:]:
        spoken += _unglued(word, known)
    return tuple(spoken[-_MOST_WORDS:])


@lru_cache(maxsize=1 << 14)
def _forms(word: str) -> tuple[str, ...]:
    bare = word.rstrip("0123456789")
    singular = [bare[:-1]] if bare.endswith("s") else []
    singular += [bare[:-2]] if bare.endswith("es") else []
    singular += [bare[:-3] + "y"] if bare.endswith("ies") else []
    return tuple(form for form in (word, bare, *singular) if form)


def _unglued(word: str, known: Index) -> list[str]:
    def vocabulary_form(text: str) -> str | None:
        return next(
            (
                f
                for f in _forms(text)
                if f in known.phrases or f in known.splits or f in known.groups["words"]
            ),
            None,
        )

    if form := vocabulary_form(word):
        return [form]
    pieces: list[str] = []
    rest = word if len(word) <= _LONGEST_WORD else ""
    while start := next((s for s in known.starters if rest.startswith(s) and rest != s), ""):
        pieces.append(start)
        rest = rest[len(start) :]
        form = vocabulary_form(rest)
        if form and (form in known.splits or _is_measure(form, known)):
            return [*pieces, form]
    return [word]


def _is_measure(word: str, known: Index) -> bool:
    return any(
        p.words == (word,) and p.concept.kind == "measure" for p in known.phrases.get(word, ())
    )


def _matches(spoken: Sequence[str], known: Index) -> list[_Match]:
    """Runs of words that stand for concepts, none within a longer one."""
    n = len(spoken)
    found = [
        _Match(i, i + len(p.words), p)
        for i, word in enumerate(spoken)
        for p in known.phrases.get(word, ())
        if tuple(spoken[i : i + len(p.words)]) == p.words
        and not (p.first and i)
        and not (p.last and i + len(p.words) != n)
    ]
    elsewhere = (i for i, word in enumerate(spoken) if word in known.groups["elsewhere"])
    for cut in elsewhere:
        if any(m.end <= cut for m in found):
            found = [m for m in found if m.start < cut or m.concept.anywhere]
            break
    found = [m for m in found if not any(_within(m, other) for other in found)]
    starts = [m.start for m in _measures(found)]
    return [
        m
        for m in found
        if not m.concept.beside or any(s < m.start or m.concept.anywhere for s in starts)
    ]


def _within(inner: _Match, outer: _Match) -> bool:
    return (
        outer.start <= inner.start
        and inner.end <= outer.end
        and outer.end - outer.start > inner.end - inner.start
    )


def _measures(found: Sequence[_Match]) -> list[_Match]:
    return [m for m in found if m.concept.kind == "measure"]


def _head(found: Sequence[_Match]) -> _Match:
    """The match that decides: the last one, unless it is generic or a companion's word stands anywhere."""
    head = max(found, key=lambda m: (m.end, m.phrase.own, m.end - m.start))
    measures = [m for m in _measures(found) if not m.concept.generic]
    if head.concept.generic and measures:
        head = max(measures, key=lambda m: (m.end, m.phrase.own))
    if head.concept.kind == "measure":
        spread = [m for m in found if m.concept.anywhere]
        head = spread[-1] if spread else head
    return head


def _measure(
    name: str, phrase: Phrase, spoken: Sequence[str], start: int, parts: Sequence[str], canonical: str, known: Index
) -> Meaning:  # fmt: skip
    concept = phrase.concept
    direction = concept.direction
    negated = _is_negated(name, spoken[:start], known)
    listed = {key(folder).removesuffix("es") for folder in parts[:-1]} & {"loss"}
    if negated or (listed and direction == "max" and concept.weight <= 2):
        direction = _OTHER_WAY[direction]
    better = "higher" if direction == "max" else "lower"
    called = ("negated " if negated else "") + " ".join(phrase.words)
    return Meaning(
        "measure", canonical, direction, concept.weight, _split(parts, known),
        unit="%" if "%" in name or {"pct", "percent"} & set(spoken) else "",
        reason=f"{called}: {better} is better", known=bool(known.exact.get(key(parts[-1]))),
    )  # fmt: skip


def _is_negated(name: str, before: Sequence[str], known: Index) -> bool:
    """Whether a measure is turned round: ``neg_`` at the front, a leading minus, ``1 - ``."""
    if _MINUS.search(name):
        return True
    plain_words = known.groups["words"]
    front = [w for w in before if w not in known.splits and w not in plain_words]
    if front[:1] and front[0] in {"neg", "negative", "minus", "inverse", "negated"}:
        return True
    return front[-2:] == ["one", "minus"]


def _other(
    name: str, head: _Match, found: Sequence[_Match], spoken: Sequence[str], parts: Sequence[str], canonical: str, known: Index
) -> Meaning:  # fmt: skip
    concept = head.concept
    measures = _measures(found)
    direction: Direction | None = None
    companion_of = ""
    if concept.kind == "companion" and measures:
        companion_of = _without(name, head, len(spoken), known)
        if concept.follows:
            of = max(measures, key=lambda m: (not m.concept.generic, m.end))
            direction = _measure(
                name, of.phrase, spoken, of.start, parts, canonical, known
            ).direction
    return Meaning(
        concept.kind, canonical, direction,
        split=_split(parts, known) if concept.kind == "companion" else "",
        unit=concept.unit("") or _time_unit(concept, spoken), scale=concept.scale, reason=concept.reason,
        companion_of=companion_of,
    )  # fmt: skip


def _without(name: str, head: _Match, length: int, known: Index) -> str:
    """The name of the measure that a companion's name holds; a leading ``std_`` pairs with ``mean_``."""
    spoken = [word for word in head.phrase.words if word not in known.splits]
    run = r"[\W_]*".join(map(re.escape, spoken)) + r"\d*"
    if head.end == length:
        return re.sub(rf"[\W_]*{run}[\W_]*$", "", name, flags=re.IGNORECASE)
    mean = "mean" if head.start == 0 else ""
    found = re.sub(rf"(?<![^\W_]){run}", mean, name, count=1, flags=re.IGNORECASE)
    return re.sub(r"([\W_])[\W_]+", r"\1", found)


def _time_unit(concept: Concept, spoken: Sequence[str]) -> str:
    return _TIME_UNITS.get(spoken[-1], "") if concept.kind == "time" and spoken else ""


def _split(parts: Sequence[str], known: Index) -> str:
    spoken = (token for part in parts[-_MOST_WORDS:] for token in _tokens(part, known))
    return next((known.splits[word] for word in spoken if word in known.splits), "")


def _in_its_folder(
    meaning: Meaning, name: str, parts: Sequence[str], start: int, concept: Concept | None, known: Index
) -> Meaning:  # fmt: skip
    """What the nearest telling folder makes of it: ``params.score`` was chosen, ``metrics.lr`` is a curve."""
    groups = known.groups
    for folder in reversed(parts[:start] if concept else parts[:-1]):
        bare = key(folder)
        measured = bare in groups["measuring"] or ("/" in name and bare in {*known.splits, "lr"})
        if measured and concept is not None and concept.scheduled:
            rate = known.exact["loggedrate"]
            return replace(meaning, kind="companion", scale="", reason=rate.reason)
        if measured:
            return (
                replace(meaning, kind="measure", reason="among the results")
                if not meaning.kind
                else meaning
            )
        if (
            bare in groups["declaring"]
            or words(folder)[-1:]
            and words(folder)[-1] in groups["declaring"]
        ):
            if meaning.kind not in {"", "measure", "companion", "axis"}:
                return meaning
            if _bare(folder, known) in groups["describing"]:
                return Meaning("context", meaning.canonical, reason=f"describes the {folder}")
            return Meaning("hyperparameter", meaning.canonical, reason="among the hyperparameters")
        if not meaning.kind and bare in groups["choosing"]:
            return replace(meaning, kind="hyperparameter", reason=f"a setting of the {folder}")
        if not meaning.kind and _bare(folder, known) in groups["describing"]:
            return replace(meaning, kind="context", reason=f"describes the {folder}")
    return meaning
