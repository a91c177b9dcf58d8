# /// script
# requires-python = ">=3.11"
# dependencies = ["optuna==5.0.0"]
# ///
"""Write the Optuna journal: the studies of the storage sample, by Optuna itself, and a study that was deleted."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "optuna"))
import importlib.util

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from scratch import keep, scratch_folder

specification = importlib.util.spec_from_file_location(
    "studies", Path(__file__).parents[1] / "optuna" / "make.py"
)
studies = importlib.util.module_from_spec(specification)
specification.loader.exec_module(studies)

if __name__ == "__main__":
    with scratch_folder() as folder:
        storage = JournalStorage(JournalFileBackend("journal.log"))
        gone = optuna.create_study(study_name="gone", storage=storage)
        gone.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
        optuna.delete_study(study_name="gone", storage=storage)
        studies.main(storage)
        keep(folder, Path(__file__).parent / "two_studies")
