"""Which run an event file belongs to, and what it says of the run beside scalars."""

import gzip

import pytest
from event_files import (
    NAME,
    START,
    event,
    experiment,
    header,
    scalars,
    session_end,
    session_start,
    simple,
    string,
    tensor,
)  # fmt: skip
from tensorboard.plugins.hparams import api_pb2

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, tensorboard

pytestmark = pytest.mark.usefixtures("both_ways")

HPARAMS = {
    "lr": 0.1,
    "batch": 32,
    "opt": "adam",
    "nesterov": True,
    "sizes": [64.0, 32.0],
    "seed": None,
}


def write(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header() + b"".join(records))
    return path


def read(path):
    return tensorboard.read(Probe.of(path), Resume())


def facts(path):
    (run,) = read(path).runs
    return run


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
    log = read(child)
    assert log.runs[0].root == str(tmp_path / "run")
    assert log.runs[0].params["opt"] == "adam"
    assert log.points.names == ["hparam/acc"]


def test_several_add_hparams_children_are_trials_of_their_own(tmp_path):
    """A loop of add_hparams calls under one writer is one run a call."""
    write(tmp_path / NAME)
    children = [
        write(tmp_path / f"17000000{i}0.5" / NAME, event(session_start({"lr": i / 10})))
        for i in range(3)
    ]
    assert [facts(c).root for c in children] == [str(c.parent) for c in children]
    assert read(tmp_path / NAME).runs == []


def test_too_many_hyperparameters_are_said(tmp_path):
    """A summary with thousands of parameters is cut, and the cut is said."""
    log = read(write(tmp_path / NAME, event(session_start({f"p{i}": i for i in range(5001)}))))
    assert len(log.runs[0].params) == 5000
    assert "more than 5000 hyperparameters" in log.problems[0].what


def test_unreadable_sibling_stops_nothing(tmp_path):
    """A broken or missing file of another add_hparams call does not keep this one from being read."""
    write(tmp_path / NAME)
    mine = write(tmp_path / "1700000001.5" / NAME, event(session_start({"lr": 0.1})))
    write(tmp_path / "1700000002.5" / NAME, event(session_start({"lr": 0.1}))[:-3] + b"bad")
    (tmp_path / "1700000003.5").mkdir()
    (tmp_path / "1700000003.5" / NAME).symlink_to(tmp_path / "gone")
    assert facts(mine).root == str(tmp_path)


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


def test_add_scalars_children_are_metrics_of_the_parent(tmp_path):
    """Each series of add_scalars is a metric of the run that wrote it."""
    write(tmp_path / NAME, *scalars(3))
    for series in ("train", "val"):
        log = read(write(tmp_path / f"loss_by_{series}" / NAME, event(simple("loss/by", 1.0))))
        assert log.runs[0].root == str(tmp_path)
        assert log.points.names == [f"loss/by/{series}"]


def test_nested_add_scalars_children_are_metrics_of_the_parent(tmp_path):
    """tensorboardX nests the series below a folder named by the tag, also when it is called train."""
    write(tmp_path / NAME, *scalars(3))
    log = read(write(tmp_path / "loss" / "by" / "train" / NAME, event(simple("loss/by", 1.0))))
    assert log.runs[0].root == str(tmp_path)
    assert log.points.names == ["loss/by/train"]


def test_success_without_an_end_says_nothing(tmp_path):
    """add_hparams states success whenever it is called, so only one with a time counts."""
    run = facts(write(tmp_path / NAME, event(session_end("STATUS_SUCCESS", 0.0))))
    assert (run.status, run.ended) == ("unknown", None)


def test_folder_with_its_own_curves_is_its_own_run(tmp_path):
    """A run below another run stays a run."""
    write(tmp_path / NAME, *scalars(3))
    path = write(tmp_path / "loss_run" / NAME, *scalars(3))
    assert facts(path).root == str(tmp_path / "loss_run")


@pytest.mark.parametrize("split", ["train", "validation"])
def test_keras_splits_are_one_run(split, tmp_path):
    """Keras's folders for training and validation are one run with a metric of each."""
    log = read(write(tmp_path / "run" / split / NAME, event(simple("epoch_loss", 1.0))))
    assert log.runs[0].root == str(tmp_path / "run")
    assert log.points.names == [f"{split}/epoch_loss"]


def test_folder_called_train_with_a_config_is_a_run(tmp_path):
    """A folder that has a config of its own is a run, whatever its name."""
    path = write(tmp_path / "train" / NAME, event(simple("loss", 1.0)))
    path.with_name("hparams.yaml").write_text("lr: 0.1")
    assert facts(path).root == str(path.parent)


def test_prefix_is_not_doubled(tmp_path):
    """A tag that already names its split keeps its name."""
    log = read(write(tmp_path / "train" / NAME, event(simple("train/loss", 1.0))))
    assert log.points.names == ["train/loss"]


def test_eval_folder_beside_a_run_is_part_of_it(tmp_path):
    """An eval folder below event files is the same run; a lone one is a run."""
    lone = write(tmp_path / "alone" / "eval" / NAME, event(simple("acc", 1.0)))
    assert facts(lone).root == str(lone.parent)
    write(tmp_path / "model" / NAME, *scalars(1))
    log = read(write(tmp_path / "model" / "eval" / NAME, event(simple("acc", 1.0))))
    assert log.runs[0].root == str(tmp_path / "model")
    assert log.points.names == ["eval/acc"]


def test_catboost_folders_are_one_run(tmp_path):
    """CatBoost's learn and test curves belong to one run, named as its JSON names them."""
    names = []
    for split in ("learn", "test"):
        (tmp_path / "test").mkdir(exist_ok=True)
        log = read(write(tmp_path / split / "events.out.tfevents", event(simple("RMSE", 1.0))))
        assert log.runs[0].root == str(tmp_path)
        names += log.points.names
    assert names == ["learn/RMSE", "test/RMSE"]


def test_catboost_evaluation_sets_are_one_run(tmp_path):
    """A second evaluation set is a curve of the run, not a run; its tables alone say whose folder it is."""
    (tmp_path / "learn_error.tsv").write_text("iter\tRMSE\n0\t1\n")
    log = read(write(tmp_path / "test1" / "events.out.tfevents", event(simple("RMSE", 1.0))))
    assert log.runs[0].root == str(tmp_path)
    assert log.points.names == ["test1/RMSE"]


def test_what_catboost_says_twice_is_read_once(tmp_path):
    """Event files of CatBoost beside its JSON, which holds the same doubles, are left out."""
    path = write(tmp_path / "learn" / "events.out.tfevents", event(simple("RMSE", 1.0)))
    assert tensorboard.sniff(Probe.of(path)) is Match.EXACT
    (tmp_path / "catboost_training.json").write_text("{}")
    assert tensorboard.sniff(Probe.of(path)) is Match.PARTS


def test_what_ray_says_twice_is_read_once(tmp_path):
    """Event files of Ray Tune give result.json's names, and are left out beside it."""
    path = write(tmp_path / NAME, event(simple("ray/tune/env/reward", 1.0)))
    assert read(path).points.names == ["env/reward"]
    (tmp_path / "result.json").write_text("")
    assert tensorboard.sniff(Probe.of(path)) is Match.PARTS


def test_an_own_event_file_in_a_ray_trial_is_read(tmp_path):
    """Only what Ray itself wrote repeats its results."""
    path = write(tmp_path / NAME, event(simple("loss", 1.0)))
    (tmp_path / "result.json").write_text("")
    assert tensorboard.sniff(Probe.of(path)) is Match.EXACT


def test_texts_are_facts(tmp_path):
    """Texts become facts of the run, the last one of a tag counts, also when read on later."""
    first = event(tensor("note/text_summary", string("one"), "text"))
    path = write(tmp_path / NAME, first)
    log = read(path)
    assert log.runs[0].meta == {"text.note": "one"}
    path.write_bytes(path.read_bytes() + event(tensor("note/text_summary", string("two"), "")))
    later = tensorboard.read(Probe.of(path), Resume(log.offset, log.state))
    assert later.runs[0].meta == {"text.note": "two"}


def test_long_texts_are_cut_and_many_are_counted(tmp_path):
    """Texts are kept short and few, and what is left out is said."""
    texts = [event(tensor(f"t{i}", string("x" * 9000), "text")) for i in range(150)]
    log = read(write(tmp_path / NAME, *texts))
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


def test_gzipped_file_reads_the_same(tmp_path):
    """A compressed event file gives what the plain one gives, also when it grew."""
    plain = write(tmp_path / "a" / NAME, *scalars(50))
    packed = tmp_path / "a" / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert tensorboard.sniff(Probe.of(packed)) is Match.EXACT
    first, log = read(plain), read(packed)
    assert log.points.value.tolist() == first.points.value.tolist()
    assert log.runs == first.runs
    assert log.offset == packed.stat().st_size
    plain.write_bytes(plain.read_bytes() + b"".join(scalars(5, first=50)))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    rest = tensorboard.read(Probe.of(packed), Resume(log.offset, log.state))
    assert rest.points.step.tolist() == [s for s in range(50, 55) for _ in range(2)]


@pytest.mark.parametrize("batch", [64, 300, 1000])
def test_gzipped_file_in_small_pieces_reads_the_same(batch, tmp_path, monkeypatch):
    """Pieces that grow for a long record and shrink again lose nothing of a compressed file."""
    long = [event(tensor("note", string("x" * n), "text")) for n in (5000, 50_000)]
    plain = write(tmp_path / NAME, *scalars(9), *long, *scalars(60, first=9))
    packed = tmp_path / "packed" / f"{NAME}.gz"
    packed.parent.mkdir()
    packed.write_bytes(
        gzip.compress(plain.read_bytes()[:4000]) + gzip.compress(plain.read_bytes()[4000:])
    )
    whole = read(plain)
    monkeypatch.setattr(tensorboard, "BATCH", batch)
    log = read(packed)
    assert log.points.step.tolist() == whole.points.step.tolist()
    assert log.state["unpacked"] == whole.offset
    assert log.problems == []


def test_cut_off_gzip_is_said(tmp_path):
    """What a truncated compressed file still gives is read, and the cut is said."""
    plain = write(tmp_path / NAME, *scalars(3000))
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-2000])
    log = read(packed)
    assert 0 < len(log.points) < 6000
    assert [p.what for p in log.problems] == ["the compressed file ends early"]


def test_compressed_bomb_stays_small(tmp_path):
    """Megabytes of zeros in a small file end as nothing."""
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(bytes(64 << 20)))
    log = read(packed)
    assert len(log.points) == 0


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("events.out.tfevents.1700000000.host.17.0", "host"),
        ("events.out.tfevents.1700000000.host.17.0.v2", "host"),
        ("events.out.tfevents.1700000000.cvp", "cvp"),
        ("events.out.tfevents.1700000000.node.example.org.17.3", "node.example.org"),
        ("events.out.tfevents", None),
        ("run.tfevents", None),
    ],
)
def test_file_name_gives_the_host(name, host, tmp_path):
    """The machine is in the file's name, with or without process and number; CatBoost writes none."""
    assert facts(write(tmp_path / name, *scalars(1))).host == host


def test_start_is_the_first_event_or_the_name(tmp_path):
    """The first event's clock is the start; a file without events falls back on its name."""
    assert facts(write(tmp_path / NAME)).started == START
    empty = tmp_path / "b" / NAME
    empty.parent.mkdir()
    empty.write_bytes(b"")
    assert facts(empty).started == 1_700_000_000.0
    assert facts(empty).root == str(tmp_path / "b")
