"""What the live page is told: every answer's shape, on the demo logs."""

import json

import numpy as np
import pytest
from asked import patiently

from logminer.store import open_store
from logminer.workflows.history import mine_history

TASK = "digits_mlp"
METRIC = "validation/accuracy"


def refuse(word):
    raise ValueError(f"{word} is no JSON")


def ask(site, path, status=200, **query):
    answer = site.get(f"/api/{path}", params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.content, parse_constant=refuse)


def slowly(site, path, **query):
    """A slow answer, once it is made."""
    pending = {"pending": True}

    def once():
        answer = site.get(f"/api/{path}", params=query)
        assert (answer.status_code == 202) == (answer.json() == pending)
        return answer.json()

    return patiently(once, lambda found: found != pending)


def runs_of(site, task):
    table = ask(site, "runs")
    return [run for run, of in zip(table["id"], table["task"], strict=True) if of == task]


def test_the_state_names_tasks_metrics_and_parameters(site):
    """Everything the page needs before it asks for runs."""
    state = ask(site, "state")
    assert [task["name"] for task in state["tasks"]] == [
        "cancer_mlp", "cancer_raw_mlp", "clusters_mlp", TASK, "parity_mlp",
    ]  # fmt: skip
    digits = state["tasks"][3]
    assert (digits["runs"], digits["metric"], digits["mode"]) == (35, METRIC, "max")
    assert {metric["name"] for metric in state["metrics"]} == {
        "train/loss", "validation/loss", METRIC,
    }  # fmt: skip
    rate = next(param for param in state["params"] if param["name"] == "learning_rate")
    assert (rate["kind"], rate["log"], rate["varies"], rate["searched"]) == (
        "float", True, True, True,
    )  # fmt: skip
    optimizer = next(param for param in state["params"] if param["name"] == "optimizer")
    assert set(optimizer["choices"]) >= {"adam", "sgd"}
    assert not state["following"]
    assert state["trouble"] is None
    assert state["params_left_out"] == 0


def test_the_run_table_says_what_mining_says(site, demo_file):
    """Tasks, values and hyperparameters are those that every other command works with."""
    table = ask(site, "runs")
    with open_store(demo_file) as store:
        mined = mine_history(store, everything=True)
    trials = mined.history.trials.loc[table["id"]]
    assert table["name"] == trials["name"].tolist()
    assert table["task"] == trials["task"].tolist()
    values = np.array(table["value"], dtype=float)
    np.testing.assert_array_equal(values, trials["value"].to_numpy())
    for name in mined.history.space.names:
        told = [None if v != v else v for v in mined.history.configs.loc[table["id"], name]]
        assert table["params"][name] == told


def test_columns_of_the_run_table_are_equally_long(site):
    """One value a run in every column, and states are words that are known."""
    table = ask(site, "runs")
    facts = ("name", "task", "state", "reason", "started", "duration", "step", "seen", "value")
    columns = [table[name] for name in facts]
    columns += [*table["params"].values(), *table["metrics"].values()]
    assert {len(column) for column in columns} == {175}
    assert set(table["state"]) <= {
        "finished", "running", "stale", "failed", "preempted", "unknown",
    }  # fmt: skip
    assert all(step is None or isinstance(step, int) for step in table["step"])


def test_curves_are_those_of_the_store(site, demo_file):
    """Short curves come whole."""
    runs = runs_of(site, TASK)[:3]
    found = ask(site, "curves", metric=METRIC, run=runs)
    with open_store(demo_file) as store:
        frame = store.read.curves([METRIC], runs)
    assert [curve["run"] for curve in found["curves"]] == runs
    for curve in found["curves"]:
        rows = frame[frame["run"] == curve["run"]]
        assert curve["step"] == rows["step"].tolist()
        assert curve["value"] == rows["value"].tolist()
        assert curve["points"] == curve["shown"] == len(rows)
    assert "step" in found["axes"]


def test_long_curves_are_thinned_and_say_so(site):
    """At most so many points as were asked for, the ends among them."""
    run = runs_of(site, TASK)[0]
    whole = ask(site, "curves", metric="train/loss", run=run)["curves"][0]
    few = ask(site, "curves", metric="train/loss", run=run, points=6)["curves"][0]
    assert few["shown"] == len(few["value"]) <= 6 < few["points"] == len(whole["value"])
    assert (few["step"][0], few["step"][-1]) == (whole["step"][0], whole["step"][-1])
    assert max(v for v in few["value"] if v) == max(v for v in whole["value"] if v)


def test_unknown_runs_and_metrics_have_no_curves(site):
    """What is not there is left out, without an error."""
    assert ask(site, "curves", metric=METRIC, run=99_999)["curves"] == []
    assert ask(site, "curves", metric="' OR 1=1 --", run=runs_of(site, TASK)[0])["curves"] == []


def test_importance_is_answered_after_a_while(site):
    """Shares with their intervals, most important first."""
    found = slowly(site, "importance", task=TASK)
    shares = [row["share"] for row in found["rows"]]
    assert found["task"] == TASK
    assert shares == sorted(shares, reverse=True)
    assert {row["name"] for row in found["rows"]} >= {"learning_rate"}
    assert all(row["low"] <= row["high"] for row in found["rows"])


def test_suggestions_say_why(site):
    """As many configs as asked for, each with its reasons."""
    found = slowly(site, "suggestions", task=TASK, n=2)
    assert len(found["rows"]) == 2
    for row in found["rows"]:
        assert row["config"]["learning_rate"] > 0
        assert row["because"]
        assert row["low"] <= row["predicted"] <= row["high"]
    assert "35 runs of digits_mlp" in found["note"]


def test_advice_is_about_runs_that_have_not_ended(site):
    """Each row names a run of the task and says what to do with it, or the note says that all have ended."""
    found = slowly(site, "advice", task=TASK)
    assert found["rows"] or "ended" in found["note"]
    for row in found["rows"]:
        assert row["run"] in runs_of(site, TASK)
        assert row["advice"] in {"stop", "keep", "undecided", "ended"}


def test_a_kept_answer_comes_at_once(site):
    """What was answered before and rests on the same runs is not made again."""
    first = slowly(site, "importance", task="parity_mlp")
    again = ask(site, "importance", task="parity_mlp")
    assert again == first
    assert again["refreshing"] is False


def test_problems_are_listed(site):
    """The demo logs have none."""
    assert ask(site, "problems") == {"rows": []}


@pytest.mark.parametrize(
    ("path", "query", "says"),
    [
        ("curves", {"run": 1}, "'metric' is missing"),
        ("curves", {"metric": "x" * 2000, "run": 1}, "too long"),
        ("curves", {"metric": METRIC, "run": "../../etc/passwd"}, "whole number"),
        ("curves", {"metric": METRIC, "run": "1e3"}, "whole number"),
        ("curves", {"metric": METRIC, "run": "٣"}, "whole number"),
        ("curves", {"metric": METRIC, "run": 1, "points": 10**9}, "whole number"),
        ("curves", {"metric": METRIC, "run": list(range(1001))}, "at most 1000"),
        ("suggestions", {"n": 1000}, "whole number"),
        ("importance", {"task": "digit_mlp"}, "did you mean 'digits_mlp'"),
        ("events", {"revision": "-1"}, "whole number"),
        ("curves", {"metric": METRIC, "evil": 1}, "unknown question 'evil'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(site, path, query, says):
    """The answer says what is wrong and what to do, as every error of logminer."""
    error = ask(site, path, 400, **query)["error"]
    assert says in error["what"] + error["next"]


def test_what_is_not_there_is_not_found(site):
    """An unknown address is an error in the same form."""
    assert "what" in ask(site, "secrets", 404)["error"]


def test_a_fault_tells_the_client_nothing(site, monkeypatch):
    """No traceback, no path, no message of an exception leaves the server."""

    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("logminer.dashboard.app.draw_curves", fail)
    answer = site.get("/api/curves", params={"metric": METRIC, "run": 1})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["error"]["what"] == "the server failed"
