"""The priors that come with logminer: complete, traceable, and what their records give."""

import importlib.util
import json
from pathlib import Path

import pytest

from logminer.core.names import canonical, is_incidental
from logminer.core.published_file import parse_prior, prior_to_text
from logminer.workflows.prior_files import folder, load, names

FOLDER = Path(__file__).parent.parent.parent / "priors"


def lines(name):
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("priors_build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_folder_is_found():
    """In a checkout the priors lie beside the package."""
    assert folder().samefile(FOLDER)
    assert {"image_classification", "reinforcement_learning", "tabular_gbdt"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_shipped_prior_passes_the_checks_and_comes_back(name):
    """Each file is what reading and writing it gives, byte for byte."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert prior_to_text(parse_prior(text, name)) == text


@pytest.mark.parametrize("name", names())
def test_every_config_can_be_traced(name):
    """Each config cites a repository, a version and a licence."""
    prior = load(name)
    assert prior.configs
    for config in prior.configs:
        assert config.refs
        for ref in config.refs:
            source = prior.sources[ref.partition(":")[0]]
            assert source.repo
            assert source.version
            assert source.licence


@pytest.mark.parametrize("name", names())
def test_names_are_the_ones_logs_use(name):
    """Parameters stand under canonical names, and none is a seed, a path or a host."""
    for parameter in load(name).parameters:
        assert canonical(parameter) == parameter
        assert not is_incidental(parameter)


@pytest.mark.parametrize("name", names())
def test_confidence_follows_from_the_figure(name):
    """No family is called good unless its interval on held-out sources lies above zero."""
    evidence = load(name).evidence
    if evidence.confidence == "untested":
        assert evidence.low is None
        assert evidence.held_out < 4
    else:
        assert evidence.held_out >= 4
        assert (evidence.low > 0) == (evidence.confidence == "good")


def test_the_files_are_what_the_records_give(build):
    """A family file and the sources page come out of the records unchanged."""
    found = [row for row in build.rows("records") if row["family"] == "instance_segmentation"]
    spaces = [row for row in build.rows("spaces") if row["family"] == "instance_segmentation"]
    prior = build.family_prior("instance_segmentation", found, spaces)
    assert prior_to_text(prior) == (FOLDER / "instance_segmentation.json").read_text(
        encoding="utf-8"
    )
    assert build.sources_page() == (FOLDER / "SOURCES.md").read_text(encoding="utf-8")


def test_records_hold_facts_with_sources():
    """Every record names its source and place, and values are numbers or short words."""
    known = {source["id"] for source in lines("sources")}
    for record in lines("records"):
        assert record["source"] in known
        assert record["path"]
        for value in record["config"].values():
            assert isinstance(value, bool | int | float) or len(value) <= 40


def test_adamw_learning_rates_of_image_classification():
    """Conditioned on AdamW and training from scratch, six decades of learning rates become less than one."""
    known = load("image_classification").parameters["learning_rate"]
    general, adamw = known.beliefs[0], known.belief({"optimizer": "adamw", "phase": "train"})
    assert general.high / general.low > 1e4
    assert 4e-4 <= adamw.low <= adamw.centre <= adamw.high <= 5e-3
    assert adamw.groups >= 10
    assert len(adamw.sources) >= 3


@pytest.mark.parametrize("name", ["image_classification", "object_detection"])
def test_the_lecture_s_search_space_is_in(name):
    """The ranges of the lecture on hyperparameter optimization stand among the spaces of images."""
    spaces = {s.name: s for s in load(name).spaces}
    lecture = next(s for label, s in spaces.items() if label.startswith("CS 329P"))
    parameters = lecture.space.parameters
    assert (parameters["learning_rate"].low, parameters["learning_rate"].high) == (1e-6, 1e-1)
    assert parameters["learning_rate"].log
    assert parameters["batch_size"].choices == (8, 16, 32, 64, 128, 256, 512)
    assert (parameters["momentum"].low, parameters["momentum"].high) == (0.85, 0.98)
    assert "ResNet50_V1b" in parameters["backbone"].choices
    if name == "object_detection":
        assert parameters["detector"].choices == ("faster-rcnn", "ssd", "yolo-v3", "center-net")


def test_units_are_kept_apart():
    """A batch in total and a batch per device are two parameters, each with its unit said."""
    parameters = load("image_classification").parameters
    assert parameters["batch_size"].unit == "total"
    assert parameters["batch_size_per_device"].unit == "device"
    assert parameters["learning_rate_per_256"].unit == "per 256"
