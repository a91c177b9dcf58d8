"""What a program prints of its settings before it trains: arguments, configs, its own command line.

Strict where nothing says what is printed: a lone ``name: value`` counts only under a known name, and program text only
as far as it assigns literals. A block that holds several known names is taken whole.
"""

import re
import shlex
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from logminer.formats.documents.values import flatten, load_json, parse_scalar
from logminer.formats.documents.yaml_text import load_yaml
from logminer.formats.printed.meaning import is_measure, is_setting
from logminer.formats.printed.prefixes import prefix_end
from logminer.formats.printed.python_text import read_assignments, read_call, read_literal

_MOST_LINES = 3_000
_MOST_TEXT = 200_000
_CALL = re.compile(
    r"\b(?:Namespace|[A-Z]\w{0,60}(?:Config|Configuration|Args|Arguments|Params|Parameters|HParams|Options|Settings|Cfg))\("
)
_QUOTED_OR_BRACKET = re.compile(r"""'(?:[^'\\]|\\.){0,500}'|"(?:[^"\\]|\\.){0,500}"|[()\[\]{}]""")
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_DOTTED = re.compile(r"\s{0,40}([A-Za-z_][\w./-]{0,80})\s{1,80}\.{3,200}\s{0,9}(\S.{0,400}|)$")
_ORIGIN = re.compile(r"\.{3,200}(?:default|updated)$")
_SETTING = re.compile(
    r"\s{0,60}(?:Overriding:\s{1,9})?-{0,2}([A-Za-z_][\w.-]{0,80}(?: [A-Za-z][\w-]{0,30}){0,5})"
    r"\s{0,60}(?::\s{0,9}(?:int|float|str|bool|list|tuple|[A-Z]\w{0,20})(?:\[[^=]{0,40}\])?\s{0,9}(?==))?([:=])(?!=)\s{0,60}(\S.{0,300})$"
)
_FLAG = re.compile(r"\s{0,40}--([A-Za-z_][\w.-]{0,80})(?:=|\s{1,40})(\S{1,300})$")
_COMMENT = re.compile(r"\s{1,40}#.*$")
_WORD = re.compile(r"[A-Za-z][\w./-]*")
_PRODUCT = re.compile(r"[0-9]{1,9}(?:\s?\*\s?[0-9]{1,9}){1,5}")
_ANNOUNCED = re.compile(
    r"(?:config\w*|args|arguments|parameters|hyper-?parameters|hparams|settings|options)\b[^:={}\[\]()]{0,80}:\s*$"
    r"|^overriding config with [^:]{1,200}:\s*$",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"\s{0,80}(?:class|def|if|elif|else|for|while|with|try|except|return)\b")
_CONTINUES = re.compile(r"\s+\S|[\w.\"'-]{1,120}\s*[:=]|[)\]}]|#|- |\s*$")
_COMMAND = re.compile(
    r"^\s{0,40}(?:[+$>]{1,3}\s?|(?:command|cmd|running|executing|command line)\s?[:=]\s{0,9})?(?:[A-Z_]{1,60}=\S{0,200}\s){0,20}"
    r"((?:\S{0,200}/)?(?:python[0-9.]{0,5}|torchrun|deepspeed|srun|mpirun|accelerate)\s"
    r"(?:\S{1,300}\s){0,40}?(?:-m\s\S{1,200}|\S{1,300}\.py)(?=\s|$)(.*))$",
    re.IGNORECASE,
)
_ARGUMENT = re.compile(
    r"(?:^|[\s,(])([A-Za-z_]\w{0,80})=((?:[^,()\[\]{}<>\n]|\([^()]{0,200}\)|\[[^\[\]]{0,200}\]|<[^<>\n]{0,200}>){1,300})(?=,|\)|\n|$)"
)
_ASSIGNED = re.compile(r"(?:^|[\s,])([A-Za-z_][\w.]{0,80})=([^,=\s]{1,200})(?=,|\s*$)")
_HYDRA = re.compile(r"\+{0,2}([A-Za-z_][\w./-]{0,80})=(.*)", re.DOTALL)
_BANNER = re.compile(r"[^\w\s]{10,}")
_REPEAT = re.compile(
    r"^\W{0,80}(?:starting|running|begin\w*|training)?\s?(fold|seed|run|trial|experiment|repeat|repetition|config\w*|model)"
    r"\s?[#:=_]?\s?([0-9]{1,9})\b(.{0,120})$",
    re.IGNORECASE,
)


@dataclass
class Settings:
    """What is printed between the start of a log, or a last measurement, and the first measurement behind it.

    Attributes:
        params: settings by name.
        command: command line, or None.
        steps: how many steps are planned, where a line tells just that.
        announces: whether something was printed that a new training begins with.
        whole: whether all arguments were printed, so that those of a training before do not hold any more.
    """

    params: dict[str, Any] = field(default_factory=dict)
    command: str | None = None
    steps: float | None = None
    announces: bool = False
    whole: bool = False
    _block: list[tuple[str, Any]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _depth: int = 0
    _announced: bool = False
    _size: int = 0

    @property
    def collecting(self) -> bool:
        """Whether the next lines belong to something that has begun."""
        return bool(self._open)

    def take(self, line: str) -> bool:
        """Take what a line says; whether it belongs to a block, and so measures nothing."""
        start = prefix_end(line)
        if self._announced and self._goes_on(line, start):
            return True
        if self._depth:
            self._collect(line[start:] if start else line)
            return True
        return self._begin(line, start)

    def close(self) -> None:
        """The end: what is still open is read as far as it goes."""
        if self._announced:
            self._end_announced()
        self.end_block()
        self._open, self._depth, self._size = [], 0, 0

    # Single lines.

    def _begin(self, line: str, start: int) -> bool:
        body = line[start:]
        if not body.strip() or (body.lstrip().startswith("#") and not _BANNER.match(body.lstrip())):
            return False
        if (dotted := _DOTTED.match(body)) is not None:
            self._add(dotted[1], parse_scalar(_ORIGIN.sub("", dotted[2]).strip()))
            return True
        call = _CALL.search(body)
        at = call.start() if call else body.find("{") if self._may_be_mapping(body) else -1
        if at >= 0:
            self.end_block()
            self._collect(body[at:])
            return True
        if _ANNOUNCED.search(body.strip()) and not _PROGRAM.match(body):
            self.end_block()
            self._announced, self._open, self._size = True, [""], 0
            return True
        return self._take_setting(body) or self._take_other(body)

    @staticmethod
    def _may_be_mapping(body: str) -> bool:
        """Whether a mapping begins here: alone, or behind a word such as ``config:``."""
        before, brace, after = body.partition("{")
        return (
            bool(brace)
            and len(before.split()) <= 4
            and (not after.strip() or after.strip()[0] in "'\"}")
        )

    def _take_setting(self, body: str) -> bool:
        match = _SETTING.match(body)
        name, mark, written = match.groups() if match else ("", "", "")
        if not match and (flag := _FLAG.match(body)):
            name, mark, written = flag[1], ":", flag[2]
        value = _setting_value(written, mark, free=body.lstrip().startswith("Overriding:"))
        if not name or value is None or _COMMAND.search(body):
            self.end_block()
            return False
        if set(name.lower().split()) >= {"total", "steps"} and isinstance(value, int):
            self.steps = float(value)
        self._block.append((name, value))
        return True

    def _take_other(self, body: str) -> bool:
        if match := _COMMAND.search(body[:8_000]):
            self.command = self.command or match[1].strip()[:4_000]
            for name, value in _flags(match[2]).items():
                self.params.setdefault(name, value)
            self.announces = True
        elif match := _REPEAT.match(body):
            self.announces = True
            if (name := match[1].lower()) in {"fold", "seed"}:
                self.params[name] = int(match[2])
        elif (
            body.count("=") >= 3
            and (found := dict(_ASSIGNED.findall(body[:8_000])))
            and self._are_settings(found)
        ):
            self._take_all({name: parse_scalar(value) for name, value in found.items()})
        elif _BANNER.match(body.strip()):
            self.announces = True
        return False

    @staticmethod
    def _are_settings(found: Iterable[str]) -> bool:
        """Whether names that are assigned in one line are settings: several known ones, and no measure."""
        return sum(map(is_setting, found)) >= 3 and not any(map(is_measure, found))

    def end_block(self) -> None:
        """The lines ``name: value`` that stood together: all of them where several are known, else the known ones."""
        known = [name for name, _ in self._block if is_setting(name)]
        whole = len(known) >= 2 and len(self._block) >= 3
        for name, value in self._block:
            if name in known or (whole and " " not in name and not is_measure(name)):
                self._add(name.replace(" ", "_"), value)
        self._block = []

    def _add(self, name: str, value: Any) -> None:
        self.params[name] = _alone(value)
        self.announces = True

    # Blocks.

    def _collect(self, text: str) -> None:
        """Lines up to the bracket that closes the first."""
        self._open.append(text)
        self._size += len(text)
        depth = self._depth
        for mark in _QUOTED_OR_BRACKET.finditer(text):
            depth += _DEPTH.get(mark[0], 0)
            if depth == 0:
                self._open[-1] = text[: mark.end()]
                self._depth = 0
                return self._end_collected()
        self._depth = depth
        if len(self._open) > _MOST_LINES or self._size > _MOST_TEXT:
            self._open, self._depth, self._size = [], 0, 0
        return None

    def _end_collected(self) -> None:
        text, self._open, self._size = "\n".join(self._open), [], 0
        found = _mapping(text)
        call = not text.startswith("{")
        if call or sum(map(is_setting, found)) >= 1 + ("\n" not in text):
            self._take_all(found)

    def _goes_on(self, line: str, start: int) -> bool:
        """Whether a line belongs to the config that was announced."""
        if (
            not start
            and _CONTINUES.match(line)
            and len(self._open) <= _MOST_LINES
            and self._size <= _MOST_TEXT
        ):
            self._open.append(line)
            self._size += len(line)
            return True
        self._end_announced()
        return False

    def _end_announced(self) -> None:
        lines, self._open, self._announced, self._size = self._open[1:], [], False, 0
        while lines:  # a last line may belong to what follows
            found = _mapping(dedent("\n".join(lines)))
            if found:
                return self._take_all(found) if any(map(is_setting, found)) else None
            if len(lines) > 1 and not any(map(_SETTING.match, lines[-2:])):
                lines = lines[:-1] if len(lines) < 40 else []
                continue
            break
        for line in lines:  # neither Python nor YAML nor JSON: line by line
            if not self._take_setting(line) and not line.lstrip().startswith("#") and line.strip():
                self.end_block()
        return self.end_block()

    def _take_all(self, found: dict[str, Any]) -> None:
        self.params.update({name: _alone(value) for name, value in found.items()})
        self.announces = self.whole = True


def _alone(value: Any) -> Any:
    """The number in a list of one, as fairseq keeps learning rates: it is searched as a number."""
    if isinstance(value, list) and len(value) == 1 and type(value[0]) in {int, float}:
        return value[0]
    return value


def _mapping(text: str) -> dict[str, Any]:
    """A mapping in any of the languages that programs print configs in; empty if it is none."""
    text = text.strip()
    readers: list[Callable[[str], Any]]
    readers = [read_call] if not text.startswith("{") else [load_json, read_literal]
    if not text.startswith("{") and not _CALL.match(text):
        readers = [read_assignments, _yaml]
    for reader in readers:
        with suppress(ValueError, TypeError):
            found = reader(text)
            if isinstance(found, dict) and found:
                return {str(k): _typed(v) for k, v in flatten(found).items()}
    return _arguments(text) if _CALL.match(text) else {}


def _arguments(text: str) -> dict[str, Any]:
    """Arguments of a printed call that is no Python, such as ``TrainingArguments(output_dir=/tmp/x, ...)``."""
    found: dict[str, Any] = {}
    for name, written in _ARGUMENT.findall(text[text.index("(") + 1 :]):
        value = parse_scalar(
            written.strip().removesuffix(")")
            if written.count("(") < written.count(")")
            else written
        )
        if isinstance(value, str):
            plain = re.fullmatch(
                r"<?(?:\w+\.){1,4}(\w+)(?:: .*>)?|'([^']*)'|\"([^\"]*)\"|([\w./-]{1,120})", value
            )
            if plain is None:
                continue
            value = next(part for part in plain.groups() if part is not None)
        found[name] = value
    return found if len(found) >= 3 else {}


def _yaml(text: str) -> Any:
    return load_yaml(text.encode("utf-8", "replace"))


def _typed(value: Any) -> Any:
    """Numbers in quotes as numbers: ``"0.001"``."""
    return (
        parse_scalar(value) if isinstance(value, str) and value[:1] in "+-.0123456789TFN" else value
    )


def _setting_value(written: str, mark: str, *, free: bool) -> Any:
    """The value behind a name; None for what looks like program text or prose."""
    text = written.rstrip().rstrip(",")
    if mark == "=" and text[:1] not in "'\"":
        text = _COMMENT.sub("", text).rstrip()
    elif (
        mark == "="
        and (end := text.find(text[0], 1)) > 0
        and text[end + 1 :].strip()[:1] in {"", "#"}
    ):
        text = text[: end + 1]
    if _PRODUCT.fullmatch(text):
        product = 1
        for factor in text.split("*"):
            product *= int(factor)
        return product
    value = parse_scalar(
        text.replace(",", "") if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}", text) else text
    )
    if not isinstance(value, str):
        return value
    if text[:1] in {"'", '"'}:
        return (
            value[1:-1]
            if len(value) > 1 and value[-1] == value[0] and value[0] not in value[1:-1]
            else None
        )
    if text[:1] in {"[", "("} and text[-1:] in {"]", ")"}:
        with suppress(ValueError, TypeError):
            return flatten({"v": read_literal(text)})["v"]
        return None
    if free or (
        mark == ":" and (_WORD.fullmatch(text) or re.fullmatch(r"\w+(?:,\w+=[\w.+-]+)+", text))
    ):
        return value
    return None


def _flags(text: str) -> dict[str, Any]:
    """Settings among the words of a command line: ``--lr 0.1``, ``--lr=0.1``, ``optimizer.lr=0.1``."""
    try:
        words = shlex.split(text)[:400]
    except ValueError:
        words = text.split()[:400]
    found: dict[str, Any] = {}
    for word, after in zip(words, [*words[1:], ""], strict=False):
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if equals:
                found[name] = parse_scalar(value)
            elif after and not after.startswith("--") and not _HYDRA.fullmatch(after):
                found[name] = parse_scalar(after)
            elif name.isidentifier():
                found[name] = True
        elif match := _HYDRA.fullmatch(word):
            found.setdefault(match[1], parse_scalar(match[2]))
    return {
        name: value
        for name, value in found.items()
        if re.fullmatch(r"[A-Za-z_][\w./-]{0,80}", name)
    }
