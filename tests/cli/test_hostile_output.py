"""Names and values of a log that would steer a terminal, a spreadsheet or a page of Markdown come out as text."""

import csv
import io
import json

import pandas as pd
import pytest
from cli_run import run
from csv_runs import read_in, write_run

from logminer.cli._output import Listing, print_json
from logminer.store import open_store

TERMINAL = [
    "\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\x1bP1;1|x\x1b\\", "a\rb", "bell\x07", "\u202egpj.exe", "\u2066x", "\x7f",
    "line\u2028separator",
]  # fmt: skip
STEERING = set("\x1b\x9b\x07\r\x7f\u202e\u2066\u2028\x90")


def printed(capsys, form, *texts):
    Listing(form).print(pd.DataFrame({"name": list(texts), texts[0]: range(len(texts))}))
    return capsys.readouterr().out


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "md", "plain"])
def test_no_form_prints_what_steers_a_terminal(capsys, form):
    """Neither in cells nor in names of columns."""
    assert not STEERING & set(printed(capsys, form, *TERMINAL))


def test_json_still_holds_every_character(capsys):
    """They are written as escapes, so that who reads the JSON gets what was in the log."""
    assert [row["name"] for row in json.loads(printed(capsys, "json", *TERMINAL))] == TERMINAL
    print_json({"text": "é\x9b", "\x7f": 1})
    assert json.loads(capsys.readouterr().out) == {"text": "é\x9b", "\x7f": 1}


def test_csv_keeps_lines_tabs_and_letters(capsys):
    """What is no control character is untouched, and what a spreadsheet would run is guarded."""
    texts = ["two\nlines", "a\tb", "naïve 日本", '"quoted", too', "=1+1", "@x", "-2"]
    rows = list(csv.reader(io.StringIO(printed(capsys, "csv", *texts))))[1:]
    assert [row[0] for row in rows] == [*texts[:4], "'=1+1", "'@x", "'-2"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>x</script>", r"&lt;script&gt;x&lt;/script&gt;"),
        ("[a](http://evil)", r"\[a\](http:\//evil)"),
        ("![x](javascript:1)", r"!\[x\](javascript:1)"),
        ("https://evil.example", r"https:\//evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("me@evil.example", r"me\@evil.example"),
        ("a|b`c`*d*", r"a\|b\`c\`\*d\*"),
        ("learning_rate", "learning_rate"),
        ("lr=0.1 & x", "lr=0.1 &amp; x"),
        ("<http://evil>", r"&lt;http:\//evil&gt;"),
    ],
)
def test_markdown_shows_text_as_it_is(capsys, text, shown):
    """No HTML, no link, no emphasis."""
    assert printed(capsys, "md", text).splitlines()[2].split(" | ")[0] == f"| {shown}"


def test_a_hostile_folder_is_listed_safely(tmp_path):
    """End to end, in every form."""
    write_run(
        tmp_path / "logs/\x1b[31mrun\x9b",
        rows="step,loss,\x1b[2Jx\n0,1,2\n1,2,3\n",
        optimizer="\x1b]8;;http://x\x07",
    )
    with open_store(tmp_path / "x.duckdb", write=True) as store:
        read_in(store, tmp_path / "logs")
    for form in ("json", "jsonl", "csv", "md", "plain", "table"):
        for command in ("runs", "params", "metrics"):
            done = run(command, "--format", form, db=tmp_path / "x.duckdb")
            assert done.returncode == 0, done.stderr
            assert not STEERING & set(done.stdout + done.stderr)
