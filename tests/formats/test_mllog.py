"""MLPerf logs: parameters, metrics and the end of a run among other output."""

import json

from log_files import curve, read, write

from logminer.formats import Match, Probe, mllog


def line(key, value=None, kind="POINT_IN_TIME", time=1_700_000_000_000, **metadata):
    return ":::MLLOG " + json.dumps(
        {"time_ms": time, "event_type": kind, "key": key, "value": value, "metadata": metadata}
    )


def test_mllog_tells_parameters_metrics_and_the_end(tmp_path):
    """Settings are parameters, placed values metrics, run_stop the status; other output is passed over."""
    lines = [
        "starting up", "0: " + line("opt_base_learning_rate", 0.1), line("seed", 3), line("submission_org", "x"),
        line("run_start", kind="INTERVAL_START"), line("eval_accuracy", 0.5, epoch_num=4), ":::MLLOG {broken}",
        line("eval_accuracy", 0.75, epoch_num=8), line("tracked_stats", {"throughput": 9.0}, epoch_num=4),
        line("run_stop", kind="INTERVAL_END", time=1_700_000_060_000, status="aborted"),
    ]  # fmt: skip
    log = read(write(tmp_path, "result_0.txt", "\n".join(lines)), mllog)
    run = log.runs[0]
    assert curve(log, "eval_accuracy") == [(4, 0.5), (8, 0.75)]
    assert curve(log, "tracked_stats/throughput") == [(4, 9.0)]
    assert (run.params, run.meta) == (
        {"opt_base_learning_rate": 0.1, "seed": 3},
        {"submission_org": "x"},
    )
    assert (run.status, run.reason, run.ended - run.started) == ("failed", "aborted", 60.0)
    assert [p.where for p in log.problems] == ["line 7"]


def test_mllog_may_come_late(tmp_path):
    """A result file is known by its name and a mark far behind a long preamble."""
    preamble = "x" * 20_000 + "\n"
    path = write(tmp_path, "result_1.txt", preamble + line("run_start", kind="INTERVAL_START"))
    assert mllog.sniff(Probe.of(path)) is Match.EXACT
    assert read(path, mllog).runs[0].status == "running"
