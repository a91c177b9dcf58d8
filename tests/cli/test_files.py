"""What commands write to files: a report, pictures of curves."""

import json

from cli_run import run


def test_a_report_is_written(demo_file, tmp_path):
    """One file that names the tasks and needs no network."""
    path = tmp_path / "page.html"
    done = run("report", "-o", str(path), db=demo_file)
    assert done.returncode == 0, done.stderr
    page = path.read_text()
    assert "clusters_mlp" in page
    assert 'src="http' not in page


def test_curves_of_unfinished_runs(demo_file, tmp_path):
    """Each run cut short is forecast with advice, and drawn with the others of its task."""
    pictures = tmp_path / "pictures"
    done = run(
        "curves", "--task", "digits_mlp", "-o", str(pictures), "--format", "json", db=demo_file
    )
    (row,) = json.loads(done.stdout)
    assert row["low"] < row["expected"] < row["high"]
    assert row["advice"].startswith(("go on", "stop"))
    assert (pictures / "curves-1.png").read_bytes().startswith(b"\x89PNG")
