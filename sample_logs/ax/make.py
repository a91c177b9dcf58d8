# /// script
# requires-python = ">=3.11"
# dependencies = ["ax-platform==1.3.1", "botorch==0.18.1"]
# ///
"""Write the Ax samples: snapshots of one objective, with a trial that runs, and of two with curves."""

from pathlib import Path

from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

HERE = Path(__file__).parent


def one_objective():
    client = Client(random_seed=0)
    client.configure_experiment(
        name="digits",
        parameters=[
            RangeParameterConfig(
                name="learning_rate", parameter_type="float", bounds=(1e-5, 1e-1), scaling="log"
            ),
            RangeParameterConfig(name="layers", parameter_type="int", bounds=(1, 6)),
            ChoiceParameterConfig(
                name="optimizer", parameter_type="str", values=["sgd", "adam"], is_ordered=False
            ),
        ],
    )
    client.configure_optimization(objective="-val_loss")
    for _ in range(2):
        ((trial, config),) = client.get_next_trials(max_trials=1).items()
        sgd = config["optimizer"] == "sgd"
        loss = (config["learning_rate"] - 0.01) ** 2 + 0.01 * config["layers"] + 0.1 * sgd
        client.complete_trial(trial, raw_data={"val_loss": loss, "test_acc": 1 - loss})
    ((trial, _),) = client.get_next_trials(max_trials=1).items()
    client.mark_trial_failed(trial, failed_reason="out of memory")
    client.get_next_trials(max_trials=1)
    save(client, "one_objective", "ax_client_snapshot.json")
    folder = HERE.parent / "csv/ax"
    folder.mkdir(exist_ok=True)
    client.summarize().to_csv(folder / "trials.csv", index=False)


def two_objectives():
    client = Client(random_seed=0)
    width = RangeParameterConfig(name="width", parameter_type="float", bounds=(0, 1))
    client.configure_experiment(name="two", parameters=[width])
    client.configure_optimization(objective="acc, -cost")
    for _ in range(2):
        ((trial, config),) = client.get_next_trials(max_trials=1).items()
        for epoch in range(3):
            data = {"acc": config["width"] * epoch, "cost": 1.0 - config["width"]}
            client.attach_data(trial, data, progression=epoch)
        client.complete_trial(trial)
    save(client, "two_objectives", "experiment.json")


def save(client, sample, name):
    (HERE / sample).mkdir(exist_ok=True)
    client.save_to_json_file(str(HERE / sample / name))


if __name__ == "__main__":
    one_objective()
    two_objectives()
