"""Do published priors help on sources they have not seen? Leave one source out, in nats.

    python benchmarks/priors.py                 all families with at least four sources
    python benchmarks/priors.py --by-parameter image_classification
    python benchmarks/priors.py --by-owner      stricter: one owner's repositories share habits

Each source of a family is held out in turn and the prior built from the others. The gain of a held-out config
is its log density under that prior minus its log density under the plain space (the same bounds, nothing
believed), summed over the parameters both know; values beyond the bounds count as on them. A source's gain is
the mean over its configs (groups alike), a family's the mean over its sources, with a 90 % t-interval over
sources. ``priors/build.py`` stores the stricter of the two ways, and the confidence follows from it.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "priors"))

import build  # type: ignore[import-not-found]

from logminer.published.evidence import LEAST_SOURCES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", help="families; all with enough sources by default")
    parser.add_argument(
        "--by-parameter", action="store_true", help="also the gain of each parameter"
    )
    parser.add_argument(
        "--by-owner", action="store_true", help="hold out all repositories of an owner at once"
    )
    options = parser.parse_args()
    known = sorted({row["family"] for row in build.rows("records")})
    print(f"{'family':24} {'held-out source':36} {'configs':>7} {'gain, nats/config':>18}")
    for family in options.families or known:
        result = build.family_result(family, by_owner=options.by_owner)
        if len(result.by_source) < LEAST_SOURCES and not options.families:
            continue
        for source, gain in sorted(result.by_source.items(), key=lambda item: -item[1]):
            repo = source if options.by_owner else build.sources()[source].repo
            print(f"{family:24} {repo:36} {result.configs[source]:7} {gain:+18.2f}")
        found = result.evidence
        interval = "" if found.low is None else f" [{found.low:+.2f}, {found.high:+.2f}]"
        print(f"{family:24} mean {found.gain:+.2f}{interval}  {found.confidence}\n")
        if options.by_parameter:
            for name, gain in sorted(result.by_parameter.items(), key=lambda item: -item[1]):
                print(f"{family:24}   {name:34} {gain:+26.2f}")


if __name__ == "__main__":
    main()
