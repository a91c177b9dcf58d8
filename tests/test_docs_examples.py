"""The modules that the documentation shows work as it says."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from logminer.core.parameters import Categorical, Float
from logminer.core.parsed import Resume
from logminer.core.prior import NO_PRIOR
from logminer.core.space import Space, config_key
from logminer.core.trial import Trial
from logminer.formats import Match, Probe

DOCS = Path(__file__).parent.parent / "docs"


def blocks(page, language):
    """The fenced code of one language on a page."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL
    )


@pytest.fixture
def load(tmp_path):
    """Import the module that a page shows."""

    def load(page):
        path = tmp_path / "shown.py"
        path.write_text(blocks(page, "python")[0])
        spec = importlib.util.spec_from_file_location("shown", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_shown_format_reads_the_shown_log(load, tmp_path):
    """The log on the page gives its settings and points; damage is a problem beside them."""
    shown = load("add-a-format.md")
    log = tmp_path / "run.lap"
    log.write_text(blocks("add-a-format.md", "text")[0] + "3 oops\n")
    probe = Probe.of(log)
    assert shown.sniff(probe) is Match.EXACT
    parsed = shown.read(probe, Resume())
    assert parsed.runs[0].params == {"learning_rate": "0.1", "optimizer": "sgd"}
    assert parsed.points.step.tolist() == [1, 2]
    assert parsed.points.value.tolist() == [0.93, 0.71]
    assert [problem.where for problem in parsed.problems] == ["line 6"]


def test_the_shown_format_leaves_others_alone(load, tmp_path):
    """Only the file's content decides."""
    (tmp_path / "prose.lap").write_text("A lap of honour.\n")
    assert load("add-a-format.md").sniff(Probe.of(tmp_path / "prose.lap")) is Match.NO


@pytest.mark.parametrize(
    "history",
    [
        [],
        [Trial({"lr": 0.01, "optimizer": "adam"}, None, "failed")],
        [Trial({"lr": 0.01, "optimizer": "adam"}, 0.5), Trial({"lr": 0.1, "optimizer": "sgd", "momentum": 0.9}, 0.2)],
        [Trial({"lr": 0.01, "optimizer": "adam"}, 0.5), Trial({"lr": 0.2, "optimizer": "adam"}, None, "running")],
    ],
)  # fmt: skip
def test_the_shown_strategy_keeps_the_contract(load, history):
    """It stays inside the space, repeats nothing, and the same seed gives the same answer."""
    space = Space(
        {
            "lr": Float(1e-4, 1.0, log=True),
            "optimizer": Categorical(("sgd", "adam")),
            "momentum": Float(0, 0.99, when={"optimizer": ("sgd",)}),
        }
    )
    suggest = load("add-a-strategy.md").suggest
    found = suggest(space, history, NO_PRIOR, 8, np.random.default_rng(1))
    keys = [config_key(s.config) for s in found]
    assert len(set(keys)) == 8
    assert set(keys).isdisjoint(config_key(trial.config) for trial in history)
    assert [space.why_not(s.config) for s in found] == [""] * 8
    assert all(s.because for s in found)
    assert found == suggest(space, history, NO_PRIOR, 8, np.random.default_rng(1))
