"""What event files say of a run beside scalars: the HParams plugin, and texts."""

import pytest
from event_files import (
    NAME,
    START,
    event,
    experiment,
    facts,
    read_events,
    scalars,
    session_end,
    session_start,
    simple,
    string,
    tensor,
    write,
)  # fmt: skip
from tensorboard.plugins.hparams import api_pb2

from logminer.core.parsed import Resume
from logminer.formats import Probe, tensorboard

pytestmark = pytest.mark.usefixtures("both_ways")

HPARAMS = {
    "lr": 0.1,
    "batch": 32,
    "opt": "adam",
    "nesterov": True,
    "sizes": [64.0, 32.0],
    "seed": None,
}


def test_hparams_plugin_gives_params_status_and_times(tmp_path):
    """A session's start and end summaries give typed parameters, status and times."""
    path = write(
        tmp_path / NAME,
        event(session_start(HPARAMS, start_time_secs=START + 5, group_name="g1")),
        *scalars(3),
        event(session_end("STATUS_SUCCESS", START + 60)),
    )
    run = facts(path)
    assert run.params == {
        "lr": 0.1, "batch": 32, "opt": "adam", "nesterov": True, "sizes": "[64, 32]", "seed": None,
    }  # fmt: skip
    assert isinstance(run.params["batch"], int)
    assert (run.status, run.started, run.ended) == ("finished", START + 5, START + 60)
    assert run.meta["hparams.group_name"] == "g1"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("FAILURE", "failed"), ("RUNNING", "running"), ("UNKNOWN", "unknown")],
)
def test_hparams_status(status, expected, tmp_path):
    """Every status of the plug-in has its counterpart."""
    path = write(tmp_path / NAME, event(session_end(f"STATUS_{status}", START)))
    assert facts(path).status == expected


def test_success_without_an_end_says_nothing(tmp_path):
    """add_hparams states success whenever it is called, so only one with a time counts."""
    run = facts(write(tmp_path / NAME, event(session_end("STATUS_SUCCESS", 0.0))))
    assert (run.status, run.ended) == ("unknown", None)


def test_hparams_experiment_gives_domains_and_metrics(tmp_path):
    """The study's description is kept as facts, not as parameters of a run."""
    study = api_pb2.Experiment(description="a sweep")
    interval = study.hparam_infos.add(name="lr")
    interval.domain_interval.min_value, interval.domain_interval.max_value = 0.001, 0.1
    study.hparam_infos.add(name="opt").domain_discrete.extend(["sgd", "adam"])
    study.metric_infos.add(name=api_pb2.MetricName(group="validation", tag="acc"))
    run = facts(write(tmp_path / NAME, event(experiment(study))))
    assert run.params == {}
    assert run.meta["hparams.description"] == "a sweep"
    assert '"opt": ["sgd", "adam"]' in run.meta["hparams.domains"]
    assert run.meta["hparams.metrics"] == '["validation/acc"]'


def test_add_hparams_child_belongs_to_its_parent(tmp_path):
    """Parameters in a child folder named by the time are those of the parent's run."""
    write(tmp_path / "run" / NAME, *scalars(3))
    child = write(
        tmp_path / "run" / "1700000009.1234567" / NAME,
        event(session_start(HPARAMS)),
        event(simple("hparam/acc", 0.9)),
    )
    log = read_events(child)
    assert log.runs[0].root == str(tmp_path / "run")
    assert log.runs[0].params["opt"] == "adam"
    assert log.points.names == ["hparam/acc"]


def write_call(folder, *records, lr=0.1):
    """What add_hparams writes to a folder: the parameters and the final result."""
    result = event(simple("hparam/acc", 0.9))
    return write(folder / NAME, event(session_start({"lr": lr})), result, *records)


@pytest.mark.parametrize("first", [0, 100_000])
def test_a_named_add_hparams_child_belongs_to_its_parent(first, tmp_path):
    """add_hparams(run_name="hp") makes no second run, also where curves begin late behind a large text."""
    large = event(tensor("graph/text_summary", string("x" * first), "text"))
    write(tmp_path / "run" / NAME, large, *scalars(3))
    write(tmp_path / "run" / "loss_by_val" / NAME, *scalars(3, ("loss/by",)))
    log = read_events(write_call(tmp_path / "run" / "hp"))
    assert log.runs[0].root == str(tmp_path / "run")
    assert log.runs[0].params == {"lr": 0.1}
    assert log.points.names == ["hparam/acc"]


@pytest.mark.parametrize(
    "beside", ["nothing above", "config above", "own curves", "other config", "other run"]
)
def test_a_child_with_a_config_that_is_a_run_stays_one(beside, tmp_path):
    """Not if it has curves, is one of several configs or runs, or the run above has none or its own config."""
    above = [*scalars(0 if beside == "nothing above" else 3)]
    above += [event(session_start({"lr": 0.2}))] if beside == "config above" else []
    write(tmp_path / NAME, *above)
    if beside == "other config":
        write_call(tmp_path / "trial_1", lr=0.2)
    if beside == "other run":
        write(tmp_path / "baseline" / NAME, *scalars(3))
    more = scalars(3) if beside == "own curves" else []
    path = write_call(tmp_path / "trial_0", *more)
    assert facts(path).root == str(tmp_path / "trial_0")


def test_several_add_hparams_children_are_trials_of_their_own(tmp_path):
    """A loop of add_hparams calls under one writer is one run a call."""
    write(tmp_path / NAME)
    children = [
        write(tmp_path / f"17000000{i}0.5" / NAME, event(session_start({"lr": i / 10})))
        for i in range(3)
    ]
    assert [facts(c).root for c in children] == [str(c.parent) for c in children]
    assert read_events(tmp_path / NAME).runs == []


def test_repeated_add_hparams_of_one_config_belong_to_the_parent(tmp_path):
    """The same parameters logged again, say each epoch, do not split the run."""
    write(tmp_path / NAME, *scalars(3))
    children = [
        write(
            tmp_path / f"17000000{i}0.5" / NAME,
            event(session_start({"lr": 0.1}), step=i),
            event(simple("hparam/acc", i), step=i),
        )
        for i in range(3)
    ]
    assert {facts(c).root for c in children} == {str(tmp_path)}


def test_too_many_hyperparameters_are_said(tmp_path):
    """A summary with thousands of parameters is cut, and the cut is said."""
    log = read_events(
        write(tmp_path / NAME, event(session_start({f"p{i}": i for i in range(5001)})))
    )
    assert len(log.runs[0].params) == 5000
    assert "more than 5000 hyperparameters" in log.problems[0].what


def test_texts_are_facts(tmp_path):
    """Texts become facts of the run, the last one of a tag counts, also when read on later."""
    first = event(tensor("note/text_summary", string("one"), "text"))
    path = write(tmp_path / NAME, first)
    log = read_events(path)
    assert log.runs[0].meta == {"text.note": "one"}
    path.write_bytes(path.read_bytes() + event(tensor("note/text_summary", string("two"), "")))
    later = tensorboard.read(Probe.of(path), Resume(log.offset, log.state))
    assert later.runs[0].meta == {"text.note": "two"}


def test_long_texts_are_cut_and_many_are_counted(tmp_path):
    """Texts are kept short and few, and what is left out is said."""
    texts = [event(tensor(f"t{i}", string("x" * 9000), "text")) for i in range(150)]
    log = read_events(write(tmp_path / NAME, *texts))
    assert len(log.runs[0].meta) == 100
    assert all(len(text) <= 4096 for text in log.runs[0].meta.values())
    (problem,) = log.problems
    assert "50 texts" in problem.what


@pytest.mark.parametrize(
    ("tag", "words", "params"),
    [
        ("hyperparameters/text_summary", "|param|value|\n|-|-|\n|lr|0.01|\n|opt|adam|\n|ema|True|",
         {"lr": 0.01, "opt": "adam", "ema": True}),
        ("run", "param | value\n--- | ---\nlr | 0.5\n", {"lr": 0.5}),
        ("args/text_summary", '{"lr": 0.01, "net": {"width": 64}}', {"lr": 0.01, "net.width": 64}),
        ("exp_config", '```json\n{"lr": 1}\n```', {"lr": 1}),
        ("sample", '{"lr": 0.01}', {}),
        ("args", "lr=0.01", {}),
        ("args", "{broken", {}),
        ("table", "|param|value|\n|-|-|\n|" + " " * 60_000 + "x", {}),
        ("results", "|epoch|value|\n|-|-|\n|1|2|", {}),
    ],
)  # fmt: skip
def test_hyperparameters_in_texts(tag, words, params, tmp_path):
    """Tables of names and values and JSON under a telling tag are parameters; prose is not."""
    run = facts(write(tmp_path / NAME, event(tensor(tag, string(words), "text"))))
    assert run.params == params
    assert bool(run.meta) is not bool(params)
