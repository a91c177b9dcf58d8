"""A printed log that ends in an error is a failed run; an error that was survived is none."""

import re

import pytest
from log_files import read, write

from logminer.formats import text
from logminer.formats.text import LinePattern

TRAINED = "epoch 1 loss=2.0\nepoch 2 loss=1.0\n"
FRAMES = 'Traceback (most recent call last):\n  File "train.py", line 9, in <module>\n    loss = step(x)\n'
CHAINED = "KeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n"
MEMORY = "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 9.9 GiB total capacity)"


def ended(tmp_path, end, form=text):
    run = read(write(tmp_path, "train.log", TRAINED + end), form).runs[0]
    return run.status, run.reason


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (f"{FRAMES}ValueError: loss=nan at epoch 3\n", "ValueError: loss=nan at epoch 3"),
        (f"{FRAMES}AssertionError\n\n", "AssertionError"),
        (f"{FRAMES}{MEMORY}\nSee the documentation for Memory Management\n", MEMORY),
        (f"{FRAMES}{CHAINED}{FRAMES}json.decoder.JSONDecodeError: Expecting value\n", "json.decoder.JSONDecodeError: Expecting value"),
        ("".join(f"[rank1]: {line}\n" for line in f"{FRAMES}RuntimeError: NCCL".splitlines())
         + "srun: error: n1: task 1: Exited with exit code 1\n", "RuntimeError: NCCL"),
        ("Traceback (most recent call last):\nRuntimeError: CUDA out of memory\n", "RuntimeError: CUDA out of memory"),
        (f"{MEMORY}\n", MEMORY),
        ("RuntimeError: CUDA out of memory. Tried to allocate 20 MiB", "RuntimeError: CUDA out of memory. Tried to allocate 20 MiB"),
        ("Killed\n", "Killed"),
        ("run.sh: line 3: 4711 Killed                  python train.py\n", "run.sh: line 3: 4711 Killed                  python train.py"),
        ("Segmentation fault (core dumped)\n", "Segmentation fault (core dumped)"),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in step 1.0 cgroup.\n",
         "slurmstepd: error: Detected 1 oom-kill event(s) in step 1.0 cgroup."),
    ],
)  # fmt: skip
def test_a_text_that_ends_in_an_error_is_a_failed_run(tmp_path, end, reason):
    """Tracebacks, memory that is out and signals are the reason, as they were printed; what was measured is kept."""
    assert ended(tmp_path, end) == ("failed", reason)
    assert len(read(tmp_path / "train.log", text).points) >= 2


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (f"{FRAMES}KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***\n",
         "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***"),
    ],
)  # fmt: skip
def test_a_run_that_was_stopped_from_outside_is_preempted(tmp_path, end, reason):
    """Neither the user's Ctrl-C nor the queue's time limit says that the config is bad."""
    assert ended(tmp_path, end) == ("preempted", reason)


@pytest.mark.parametrize(
    "end",
    [
        "",
        f"{FRAMES}{MEMORY}\nepoch 3 loss=0.5\n",
        f"{FRAMES}{MEMORY}\nretrying with a batch of 16\n",
        f"{FRAMES}OSError: upload failed\nTraining finished.\n",
        f"{FRAMES}OSError: upload failed\n" + "copying a file\n" * 20,
        FRAMES,
        f"warning: {MEMORY}, skipping this batch\n",
        "Killed 3 idle workers\n",
        "All workers were Terminated\n",
        "Training finished in 3 h, no CUDA out of memory\n",
        "see the Traceback (most recent call last): of the first run\nValueError: x\n",
    ],
)
def test_an_error_that_was_survived_is_no_end(tmp_path, end):
    """What training went on after, and words that only sound like an error, tell nothing of the end."""
    assert ended(tmp_path, end) == ("unknown", None)


def test_lines_of_a_projects_own_shape_end_likewise(tmp_path):
    """A pattern says what a measurement is; the end is told as for any text."""
    mine = LinePattern("mine", re.compile(r"epoch (?P<step>\d+) loss=(?P<loss>\S+)"))
    assert ended(tmp_path, f"{FRAMES}ValueError: bad\n", mine) == ("failed", "ValueError: bad")
    assert ended(tmp_path, f"{FRAMES}ValueError: bad\nepoch 3 loss=1\n", mine) == ("unknown", None)


def test_a_long_end_without_a_measurement_is_read(tmp_path):
    """The traceback is found behind more text than is looked at."""
    assert ended(tmp_path, "a word\n" * 9_000 + f"{FRAMES}ValueError: x\n") == (
        "failed",
        "ValueError: x",
    )
