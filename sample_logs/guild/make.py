# /// script
# requires-python = ">=3.11"
# dependencies = ["guildai==0.9.0", "setuptools<81"]
# ///
"""Write the Guild AI sample, by Guild itself: a script run twice, the second time to an error."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402

SCRIPT = """\
lr = 0.1
optimizer = "sgd"
losses = [1.0] * 1
for step in range(5):
    losses.append(losses[-1] * abs(1 - lr))
    print(f"step: {10 * step}")
    print(f"loss: {losses[-1]}")
if lr > 2:
    raise ValueError("the loss grows")
"""
NOT_KEPT = (
    "sourcecode",
    "pip_freeze",
    "env",
    "platform",
    "plugins",
    "deps",
    "run_params",
    "op",
    "manifest",
)

if __name__ == "__main__":
    with scratch_folder() as folder:
        (folder / "home").mkdir()
        (folder / "clouds").mkdir()
        (folder / "clouds" / "train.py").write_text(SCRIPT)
        guild = Path(sys.executable).with_name("guild")
        for lr in ("0.3", "2.5"):
            words = ["run", "train.py", f"lr={lr}", "--yes", "--label", f"sgd {lr}"]
            environment = os.environ | {"GUILD_HOME": str(folder / "home")}
            subprocess.run([guild, *words], cwd=folder / "clouds", env=environment, check=False)
        for events in (folder / "home" / "runs").rglob("*tfevents*"):
            time = events.name.split(".")[3]
            events.rename(events.with_name(f"events.out.tfevents.{time}.node1.1.0"))
        keep(folder / "home" / "runs", HERE / "runs", NOT_KEPT, home=folder)
