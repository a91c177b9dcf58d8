# /// script
# requires-python = ">=3.11"
# dependencies = ["pandas==3.1.1", "openpyxl==3.1.5", "odfpy==1.4.1"]
# ///
"""Write the spreadsheet samples: a sheet of runs with a title above, and one of curves, by openpyxl and by odfpy."""

from datetime import datetime
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
RUNS = pd.DataFrame({
    "run": ["a", "b", "c", "d"],
    "learning rate": [0.1, 0.01, 0.001, 0.0001],
    "batch_size": [16, 32, 16, 32],
    "optimizer": ["sgd", "adam", "adam", "sgd"],
    "Acc (%)": [81.5, 93.25, 90.0, None],
    "status": ["finished", "finished", "finished", "crashed"],
    "started": [datetime(2026, 5, day, 12, 30) for day in (1, 2, 3, 4)],  # noqa: DTZ001 - cells know no zone
})  # fmt: skip
CURVE = pd.DataFrame({"epoch": range(4), "loss": [1.0, 0.5, 0.25, 0.125], "lr": 0.1})


def main():
    for folder, name in (("openpyxl", "results.xlsx"), ("odfpy", "results.ods")):
        (HERE / folder).mkdir(exist_ok=True)
        with pd.ExcelWriter(HERE / folder / name) as writer:
            RUNS.to_excel(writer, sheet_name="Runs", index=False, startrow=2)
            if folder == "openpyxl":
                writer.sheets["Runs"]["A1"] = "What we tried in May"
            CURVE.to_excel(writer, sheet_name="Curve of b", index=False)
            pd.DataFrame({"note": ["try warmup"]}).to_excel(writer, sheet_name="Notes", index=False)


if __name__ == "__main__":
    main()
