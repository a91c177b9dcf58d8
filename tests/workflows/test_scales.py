"""From logs of several sizes to advice at a size that was never run."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from logminer.cli._app import cli
from logminer.store import open_store
from logminer.workflows.ingest import ingest


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A table of pretrainings at four sizes, as a group keeps one."""
    place = tmp_path_factory.mktemp("scales")
    rng = np.random.default_rng(3)
    lines = ["lr,batch_size,n_params,tokens,steps,val_loss"]
    for size in (1e7, 4e7, 1.6e8, 6.4e8):
        for number in range(40):
            tokens = 10 * size * (1, 4)[number % 2]
            lr, batch = 10 ** rng.uniform(-4.5, -1), int(2 ** rng.integers(4, 10))
            best = 3e-3 * (size / 1e8) ** -0.4
            loss = (
                12 / np.log(size)
                + 0.15 * np.log10(lr / best) ** 2
                + 0.01 * np.log2(batch / 128) ** 2
            )
            steps = int(tokens / batch / 1024)
            loss += rng.normal(0, 0.002)
            lines.append(f"{lr:.6g},{batch},{size:.0f},{tokens:.0f},{steps},{loss:.6f}")
    (place / "logs").mkdir()
    (place / "logs" / "pretraining.csv").write_text("\n".join(lines) + "\n")
    with open_store(place / "x.duckdb", write=True) as store:
        ingest(store, [str(place / "logs")])
    return place / "x.duckdb"


def run(database, *words):
    return CliRunner().invoke(cli, [*words, "--db", str(database)], catch_exceptions=False)


def test_laws_are_told_from_the_raw_table(database):
    """Without any option: which columns are the scale is seen from the table."""
    rows = json.loads(run(database, "laws", "--format", "json").stdout)
    lr = {row["context"]: row for row in rows if row["hyperparameter"] == "lr"}
    assert set(lr) == {"n_params", "tokens"}
    moved = lr["n_params"]["exponent"] + lr["tokens"]["exponent"]  # they grow together
    assert abs(moved + 0.4) < 0.2


def test_advice_at_a_scale_never_run(database):
    """It follows the law, not the best of what was run."""
    out = run(
        database,
        "suggest",
        "--at",
        "n_params=1e10",
        "--at",
        "tokens=2e11",
        "-n",
        "1",
        "--format",
        "json",
    )
    told = json.loads(out.stdout)
    best = 3e-3 * 100**-0.4
    assert abs(np.log10(told["suggestions"][0]["config"]["lr"] / best)) < 0.5
    assert "n_params=1e+10" in told["task"]
    assert any("lr ∝ " in note for note in told["notes"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["suggest", "--at", "N"], "no scale"),
        (["suggest", "--at", "M=3"], "'M'"),
        (["suggest", "--at", "tokens=1e9", "--task", "x"], "--task"),
        (["laws", "--context", "M"], "'M'"),
    ],
)
def test_what_makes_no_sense_is_said(database, words, said):
    """With what to write instead."""
    from logminer.core.errors import UsageError

    with pytest.raises(UsageError, match=said):
        run(database, *words)


def test_without_scales_there_are_no_laws(demo_file):
    """And it is said which words would name some."""
    from logminer.core.errors import NothingFoundError

    with pytest.raises(NothingFoundError, match="scale"):
        run(demo_file, "laws")
