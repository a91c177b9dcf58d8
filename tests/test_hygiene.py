"""House rules that a linter does not see: light starts, small files, nothing unsafe, no traces of a machine."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import logminer

ROOT = Path(__file__).parent.parent
PACKAGE = Path(logminer.__file__).parent
HEAVY = {"numpy", "pandas", "duckdb", "sklearn", "scipy", "matplotlib", "jinja2", "google.protobuf"}
CODE = (".py", ".sql", ".html", ".css", ".js")
# What tools write, and what the first steps of the README leave in a checkout.
NOT_OURS = {"build", "dist", "__pycache__", "report.html", "logminer.duckdb", "logminer.duckdb.wal"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def files(*suffixes):
    """Files of the checkout, or those of some suffixes, without hidden folders and what tools write."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts)
        if not hidden and NOT_OURS.isdisjoint(parts) and path.is_file():
            found.append(path)
    return [path for path in found if not suffixes or path.suffix in suffixes]


def named(path):
    return str(path.relative_to(ROOT))


def loaded_by(code):
    """Which heavy packages a fresh interpreter holds after running some code."""
    report = f"import sys, json; sys.stderr.write(json.dumps([m for m in {sorted(HEAVY)} if m in sys.modules]))"
    script = f"try:\n    {code}\nexcept SystemExit as done:\n    assert not done.code\n{report}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stderr)


@pytest.mark.parametrize(
    "code",
    [
        "import logminer",
        "import logminer.cli",
        "import sys; sys.argv = ['logminer', '--help']; from logminer.cli import main; main()",
        "import sys; sys.argv = ['logminer', '--version']; from logminer.cli import main; main()",
        "import sys; sys.argv = ['logminer', 'ingest', '--help']; from logminer.cli import main; main()",
    ],
)
def test_the_command_line_starts_light(code):
    """Help and version answer at once, because what is heavy is imported by what needs it."""
    assert loaded_by(code) == []


def test_every_command_shows_its_help_light():
    """Importing all commands loads nothing heavy either."""
    modules = [f"logminer.cli.{path.stem}" for path in (PACKAGE / "cli").glob("[a-z]*.py")]
    assert modules
    assert loaded_by("import " + ", ".join(modules)) == []


def test_packages_are_light():
    """A package's own file imports nothing heavy, so that a registry can be listed at once."""
    light = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    light.remove("store")  # its door is the database,
    light.remove("reports")  # and the report's door is all that fills the page
    assert loaded_by("import " + ", ".join(f"logminer.{name}" for name in light)) == []


@pytest.mark.parametrize("path", files(*CODE), ids=named)
def test_files_stay_readable(path):
    """No source file grows over 500 lines."""
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 500, f"{lines} lines: split it by idea"


UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle"}
UNSAFE_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.load_all",
    "yaml.unsafe_load", "yaml.full_load", "pandas.read_pickle", "pd.read_pickle", "joblib.load",
    "torch.load",
}  # fmt: skip
UNSAFE_ARGUMENTS = {"allow_pickle", "shell"}


def unsafe(tree):
    """Uses of what could run code that a log or a user's file brings along, as (line, what)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = {alias.name.split(".")[0] for alias in node.names} & UNSAFE_MODULES
        elif isinstance(node, ast.ImportFrom):
            found = {(node.module or "").split(".")[0]} & UNSAFE_MODULES
        elif isinstance(node, ast.Call):
            on = {
                k.arg
                for k in node.keywords
                if not (isinstance(k.value, ast.Constant) and not k.value.value)
            }
            found = ({ast.unparse(node.func)} & UNSAFE_CALLS) | (on & UNSAFE_ARGUMENTS)
        else:
            continue
        yield from ((node.lineno, what) for what in found)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_nothing_from_a_log_can_run(path):
    """No pickle, no unsafe YAML, no evaluated text anywhere in the package."""
    assert list(unsafe(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "eval('1')",
        "yaml.load(text, Loader=yaml.Loader)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(line, shell=True)",
    ],
)
def test_the_search_for_unsafe_code_finds_it(code):
    """The rule above can fail."""
    assert list(unsafe(ast.parse(code)))


def test_harmless_look_alikes_pass():
    """Methods called like a builtin and explicit refusals are fine."""
    code = "model.eval(); re.compile(x); np.load(path, allow_pickle=False); con.exec(sql)"
    assert list(unsafe(ast.parse(code))) == []


PLACES = re.compile(r"(?<![\w.*~-])/(?:root|work)/\w+")
HOMES = re.compile(r"(?<![\w.*~-])/(?:home|Users)/(?!(?:ada|ann|me|you|user)\b)\w+")


def traces(text):
    """Paths of a machine: this checkout, somebody's home."""
    here = [place for place in (f"{ROOT}", f"{Path.home()}/") if place in text]
    return here + PLACES.findall(text) + HOMES.findall(text)


def test_no_file_tells_of_a_machine():
    """What is true on one machine only does not belong in the tree."""
    texts = {named(p): p.read_bytes().decode("utf-8", errors="replace") for p in files()}
    assert {name: found for name, text in texts.items() if (found := traces(text))} == {}


def test_traces_of_a_machine_are_found():
    """The rule above can fail, and leaves examples alone."""
    assert traces(f"see {ROOT}/x")
    assert traces("/{}/charles/runs".format("home"))
    assert not traces("sample_logs/demo, ~/runs, s3://bucket/home, /home/me/runs")


def test_sample_logs_stay_small():
    """Samples are there to be read: less than 5 MB in all, no file above 1 MB."""
    sizes = [path.stat().st_size for path in (ROOT / "sample_logs").rglob("*") if path.is_file()]
    assert sum(sizes) < 5e6
    assert max(sizes) < 1e6
