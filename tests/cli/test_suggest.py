"""``logminer suggest``: every format, claims, and spaces without logs."""

import csv
import io
import json

import numpy as np
import yaml
from cli_run import run
from csv_runs import write_run

from logminer.cli._advice import print_advice
from logminer.core.space_spec import space_from_spec
from logminer.core.suggestion import Suggestion
from logminer.workflows.suggest import Advice


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


def _runs(folder, n=12, **shared):
    """Runs of a random search that share some values, a host and a path among them."""
    rng = np.random.default_rng(0)
    for i in range(n):
        lr, width = float(10 ** rng.uniform(-4, -1)), int(2 ** rng.integers(4, 8))
        loss = abs(np.log10(lr) + 2.5) + width / 1000
        rows = "".join(f"{step},{loss + 1 / (step + 1)}\n" for step in range(3))
        write_run(
            folder / f"run_{i}", f"step,loss\n{rows}", lr=lr, width=width, host=f"node{i}", data="/d/c", **shared
        )  # fmt: skip


def test_fixed_values_stand_beside_the_suggestions(tmp_path):
    """What all runs share is part of a config: in text, JSON, YAML and arguments, and left out on demand."""
    sizes = list(range(64, 320, 2))
    _runs(tmp_path / "runs", epochs=7, opt="adam", sizes=sizes, **{f"flag{i:02}": i for i in range(30)})  # fmt: skip
    db = tmp_path / "db.duckdb"
    assert run("ingest", str(tmp_path / "runs"), db=db).returncode == 0
    found = json.loads(run("suggest", "-n", "2", "--format", "json", db=db).stdout)
    assert {"epochs": 7, "opt": "adam", "flag29": 29}.items() <= found["fixed"].items()
    assert not {"host", "data", "lr", "width"} & set(found["fixed"])
    assert all({"lr", "width"} == set(s["config"]) for s in found["suggestions"])
    assert all(s["config"]["width"] in (16, 32, 64, 128) for s in found["suggestions"])
    text = run("suggest", "-n", "2", db=db).stdout
    assert "\nfixed: " in text
    assert "more (all with --format json)" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    (first, _) = run("suggest", "-n", "2", "--format", "argv", db=db).stdout.splitlines()
    assert "--epochs=7" in first
    assert "--sizes" not in first
    plain = run("suggest", "-n", "2", "--format", "argv", "--no-fixed", db=db).stdout
    assert "--epochs" not in plain
    assert yaml.safe_load(run("suggest", "--format", "yaml", db=db).stdout)["fixed"]["opt"] == "adam"  # fmt: skip
    sweep = yaml.safe_load(run("export", "wandb", "-n", "1", db=db).stdout)["parameters"]
    assert sweep["epochs"] == {"value": 7}
    assert sweep["width"] == {"values": [16, 32, 64, 128]}
    sweep = yaml.safe_load(run("export", "wandb", "-n", "1", "--no-fixed", db=db).stdout)
    assert "epochs" not in sweep["parameters"]


def test_derived_values_are_told_with_each_config(capsys):
    """In JSON, as arguments and as text; the config itself holds what is searched alone."""
    space = space_from_spec({"x": [1, 2, 3]})
    told = tuple(Suggestion({"x": x}, because=("a",)) for x in (2, 3))
    advice = Advice(told, "t", space, None, (), {"times": 10}, ({"total": 20}, {"total": 30}))
    outputs = {}
    for form in ("json", "argv", "text"):
        print_advice(advice, form)
        outputs[form] = capsys.readouterr().out
    rows = json.loads(outputs["json"])["suggestions"]
    assert [row["derived"] for row in rows] == [{"total": 20}, {"total": 30}]
    assert [row["config"] for row in rows] == [{"x": 2}, {"x": 3}]
    assert outputs["argv"].splitlines()[0] == "--x=2 --total=20 --times=10"
    assert "hence total=20" in outputs["text"]
