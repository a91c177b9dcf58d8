"""AlgoPerf: the folders of a trial, its steps, and what is missing."""

from log_files import curve, read, write

from logminer.core.parsed import Resume
from logminer.formats import Match, Probe, algoperf

TRIAL = "external/study_0/ogbg_jax/trial_3"
HEADER = "accumulated_eval_time,global_step,train/loss,validation/loss\n"


def test_algoperf_blank_and_nan_differ(tmp_path):
    """A blank cell was not measured, nan was; the step is the global step."""
    path = write(tmp_path, f"{TRIAL}/measurements.csv", HEADER + "1.5,10,0.5,\n2.5,20,nan,0.25\n")
    log = read(path, algoperf)
    assert str(curve(log, "train/loss")) == "[(10, 0.5), (20, nan)]"
    assert curve(log, "validation/loss") == [(20, 0.25)]
    assert log.runs[0].root == str(path.parent)
    assert log.runs[0].params == {"workload": "ogbg", "framework": "jax"}


def test_algoperf_files_of_a_trial_are_one_run(tmp_path):
    """All files of a trial say the same root; hparams and workload are parameters, the rest metadata."""
    files = {
        "hparams.json": {"learning_rate": 0.1, "beta2": 0.99},
        "flags_0.json": {
            "workload": "ogbg",
            "tuning_ruleset": "external",
            "data_dir": "/d",
            "rng_seed": 5,
            "v": 0,
        },
        "meta_data_0.json": {
            "workload.target_metric_name": "ap",
            "cpu.freq": 1.0,
            "git_commit_hash": "abc",
        },
        "measurements.csv": HEADER,
    }
    for name, data in files.items():
        write(tmp_path, f"{TRIAL}/{name}", data)
    folder = tmp_path / TRIAL
    runs = {name: read(folder / name, algoperf).runs[0] for name in files}
    assert {run.root for run in runs.values()} == {str(folder)}
    assert all(algoperf.sniff(Probe.of(folder / name)) is Match.EXACT for name in files)
    assert runs["hparams.json"].params["learning_rate"] == 0.1
    assert runs["flags_0.json"].params["rng_seed"] == 5
    assert runs["flags_0.json"].meta == {"data_dir": "/d"}
    assert (runs["meta_data_0.json"].meta, runs["meta_data_0.json"].commit) == (
        {"workload.target_metric_name": "ap"},
        "abc",
    )


def test_algoperf_claims_only_its_own_layout(tmp_path):
    """The same names elsewhere are left to others; a trial that never started is known by its folders."""
    assert algoperf.sniff(Probe.of(write(tmp_path, "a/hparams.json", {"lr": 1}))) is Match.NO
    assert algoperf.sniff(Probe.of(write(tmp_path, "trial_1/hparams.json", {"lr": 1}))) is Match.NO
    assert (
        algoperf.sniff(Probe.of(write(tmp_path, "trial_1/measurements.csv", "step,loss\n")))
        is Match.NO
    )
    assert (
        algoperf.sniff(Probe.of(write(tmp_path, "wmt_jax/trial_1/hparams.json", {"lr": 1})))
        is Match.EXACT
    )


def test_algoperf_json_that_grew_is_read_anew(tmp_path):
    """A JSON file has no place to read on from; one that is no object is refused."""
    path = write(tmp_path, f"{TRIAL}/hparams.json", {"lr": 1})
    assert algoperf.read(Probe.of(path), Resume(3)).anew
    write(tmp_path, f"{TRIAL}/hparams.json", [1, 2])
    assert isinstance(algoperf.read_many([(Probe.of(path), Resume())])[0], ValueError)


def test_algoperf_reads_on_and_many_at_once(tmp_path):
    """Appended rows alone are read; a damaged table among many is named and spoils no other."""
    good = write(tmp_path, f"{TRIAL}/measurements.csv", HEADER + "1,1,2,3\n")
    bad = write(tmp_path, "s/wmt_jax/trial_1/measurements.csv", HEADER + "1,1,2,3,4,5\n2,2,7,8\n")
    logs = algoperf.read_many([(Probe.of(good), Resume()), (Probe.of(bad), Resume())])
    assert curve(logs[0], "train/loss") == [(1, 2.0)]
    assert curve(logs[1], "train/loss") == [(2, 7.0)]
    assert [p.path for p in logs[1].problems] == [str(bad)]
    with good.open("a") as file:
        file.write("2,5,1,\n3,")
    log = algoperf.read(Probe.of(good), Resume(logs[0].offset))
    assert curve(log, "train/loss") == [(5, 1.0)]
    assert log.offset == good.stat().st_size - 2
