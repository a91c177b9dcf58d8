"""Which run an event file belongs to, and what its name and first event say."""

import pytest
from event_files import (
    NAME,
    START,
    event,
    facts,
    read_events,
    scalars,
    session_start,
    simple,
    write,
)  # fmt: skip

from logminer.formats import Match, Probe, tensorboard

pytestmark = pytest.mark.usefixtures("both_ways")


def test_unreadable_sibling_stops_nothing(tmp_path):
    """A broken or missing file of another add_hparams call does not keep this one from being read."""
    write(tmp_path / NAME)
    mine = write(tmp_path / "1700000001.5" / NAME, event(session_start({"lr": 0.1})))
    write(tmp_path / "1700000002.5" / NAME, event(session_start({"lr": 0.1}))[:-3] + b"bad")
    (tmp_path / "1700000003.5").mkdir()
    (tmp_path / "1700000003.5" / NAME).symlink_to(tmp_path / "gone")
    assert facts(mine).root == str(tmp_path)


def test_add_scalars_children_are_metrics_of_the_parent(tmp_path):
    """Each series of add_scalars is a metric of the run that wrote it."""
    write(tmp_path / NAME, *scalars(3))
    for series in ("train", "val"):
        log = read_events(
            write(tmp_path / f"loss_by_{series}" / NAME, event(simple("loss/by", 1.0)))
        )
        assert log.runs[0].root == str(tmp_path)
        assert log.points.names == [f"loss/by/{series}"]


def test_nested_add_scalars_children_are_metrics_of_the_parent(tmp_path):
    """tensorboardX nests the series below a folder named by the tag, also when it is called train."""
    write(tmp_path / NAME, *scalars(3))
    log = read_events(
        write(tmp_path / "loss" / "by" / "train" / NAME, event(simple("loss/by", 1.0)))
    )
    assert log.runs[0].root == str(tmp_path)
    assert log.points.names == ["loss/by/train"]


def test_folder_with_its_own_curves_is_its_own_run(tmp_path):
    """A run below another run stays a run."""
    write(tmp_path / NAME, *scalars(3))
    path = write(tmp_path / "loss_run" / NAME, *scalars(3))
    assert facts(path).root == str(tmp_path / "loss_run")


@pytest.mark.parametrize("split", ["train", "validation"])
def test_keras_splits_are_one_run(split, tmp_path):
    """Keras's folders for training and validation are one run with a metric of each."""
    log = read_events(write(tmp_path / "run" / split / NAME, event(simple("epoch_loss", 1.0))))
    assert log.runs[0].root == str(tmp_path / "run")
    assert log.points.names == [f"{split}/epoch_loss"]


def test_folder_called_train_with_a_config_is_a_run(tmp_path):
    """A folder that has a config of its own is a run, whatever its name."""
    path = write(tmp_path / "train" / NAME, event(simple("loss", 1.0)))
    path.with_name("hparams.yaml").write_text("lr: 0.1")
    assert facts(path).root == str(path.parent)


def test_prefix_is_not_doubled(tmp_path):
    """A tag that already names its split keeps its name."""
    log = read_events(write(tmp_path / "train" / NAME, event(simple("train/loss", 1.0))))
    assert log.points.names == ["train/loss"]


def test_eval_folder_beside_a_run_is_part_of_it(tmp_path):
    """An eval folder below event files is the same run; a lone one is a run."""
    lone = write(tmp_path / "alone" / "eval" / NAME, event(simple("acc", 1.0)))
    assert facts(lone).root == str(lone.parent)
    write(tmp_path / "model" / NAME, *scalars(1))
    log = read_events(write(tmp_path / "model" / "eval" / NAME, event(simple("acc", 1.0))))
    assert log.runs[0].root == str(tmp_path / "model")
    assert log.points.names == ["eval/acc"]


def test_catboost_folders_are_one_run(tmp_path):
    """CatBoost's learn and test curves belong to one run, named as its JSON names them."""
    names = []
    for split in ("learn", "test"):
        (tmp_path / "test").mkdir(exist_ok=True)
        log = read_events(
            write(tmp_path / split / "events.out.tfevents", event(simple("RMSE", 1.0)))
        )
        assert log.runs[0].root == str(tmp_path)
        names += log.points.names
    assert names == ["learn/RMSE", "test/RMSE"]


def test_catboost_evaluation_sets_are_one_run(tmp_path):
    """A second evaluation set is a curve of the run, not a run; its tables alone say whose folder it is."""
    (tmp_path / "learn_error.tsv").write_text("iter\tRMSE\n0\t1\n")
    log = read_events(write(tmp_path / "test1" / "events.out.tfevents", event(simple("RMSE", 1.0))))
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
    assert read_events(path).points.names == ["env/reward"]
    (tmp_path / "result.json").write_text("")
    assert tensorboard.sniff(Probe.of(path)) is Match.PARTS


def test_an_own_event_file_in_a_ray_trial_is_read(tmp_path):
    """Only what Ray itself wrote repeats its results."""
    path = write(tmp_path / NAME, event(simple("loss", 1.0)))
    (tmp_path / "result.json").write_text("")
    assert tensorboard.sniff(Probe.of(path)) is Match.EXACT


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
