"""Coverage-guided fuzzing of every format's parser with atheris.

    pip install atheris
    python benchmarks/fuzz.py csv --seconds 60
    python benchmarks/fuzz.py all --seconds 30

Each input is written to a file with a name the format would take, then sniffed and read. A parser may refuse a
file (ValueError, OSError) or report problems; any other exception, and any point that is not in a column of
the right length, is a finding: its input is written to the current folder, to become a test.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "sample_logs"


def names_of(module):
    """A file name for each pattern of a format."""
    return [pattern.replace("*", "x") for pattern in module.NAMES]


def check(module, folder, data):
    """Sniff and read one input under each name; raise on what must never happen."""
    from logminer.core.parsed import Resume
    from logminer.formats import Match, Probe

    for name in names_of(module)[:2]:
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        try:
            probe = Probe.of(path)
            if module.sniff(probe) is not Match.NO:
                points = module.read(probe, Resume()).points
                lengths = {
                    len(c)
                    for c in (points.run, points.metric, points.step, points.wall, points.value)
                }
                assert len(lengths) == 1, lengths
        except (ValueError, OSError):
            pass
        finally:
            path.unlink()


def fuzz(name, seconds):
    import atheris

    with atheris.instrument_imports(include=["logminer.formats"]):
        from logminer.formats import FORMATS

        module = FORMATS.load(name)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as corpus:
        for i, sample in enumerate(
            f for f in (SAMPLES / name).rglob("*") if f.is_file() and f.suffix != ".py"
        ):
            Path(corpus, str(i)).write_bytes(sample.read_bytes()[:20_000])
        options = [
            sys.argv[0],
            corpus,
            f"-max_total_time={seconds}",
            "-max_len=20000",
            "-rss_limit_mb=2000",
            "-timeout=20",
        ]
        options.append(f"-artifact_prefix={Path.cwd()}/finding-{name}-")
        atheris.Setup(options, lambda data: check(module, folder, data))
        atheris.Fuzz()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("format")
    parser.add_argument("--seconds", type=int, default=60)
    args = parser.parse_args()
    if args.format != "all":
        fuzz(args.format, args.seconds)
        return
    from logminer.formats import FORMATS

    failed = []
    for name in FORMATS.names():
        command = [sys.executable, __file__, name, "--seconds", str(args.seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "")
        print(f"{name:<16} {'ok' if done.returncode == 0 else 'FINDING'}  {last[:100]}", flush=True)
        failed += [name] * bool(done.returncode)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
