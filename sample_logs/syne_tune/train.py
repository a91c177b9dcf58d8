"""The script that the Syne Tune sample tunes: reports an accuracy after each epoch."""

import argparse
import math

from syne_tune import Reporter

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, kind in (("lr", float), ("width", int), ("epochs", int)):
        parser.add_argument(f"--{name}", type=kind)
    asked, _ = parser.parse_known_args()
    report = Reporter()
    for epoch in range(1, asked.epochs + 1):
        best = 1 / (1 + abs(math.log10(asked.lr) + 2))
        report(epoch=epoch, val_acc=best * (1 - math.exp(-epoch)))
