"""Rows of a table as configs, their values as the space writes them."""

from typing import Any

import numpy as np
import pandas as pd

from logminer.core.history import unset
from logminer.core.parameters import Categorical, Float, Integer, Parameter
from logminer.core.space import Config, Space


def configs_in(rows: pd.DataFrame, space: Space) -> tuple[Config, ...]:
    """The hyperparameters of a space in each row, those without a value left out."""
    columns = {
        n: _plain_column(space.parameters[n], rows[n].tolist())
        for n in space.names
        if n in rows.columns
    }
    return tuple(
        {n: values[i] for n, values in columns.items() if not unset(values[i])}
        for i in range(len(rows))
    )


def _plain_column(parameter: Parameter, values: list[Any]) -> list[Any]:
    """All values as the space writes them, those that are unset left as they are."""
    if isinstance(parameter, Float) and all(type(value) is float for value in values):
        return values
    return [value if unset(value) else _plain(parameter, value) for value in values]


def _plain(parameter: Parameter, value: Any) -> Any:
    """The value as the space writes it: frames turn whole numbers into reals, and NumPy has scalars of its own."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(parameter, Categorical):
        index = parameter.index(value)
        return parameter.choices[index] if index >= 0 else _matching_text(parameter, value)
    if isinstance(parameter, Integer) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _matching_text(parameter: Categorical, value: Any) -> Any:
    return next((choice for choice in parameter.choices if str(choice) == str(value)), value)
