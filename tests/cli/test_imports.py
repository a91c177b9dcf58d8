"""Which heavy packages each command loads: those it needs, and no other."""

import json
import subprocess
import sys

import pytest

STORE = {"numpy", "pandas", "duckdb"}
FORMULAS = {"scipy.special", "scipy.linalg"}
HEAVY = STORE | {
    "sklearn",
    "scipy.stats",
    "scipy.special",
    "scipy.linalg",
    "scipy.optimize",
    "matplotlib",
    "jinja2",
}
MAY_LOAD = {
    ("runs",): STORE,
    ("tasks",): STORE,
    ("space",): STORE,
    ("roles",): STORE,
    ("metrics",): STORE,
    ("params",): STORE,
    ("top",): STORE,
    ("problems",): STORE,
    ("sql", "SELECT 1"): STORE,
    ("suggest",): STORE | FORMULAS | {"scipy.optimize"},
    ("importance",): STORE | FORMULAS | {"scipy.optimize", "scipy.stats", "sklearn"},
}


@pytest.mark.parametrize("command", MAY_LOAD, ids=lambda words: words[0])
def test_commands_load_what_they_need(demo_file, command):
    """An import that nothing uses is paid for at every call."""
    code = (
        "import json, sys\n"
        f"sys.argv = ['logminer', *{list(command)!r}, '--db', {str(demo_file)!r}]\n"
        "from logminer.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
        f"print(json.dumps([m for m in {sorted(HEAVY)!r} if m in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stderr.splitlines()[-1])) <= MAY_LOAD[command]
