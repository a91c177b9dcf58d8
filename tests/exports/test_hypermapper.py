"""HyperMapper: a scenario its schema takes, and past runs it resumes from."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from export_contexts import FULL, hostile_context, make_context

from logminer.core.errors import UsageError
from logminer.exports import hypermapper as target
from logminer.exports import hypermapper_csv as table


def test_the_scenario_says_every_parameter():
    """Bounds, choices as text, ordered numbers, and the first suggestion as default."""
    context = make_context()
    scenario = json.loads(target.write(context))
    found = scenario["input_parameters"]
    assert list(found) == FULL.names
    assert found["layers"]["parameter_type"] == "integer"
    assert found["depth"]["parameter_type"] == "ordinal"
    assert found["nesterov"]["values"] == ["False", "True"]
    assert found["fixed"]["values"] == [0.5]
    assert found["learning_rate"]["parameter_default"] == context.configs[0]["learning_rate"]
    assert scenario["resume_optimization_data"] == "past.csv"
    assert "resume_optimization" not in json.loads(target.write(make_context(runs=0)))


@pytest.mark.parametrize("module", [target, table])
def test_names_that_hypermapper_does_not_take_are_refused(module):
    """Its schema allows few characters."""
    with pytest.raises(UsageError, match="HyperMapper takes no parameter"):
        module.write(hostile_context())


def test_the_table_holds_what_is_minimised():
    """Values where higher is better change their sign; failed runs are left out."""
    context = make_context(mode="max")
    values = context.history.trials["value"].tolist()
    context.history.trials.loc[3, "value"] = np.nan
    rows = list(csv.DictReader(io.StringIO(table.write(context))))
    assert list(rows[0]) == [*FULL.names, "negative_val/loss"]
    assert [float(row["negative_val/loss"]) for row in rows] == [
        -value for i, value in enumerate(values) if i != 3
    ]
    assert all(all(row.values()) for row in rows)
    assert any("'beta2' does not apply" in limit for limit in table.limits(FULL))


@pytest.fixture
def checked():
    """Checks a scenario as HyperMapper does, and fills in its defaults."""
    tool = pytest.importorskip("hypermapper.utility_functions")
    from jsonschema import Draft4Validator

    schema = json.loads((Path(tool.__file__).parent / "schema.json").read_text())

    def check(text):
        scenario = json.loads(text)
        tool.extend_with_default(Draft4Validator)(schema).validate(scenario)
        return scenario

    return check


def test_hypermapper_resumes_from_the_table(checked, tmp_path):
    """It takes the scenario, and finds every run in the table."""
    from hypermapper.space import Space

    context = make_context(mode="max")
    (tmp_path / "past.csv").write_text(table.write(context))
    read = Space(checked(target.write(context)))
    data = read.load_data_file(str(tmp_path / "past.csv"))[0]
    assert np.allclose(data["learning_rate"], [run.config["learning_rate"] for run in context.runs])
    assert np.allclose(data["negative_val/loss"], [-run.value for run in context.runs])
    places = [("sgd", "adam", "lion").index(run.config["optimizer"]) for run in context.runs]
    assert data["optimizer"] == places
