"""Every file of every tracker's and tuner's sample, damaged: read or refused in one line, never a crash."""

import random
import shutil

import numpy as np
import pytest
from tracker_files import SAMPLES

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe

FORMS = (
    "catboost", "dvclive", "hpbandster", "hydra", "lightgbm", "mlflow", "mlflow_sqlite", "optuna", "optuna_journal",
    "ray", "sacred", "sb3", "sklearn_cv", "smac", "spinningup", "wandb", "xgboost",
)  # fmt: skip
HOSTILE = (
    b"null", b"[]", b"{}", b'""', b"1e999", b"-1e999", b"NaN", b"[[[[[[[[[[", b"\x00" * 8, b"\xff\xfe", b"9" * 400, b"\n", b"\t",
    b'{"a": {"a": {"a": []}}}', b"true", b"-1", b"'", b"0.5", b"!!python/name:os.system",
)  # fmt: skip


def damaged(whole, rng):
    """A truncated, bit-flipped or spliced copy of some bytes."""
    data = bytearray(whole)
    for _ in range(rng.choice([1, 1, 3, 30])):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(3)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at : at + rng.choice([0, 1, 8])] = rng.choice(HOSTILE)
        else:
            del data[at : at + rng.choice([1, 10, 200])]
    return bytes(data)


def check(log):
    """A log whose columns fit together."""
    p = log.points
    assert len({len(p.run), len(p.metric), len(p.step), len(p.wall), len(p.value)}) == 1
    assert p.run.dtype == p.metric.dtype == np.int32
    assert p.step.dtype == np.int64
    if len(p):
        assert 0 <= p.run.min() <= p.run.max() < len(log.runs)
        assert 0 <= p.metric.min() <= p.metric.max() < len(p.names)
    for problem in log.problems:
        assert problem.what
        assert "\n" not in problem.what
    for run in log.runs:
        assert all(isinstance(k, str) for k in [*run.params, *run.meta])


def try_read(form, path):
    """Sniff and read; only a one-line ValueError or an OSError may be raised."""
    module, probe = FORMATS.load(form), Probe.of(path)
    if module.sniff(probe) is not Match.EXACT:
        return False
    refusal = ""
    try:
        check(module.read(probe, Resume()))
    except (ValueError, OSError) as error:
        refusal = str(error)
    assert "\n" not in refusal
    return True


@pytest.mark.parametrize("form", FORMS)
def test_damage_never_crashes_a_format(form, tmp_path):
    """Bytes flipped, cut and spliced anywhere in any file of a sample are survived."""
    rng, tried = random.Random(form), 0
    folder = shutil.copytree(SAMPLES / form, tmp_path / form)
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "make.py"]
    files = [p for p in files if FORMATS.load(form).sniff(Probe.of(p)) is Match.EXACT]
    for path in files:
        whole = path.read_bytes()
        for _ in range(max(4, 120 // len(files))):
            path.write_bytes(damaged(whole, rng))
            tried += try_read(form, path)
        path.write_bytes(whole)
    assert tried
