"""Files whose last line has no end: the files beside them tell whether they are written so."""

import pytest
from log_files import write

from logminer.core.parsed import Resume
from logminer.formats import Probe, toml, yaml

TEXTS = {
    "hand.yaml": (yaml, "seed: 3\nlr: 0.00{}"),
    "config.yml": (yaml, "model:\n  width: 64\n  lr: 0.00{}"),
    "args.toml": (toml, "seed = 3\nlr = 0.00{}"),
}


def rates(path, module):
    log = module.read(Probe.of(path), Resume())
    return [v for r in log.runs for n, v in r.params.items() if n.endswith("lr")], log.problems


@pytest.mark.parametrize("name", TEXTS)
def test_runs_of_a_sweep_that_all_end_so_are_whole(tmp_path, name):
    """An editor that adds no line end adds it nowhere."""
    module, text = TEXTS[name]
    paths = [write(tmp_path / f"runs/{i}", name, text.format(i).encode()) for i in range(1, 5)]
    assert [rates(p, module) for p in paths] == [([i / 1000], []) for i in range(1, 5)]


@pytest.mark.parametrize("name", TEXTS)
def test_one_among_others_with_a_line_end_was_cut(tmp_path, name):
    """Its last value may be the beginning of one, so it is left out, and that is said."""
    module, text = TEXTS[name]
    for i in range(1, 5):
        write(tmp_path / f"runs/{i}", name, (text.format(i) + "\n").encode())
    cut = write(tmp_path / "runs/5", name, text.format("").encode())
    values, problems = rates(cut, module)
    assert (values, len(problems)) == ([], 1)


@pytest.mark.parametrize("name", TEXTS)
def test_one_other_file_or_a_link_tells_nothing(tmp_path, name):
    """It may have been cut as well, or be the same file."""
    module, text = TEXTS[name]
    path = write(tmp_path / "runs/1", name, text.format(1).encode())
    write(tmp_path / "runs/2", name, text.format(2).encode())
    (tmp_path / "runs/latest").symlink_to(tmp_path / "runs/1")
    assert rates(path, module)[0] == []
