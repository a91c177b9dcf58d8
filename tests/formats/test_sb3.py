"""Stable-Baselines3, its zoo, and Spinning Up."""

import io
import json
import zipfile

import numpy as np
import pytest
from tracker_files import SAMPLES, curve, match, points, read_log

from logminer.formats import Match
from logminer.formats._run_folder import run_folder

PPO = SAMPLES / "sb3" / "ppo_cartpole"


def test_both_progress_files_agree(tmp_path):
    """progress.json, read where progress.csv is missing, gives the same curves."""
    (tmp_path / "progress.json").write_bytes((PPO / "progress.json").read_bytes())
    lines, table = (
        read_log("sb3", tmp_path / "progress.json"),
        read_log("sb3", PPO / "progress.csv"),
    )
    assert {p[:2] for p in points(lines)} == {p[:2] for p in points(table)}
    assert curve(lines, "eval/mean_reward") == curve(table, "eval/mean_reward")


def test_evaluations_agree_with_progress():
    """Means over the episodes of evaluations.npz are what SB3 itself logged."""
    arrays, table = read_log("sb3", PPO / "evaluations.npz"), read_log("sb3", PPO / "progress.csv")
    for name in ("eval/mean_reward", "eval/mean_ep_length"):
        assert curve(arrays, name) == curve(table, name)


def test_evaluations_of_several_environments(tmp_path):
    """Results with a dimension more, other types and column order are averaged alike."""
    results = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(2, 3, 2))
    np.savez(
        tmp_path / "evaluations.npz",
        timesteps=np.array([5, 9]),
        results=results,
        ep_lengths=np.ones((2, 3)),
    )
    log = read_log("sb3", tmp_path / "evaluations.npz")
    assert curve(log, "eval/mean_reward") == {5: 2.5, 9: 8.5}


class _Canary:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_pickled_arrays_are_refused(tmp_path):
    """An array of objects is never unpickled."""
    objects = np.array([_Canary()], dtype=object)
    np.savez(tmp_path / "evaluations.npz", timesteps=np.array([1]), results=objects)
    with pytest.raises(ValueError, match="not an array of numbers"):
        read_log("sb3", tmp_path / "evaluations.npz")


def test_arrays_larger_than_their_bytes_are_refused(tmp_path):
    """A header that promises terabytes allocates nothing."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 10**6)}
    )
    with zipfile.ZipFile(tmp_path / "evaluations.npz", "w") as archive:
        archive.writestr("timesteps.npy", header.getvalue())
    with pytest.raises(ValueError, match="not an array of numbers"):
        read_log("sb3", tmp_path / "evaluations.npz")


def test_archive_bombs_are_refused(tmp_path):
    """An archive that would unpack to gigabytes is refused by its directory."""
    with zipfile.ZipFile(tmp_path / "evaluations.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("timesteps.npy", bytes(300_000_000))
    with pytest.raises(ValueError, match="256 MB"):
        read_log("sb3", tmp_path / "evaluations.npz")


def test_monitors_side_by_side_keep_their_names(tmp_path):
    """Several environments' monitors do not mix; one alone needs no number; more columns are kept."""
    about = json.dumps({"t_start": 1.7e9, "env_id": "X"})
    for number in (0, 1):
        (tmp_path / f"{number}.monitor.csv").write_text(
            f"#{about}\nr,l,t,success\n1.5,10,2.0,{number}\n2.5,5,3.0,1\n"
        )
    log = read_log("sb3", tmp_path / "1.monitor.csv")
    assert curve(log, "monitor/1/reward") == {10: 1.5, 15: 2.5}
    assert curve(log, "monitor/1/success") == {10: 1.0, 15: 1.0}
    assert log.points.wall[0] == 1.7e9 + 2
    (tmp_path / "0.monitor.csv").unlink()
    assert curve(read_log("sb3", tmp_path / "1.monitor.csv"), "monitor/length") == {
        10: 10.0,
        15: 5.0,
    }


def test_zoo_tags_are_data(tmp_path):
    """Python tags in the zoo's files name no code that runs; parameters are those of the config."""
    folder = tmp_path / "run_1" / "env"
    folder.mkdir(parents=True)
    head = "!!python/object/apply:collections.OrderedDict\n"
    (folder / "args.yml").write_text(head + "- - - algo\n    - ppo\n")
    evil = "  - - x\n    - !!python/object/apply:os.system [exit 1]\n"
    (folder / "config.yml").write_text(head + "- - - gamma\n    - 0.9\n" + evil)
    run = read_log("sb3", folder / "config.yml").runs[0]
    assert run.params == {"gamma": 0.9, "x": "exit 1"}
    assert run.root == str(tmp_path / "run_1")
    assert read_log("sb3", folder / "args.yml").runs[0].params == {"algo": "ppo"}


def test_other_progress_tables_are_not_claimed(tmp_path):
    """A progress.csv without SB3's step, or a progress.txt of prose, belongs to others."""
    (tmp_path / "progress.csv").write_text("step,loss\n1,2\n")
    (tmp_path / "progress.txt").write_text("Epoch 1 done\n")
    assert match("sb3", tmp_path / "progress.csv") is Match.NO
    assert match("spinningup", tmp_path / "progress.txt") is Match.NO


def test_spinningup_without_interactions_counts_epochs(tmp_path):
    """The epoch is the step where no interactions were logged; columns beside it are metrics."""
    (tmp_path / "progress.txt").write_text("Epoch\tAverageEpRet\tTime\n0\t1.5\t3\n1\tnan\t6\n")
    log = read_log("spinningup", tmp_path / "progress.txt")
    assert [p[1:] for p in points(log) if p[0] == "AverageEpRet"] == [(0, "1.5"), (1, "nan")]


@pytest.mark.parametrize(
    ("beside", "run"),
    [
        ({"env/args.yml": "", "env/config.yml": ""}, "."),
        ({"env/evaluations.npz": ""}, "env"),
        ({"env/0.monitor.csv": "", "env/1.monitor.csv": ""}, "env"),
        ({"env/args.yml": "", "env/config.yml": "", "env/PPO_2/x": ""}, "env/PPO_1"),
        ({"env/notes.txt": ""}, "env/PPO_1"),
    ],
)
def test_events_within_a_run_are_the_run(tmp_path, beside, run):
    """The one numbered folder of events in a run, or beside the zoo's settings, is the run; of several each is one."""
    for name, text in {**beside, "env/PPO_1/events": ""}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert run_folder(str(tmp_path / "env" / "PPO_1")) == str((tmp_path / run).resolve())


def test_arguments_that_a_copy_of_the_zoo_adds_are_chosen(tmp_path):
    """What is no argument of the zoo's own was added to be varied; where it logs and how it tunes is recorded."""
    head = "!!python/object/apply:collections.OrderedDict\n"
    (tmp_path / "config.yml").write_text(head)
    (tmp_path / "args.yml").write_text(
        head + "- - [algo, ppo]\n  - [clip_schedule, cosine]\n  - [n_jobs, 1]\n  - [seed, 3]\n"
        "  - [tensorboard_log, logs]\n  - [reward_scale, 0.5]\n  - [hyperparams, null]\n"
    )
    facts = read_log("sb3", tmp_path / "args.yml").runs[0]
    assert facts.params == {
        "algo": "ppo",
        "clip_schedule": "cosine",
        "seed": 3,
        "reward_scale": 0.5,
    }
    assert facts.meta["args.tensorboard_log"] == "logs"
