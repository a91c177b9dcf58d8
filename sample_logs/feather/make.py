# /// script
# requires-python = ">=3.11"
# dependencies = ["pandas==3.1.1", "pyarrow==26.0.1"]
# ///
"""Write the Feather samples: a curve as pandas writes it (LZ4), and the same as an Arrow stream of two batches."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

HERE = Path(__file__).parent


def main():
    epoch = range(6)
    clock = pd.to_datetime([1_700_000_000 + 60 * e for e in epoch], unit="s", utc=True)
    frame = pd.DataFrame({
        "epoch": epoch, "timestamp": clock, "train_loss": [1 / (1 + e) for e in epoch],
        "val_acc": [None if e % 2 else e / 10 for e in epoch],
    })  # fmt: skip
    for name in ("pandas", "stream"):
        (HERE / name).mkdir(exist_ok=True)
    frame.to_feather(HERE / "pandas" / "history.feather")
    table = pa.Table.from_pandas(frame)
    with pa.ipc.new_stream(str(HERE / "stream" / "history.arrows"), table.schema) as writer:
        writer.write_table(table, max_chunksize=4)


if __name__ == "__main__":
    main()
