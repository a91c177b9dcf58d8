"""What a recorded name means: a hyperparameter, a measure, a seed, a path, ... One vocabulary answers for all modules.

The words are data (``vocabulary.toml``); here is the grammar. A whole name or the end of a dotted path is looked up
first. Otherwise the *head* decides, as in any English compound: ``loss_weight`` is a weight and ``weight_loss`` a loss.
Folders say what their contents are (``params.x``, ``metrics.x``, ``callbacks.x``), and ``dataset.name`` is what
``dataset`` is. A name is a prior, not a veto.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from logminer.core.concepts import Concept, Direction, Kind, Vocabulary, index
from logminer.core.phrases import MOST_WORDS, Match, head, matches, measures, tokens
from logminer.core.spelling import key, segments, words

_MINUS = re.compile(r"(?:^|[/.(\s])-(?=[A-Za-z])|(?:^|[/:(])\s*1\s*-\s*(?=[A-Za-z])")
_NEGATIONS = frozenset(["neg", "negative", "negated", "minus", "inverse"])
_DECLARED = re.compile(r"((?i:params?|hparams?|config|hp))(?:[_ -]|(?<=[a-z])(?=[A-Z]))(?=.)")
_RATES = frozenset(["s", "sec", "secs", "second", "min", "minute", "h", "hour"])
_TIME_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "seconds", "second"), "s"),
    **dict.fromkeys(("ms", "msec", "msecs", "milliseconds"), "ms"),
    **dict.fromkeys(("min", "mins", "minutes"), "min"),
    **dict.fromkeys(("h", "hours", "hrs"), "h"),
}
_MOST_FOLDERS = 5  # in one spelling
_LONGEST = 500  # letters of a name whose measure is looked for
_OTHER_WAY: dict[Direction | None, Direction | None] = {"min": "max", "max": "min", None: None}


@dataclass(frozen=True)
class Meaning:
    """What a name tells about what stands under it.

    Attributes:
        kind: what it is; empty where the name does not tell.
        canonical: the name under which it is compared across logs.
        direction: which way is better, of measures and of the companions that move with one; None where a
            measure is only known to be one.
        weight: how willingly people optimise it, 0 to 3; 0 for what is no measure.
        split: ``training``, ``validation``, ``test`` or empty.
        unit: what it counts (``device``, ``total``, ``per 256``, ``tokens``, ``s``, ``%``) as far as the name tells.
        scale: ``log`` or ``one minus`` where it is searched so everywhere in the literature.
        reason: why it is of this kind, in one line.
        companion_of: of a companion, the name of the measure it belongs to, where the name tells.
        known: whether all of the name is in the vocabulary, not only words of it.
        measure: which measure is meant, as the vocabulary calls it: ``loss``, ``accuracy``.
        whole: of a measure, whether the name says no more than its split and how it was summed: ``val_total_loss``
            is whole, ``val_box_loss`` a part.
        reference: of a measure, whether results are compared with it: ``baseline_loss``.
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
    measure: str = ""
    whole: bool = False
    reference: bool = False


@lru_cache(maxsize=1 << 16)
def describe(name: str, extra: Vocabulary | None = None) -> Meaning:
    """What a name means, all of its dotted path considered.

    Args:
        name: as written in a log, in any style: ``val/acc``, ``Learning Rate``, ``params.optimizer.lr``.
        extra: the user's own words, which win over the built-in ones.
    """
    return _Name(name, extra).meaning()


def path_of(name: str) -> list[str]:
    """The folders of a name and what it ends in; ``params_lr`` is taken as ``params.lr``."""
    parts = segments(name)
    if key(parts[0]) not in index().exact and (prefix := _DECLARED.match(parts[0])):
        parts[:1] = [prefix[1], parts[0][prefix.end() :]]
    return parts


def canonical_path(parts: Sequence[str], names: Mapping[str, str]) -> str:
    """A path without its neutral folders, its end under the name that ``names`` has for its key."""
    ends = ((start, names.get(key("".join(parts[start:])))) for start in _ends(parts))
    start, own = next(((start, own) for start, own in ends if own), (len(parts) - 1, parts[-1]))
    neutral = index().groups["neutral"]
    return ".".join([*(folder for folder in parts[:start] if key(folder) not in neutral), own])


def _ends(parts: Sequence[str]) -> range:
    return range(max(0, len(parts) - _MOST_FOLDERS), len(parts))


class _Name:
    """One written name: its folders, the end of it that is known as a whole, its words."""

    def __init__(self, written: str, extra: Vocabulary | None = None) -> None:
        self.written, self.extra, self.known = written, extra, index(extra)
        self.parts = path_of(written)
        self.canonical = canonical_path(self.parts, self.known.canonical)
        self.start = len(self.parts) - 1
        self.concept: Concept | None = None
        for start in _ends(self.parts):
            if concept := self.known.exact.get(key("".join(self.parts[start:]))):
                self.start, self.concept = start, concept
                break

    def meaning(self) -> Meaning:
        last = key(self.parts[-1])
        if place := self._circumstance():
            return Meaning(place.kind, self.canonical, reason=place.reason)
        if len(self.parts) > 1 and last in _RATES:
            reason = self.known.exact["throughput"].reason
            return Meaning("companion", self.canonical, unit=f"per {last}", reason=reason)
        if self.start == len(self.parts) - 1 > 0 and last in self.known.groups["naming"]:
            return self._of_its_folder(last)
        if self.concept and not (self.concept.anywhere and self.start):
            found = self._whole(self.concept)
        else:
            found = self._head()
        return self._in_its_folder(found)

    def _circumstance(self) -> Concept | None:
        """The kind of a folder whose contents are circumstances; a machine's may hold measures all the same."""
        for i, folder in enumerate(self.parts[: self.start]):
            place = self.known.folders.get(self._bare(folder)) or self.known.folders.get(
                key(folder)
            )
            if place and not (place.generic and measures(self._matches(self.parts[i + 1 :]))):
                return place
        return None

    def _bare(self, folder: str) -> str:
        """A folder's name without what only says that it is one: ``data_cfg`` is ``data``."""
        spoken = list(words(folder))
        while len(spoken) > 1 and (
            spoken[-1] in self.known.groups["dressing"] or spoken[-1].isdigit()
        ):
            spoken.pop()
        return "".join(spoken)

    def _of_its_folder(self, last: str) -> Meaning:
        """``dataset.name`` is what ``dataset`` is; the name of anything else is a choice."""
        declaring = self.known.groups["declaring"]
        folders = [folder for folder in self.parts[:-1] if key(folder) not in declaring]
        if not folders:
            return replace(describe(self.parts[-1], self.extra), canonical=self.canonical)
        folder = describe(".".join([*folders[:-1], self._bare(folders[-1])]), self.extra)
        if folder.kind in {"context", "identity", "circumstance", "time", "repeat"}:
            return Meaning(folder.kind, self.canonical, reason=folder.reason)
        if not folder.kind and last == "id":
            return replace(describe("id", self.extra), canonical=self.canonical)
        reason = f"choice of the {' '.join(words(folders[-1]))}"
        return Meaning("hyperparameter", self.canonical, reason=reason)

    def _whole(self, concept: Concept) -> Meaning:
        """The meaning of a name that is in the vocabulary as a whole, at least in its last folders."""
        spoken = words(self.parts[-1])
        if concept.kind == "measure":
            phrase = tokens(self.parts[-1:], self.known) or (concept.name,)
            return replace(self._measure(concept, phrase, ()), known=True)
        return Meaning(
            concept.kind,
            self.canonical,
            split=self._split if concept.kind == "companion" else "",
            unit=concept.unit(key(self.parts[-1])) or _time_unit(concept, spoken),
            scale=concept.scale,
            reason=concept.reason,
            known=True,
        )

    def _head(self) -> Meaning:
        """What the head among the words of the last part says, else among those of the whole path."""
        own, path = self.parts[-1:], self.parts[-MOST_WORDS:]
        found = self._matches(own)
        around = self._matches(path) if len(path) > 1 else found
        if not found or (
            # reward.std: the measure is the folder
            head(found).concept.anywhere and not measures(found) and measures(around)
        ):
            own, found = path, around
        if not found:
            return Meaning("", self.canonical, split=self._split)
        decisive, spoken = head(found), tokens(own, self.known)
        if decisive.concept.kind == "measure":
            before = spoken[: decisive.start]
            return self._measure(decisive.concept, decisive.phrase.words, before)
        return self._other(decisive, found, spoken)

    def _matches(self, parts: Sequence[str]) -> list[Match]:
        return matches(tokens(parts, self.known), self.known)

    @cached_property
    def _spoken(self) -> frozenset[str]:
        return frozenset(tokens(self.parts, self.known))

    @cached_property
    def _split(self) -> str:
        spoken = tokens(self.parts, self.known)
        return next((self.known.splits[word] for word in spoken if word in self.known.splits), "")

    def _measure(self, concept: Concept, phrase: Sequence[str], before: Sequence[str]) -> Meaning:
        negated = self._is_negated(before)
        direction = concept.direction
        # An ELBO listed among the losses is a loss; an accuracy there is one of the table's few numbers.
        listed = any(key(folder) in {"loss", "losses"} for folder in self.parts[:-1])
        if negated or (listed and direction == "max" and concept.weight <= 2):
            direction = _OTHER_WAY[direction]
        better = "higher" if direction == "max" else "lower"
        called = " ".join([*(["negated"] if negated else []), *phrase])
        percent = "%" in self.written or {"pct", "percent"} & set(words(self.parts[-1]))
        return Meaning(
            "measure",
            self.canonical,
            direction,
            concept.weight,
            self._split,
            unit="%" if percent else "",
            reason=f"{called}: {better} is better",
            measure=concept.name,
            whole=self._spoken <= {*self.known.splits, *self.known.groups["words"], *phrase},
            reference=bool(self._spoken & self.known.groups["reference"]),
        )

    def _is_negated(self, before: Sequence[str]) -> bool:
        """Whether a measure is turned round: ``neg_`` at its front, a leading minus, ``1 - ``."""
        if _MINUS.search(self.written):
            return True
        known, plain = self.known, self.known.groups["words"]
        front = [word for word in before if word not in known.splits and word not in plain]
        return front[:1] != [] and (front[0] in _NEGATIONS or front[-2:] == ["one", "minus"])

    def _other(self, decisive: Match, found: Sequence[Match], spoken: Sequence[str]) -> Meaning:
        concept = decisive.concept
        direction: Direction | None = None
        companion_of = ""
        of = measures(found)
        if concept.kind == "companion" and (of or concept.anywhere):
            # The spread of what is no measure by its name is that of whatever is called so.
            companion_of = self._without(decisive, at_end=decisive.end == len(spoken))
            if of and concept.follows:
                main = max(of, key=lambda m: (not m.concept.generic, m.end))
                before = spoken[: main.start]
                direction = self._measure(main.concept, main.phrase.words, before).direction
        return Meaning(
            concept.kind,
            self.canonical,
            direction,
            split=self._split if concept.kind == "companion" else "",
            unit=concept.unit("") or _time_unit(concept, spoken),
            scale=concept.scale,
            reason=concept.reason,
            companion_of=companion_of,
        )

    def _without(self, companion: Match, *, at_end: bool) -> str:
        """The name without the companion's words; ``std_x`` goes with ``mean_x``."""
        if len(self.written) > _LONGEST:
            return ""
        kept = [word for word in companion.phrase.words if word not in self.known.splits]
        run = r"[\W_]*".join(map(re.escape, kept)) + r"\d*"
        if at_end:
            return re.sub(rf"[\W_]*{run}[\W_]*$", "", self.written, flags=re.IGNORECASE)
        mean = "mean" if companion.start == 0 else ""
        found = re.sub(rf"(?<![^\W_]){run}", mean, self.written, count=1, flags=re.IGNORECASE)
        return re.sub(r"([\W_])[\W_]+", r"\1", found)

    def _in_its_folder(self, found: Meaning) -> Meaning:
        """What the nearest telling folder makes of it: ``params.score`` was chosen, ``metrics.lr`` is a curve."""
        groups = self.known.groups
        for folder in reversed(self.parts[: self.start]):
            bare = key(folder)
            logged = "/" in self.written and (bare in self.known.splits or bare == "lr")
            if logged or bare in groups["measuring"]:
                return self._among_results(found)
            if bare in groups["declaring"] or (words(folder) or ("",))[-1] in groups["declaring"]:
                return self._among_params(found, folder)
            if not found.kind and bare in groups["choosing"]:
                return replace(found, kind="hyperparameter", reason=f"a setting of the {folder}")
            if not found.kind and self._bare(folder) in groups["describing"]:
                return replace(found, kind="context", reason=f"describes the {folder}")
        return found

    def _among_results(self, found: Meaning) -> Meaning:
        if self.concept and self.concept.scheduled:
            reason = self.known.exact["loggedrate"].reason
            return replace(found, kind="companion", scale="", reason=reason, known=False)
        return found if found.kind else replace(found, kind="measure", reason="among the results")

    def _among_params(self, found: Meaning, folder: str) -> Meaning:
        if found.kind not in {"", "measure", "companion", "axis"}:
            return found
        if self._bare(folder) in self.known.groups["describing"]:
            return Meaning("context", self.canonical, reason=f"describes the {folder}")
        return Meaning("hyperparameter", self.canonical, reason="among the hyperparameters")


def _time_unit(concept: Concept, spoken: Sequence[str]) -> str:
    return _TIME_UNITS.get(spoken[-1], "") if concept.kind == "time" and spoken else ""
