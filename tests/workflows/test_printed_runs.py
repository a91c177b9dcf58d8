"""Which runs a folder of printed logs holds, by ingest."""

from csv_runs import read_in


def curve(lr, last, start=0):
    lines = [f"Namespace(lr={lr}, max_steps=20)"]
    return (
        "\n".join(
            [*lines, *(f"step {i} val_loss: {last + 20 - i}.5" for i in range(start, 21, 10))]
        )
        + "\n"
    )


def runs_of(store, folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert not read_in(store, folder / "logs").problems
    runs = store.read.runs()
    return dict(zip(runs["name"], runs["status"], strict=True))


def test_logs_of_a_program_side_by_side_are_runs(store, tmp_path):
    """Numbers, hashes, dates and names of their own tell them apart."""
    names = ("slurm-7.out", "slurm-8.out", "wider.log", "deeper.log", "a3f91c.txt", "7be20d.txt")
    found = runs_of(
        store, tmp_path, {f"logs/{name}": curve(0.1 * i, i) for i, name in enumerate(names)}
    )
    assert found == {name.rpartition(".")[0]: "finished" for name in names}


def test_parts_of_a_run_are_one(store, tmp_path):
    """A log of training beside one of evaluation and a config are what one run left."""
    files = {
        "train.log": curve(0.1, 1),
        "eval.log": "step 20 test_acc: 0.5\nstep 30 test_acc: 0.6\n",
        "config.yaml": "lr: 0.1\n",
    }
    assert runs_of(store, tmp_path, {f"logs/a/{name}": text for name, text in files.items()}) == {
        "a": "finished"
    }


def test_trainings_in_one_file_are_runs(store, tmp_path):
    """The counter starts anew below another header; what goes on after a restart is the same run."""
    files = {
        "logs/a/train.log": curve(0.1, 1) + curve(0.2, 2),
        "logs/b/train.log": curve(0.1, 1) + curve(0.1, 3, 10),
    }
    assert runs_of(store, tmp_path, files) == {"a": "finished", "a#2": "finished", "b": "finished"}
