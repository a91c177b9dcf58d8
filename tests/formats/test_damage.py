"""Every sample of the generic and framework formats, damaged: read or refused in one line, never a crash."""

import random
import shutil

import pytest
from golden import SAMPLES, probes, samples, winner
from test_trackers_damage import check, damaged

from logminer.core.parsed import Resume
from logminer.formats import FORMATS, Match, Probe

FORMS = (
    "algoperf", "csv", "deepobs", "detectron2", "fastai", "huggingface", "json", "jsonl", "keras", "keras_tuner",
    "lightning", "mllog", "mmengine", "text", "timm", "toml", "ultralytics", "yaml",
)  # fmt: skip
TRIES = 25


def files(form):
    """The sample files that a format reads, each with its place among the samples."""
    for sample in samples(form):
        for probe in probes(sample):
            if FORMATS.load(form).sniff(probe) in {Match.EXACT, Match.GENERIC}:
                yield probe.path


@pytest.mark.parametrize("form", FORMS)
def test_damage_never_crashes_a_format(form, tmp_path):
    """Whatever bytes are lost, flipped or spliced in, a log or a ValueError of one line comes of it."""
    rng = random.Random(form)
    module = FORMATS.load(form)
    known = list(files(form))
    assert known
    for source in known:
        folder = tmp_path / form
        shutil.copytree(source.rpartition("/")[0], folder, dirs_exist_ok=True)
        path = folder / source.rpartition("/")[2]
        whole = path.read_bytes()
        for _ in range(TRIES):
            path.write_bytes(damaged(whole, rng))
            probe = Probe.of(path)
            module.sniff(probe)
            refusal = "unread"
            try:
                check(module.read(probe, Resume()))
            except ValueError as error:
                refusal = str(error)
            assert refusal
            assert "\n" not in refusal
        path.write_bytes(whole)


@pytest.mark.parametrize("form", FORMS)
def test_reading_twice_gives_the_same(form):
    """A format keeps nothing between two reads."""
    module = FORMATS.load(form)
    for source in files(form):
        probe = Probe.of(source)
        try:
            first, second = module.read(probe, Resume()), module.read(Probe.of(source), Resume())
        except ValueError:
            continue
        assert str(first) == str(second)


def test_samples_are_where_they_are_looked_for():
    """Every format that reads has a sample of its own."""
    missing = [form for form in FORMS if not (SAMPLES / form).is_dir()]
    assert missing == []
    assert winner({}) is None
