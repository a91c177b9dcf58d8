"""Facts in their roles: what is recorded, and what each recorded name is taken for."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from logminer.analyses.roles import Roles, decide_roles, in_roles
from logminer.core.errors import UsageError, did_you_mean
from logminer.core.roles import ROLES
from logminer.store import Store
from logminer.workflows.history import View, chosen_roles, with_stored_roles


@dataclass(frozen=True)
class Recorded:
    """All that is recorded beside runs.

    Attributes:
        roles: what each name is taken for, with evidence.
        params: long frame ``run``, ``name``, ``value``, ``number``, ``kind``; undeclared facts in their roles.
        results: results written once beside runs, with the columns of ``store.tail.ends``.
    """

    roles: Roles
    params: pd.DataFrame
    results: pd.DataFrame


def read_recorded(store: Store, view: View | None = None) -> Recorded:
    """Read what is recorded, and decide what it is.

    Args:
        store: the store.
        view: how the user wants the runs to be seen; roles that are set in the store hold besides.
    """
    view = with_stored_roles(view or View(), store)
    runs, params, ends = store.read.runs(), store.read.params(), store.tail.ends()
    declared = store.read.spaces()["name"].unique()
    roles = decide_roles(
        params,
        ends,
        runs.index,
        chosen=chosen_roles(view, params),
        declared=set(declared),
        vocabulary=view.vocabulary,
    )
    params, results = in_roles(roles, params)
    return Recorded(roles, params, results)


def set_role(store: Store, name: str, role: str | None) -> None:
    """Record what the user says that a name is; None forgets it.

    Args:
        store: open for writing.
        name: as the logs write it.
        role: one of ``core.roles.ROLES``.

    Raises:
        UsageError: no run records the name, or there is no such role.
    """
    if role is not None and role not in ROLES:
        raise UsageError(
            f"no role '{role}'{did_you_mean(role, list(ROLES))}", f"roles are: {', '.join(ROLES)}"
        )
    recorded = _names(store)
    if name not in recorded and name not in store.read.roles():
        raise UsageError(
            f"no run records '{name}'{did_you_mean(name, list(recorded))}",
            "logminer roles lists them",
        )
    with store.transaction():
        store.write.role(name, role)


def _names(store: Store) -> Collection[str]:
    recorded = store.read.params()["name"].unique().tolist()
    return dict.fromkeys([*recorded, *store.read.run_metrics()["metric"].unique().tolist()])
