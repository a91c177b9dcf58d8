"""Write the checkpoint sample: a pickle and a text that only has the name of one. `python make.py`."""

import pickle
from pathlib import Path

HERE = Path(__file__).parent / "weights"

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    (HERE / "training_args.bin").write_bytes(pickle.dumps({"learning_rate": 0.1}))
    (HERE / "classes.bin").write_text("cat\ndog\n")
