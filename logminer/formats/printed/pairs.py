"""The pairs of a name and a number in one printed line, and where on the curve it stands.

A name is whole: all words back to what bounds it (``|``, a comma, a bracket, two blanks, a number). A value may stand
behind ``:`` or ``=`` (``lm loss: 4.7E+00``, ``'loss': '2.3'``), behind its name (``train_loss -0.1``) or, for a known
measure, before it (``1.23 avg loss``).
"""

from collections.abc import Sequence
from dataclasses import replace

from logminer.formats.documents.values import spoken
from logminer.formats.printed.coco import read_coco_line
from logminer.formats.printed.counters import Family, family_of, split_of
from logminer.formats.printed.cursor import Cursor
from logminer.formats.printed.meaning import is_measure
from logminer.formats.printed.reading import Pair, Reading
from logminer.formats.printed.tokens import Token, tokens_of

_STOPS = spoken(
    "with at of to from and has have was in on for the a an is are by than over into after current got as it"
)
_COPULAS = spoken("is reached was equals")
_VERBS = spoken(
    "improved improve saved saving save loading loaded load resuming resumed increased decreased dropped changed"
    " patience wrote writing written reading found using took takes skipping downloading downloaded created creating"
)
_LONG_TIMES = spoken(
    "minute minutes min mins hour hours hrs day days"
)  # of ``1 minute and 20 seconds`` no part counts
_NOT_MEASURED = spoken("eta v_num pid rank gpu node port line version seed")
_MOST_WORDS = 6
_MOST_SPACED = 4
_MOST_LISTED = 32


def read_line(line: str, start: int = 0) -> Reading:
    """Pairs and position of a line.

    Args:
        line: the text.
        start: where its prefix ends.
    """
    return read_coco_line(line, start) or _Walk(tokens_of(line, start)).run()


class _Walk(Cursor):
    """One walk over the tokens of a line."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.found = Reading(self.tokens)
        self.words: list[str] = []
        self.separated = False
        self.label = ""
        self.groups: list[str] = []
        self.lead: int | None = None
        self.first_word: str | None = None

    def run(self) -> Reading:
        self._begin_bare()
        while self.at < len(self.tokens):
            here = self.at
            getattr(self, f"_{self.tokens[here].kind}")(here, self.tokens[here])
            self.at = max(self.at, here + 1)
        self._end_segment("")
        if self.found.position.epoch is not None and not self.label:
            self.found.split = ""
        return self.found

    # One method a kind of token.

    def _word(self, _at: int, token: Token) -> None:
        if token.gap >= 2 and self.words and not self.separated:
            self._end_segment(" ")
        if self.separated:  # ``metrics:accuracy:0.8`` and ``Test: loss 0.3``
            self._take_label(" ".join(self.words))
            self.words, self.separated = [], False
        if token.text.lower() in _COPULAS and is_measure(self._joined()):
            self.separated = True
        elif len(self.words) < 24:
            self.words.append(token.text)

    def _separator(self, _at: int, _token: Token) -> None:
        if self.words:
            self.separated = True
        elif self.lead is not None:
            self.lead = None

    def _number(self, at: int, token: Token) -> None:
        name = " ".join(self.words)
        family = self._family(name, at)
        if token.unit == "%" and self._take_bar(at, name):
            pass
        elif family is not None:
            self._take_position(at, name, family)
        elif name and self.separated:
            self._take_pair(at, strict=False)
        elif name and self.words[-1].lower() in _STOPS and is_measure(self._head()):
            return  # ``Accuracy of the network on the 10000 test images: 97 %``
        elif name:
            self._take_pair(at, strict=True)
        elif token.unit.lower() in {"epoch", "epochs"} and not self.found.position:
            self.found.position.epoch = at
        elif self._is_way(at) and at == 0 and self._text(at + 3)[:1] in {"[", "━", "█", "╸"}:
            self.found.bar = (at, at + 2)
            self.at = at + 3
        else:
            if self.lead is None and not self.inside:
                self.lead = at
            return
        self.words, self.separated, self.lead = [], False, None

    def _open(self, at: int, token: Token) -> None:
        name = " ".join(self.words)
        if token.text == "{":
            self.groups.append(name if self.separated else "")
            self.words, self.separated = [], False
            return
        if name and self._kind(at + 1) == "number" and (family := self._family(name, at + 1)):
            self._take_position(at + 1, name, family)
            self._skip_bracket(at)
        elif name and (self.separated or is_measure(self._joined())) and self._take_list(at):
            pass
        elif (
            token.text == "("
            and name
            and not self.separated
            and self._kind(at + 1) == "word"
            and self._text(at + 2) == ")"
        ):  # ``iter time (s): 0.5``
            self.at = at + 3
            return
        elif self._kind(at + 1) == "number" and self._is_way(at + 1) and self._take_way(at + 1):
            self._skip_bracket(at)
        else:
            self._end_segment(token.text)
            self.inside += token.text == "("
            return
        self.words, self.separated = [], False

    def _close(self, _at: int, token: Token) -> None:
        self._end_segment(token.text)
        if token.text == "}" and self.groups:
            self.groups.pop()
        self.inside = max(self.inside - (token.text == ")"), 0)

    def _bound(self, at: int, token: Token) -> None:
        glued = token.text == "-" and token.gap == 0
        pair_in_brackets = (
            token.text == ","
            and self.inside
            and len(self.words) == 1
            and self.tokens[at - 1].quoted
            and self._kind(at + 1) == "number"
        )
        if pair_in_brackets:  # ``('average_q', 0.1)``
            self.separated = True
        elif not glued or not self.words:
            self._end_segment(token.text)

    # What tokens make together.

    def _begin_bare(self) -> None:
        """``1135 - loss: 2.0`` and ``[1135] loss=2.0``: what may be a counter without a name."""
        at = 1 if self._text(0) == "[" else 0
        after = {"]"} if at else {"|", "-", ",", ":"}
        if self._kind(at) == "number" and self._is_whole(at) and self._text(at + 1) in after:
            self.found.bare = at if len(self.tokens) > at + 2 else None

    def _family(self, name: str, at: int) -> Family | None:
        """What the number at ``at`` counts, None where it is a value."""
        if not name:
            return None
        if self._is_train_counter(name, at):
            return "epoch"
        family = family_of(name, beside=not self.separated)
        if family is None or (len(name) < 3 and not self.separated):
            return None
        token = self.tokens[at]
        whole = token.text.isdigit() and not token.unit
        if whole or (family == "epoch" and not token.unit and token.text[:1].isdigit()):
            return family
        return None

    def _is_train_counter(self, name: str, at: int) -> bool:
        """``Train: 0 [ 50/1251``: an epoch that is called by its data set."""
        return (
            self.separated
            and self._is_whole(at)
            and split_of(name) != ""
            and len(self.words) == 1
            and self._text(at + 1) == "["
            and self._kind(at + 2) == "number"
            and self._is_way(at + 2)
        )

    def _take_position(self, at: int, name: str, family: Family) -> None:
        """The number at ``at`` is a position, and the one behind ``/`` or ``of`` how far it will go."""
        position = self.found.position
        self._note_counter(at, name)
        total = at + 2 if self._is_way(at) else None
        self.at = at + 1 if total is None else at + 3
        if total is None and self._text(self.at) == "of" and self._kind(self.at + 1) == "number":
            total = self.at + 1
            self.at += 2
        if family == "epoch":
            if position.epoch is None:
                position.epoch, position.epochs = at, total
        elif position.step is None or self._rank(name) > self._rank(position.counter):
            position.step, position.steps = at, total
            position.family, position.counter = family, name.lower()

    def _note_counter(self, at: int, name: str) -> None:
        """What the words of a counter say besides: whether the line begins with it, and of which data set it is."""
        said = sum(token.kind == "word" for token in self.tokens[:at])
        if said <= len(self.words) and not self.found.pairs:
            self.found.position.heads = True
        label = split_of(name)
        if (label and label != "train") or family_of(name) is None:
            self.label = self.label or label

    @staticmethod
    def _rank(name: str) -> int:
        """Which of two counters of a line wins: what is global before what is counted within something."""
        said = name.lower().replace("_", " ").replace("-", " ")
        if "global" in said or "num updates" in said or "total" in said or "timesteps" in said:
            return 2
        return 1 if "iter" in said or "step" in said else 0

    def _take_way(self, at: int) -> bool:
        """``[3/10]``: the way through the epoch that stands before it, or a position of its own."""
        position = self.found.position
        if position.step is not None or self.found.bar is not None:
            return False
        if self.found.pairs and position.epoch is None:
            return False
        position.step, position.steps = at, at + 2
        if position.epoch is not None or self.label or self.words:
            position.family = "batch"
            self._take_label(" ".join(self.words))
        return True

    def _take_bar(self, at: int, name: str) -> bool:
        """``40%|████    | 40/100 [``: a bar of tqdm, perhaps with a name before it."""
        if (
            self._text(at + 1) != "|"
            or self.tokens[at + 1].gap
            or not self.tokens[at].text.isdigit()
        ):
            return False
        ends = range(at + 2, min(at + 200, len(self.tokens) - 3))
        end = next((i for i in ends if self.tokens[i].text == "|"), None)
        if end is None or self._kind(end + 1) != "number" or not self._is_way(end + 1):
            return False
        self._take_label(name)
        self.found.bar = (end + 1, end + 3)
        self.found.bar_label = bool(self.first_word or self.label)
        self.at = end + 4
        return True

    def _take_pair(self, at: int, *, strict: bool) -> None:
        clean = self._joined()
        if not clean or clean.lower() in _NOT_MEASURED or not self._ends_value(at):
            return
        if self._text(at + 1).lower() in _LONG_TIMES or self._is_count(at):
            return
        known = is_measure(clean)
        said = {word.lower() for word in self.words}
        if strict and (
            (not known and (self.inside or not self._ends_segment(at)))
            or len(self.words) > _MOST_SPACED + 2 * known
            or not said.isdisjoint(_VERBS)
        ):
            return
        if known and self._is_way(at):
            self._add(Pair(clean, (at, at + 2), "ratio"))
            self.at = at + 3
        elif self._is_thousands(at):
            parts = [at]
            while self._is_thousands(parts[-1]):
                parts.append(parts[-1] + 2)
            self._add(Pair(clean, tuple(parts), "thousands"))
            self.at = parts[-1] + 1
        else:
            aside = at + 2 if self._text(at + 1) == "(" and self._kind(at + 2) == "number" else None
            self._add(Pair(clean, (at,), aside=aside))

    def _is_count(self, at: int) -> bool:
        """``Epoch loaded: 3``: an epoch that training does not stand at."""
        return self.words[0].lower() == "epoch" and self._is_whole(at)

    def _take_list(self, at: int) -> bool:
        """``[0.1, 0.2]``: all numbers up to the bracket that closes it."""
        depth, numbers, i = 0, list[int](), at
        while i < len(self.tokens):
            token = self.tokens[i]
            depth += {"open": 1, "close": -1}.get(token.kind, 0)
            if token.kind == "number":
                numbers.append(i)
            elif token.kind not in {"open", "close"} and token.text != ",":
                return False
            if depth == 0:
                break
            i += 1
        if not numbers or depth or len(numbers) > _MOST_LISTED:
            return False
        clean = self._joined()
        if len(numbers) == 1:
            self._add(Pair(clean, (numbers[0],)))
        else:
            if is_measure(clean):
                self._add(Pair(clean, tuple(numbers), "mean"))
            for k, number in enumerate(numbers):
                self._add(Pair(f"{clean}/{k}", (number,)))
        self.at = i + 1
        return True

    def _end_segment(self, bound: str) -> None:
        if self.words and not self.separated:
            name = self._joined()
            if (
                self.lead is not None
                and (is_measure(name) or self.found.bare is not None)
                and len(self.words) <= _MOST_SPACED
            ):
                if self._ends_value(self.lead):
                    self._add(Pair(name, (self.lead,)))
            elif bound in {"|", "]", "-", " ", "(", "#"} and self.lead is None:
                self._take_label(" ".join(self.words))
        elif self.words and self.separated and bound:
            self._take_label(" ".join(self.words))
        self.words, self.separated, self.lead = [], False, None

    def _take_label(self, text: str) -> None:
        if not text:
            return
        if self.first_word is None:
            self.first_word = text
        if (split := split_of(text)) and len(text) <= 60 and len(text.split()) <= _MOST_SPACED:
            if not self.label or split_of(self.label) != split:
                self.label = text if text.isidentifier() else split
            if not self.found.pairs:
                self.found.split, self.found.label = split, self.label

    def _add(self, pair: Pair) -> None:
        name = "/".join([*(g.replace(" ", "_") for g in self.groups if g), pair.name])
        if self.label and not split_of(name):
            name = f"{self.label}/{name}"
        self.found.pairs.append(replace(pair, name=name))

    def _head(self) -> str:
        """The words before the first that only joins."""
        stop = next((i for i, word in enumerate(self.words) if word.lower() in _STOPS), None)
        return "_".join(self.words[:stop])

    def _joined(self) -> str:
        """The name that the words before a value make, without what only leads to it."""
        words = self.words
        cut = max((i + 1 for i, word in enumerate(words) if word.lower() in _STOPS), default=0)
        kept = words[cut:] if cut < len(words) or not is_measure(" ".join(words)) else words
        if cut and not is_measure(" ".join(kept)):
            if is_measure(head := self._head()):
                split = split_of(" ".join(kept))
                return f"{split}/{head}" if split and not split_of(head) else head
            if is_measure(" ".join(words)):
                kept = [word for word in words if word.lower() not in _STOPS]
        if len(kept) > _MOST_WORDS:
            kept = kept[-3:]
        return "_".join(" ".join(kept).split()).strip(".-_")
