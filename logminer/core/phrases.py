"""Runs of words in a name that stand for concepts, and which of them is the head of the name."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from logminer.core.concepts import Concept, Index, Phrase
from logminer.core.spelling import words

MOST_WORDS, _LONGEST_WORD = 32, 40  # bounds on hostile names
_MOST_FORMS = 1 << 15  # words whose forms are remembered


class Match(NamedTuple):
    """A phrase at its place among the words of a name."""

    start: int
    end: int
    phrase: Phrase

    @property
    def concept(self) -> Concept:
        """What the phrase stands for."""
        return self.phrase.concept

    def is_within(self, other: "Match") -> bool:
        """Whether another match holds these words and more."""
        longer = other.end - other.start > self.end - self.start
        return longer and other.start <= self.start and self.end <= other.end


def tokens(segments: Iterable[str], known: Index) -> tuple[str, ...]:
    """Words of segments as the vocabulary has them: singular, without a number at the end, unglued."""
    found: list[str] = []
    if len(known.forms) > _MOST_FORMS:
        known.forms.clear()
    for segment in segments:
        for word in words(segment.replace("@", " at "))[-MOST_WORDS:]:
            if word not in known.forms:
                known.forms[word] = _unglued(word, known)
            found += known.forms[word]
    return tuple(found[-MOST_WORDS:])


def matches(spoken: Sequence[str], known: Index) -> list[Match]:
    """The phrases among some words, none within a longer one, in the order of their starts."""
    found = [
        Match(i, i + len(phrase.words), phrase)
        for i, word in enumerate(spoken)
        for phrase in known.phrases.get(word, ())
        if tuple(spoken[i : i + len(phrase.words)]) == phrase.words
        and not (phrase.first and i)
        and not (phrase.last and i + len(phrase.words) != len(spoken))
    ]
    for cut, word in enumerate(spoken):
        if word in known.groups["elsewhere"] and any(m.end <= cut for m in found):
            found = [m for m in found if m.start < cut or m.concept.anywhere]
            break
    found = [m for m in found if not any(m.is_within(other) for other in found)]
    starts = [m.start for m in measures(found)]
    return [
        m
        for m in found
        if not m.concept.beside or any(start < m.start or m.concept.anywhere for start in starts)
    ]


def measures(found: Sequence[Match]) -> list[Match]:
    """Those of some matches that are measures."""
    return [m for m in found if m.concept.kind == "measure"]


def head(found: Sequence[Match]) -> Match:
    """The match that decides: the last, unless it is generic or another decides wherever it stands."""
    last = max(found, key=lambda m: (m.end, m.phrase.own, m.end - m.start))
    specific = [m for m in measures(found) if not m.concept.generic]
    if last.concept.generic and specific:
        last = max(specific, key=lambda m: (m.end, m.phrase.own))
    if last.concept.kind == "measure":
        last = next((m for m in reversed(found) if m.concept.anywhere), last)
    return last


def _unglued(word: str, known: Index) -> list[str]:
    """``testacc`` as ``test acc``; a word that is known or cannot be taken apart stays one."""
    if form := _known_form(word, known):
        return [form]
    pieces: list[str] = []
    rest = word if len(word) <= _LONGEST_WORD else ""
    while start := next((s for s in known.starters if rest.startswith(s) and rest != s), ""):
        pieces.append(start)
        rest = rest[len(start) :]
        form = _known_form(rest, known)
        if form and (form in known.splits or _is_measure(form, known)):
            return [*pieces, form]
    return [word]


def _known_form(word: str, known: Index) -> str:
    vocabularies = (known.phrases, known.splits, known.groups["words"])
    return next((f for f in _forms(word) if any(f in v for v in vocabularies)), "")


def _forms(word: str) -> tuple[str, ...]:
    bare = word.rstrip("0123456789")
    singular = [bare[:-1]] if bare.endswith("s") else []
    singular += [bare[:-2]] if bare.endswith("es") else []
    singular += [bare[:-3] + "y"] if bare.endswith("ies") else []
    return tuple(form for form in (word, bare, *singular) if form)


def _is_measure(word: str, known: Index) -> bool:
    return any(
        phrase.words == (word,) and phrase.concept.kind == "measure"
        for phrase in known.phrases.get(word, ())
    )
