"""Which published priors fit: a naive Bayes classifier over families, from parameter names and values seen.

The share of a family's configs that set a parameter is the likelihood of its name; a model, data set, method or
optimizer word counts by how few families know it. ``None of these`` is a class of its own, so that a space of
names that everybody uses (``learning_rate``, ``batch_size``) matches nothing by itself.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from logminer.core.names import canonical, optimizer_family, words
from logminer.core.published import PublishedPrior

# How far each kind of evidence is trusted; a prior that did not help unseen sources counts a quarter.
TRUST = {"good": 1.0, "untested": 0.5, "low": 0.25}
_LEAST = 0.15
_NONE = 3.0  # weight of "none of these" against one family
_HIT, _MISS = 0.3, 0.03


@dataclass(frozen=True)
class Match:
    """A prior that fits, with its weight.

    Attributes:
        prior: the prior.
        weight: probability that it is the right family times the trust it has earned.
        because: what speaks for it, one line a reason.
    """

    prior: PublishedPrior
    weight: float
    because: tuple[str, ...]


def match_priors(
    priors: Sequence[PublishedPrior],
    names: Iterable[str],
    values: Iterable[tuple[str, str]],
    aliases: Mapping[str, str] | None = None,
) -> list[Match]:
    """Priors that fit what is searched, best first; none when nothing tells.

    Args:
        priors: candidates.
        names: parameter names of the space or the logs, as written.
        values: texts seen under a name: choices and constants such as ``("model", "resnet50")``, task names.
        aliases: the user's own table of names, written to canonical.
    """
    asked = list(dict.fromkeys(canonical(name, aliases) for name in names))
    spoken = _spoken(values)
    shares = [_shares(prior) for prior in priors]
    lexicons = [_lexicon(prior) for prior in priors]
    scores, reasons = [], []
    for own, lexicon in zip(shares, lexicons, strict=True):
        by_name = {
            n: math.log(own.get(n, 0.02) / _mean(shares, n))
            for n in asked
            if _mean(shares, n) > 0.02
        }
        by_word = {w: _word_nats(w, lexicon, lexicons) for w in spoken}
        scores.append(sum(by_name.values()) + sum(by_word.values()))
        reasons.append(_reasons(by_name, by_word))
    top = max([0.0, *scores])
    masses = [math.exp(score - top) for score in scores]
    total = sum(masses) + _NONE * math.exp(-top)
    found = [
        Match(
            prior,
            round(mass / total * TRUST[prior.evidence.confidence], 3),
            (*why, _evidence(prior)),
        )
        for prior, mass, why in zip(priors, masses, reasons, strict=True)
        if mass / total >= _LEAST
    ]
    return sorted(found, key=lambda match: (-match.weight, match.prior.name))


def _shares(prior: PublishedPrior) -> dict[str, float]:
    """Share of the family's configs that set each parameter."""
    counts = {name: known.beliefs[0].configs for name, known in prior.parameters.items()}
    most = max(counts.values(), default=1)
    return {name: min(max(count / most, 0.02), 0.95) for name, count in counts.items()}


def _mean(shares: Sequence[Mapping[str, float]], name: str) -> float:
    return sum(own.get(name, 0.02) for own in shares) / max(len(shares), 1)


def _lexicon(prior: PublishedPrior) -> frozenset[str]:
    return frozenset(
        word for found in prior.matches.values() for text in found for word in (text, *words(text))
    )


def _spoken(values: Iterable[tuple[str, str]]) -> list[str]:
    found: dict[str, None] = {}
    for _, value in values:
        family = optimizer_family(value)
        if family:
            found[family] = None
            continue
        for word in words(value):
            for candidate in (word, word.rstrip("0123456789")):
                if len(candidate) >= 3:
                    found[candidate] = None
    return list(found)


def _word_nats(word: str, lexicon: frozenset[str], lexicons: Sequence[frozenset[str]]) -> float:
    """Evidence of one word: nothing when no family knows it, little when most do."""
    knowing = sum(word in other for other in lexicons)
    if not knowing:
        return 0.0
    mean = (knowing * _HIT + (len(lexicons) - knowing) * _MISS) / len(lexicons)
    return math.log((_HIT if word in lexicon else _MISS) / mean)


def _reasons(by_name: Mapping[str, float], by_word: Mapping[str, float]) -> tuple[str, ...]:
    telling = sorted((n for n, nats in by_name.items() if nats > 0.3), key=lambda n: -by_name[n])[
        :6
    ]
    said = sorted((w for w, nats in by_word.items() if nats > 0.3), key=lambda w: -by_word[w])[:6]
    found = []
    if telling:
        found.append(f"parameters {', '.join(telling)}")
    if said:
        found.append(f"words {', '.join(said)}")
    return tuple(found)


def _evidence(prior: PublishedPrior) -> str:
    evidence = prior.evidence
    if evidence.gain is None or evidence.low is None or evidence.high is None:
        return f"untested: {len(_independent(prior))} independent sources"
    return (
        f"{evidence.confidence} confidence: {evidence.gain:+.1f} nats a config "
        f"[{evidence.low:+.1f}, {evidence.high:+.1f}] on {evidence.held_out} held-out sources"
    )


def _independent(prior: PublishedPrior) -> set[str]:
    return {key for known in prior.parameters.values() for key in known.beliefs[0].sources}
