"""Parquet, Feather and Arrow files: the same runs as from CSV, in pieces of bounded size, whatever wrote them."""

import contextlib
import sys

import numpy as np
import pytest

from logminer.core.parsed import Points, Resume
from logminer.core.problem import NotALogError
from logminer.formats import Match, Probe, csv, feather, parquet
from logminer.formats.frames import arrow_table, pieces

pa = pytest.importorskip("pyarrow", reason="pip install 'logminer[frames]'")
pq = pytest.importorskip("pyarrow.parquet")

SEARCH = {
    "run": ["a", "b", "c", "d"],
    "params.lr": ["0.1", "0.01", "0.001", "0.05"],  # MLflow keeps parameters as texts
    "params.optimizer": ["sgd", "adam", None, "sgd"],
    "metrics.val_loss": [0.5, 0.25, None, float("nan")],
    "status": ["FINISHED", "FINISHED", "FAILED", "FINISHED"],
}


def read(path, module=parquet):
    """A file read to its end, as ingest does: its runs by key, and all points."""
    probe = Probe.of(path)
    assert module.sniff(probe) is Match.EXACT
    runs, parts, resume, calls = {}, [], Resume(), 0
    while True:
        log = module.read(probe, resume)
        keys = [run.key for run in log.runs]
        for run in log.runs:
            runs.setdefault(run.key, run)
        order = {key: i for i, key in enumerate(runs)}
        log.points.run = np.array([order[k] for k in keys], "i4")[log.points.run]
        parts.append(log.points)
        calls += 1
        assert log.offset > resume.offset
        if log.offset >= probe.size:
            return runs, Points.concat(parts), calls
        resume = Resume(log.offset, log.state)


def write_arrow(path, table, *, stream=False):
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


def test_a_table_of_runs_is_that_of_its_csv(tmp_path):
    """Texts of numbers are numbers; null was not measured, NaN was."""
    table = pa.table(SEARCH)
    pq.write_table(table, tmp_path / "runs.parquet")
    write_arrow(tmp_path / "runs.feather", table)
    write_arrow(tmp_path / "runs.arrows", table, stream=True)
    text = "run,params.lr,params.optimizer,metrics.val_loss,status\na,0.1,sgd,0.5,FINISHED\nb,0.01,adam,0.25,FINISHED\nc,0.001,,,FAILED\nd,0.05,sgd,nan,FINISHED\n"
    (tmp_path / "runs.csv").write_text(text)
    expected = csv.read(Probe.of(tmp_path / "runs.csv"), Resume())
    for name, module in (
        ("runs.parquet", parquet),
        ("runs.feather", feather),
        ("runs.arrows", feather),
    ):
        log = module.read(Probe.of(tmp_path / name), Resume())
        assert [(r.key, r.params, r.status) for r in log.runs] == [
            (r.key, r.params, r.status) for r in expected.runs
        ]
        assert np.array_equal(log.points.value, expected.points.value, equal_nan=True)


@pytest.mark.parametrize("name", ["part-00000", "history.csv", "log.data", "x.pq"])
def test_contents_decide(name, tmp_path):
    """A Parquet file under any name is one, and a text called .parquet is none."""
    pq.write_table(
        pa.table({"epoch": range(6), "loss": [1.0, 0.5, 0.4, 0.3, 0.2, 0.1]}), tmp_path / name
    )
    assert len(read(tmp_path / name)[1]) == 6
    text = tmp_path / "text.parquet"
    text.write_text("epoch,loss\n1,2\n")
    assert parquet.sniff(Probe.of(text)) is Match.NO


def test_columns_of_every_type(tmp_path):
    """Decimals, dictionaries, structs, times and lists; blobs, maps and nothing at all are left out."""
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal

    table = pa.table({
        "config": [{"lr": 0.1, "data": {"size": 8}}, {"lr": 0.2, "data": {"size": 16}}, {"lr": 0.4, "data": {"size": 8}}],
        "optimizer": pa.array(["sgd", "adam", "sgd"]).dictionary_encode(),
        "score": pa.array([Decimal("0.5"), None, Decimal("0.75")]),
        "amp": [True, False, None],
        "start_time": [datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3)],
        "took": [timedelta(seconds=s) for s in (1, 5, 3)],
        "val_loss": [[3.0, 2.0], [3.0, 1.0], None],
        "image": [b"\0", b"\1", b"\2"],
        "tags": pa.array([[("a", "b")], [], []], pa.map_(pa.string(), pa.string())),
        "nothing": pa.nulls(3),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "runs.parquet")
    runs, points, _ = read(tmp_path / "runs.parquet")
    first = runs["0"]
    assert first.params == {"lr": 0.1, "data.size": 8}
    assert first.cells == {"optimizer": "sgd", "score": 0.5, "amp": True, "took": 1}
    assert first.started == datetime(2026, 5, 1, tzinfo=UTC).timestamp()
    assert (points.names, points.value.tolist()) == (["val_loss"], [3.0, 2.0, 3.0, 1.0])


@pytest.mark.parametrize("kind", ["parquet", "feather", "stream"])
def test_large_files_are_read_in_pieces(kind, tmp_path, monkeypatch):
    """Stacked runs come out whole across pieces, batches and row groups; the reader goes on where it was."""
    monkeypatch.setattr(pieces, "CELLS", 400)
    rows = 3_000
    table = pa.table({
        "run": np.repeat(["a", "b", "c"], 1000), "step": np.tile(np.arange(1000), 3),
        "loss": np.random.default_rng(0).random(rows), "acc": np.arange(rows) / rows,
    })  # fmt: skip
    path = tmp_path / "history"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=70)
    else:
        write_arrow(path, table, stream=kind == "stream")
    runs, points, calls = read(path, parquet if kind == "parquet" else feather)
    assert list(runs) == ["a", "b", "c"]
    assert calls == 30
    for name in ("loss", "acc"):
        mine = points.take(points.metric == points.names.index(name))
        order = np.lexsort((mine.step, mine.run))
        assert np.array_equal(mine.value[order], table[name].to_numpy())


def test_a_piece_read_by_another_process_is_the_same(tmp_path, monkeypatch):
    """Without the reader that was kept open, rows before are passed over."""
    monkeypatch.setattr(pieces, "CELLS", 10)
    pq.write_table(
        pa.table({"epoch": range(20), "loss": np.arange(20) / 7}), tmp_path / "h.parquet"
    )
    probe = Probe.of(tmp_path / "h.parquet")
    first = parquet.read(probe, Resume())
    pieces._last.clear()
    second = parquet.read(probe, Resume(first.offset, first.state))
    assert second.points.step.tolist() == [5, 6, 7, 8, 9]


def test_a_file_written_anew_is_read_anew(tmp_path, monkeypatch):
    """Another end of the file tells that what was read of it is another."""
    monkeypatch.setattr(pieces, "CELLS", 10)
    path = tmp_path / "h.parquet"
    pq.write_table(pa.table({"epoch": range(20), "loss": np.arange(20) / 7}), path)
    first = parquet.read(Probe.of(path), Resume())
    pq.write_table(pa.table({"epoch": range(30), "loss": np.arange(30) / 9}), path)
    second = parquet.read(Probe.of(path), Resume(first.offset, first.state))
    assert second.anew
    assert second.points.step.tolist() == [0, 1, 2, 3, 4]


def test_damage_is_said(tmp_path):
    """A file cut off, an encrypted one, old Feather: one line each; rows before the damage of a stream are kept."""
    path = tmp_path / "h.parquet"
    pq.write_table(pa.table({"epoch": range(9), "loss": np.arange(9) / 7}), path)
    data = path.read_bytes()
    path.write_bytes(data[:-30])
    with pytest.raises(ValueError, match="still being written"):
        parquet.read(Probe.of(path), Resume())
    path.write_bytes(data[:100] + b"\xff" * 200 + data[300:])
    with pytest.raises((ValueError, OSError)):
        parquet.read(Probe.of(path), Resume())
    (tmp_path / "e.parquet").write_bytes(b"PARE" + bytes(60))
    with pytest.raises(ValueError, match="encrypted"):
        parquet.read(Probe.of(tmp_path / "e.parquet"), Resume())
    (tmp_path / "v1.feather").write_bytes(b"FEA1" + bytes(60))
    with pytest.raises(ValueError, match="version 1"):
        feather.read(Probe.of(tmp_path / "v1.feather"), Resume())
    table = pa.table({"epoch": range(9), "loss": np.arange(9) / 7})
    with pa.ipc.new_stream(str(tmp_path / "s.arrows"), table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    whole = (tmp_path / "s.arrows").read_bytes()
    (tmp_path / "s.arrows").write_bytes(whole[: len(whole) * 3 // 4])
    log = feather.read(Probe.of(tmp_path / "s.arrows"), Resume())
    assert len(log.points) >= 3
    rest = feather.read(Probe.of(tmp_path / "s.arrows"), Resume(log.offset, log.state))
    assert len(rest.problems) == 1


def test_data_sets_are_no_logs(tmp_path):
    """A table of texts or of predictions is refused by its first rows; what is packed too well is not unpacked."""
    pq.write_table(pa.table({"text": ["a", "b"], "source": ["x", "y"]}), tmp_path / "train.parquet")
    with pytest.raises(NotALogError):
        parquet.read(Probe.of(tmp_path / "train.parquet"), Resume())
    pq.write_table(
        pa.table({"loss": np.zeros(3_000_000), "epoch": np.zeros(3_000_000)}),
        tmp_path / "bomb.parquet",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_MANY_CELLS", 1_000_000)
        with pytest.raises(ValueError, match="not read"):
            parquet.read(Probe.of(tmp_path / "bomb.parquet"), Resume())


def test_columns_of_documents_are_left_out(tmp_path, monkeypatch):
    """Texts that would take more memory than a log's are data, also where a dictionary holds them once."""
    monkeypatch.setattr(arrow_table, "_MOST_CHARACTERS", 5_000)
    table = pa.table(
        {"epoch": range(10), "loss": np.arange(10) / 7, "page": ["x" * 600] * 10, "run": ["a"] * 10}
    )
    pq.write_table(table, tmp_path / "h.parquet")
    runs, points, _ = read(tmp_path / "h.parquet")
    assert len(points) == 10
    assert all("page" not in {*run.cells, *run.meta} for run in runs.values())


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    """The message names the extra, and the file is looked at again by the next ingest: an OSError."""
    path = tmp_path / "runs.parquet"
    pq.write_table(pa.table(SEARCH), path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(OSError, match=r"\[frames\]"):
        parquet.read(Probe.of(path), Resume())


def _packed(path, table, codec="lz4", *, stream=False):
    options = pa.ipc.IpcWriteOptions(compression=codec)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(str(path), table.schema, options=options) as writer:
        writer.write_table(table)
    return path


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_a_batch_that_unpacks_to_too_much_is_not_unpacked(tmp_path, monkeypatch, codec, stream):
    """What it would take is read from its buffers; batches before it are kept and the rest is said."""
    monkeypatch.setattr(feather, "_MOST_UNPACKED", 100_000)
    small = {"step": list(range(40)), "loss": [1.0 / (i + 1) for i in range(40)]}
    large = {"step": list(range(40, 40_040)), "loss": [0.0] * 40_000}
    path = tmp_path / "history.arrow"
    both = pa.concat_tables([pa.table(small), pa.table(large)])
    probe = Probe.of(_packed(path, both, codec, stream=stream))
    log = feather.read(probe, Resume())
    assert len(log.points.step) == 40
    end = feather.read(probe, Resume(log.offset, log.state))
    assert "640,000 bytes" in end.problems[0].what
    only = Probe.of(_packed(tmp_path / "one.arrow", pa.table(large), codec, stream=stream))
    with pytest.raises(ValueError, match="smaller batches"):
        feather.read(only, Resume())


def test_dictionaries_count_and_plain_batches_do_not(tmp_path, monkeypatch):
    """A dictionary is unpacked with the first batch; what is not compressed is not unpacked at all."""
    monkeypatch.setattr(feather, "_MOST_UNPACKED", 100_000)
    words = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a" * 90_000, "b" * 90_000]))
    table = pa.table({"run": words, "loss": [0.5, 0.25]})
    with pytest.raises(ValueError, match="unpacks to"):
        feather.read(Probe.of(_packed(tmp_path / "d.arrow", table)), Resume())
    rows = pa.table({"step": list(range(20_000)), "loss": [0.5] * 20_000})
    _, points, _ = read(write_arrow(tmp_path / "plain.arrow", rows), feather)
    assert len(points.step) == 20_000


def test_damaged_metadata_of_a_batch(tmp_path):
    """Whatever byte of the metadata is damaged, the file is read or said to be damaged."""
    path = _packed(tmp_path / "r.arrow", pa.table({"step": [1, 2, 3], "loss": [3.0, 2.0, 1.0]}))
    whole = path.read_bytes()
    for place in range(8, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(ValueError, OSError):  # any other error fails
            feather.read(Probe.of(path), Resume())
