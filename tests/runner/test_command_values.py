"""A text of a log, a prior or a database stays a value in a command: quoted, or refused, never run."""

import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.core.errors import UsageError
from logminer.core.parameters import Categorical, Float
from logminer.core.space import Space
from logminer.runner._command import Command
from logminer.runner._shell import Reader, readers
from logminer.runner.search import Limits, search_command
from logminer.workflows.history import View

SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh", "ksh") if shutil.which(shell)]
HOSTILE = [
    "adam; touch CANARY", "$(touch CANARY)", "`touch CANARY`", "a' ; touch CANARY ; '", 'a" ; touch CANARY ; "',
    "a\ntouch CANARY\n", "a & touch CANARY", "a | touch CANARY", "> CANARY", "${IFS}touch${IFS}CANARY", "a\\",
    "*", "~", "#", "!!", "'", '"', "\\'", "a[$(touch CANARY)]", "x\ttab", "é ünï 日本", "", " ", "{lr}", "{{opt}}",
]  # fmt: skip
PRINT = "import sys; sys.stdout.write('|'.join(sys.argv[1:]))"
POSSIBLE = [
    "{python} print.py {opt}",
    "{python} print.py --opt={opt}",
    "cd . && {python} print.py {opt} 2>errors.log",
    '{python} print.py "{opt}"',
    "{python} print.py '{opt}'",
    '{python} print.py --opt="{opt}"; true \'with other quotes\' "a b"',
    "{python} print.py pre-'{opt}'-post",
]
IMPOSSIBLE = [
    "eval {python} print.py {opt}",
    "echo $({python} print.py {opt})",
    "echo `{python} print.py {opt}`",
    '{python} print.py "some words and {opt}"',
    "sh -c '{python} print.py {opt}'",
    "cat <<END\n{opt}\nEND",
    "[[ {opt} -eq 1 ]]",
    "true # don't {opt}",
    "{opt} now",
    "true; {opt}",
    "perl -e 'print {opt}'",
    "ssh host train {opt}",
    "awk '/{opt}/' file",
]
STANDING = {
    0: "{opt}",
    1: "--opt={opt}",
    2: "{opt}",
    3: "{opt}",
    4: "{opt}",
    5: "--opt={opt}",
    6: "pre-{opt}-post",
}


def space(*choices):
    return Space({"lr": Float(1e-4, 1.0, log=True), "opt": Categorical(tuple(choices))})


def ran(tmp_path, argv):
    done = subprocess.run(
        argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert not (tmp_path / "CANARY").exists(), argv
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("which", range(len(POSSIBLE)))
def test_a_shell_hands_on_what_was_in_the_log(tmp_path, shell, which):
    """Whatever a text holds, the program behind the shell gets it letter by letter, and nothing else runs."""
    (tmp_path / "print.py").write_text(PRINT)
    script = POSSIBLE[which].replace("{python}", sys.executable)
    command = Command((shell, "-c", script))
    for text in HOSTILE:
        command.check(space(text, "sgd"))
        out = ran(tmp_path, command.fill({"opt": text, "lr": 0.1}))
        assert out == STANDING[which].replace("{opt}", text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=40))
def test_any_text_comes_through_a_shell(text):
    """Property: quoted once, read once."""
    command = Command(("sh", "-c", "printf '%s' x{opt} x\"{opt}\" x'{opt}'"))
    argv = command.fill({"opt": text})
    out = subprocess.run(argv, capture_output=True, check=True).stdout.decode()
    assert out == f"x{text}" * 3


@pytest.mark.parametrize("script", IMPOSSIBLE)
@pytest.mark.parametrize(
    "options", [("-c",), ("-lc",), ("-eu", "-o", "pipefail", "-c"), ("-c", "-e")]
)
def test_what_cannot_be_made_safe_is_refused_before_anything_runs(script, options):
    """The message names the parameter and its value, and says what to write instead."""
    command = Command(("bash", *options, script.replace("{python}", "python")))
    with pytest.raises(UsageError, match=r"\{opt\} can be") as error:
        command.check(space("sgd", "adam; touch CANARY"))
    assert error.value.hint


@pytest.mark.parametrize("script", [*IMPOSSIBLE[:5], *IMPOSSIBLE[6:8]])
def test_harmless_texts_may_stand_anywhere_in_a_script(script):
    """Names of optimizers and data sets need no quotes, so nothing changes for them."""
    Command(("sh", "-c", script.replace("{python}", "python"))).check(
        space("sgd", "adam-w", "resnet50.a1_in1k")
    )


@pytest.mark.parametrize(
    "argv",
    [
        ("python", "-c", "print('{opt}')"),
        ("python3.11", "-W", "ignore", "-c", "x = {opt}"),
        ("perl", "-e", "print {opt}"),
        ("ruby", "-e", "puts {opt}"),
        ("node", "--eval", "run({opt})"),
        ("Rscript", "-e", "f({opt})"),
        ("env", "A=1", "python", "-Bc", "f('{opt}')"),
        ("awk", "{opt}", "file"),
        ("sh", "-c", "perl -e {opt}"),
    ],
)
def test_code_of_other_interpreters_takes_no_text(argv):
    """No quoting is right in every language: ``qx:reboot:`` has no character that a shell would mind."""
    for text in ("adam", "qx:reboot:"):
        with pytest.raises(UsageError, match="a text within code"):
            Command(argv).check(space(text))
    Command(argv).check(space(1, 2.5, True))


@pytest.mark.parametrize(
    "argv",
    [
        ("ssh", "host", "python", "train.py", "{opt}"),
        ("ssh", "host", "sh", "-c", "python train.py {opt}"),
        ("sbatch", "--wrap", "python train.py {opt}"),
        ("nix-shell", "--run", "python train.py --opt={opt}"),
        ("make", "train", "OPT={opt}"),
        ("fish", "-c", "train {opt}"),
    ],
)
def test_where_a_shell_may_read_only_harmless_texts_are_let_through(argv):
    """Numbers and plain words pass, all else is refused."""
    if argv[0] != "fish":
        Command(argv).check(space("adam", 3))
    for text in ("a;b", "a b", "$x"):
        with pytest.raises(UsageError):
            Command(argv).check(space(text))


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (("python", "t.py", "--opt", "{opt}"), "--config=/tmp/x"),
        (("sh", "-c", "python t.py --opt {opt}"), "-rf"),
        (("sh", "-c", "python t.py --opt '{opt}'"), "--x"),
        (("{opt}", "--fast"), "reboot"),
        (("python", "t.py", "--opt={opt}"), "zero\0byte"),
        (("python", "t.py"), "in a variable\0"),
        (("python", "t.py", "{opt}"), "x" * 200_000),
        (("python", "t.py", "{opt}"), "\ud800"),
    ],
)
def test_a_text_is_no_option_no_program_and_can_be_passed_on(argv, text):
    """What begins with a dash would set another option; a zero byte, or far too much, starts no program at all."""
    with pytest.raises(UsageError, match=r"\{opt\} can be"):
        Command(argv).check(space("sgd", text))
    if argv[-1] == "{opt}" and text.startswith("--"):
        Command(("python", "t.py", "--opt={opt}")).check(space(text))
        Command(("python", "t.py", "--opt", "{opt}")).check(space("-0.5", -0.5))


def test_plain_arguments_take_any_text():
    """No shell looks at them: nothing is quoted, and nothing refused."""
    command = Command(("python", "train.py", "{opt}", "--opt={opt}", "--lr", "{lr}"))
    for text in HOSTILE:
        command.check(space(text))
        filled = command.fill({"opt": text, "lr": 0.1})
        assert filled == ["python", "train.py", text, f"--opt={text}", "--lr", "0.1"]


def test_arguments_of_a_script_are_arguments():
    """``sh -c SCRIPT NAME ARG`` and a script in a file are no places for code."""
    assert readers(("sh", "-c", 'train "$1"', "sh", "{opt}"))[4] is Reader.PROGRAM
    assert readers(("bash", "train.sh", "{opt}")) == [Reader.PROGRAM] * 3
    assert readers(("python", "train.py", "-c", "{opt}")) == [Reader.PROGRAM] * 4
    assert readers(("python", "-m", "train", "-c", "{opt}")) == [Reader.PROGRAM] * 5


def test_a_shells_own_variables_are_no_placeholders():
    """``${HOME}`` is the shell's, ``{lr}`` is ours."""
    command = Command(("sh", "-c", "train ${LOGMINER_PARAM_OPT} {lr} ${HOME}"))
    command.check(space("a b"))
    assert command.fill({"lr": 0.1})[2] == "train ${LOGMINER_PARAM_OPT} 0.1 ${HOME}"


@pytest.mark.parametrize("text", ["adam; touch CANARY", "$(touch CANARY)", "a' & touch CANARY #"])
def test_a_search_runs_nothing_of_what_it_searches(tmp_path, text):
    """End to end: the training gets the text, and the file that it wants to make is not there."""
    canary = tmp_path / "CANARY"
    text = text.replace("CANARY", str(canary))
    script = 'echo training with {opt} >&2; echo \'{"metric": "loss", "value": 1}\''
    result = search_command(
        str(tmp_path / "db"), Command(("sh", "-c", script)), View(space=space(text)), study="s",
        strategy="random", limits=Limits(trials=2), runs=tmp_path / "runs",
    )  # fmt: skip
    assert result.trials["status"].tolist() == ["complete"] * 2
    assert not canary.exists()
    assert (tmp_path / "runs/s/0/stderr.log").read_text() == f"training with {text}\n"


def test_a_waiting_trial_of_another_command_fails_with_the_reason(tmp_path):
    """Values that no check saw, as from a database, end as a failed trial, not as a command."""
    plain = Command((sys.executable, "-c", 'print(\'{"metric": "loss", "value": 1}\')'))
    view = View(space=space("a; touch CANARY"))
    options = {"study": "s", "strategy": "random", "runs": tmp_path / "runs"}
    search_command(str(tmp_path / "db"), plain, view, limits=Limits(trials=1), **options)
    import duckdb

    with duckdb.connect(str(tmp_path / "db")) as con:
        con.execute("UPDATE trial SET status = 'waiting'")
    unsafe = Command(("sh", "-c", "eval train {opt}"))
    harmless = View(space=space("sgd"))
    result = search_command(
        str(tmp_path / "db"), unsafe, harmless, limits=Limits(trials=1), **options
    )
    assert "can be 'a; touch CANARY'" in result.trials["reason"][0]
