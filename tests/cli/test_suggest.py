"""``logminer suggest``: every format, claims, and spaces without logs."""

import csv
import io
import json

import yaml
from cli_run import run


def test_suggestions_in_every_format(demo_file):
    """The same configs as text, JSON, YAML, CSV and arguments."""
    outputs = {
        form: run("suggest", "--task", "digits_mlp", "-n", "2", "--format", form, db=demo_file)
        for form in ("text", "json", "yaml", "csv", "argv")
    }
    assert all(done.returncode == 0 for done in outputs.values())
    configs = [s["config"] for s in json.loads(outputs["json"].stdout)["suggestions"]]
    assert configs == [s["config"] for s in yaml.safe_load(outputs["yaml"].stdout)["suggestions"]]
    assert len(list(csv.DictReader(io.StringIO(outputs["csv"].stdout)))) == 2
    assert outputs["argv"].stdout.splitlines()[0].startswith("--")
    assert "because" not in outputs["text"].stdout
    assert "35 runs of digits_mlp itself" in outputs["text"].stderr


def test_a_suggestion_claimed_is_not_proposed_again(demo_copy):
    """--claim remembers what was handed out; without it the answer stays the same."""
    ask = ("suggest", "--task", "digits_mlp", "-n", "1", "--format", "json")

    def config(*more):
        return json.loads(run(*ask, *more, db=demo_copy).stdout)["suggestions"][0]["config"]

    first = config()
    assert config() == first
    assert config("--claim") == first
    assert config() != first


def test_names_in_flags_do_not_steer_the_terminal(tmp_path):
    """Escape codes in a hyperparameter's name are not printed where people or shells read it."""
    space = tmp_path / "space.yaml"
    space.write_text('"l\\e[31mr": {low: 0.1, high: 1.0}\n')
    for form in ("text", "argv", "json", "yaml"):
        done = run(
            "suggest", "-n", "1", "--space", str(space), "--format", form, db=tmp_path / "no.duckdb"
        )
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout + done.stderr


def test_without_logs_a_space_is_enough(tmp_path):
    """Suggestions come from the given space, and the note says so."""
    space = tmp_path / "space.yaml"
    space.write_text("lr: {low: 1.0e-5, high: 0.1, log: true}\nlayers: [1, 2, 3]\n")
    ask = ("suggest", "--space", str(space), "-n", "3", "--format", "json")
    done = run(*ask, db=tmp_path / "no.duckdb")
    found = json.loads(done.stdout)
    assert len(found["suggestions"]) == 3
    assert all(1e-5 <= s["config"]["lr"] <= 0.1 for s in found["suggestions"])
    assert "no logs" in found["notes"][0]
