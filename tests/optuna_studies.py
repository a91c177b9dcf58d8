"""Studies that Optuna runs in a storage of any kind, and what ingest has to make of them."""

import math
import warnings

import optuna
import pytest
from optuna.trial import TrialState

from logminer.servers import optuna as storage
from logminer.store import open_store
from logminer.workflows.ingest import ingest

optuna.logging.set_verbosity(optuna.logging.ERROR)
STATUS = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}


def objective(trial):
    """Reports, infinities, words, pruning and failure."""
    lr = trial.suggest_float("lr", 1e-4, 1, log=True)
    trial.suggest_categorical("opt", ["adam", None, 3])
    for step in range(3):
        trial.report([lr, math.inf, math.nan, -math.inf][(trial.number + step) % 4], step)
    trial.set_user_attr("host", {"name": "x"})
    if trial.number % 5 == 4:
        raise optuna.TrialPruned
    if trial.number % 7 == 6:
        raise ValueError
    return math.inf if trial.number == 3 else lr


def fill(url, name="a study", trials=12, **options):
    """Let Optuna run some trials."""
    study = optuna.create_study(
        storage=url,
        study_name=name,
        load_if_exists=True,
        sampler=optuna.samplers.RandomSampler(0),
        **options,
    )
    study.optimize(objective, n_trials=trials, catch=(ValueError,))
    return study


def assert_equal_to_optuna(store, url):
    """Trials, params, states, values and reports are those Optuna loads."""
    runs = store.read.runs().reset_index().set_index("key")
    points = store.read.sql(
        "SELECT p.run, m.name, p.step, p.value FROM point p JOIN metric m ON m.id = p.metric"
    )
    params = store.read.params(["param"]).groupby("run")
    expected = {}
    for name in optuna.get_all_study_names(url):
        for trial in optuna.load_study(study_name=name, storage=url).trials:
            if trial.state is not TrialState.WAITING:
                expected[f"{name}/{trial.number}"] = trial
    assert set(runs.index) == set(expected)
    for key, trial in expected.items():
        run = runs.loc[key]
        assert run["status"] == STATUS[trial.state.name]
        found = params.get_group(run["run"]).set_index("name")["value"].to_dict()
        assert found == trial.params
        mine = points[points["run"] == run["run"]]
        reported = mine[mine["name"] == "intermediate"].set_index("step")["value"]
        assert {s: repr(v) for s, v in reported.items()} == {
            s: repr(float(v)) for s, v in trial.intermediate_values.items()
        }
        finals = mine.loc[mine["name"] != "intermediate", "value"]
        assert sorted(map(repr, finals)) == sorted(repr(float(v)) for v in trial.values or [])


def blocks_read(store, address):
    """Which blocks an ingest reads."""
    read = []
    original = storage.Storage.read_many
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            storage.Storage,
            "read_many",
            lambda self, jobs: (
                read.extend(path.rpartition("#")[2] for path, _ in jobs),
                original(self, jobs),
            )[1],
        )
        ingest(store, [address])
    return read


def check_a_storage(store, url, address, tmp_path):
    """The whole way: read, read again, go on, and nothing of the database changed."""
    study = optuna.load_study(storage=url, study_name="a study")
    assert len(study.trials) == 12
    assert blocks_read(store, address) == ["a%20study/0-4", "a%20study/5-9", "a%20study/10-14"]
    assert_equal_to_optuna(store, url)
    assert blocks_read(store, address) == []
    running = study.ask()
    running.suggest_float("lr", 1e-4, 1, log=True)
    study.enqueue_trial({"lr": 0.5})
    assert blocks_read(store, address) == ["a%20study/10-14"]
    assert_equal_to_optuna(store, url)
    running.report(0.5, 0)
    assert blocks_read(store, address) == ["a%20study/10-14"]
    assert blocks_read(store, address) == []
    study.tell(running, 0.25)
    fill(url, trials=3)
    fill(url, "zwei/#2@ü", 1)
    assert blocks_read(store, address) == [
        "a%20study/10-14",
        "a%20study/15-19",
        "zwei%2F%232%40%C3%BC/0-4",
    ]
    assert_equal_to_optuna(store, url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls itself experimental
        study.set_metric_names(["accuracy"])
    assert len(blocks_read(store, address)) == 4
    with open_store(tmp_path / "fresh.duckdb", write=True) as fresh:
        ingest(fresh, [address])
        assert_equal_to_optuna(fresh, url)
        assert fresh.read.counts()["points"] == store.read.counts()["points"]
