# /// script
# requires-python = ">=3.11"
# dependencies = ["clearml==2.1.12"]
# ///
"""Write the ClearML sample, by ClearML itself: an offline session, as a folder and as its archive."""

import json
import os
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from scratch import keep, scratch_folder  # noqa: E402
from tiny_training import train  # noqa: E402


def log_run(Task):
    Task.set_offline(offline_mode=True)
    task = Task.init(
        project_name="clouds",
        task_name="sgd",
        tags=["tiny"],
        auto_connect_frameworks=False,
        auto_connect_arg_parser=False,
        auto_connect_streams=False,
        auto_resource_monitoring=False,
    )
    task.connect({"lr": 0.3, "optimizer": {"name": "sgd", "momentum": 0.0}, "layers": [2, 1]})
    task.connect({"size": 200}, name="Data")
    logger = task.get_logger()
    for row in train(0.3, epochs=5):
        loss = float("nan") if row["epoch"] == 2 else row["train_loss"]
        logger.report_scalar("loss", "train", value=loss, iteration=10 * row["epoch"])
        logger.report_scalar("acc", "acc", value=row["val_accuracy"], iteration=10 * row["epoch"])
    logger.report_single_value("best", row["val_accuracy"])
    task.close()
    return Path(task.get_offline_mode_folder())


def anonymise(folder):
    """The script with its difference to the repository is not kept."""
    path = folder / "task.json"
    task = json.loads(path.read_text())
    task["script"] = {"entry_point": "train.py", "version_num": "3f2a91c", "branch": "main"}
    task["offline_folder"] = folder.name
    path.write_text(json.dumps(task))


if __name__ == "__main__":
    with scratch_folder() as home:
        os.environ["HOME"] = str(home)
        from clearml import Task

        session = log_run(Task)
        anonymise(session)
        keep(session, HERE / "session" / session.name, ("log.jsonl",))
        (HERE / "archive").mkdir(exist_ok=True)
        with zipfile.ZipFile(
            HERE / "archive" / f"{session.name}.zip", "w", zipfile.ZIP_DEFLATED
        ) as archive:
            for name in ("task.json", "metrics.jsonl"):  # what ClearML packs, less its console log
                archive.write(session / name, name)
