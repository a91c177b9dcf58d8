r"""What reads an argument of a training command, and how a value is written there so that it stays a value.

Arguments reach a program as they are: no shell looks at them. Unless the program is one (``sh -c 'train --opt {opt}'``),
hands them to one (``ssh host``), or runs them as its own code (``python -c``). A value is text of a log, a prior or a
database; it may hold anything. Numbers are harmless everywhere. A text is

* quoted in the script of a POSIX shell, outside of quotes or within a quoted word of its own (``--opt="{opt}"``),
* taken as it is where a shell might read it and finds nothing but letters, digits and ``@%+=:,./-`` in it,
* refused everywhere else, and in code of other interpreters always.

The script is split into quoted and unquoted parts as POSIX.1-2017, "Shell Command Language", section 2.2 has it; one with
substitutions, here-documents or comments is not split, so that only harmless texts may stand in it.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from os.path import basename
from typing import Any

from logminer.core.errors import UsageError

PLACES = (
    "run_dir",
    "resume_dir",
    "checkpoint_dir",
    "config_json",
    "config_file",
    "budget",
    "trial",
    "seed",
    "worker",
)
"""Placeholders beside the parameters: numbers, and paths below the user's own folder of runs."""
MARK = re.compile(r"(?<!\$)\{([A-Za-z_][\w./-]*)\}")
"""A placeholder; ``${name}`` is a shell's own."""
LONGEST = 100_000  # characters: Linux takes no argument of more than 128 KiB
_HARMLESS = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_SHELLS = {"sh", "bash", "zsh", "dash", "ash", "ksh", "mksh"}
_INTERPRETERS = re.compile(
    r"(?:i?python|pypy)[\d.]*|perl[\d.]*|ruby[\d.]*|node(?:js)?|deno|bun|Rscript|R|php[\d.]*|lua(?:jit)?[\d.]*"
    r"|julia|tclsh|osascript|pwsh|powershell|cmd|fish|t?csh|xonsh|nu|elvish|[gmn]?awk|sed|jq|expect"
)
_PROGRAMS_FIRST = re.compile(r"[gmn]?awk|sed|jq")  # their first argument is code
_CODE_FLAG = re.compile(
    r"-[A-Za-z]*[ceErp]|--(?:eval|execute|print|command|expression)|-[Cc]ommand|/[cCkK]"
)
_HANDED_CODE = re.compile(
    rf"(?<![\w.-])(?:{_INTERPRETERS.pattern})(?:\s+-\S+(?:\s+\w+)?)*?\s+(?:{_CODE_FLAG.pattern})(?![\w-])"
)
_SCRIPT_FILE = re.compile(
    r".*\.(?:py|pl|rb|m?js|ts|R|php|lua|jl|tcl|ps1|bat|fish|csh|awk|sed)|-m|--"
)
# Programs that give their arguments to a shell, and what else in a script reads a text once more.
_HAND_ON = {
    "ssh", "rsh", "slogin", "mosh", "pdsh", "clush", "pssh", "parallel", "watch", "su", "runuser", "tmux", "screen",
    "make", "gmake", "just", "bsub",
}  # fmt: skip
_READ_AGAIN = _SHELLS | _HAND_ON | {
    "eval", "trap", "alias", "source", "xargs", "script", "at", "batch", "let", "declare", "typeset",
}  # fmt: skip
_WITH_VALUE = re.compile(r"[-+][A-Za-z]*[oO]|--(?:rcfile|init-file)")
_OPERATORS = re.compile(r"[\s;&|<>()`$\"'\\]")
_NOT_SPLIT = re.compile(
    r"(?:^|[;&|({\n])\s*\.\s|\$\(|`|<<|\$['\"]|\$\{|(?:^|[\s;&|(])#|\[\[|\(\(|\s-(?:v|eq|ne|lt|le|gt|ge)\s"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", re.ASCII)
_WORD = re.compile(r"[\w./+-]+")
_COMMAND_POSITION = re.compile(
    r"(?:^|[;&|(!{\n]|(?:^|\s)(?:then|do|else|elif|if|while|until|exec|command|time|nohup|env|sudo|nice))\s*\Z"
)


class Reader(Enum):
    """Who reads an argument."""

    PROGRAM = "the program, as it is"
    SCRIPT = "a shell, as its script"
    SHELL = "perhaps a shell"
    CODE = "an interpreter, as its code"


def readers(argv: Sequence[str]) -> list[Reader]:
    """Who reads each argument of a command.

    Args:
        argv: program and arguments, with placeholders.
    """
    found = [Reader.SHELL if _OPERATORS.search(word) else Reader.PROGRAM for word in argv]
    handed_on = next((n for n, word in enumerate(argv) if basename(word) in _HAND_ON), len(argv))
    found[handed_on + 1 :] = [Reader.SHELL] * (len(argv) - handed_on - 1)
    for place, word in enumerate(argv):
        name = basename(word)
        if name in _SHELLS and (script := _script_of(argv, place)) is not None:
            if script < handed_on:
                found[script] = Reader.SCRIPT
        elif _INTERPRETERS.fullmatch(name):
            for code in _code_of(argv, place):
                found[code] = Reader.CODE
    return found


def _script_of(argv: Sequence[str], shell: int) -> int | None:
    """Where the script of ``sh -c`` stands; None when the shell runs a file."""
    place, inline = shell + 1, False
    while place < len(argv) and argv[place][:1] in ("-", "+") and argv[place] not in ("-", "--"):
        option = argv[place]
        inline = inline or (option.startswith("-") and option[1:2] != "-" and "c" in option)
        place += 2 if _WITH_VALUE.fullmatch(option) else 1
    if place < len(argv) and argv[place] in ("-", "--"):
        place += 1
    return place if inline and place < len(argv) else None


def _code_of(argv: Sequence[str], interpreter: int) -> list[int]:
    """Where code stands among an interpreter's arguments, up to the file that it runs."""
    first = bool(_PROGRAMS_FIRST.fullmatch(basename(argv[interpreter])))
    found = []
    for place in range(interpreter + 1, len(argv)):
        word, before = argv[place], argv[place - 1]
        is_code = place - 1 > interpreter and _CODE_FLAG.fullmatch(before)
        attached = word.startswith("-") and MARK.search(word) and not word.startswith("--")
        if is_code or attached or (first and not word.startswith("-")):
            found.append(place)
            first = False
        elif _SCRIPT_FILE.fullmatch(word):
            break
    return found


@dataclass(frozen=True)
class Value:
    """A value to be written into an argument.

    Attributes:
        name: of its placeholder.
        value: as it was chosen.
    """

    name: str
    value: Any

    @property
    def text(self) -> str:
        """As it is written."""
        return str(self.value)

    @property
    def is_number(self) -> bool:
        """Whether it can be nothing but a number or a boolean."""
        return isinstance(self.value, bool | int | float)

    @property
    def is_harmless(self) -> bool:
        """Whether a shell would take it for itself, wherever it stands."""
        return bool(self.is_number or _HARMLESS.fullmatch(self.text))

    def refused(self, why: str, hint: str) -> UsageError:
        """The error that says why it cannot be written there."""
        shown = self.text if len(self.text) <= 60 else f"{self.text[:57]}..."
        return UsageError(f"{{{self.name}}} can be {shown!r}, {why}", hint)


def written(word: str, reader: Reader, value: Callable[[str], Any], *, first: bool = False) -> str:
    """An argument with its placeholders filled in.

    Args:
        word: the argument.
        reader: who reads it.
        value: the value of a placeholder.
        first: whether it names the program.

    Raises:
        UsageError: a value could be taken for something else than a value.
    """
    parts, end = [], 0
    for mark in MARK.finditer(word):
        found = Value(mark[1], value(mark[1]))
        check_anywhere(found.name, found.value)
        parts += [word[end : mark.start()], _placed(found, word, mark, reader, first=first)]
        end = mark.end()
    return "".join([*parts, word[end:]])


def check_anywhere(name: str, chosen: Any) -> None:
    """See that an argument or a variable can hold a value.

    Raises:
        UsageError: it has a zero byte, is far too long, or is no text.
    """
    value = Value(name, chosen)
    if value.is_number:
        return
    if "\0" in value.text or len(value.text) > LONGEST or not _is_encodable(value.text):
        raise value.refused("which no command line can hold", "give the space without it: --space")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _placed(value: Value, word: str, mark: "re.Match[str]", reader: Reader, *, first: bool) -> str:
    if value.is_number:
        return value.text
    variable = variable_of(value.name)
    before, inside = word[: mark.start()], reader is Reader.SCRIPT
    is_code = reader is Reader.CODE or (reader is not Reader.PROGRAM and _holds_code(word))
    if is_code and not (value.name in PLACES and value.is_harmless):
        raise value.refused(
            "a text within code", f"let the code read the variable {variable}, or an argument"
        )
    if (first and not before) or (inside and _COMMAND_POSITION.search(before)):
        raise value.refused("which would name the program to run", "name the program yourself")
    option = value.text.startswith("-") and not _NUMBER.fullmatch(value.text)
    if option and re.search(r"(?:^|\s)[\"']?\Z", before):
        raise value.refused(
            "which the program would take for an option",
            f"write --name={{{value.name}}} instead of --name {{{value.name}}}",
        )
    if reader is Reader.PROGRAM or value.is_harmless:
        return value.text
    if inside:
        return _quoted(value, word, mark)
    raise value.refused(
        "and a shell may read that argument", f"let the training read the variable {variable}"
    )


def _quoted(value: Value, script: str, mark: "re.Match[str]") -> str:
    """A text within a script, quoted for the place where it stands."""
    hint = f'write "${variable_of(value.name)}", or {{{value.name}}} outside of quotes'
    names = {basename(name) for name in _WORD.findall(script)}
    if names & _READ_AGAIN or _NOT_SPLIT.search(script):
        raise value.refused("and that script may read it twice", hint)
    quote, start = _open_quote(script[: mark.start()])
    if not quote:
        return shlex.quote(value.text)
    end = script.find(quote, mark.end())
    segment = MARK.sub("", script[start + 1 : end])
    if end < 0 or _OPERATORS.search(segment):
        raise value.refused("within quotes, with other words", hint)
    return f"{quote}{shlex.quote(value.text)}{quote}"


def _holds_code(script: str) -> bool:
    """Whether an interpreter in a script is handed code, as far as its words tell."""
    names = [basename(name) for name in _WORD.findall(script)]
    return bool(_HANDED_CODE.search(script)) or any(map(_PROGRAMS_FIRST.fullmatch, names))


def _open_quote(text: str) -> tuple[str, int]:
    """The quote that is still open at the end of a text, and where it was opened; an empty one for none."""
    quote, start, place = "", 0, 0
    while place < len(text):
        char = text[place]
        if char == "\\" and quote != "'":
            place += 1
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote, start = char, place
        place += 1
    return quote, start


def variable_of(name: str) -> str:
    """The environment variable that holds a parameter's value."""
    return "LOGMINER_PARAM_" + re.sub(r"\W", "_", name).upper()
