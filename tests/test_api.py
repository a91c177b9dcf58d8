"""The Python API has the verbs of the command line."""

import subprocess
import sys

import pandas as pd
import pytest

import logminer as lm


def test_the_main_job_in_python(tmp_path, monkeypatch):
    """Ingest, look, suggest, report, with the database of the project."""
    monkeypatch.chdir(tmp_path)
    for i in range(8):
        run = tmp_path / f"runs/{i}"
        run.mkdir(parents=True)
        (run / "hparams.json").write_text(f'{{"lr": {10.0 ** -(i / 2)}, "layers": {1 + i % 3}}}')
        (run / "metrics.csv").write_text(f"step,val/accuracy\n0,0.5\n1,{0.9 - abs(i - 4) / 10}\n")
    (tmp_path / "logminer.toml").write_text('db = "mine.duckdb"\n')
    result = lm.ingest("runs")
    assert (result.runs, result.points) == (8, 16)
    assert (tmp_path / "mine.duckdb").exists()
    assert lm.runs()["value"].max() == pytest.approx(0.9)
    assert lm.tasks()["objective"].tolist() == ["val/accuracy"]
    assert lm.space().space.names == ["layers", "lr"]
    best = lm.top()
    assert best.configs.loc[best.overall["config"].iloc[0], "lr"] == pytest.approx(0.01)
    assert lm.show("4").facts["name"] == "4"
    assert lm.metrics()["metric"].tolist() == ["val/accuracy"]
    assert set(lm.params(only_varying=True)["name"]) >= {"lr", "layers"}
    assert isinstance(lm.sql("select count(*) as n from run"), pd.DataFrame)
    assert len(lm.suggest(2).suggestions) == 2
    assert lm.report("page.html").read_text().lower().startswith("<!doctype html>")


def test_a_study_from_a_frame():
    """Ask and tell, warm-started by a table of past trials."""
    past = pd.DataFrame({"task": "a", "value": [1.0, 0.1, 0.9], "x": [0.0, 0.5, 1.0]})
    study = lm.Study({"x": {"low": 0.0, "high": 1.0}}, mode="min", history=past, seed=0)
    suggestion = study.ask()
    study.tell(suggestion, 0.3)
    assert study.best.value == 0.3


def test_names_are_listed_and_unknown_ones_refused():
    """``dir`` shows the verbs; a typo is an AttributeError as everywhere in Python."""
    assert {"ingest", "suggest", "report", "Study"} <= set(dir(lm))
    with pytest.raises(AttributeError, match="sugest"):
        _ = lm.sugest


def test_importing_is_instant():
    """``import logminer`` loads nothing heavy."""
    code = "import sys, logminer; sys.exit(any(m in sys.modules for m in ('pandas', 'duckdb', 'sklearn', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
