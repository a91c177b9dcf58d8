"""Tables that grow, and many at once, end like one that is read alone and whole."""

import os
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import LONG_AGO

from logminer.core.parsed import ParsedLog, Points, Resume
from logminer.formats import Probe, csv
from logminer.formats.tables import blocks


def follow(path, pieces):
    """Append pieces to a file, read after each, and join what was read as the store would."""
    log, whole = ParsedLog(), Points.empty()
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        try:
            log = csv.read(Probe.of(path), Resume(log.offset, log.state))
        except ValueError:
            log, whole = ParsedLog(), Points.empty()
            continue
        whole = log.points if log.anew else Points.concat([whole, log.points])
    return whole


@given(cuts=st.lists(st.integers(0, 200), max_size=6), end=st.booleans())
@settings(max_examples=60, deadline=None)
def test_growing_file_ends_like_one_read_at_once(tmp_path_factory, cuts, end):
    """However a table is cut while it grows, in the end the same points are known."""
    folder = tmp_path_factory.mktemp("grow")
    text = b"step,loss,acc\n" + b"".join(b"%d,%.3f,%d\n" % (i, 1 / (i + 1), i) for i in range(12))
    text = text if end else text.rstrip()
    marks = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[a:b] for a, b in pairwise(marks)]
    grown = follow(folder / "a.csv", pieces)
    (folder / "b.csv").write_bytes(text)
    once = csv.read(Probe.of(folder / "b.csv"), Resume()).points
    assert grown.names == once.names
    for column in ("metric", "step", "value"):
        assert getattr(grown, column).tolist() == getattr(once, column).tolist()


def test_long_table_is_read_on_where_it_ended(tmp_path, monkeypatch):
    """A table beyond the settling size is read in blocks, and appended rows alone are read on."""
    monkeypatch.setattr("logminer.formats.tables.row_log.SETTLED", 2_000)
    monkeypatch.setattr(blocks, "BLOCK", 2_500)
    path = tmp_path / "log.csv"
    rows = [f"{i},{i * 0.5}\n" for i in range(900)]
    path.write_text("step,loss\n" + "".join(rows[:800]))
    log, steps, reads = ParsedLog(), [], 0
    while log.offset < path.stat().st_size:
        log = csv.read(Probe.of(path), Resume(log.offset, log.state))
        steps = log.points.step.tolist() if log.anew else steps + log.points.step.tolist()
        reads += 1
    assert steps == list(range(800))
    assert reads > 2
    with path.open("a") as file:
        file.write("".join(rows[800:]))
    log = csv.read(Probe.of(path), Resume(log.offset, log.state))
    assert log.points.step[0] == 800
    assert not log.anew


def test_unfinished_last_line_waits(tmp_path):
    """While a file may grow its last line is left for next time, even with all of its cells; the look says so."""
    path = tmp_path / "log.csv"
    for end in ("2,0.1", "2,0.1,7", "2,0.1,7.50"):
        path.write_text(f"step,loss,acc\n1,2,3\n{end}")
        log = csv.read(Probe.of(path), Resume())
        assert log.points.step.tolist() == [1, 1]
        assert [problem.passing for problem in log.problems] == [True]
    path.write_text("step,loss,acc\n1,2,3\n2,0.1,7\n")
    log = csv.read(Probe.of(path), Resume(log.offset, log.state))
    assert log.points.step.tolist() == [1, 2, 1, 2]
    assert not log.problems


def test_header_waits_for_its_end(tmp_path):
    """Half a name is no metric."""
    path = tmp_path / "log.csv"
    path.write_text("step,los")
    log = csv.read(Probe.of(path), Resume())
    assert not log.runs
    assert log.problems[0].passing
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert "column names" in csv.read(Probe.of(path), Resume()).problems[0].what


def test_many_tables_are_read_like_each_alone(tmp_path):
    """Reading together gives what reading alone gives; a bad file spoils none."""
    jobs = []
    for i in range(6):
        path = tmp_path / f"t{i}.csv"
        odd = {
            3: "prose, only prose.\nnothing, at all.\n",
            4: "step,loss,acc\n1,nan,\n2,2,x\n3,1,1\n",
        }
        path.write_text(odd.get(i, f"step,loss,acc\n1,{i},0.5\n2,{i / 3},\n"))
        jobs.append((Probe.of(path), Resume()))
    logs = csv.read_many(jobs)
    assert isinstance(logs[3], ValueError)
    for i in (0, 1, 2, 4, 5):
        alone = csv.read(*jobs[i])
        assert str(logs[i].points) == str(alone.points)
        assert logs[i].runs == alone.runs
        assert logs[i].problems == alone.problems
        assert (logs[i].offset, logs[i].state) == (os.path.getsize(jobs[i][0].path), alone.state)
