"""Take files through every sequence of changes and hold what is stored against what one content alone gives.

    python benchmarks/changing_files.py                 # every sequence of three changes, five kinds of file
    python benchmarks/changing_files.py --random 200    # random sequences of six, one file of every format

``tests/file_changes.py`` says what must be stored after each change. Prints each sequence that ends otherwise, and counts.
"""

import argparse
import itertools
import random
import sys
import tempfile
from pathlib import Path

from logminer.store import open_store
from logminer.workflows.doctor import examine
from logminer.workflows.ingest import ingest

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("", "formats")]

from file_changes import CHANGES, chosen, courses, stored_points  # noqa: E402 - found beside the tests

KINDS = ("csv", "jsonl", "json", "text", "tensorboard")
THREE = ("intact", "emptied", "all zeros", "lfs pointer", "junk", "cut", "restarted")


def follow(folder, sequences):
    """Take a file of each format through its changes, side by side: the number of looks, and which files went wrong.

    Args:
        folder: an empty one.
        sequences: what happens to the file of each format.
    """
    files = {c.path.relative_to(folder).parts[0]: c for c in courses(folder, sequences)}
    looks, wrong = 0, set()
    with open_store(folder.with_suffix(".duckdb"), write=True) as store:
        for step in range(1 + len(next(iter(sequences.values())))):
            for nth, (form, course) in enumerate(files.items()):
                if step:
                    course.change(sequences[form][step - 1], step * 31 + nth)
                else:
                    course.begin()
            ingest(store, [str(folder)])
            said = set(store.read.problems()["path"])
            for form, course in files.items():
                holds, differs = course.expect()
                looks += 1
                if stored_points(store, course.path) != holds.points or (
                    differs and str(course.path) not in said
                ):
                    wrong.add(form)
        if not all(f.ok for f in examine(store) if "add up" in f.what):
            wrong.add("sums")
    return looks, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=0, metavar="N", help="random sequences")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    looks, bad, tried = 0, 0, 0
    plans = [None] * options.random or list(itertools.product(THREE, repeat=3))
    for plan in plans:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "runs"
            forms = KINDS if plan else tuple(chosen())
            sequences = {form: plan or rng.choices(CHANGES, k=6) for form in forms}
            seen, wrong = follow(folder, sequences)
        looks, bad, tried = looks + seen, bad + len(wrong), tried + len(sequences)
        for form in wrong:
            print(f"WRONG {form}: {', '.join(sequences.get(form, ()))}", flush=True)
    print(f"{tried} sequences of {len(plans)} plans, {looks} looks: {bad} wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
