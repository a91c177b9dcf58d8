"""Options that several commands share, and the settings behind them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]
SEARCHED = "The task to search on; else a new one like those logged."


def with_store(
    *, write: bool | str = False, optional: bool = False
) -> Callable[[Command], Command]:
    """Give a command ``--db`` and call it with the open store and the settings first.

    Args:
        write: whether to open for writing, or the name of the flag that says so.
        optional: whether the command also works without a database, with None for the store.
    """

    def decorate(command: Command) -> Command:
        @with_settings
        @wraps(command)
        def run(db: str, settings: Any, *args: Any, wait: float, **options: Any) -> Any:
            if optional and not Path(db).exists():
                return command(None, settings, *args, **options)
            writes = bool(options[write]) if isinstance(write, str) else write
            with opened(db, write=writes, wait=wait) as store:
                return command(store, settings, *args, **options)

        return run

    return decorate


@contextmanager
def opened(db: str, *, wait: float, write: bool = False) -> Iterator[Any]:
    """Open the store for a command that looks at it, and say on stderr what it cannot see there."""
    from logminer.cli._output import clean
    from logminer.store import open_store
    from logminer.workflows.unfinished import remark

    with open_store(db, write=write, wait=wait) as store:
        if said := remark(store):
            click.echo(clean(f"note: {said}"), err=True)
        yield store


def with_settings(command: Command) -> Command:
    """Give a command ``--db`` and ``--wait`` and call it with the path and the settings first."""

    @click.option("--db", type=click.Path(), help="Database file [LOGMINER_DB; logminer.duckdb].")
    @click.option(
        "--wait", type=float, default=10.0, show_default=True, help="Seconds to wait for a lock."
    )
    @wraps(command)
    def run(*args: Any, db: str | None, wait: float, **options: Any) -> Any:
        from logminer.cli._output import clean
        from logminer.workflows.settings import load_settings

        settings = load_settings(logs=options.get("paths", ()))
        for note in settings.notes:
            click.echo(clean(f"note: {note}"), err=True)
        return command(db or str(settings.values["db"]), settings, *args, wait=wait, **options)

    return run


def with_view(command: Command) -> Command:
    """Give a command the options that say how runs are compared, as a ``view``."""

    @click.option(
        "--task-by", help="What tells tasks apart: parameters, folder levels or study, with commas."
    )
    @click.option(
        "--context", help="Names that describe the problem or its scale, with commas: N,D."
    )
    @click.option(
        "--metric",
        "metrics",
        multiple=True,
        help="The objective, NAME or NAME:max; proposed from the logs if not given.",
    )
    @click.option("--mode", type=click.Choice(["min", "max"]), help="Which way is better.")
    @click.option(
        "--summary",
        type=click.Choice(["best", "last", "first", "min", "max"]),
        help="Which value of a curve counts.",
    )
    @click.option(
        "--space", type=click.Path(), help="Search space as YAML, instead of the inferred one."
    )
    @click.option(
        "--curves",
        type=click.Path(),
        help="Curve model of other logs, as mine writes it: forecasts learn further from it.",
    )
    @wraps(command)
    def run(
        store: Any, settings: Any, *args: Any, task_by: str | None, context: str | None,
        metrics: tuple[str, ...], mode: Any, summary: Any, space: str | None, curves: str | None,
        **options: Any,
    ) -> Any:  # fmt: skip
        from logminer.core.aims import Aims
        from logminer.workflows.history import View

        chosen, aims = settings.values, Aims.parse(metrics)
        if _takes_several(command):
            options["objectives"] = aims.objectives
        elif len(aims.objectives) > 1:
            _refuse_several(aims)
        first = aims.objectives[0] if aims.objectives else None
        written = space or chosen["space"]
        view = View(
            task_by=tuple(task_by.split(",")) if task_by else tuple(chosen["task_by"]),
            metric=first.metric if first else chosen["metric"],
            mode=mode or (first.mode if first else None) or chosen["mode"],
            summary=summary or chosen["summary"],
            space=read_space(written) if written else None,
            param_aliases=settings.param_aliases,
            metric_aliases=settings.metric_aliases,
            roles=settings.roles,
            vocabulary=settings.vocabulary,
            contexts=tuple(context.split(",")) if context else (),
            curves=curves or chosen["curves"],
        )
        return command(store, settings, *args, view=view, **options)

    return run


def _takes_several(command: Command) -> bool:
    """Whether a command says that it takes several objectives: it has an argument for them."""
    return "objectives" in signature(command).parameters


def _refuse_several(aims: Any) -> None:
    from logminer.core.errors import UsageError

    named = ", ".join(aim.metric for aim in aims.objectives)
    raise UsageError(
        f"several metrics ({named}), and this command takes one",
        "logminer top and logminer search take several",
    )


def with_roles(command: Command) -> Command:
    """Give a command that compares no runs a ``view`` with the roles of the settings."""

    @wraps(command)
    def run(store: Any, settings: Any, *args: Any, **options: Any) -> Any:
        from logminer.workflows.history import View

        return command(
            store,
            settings,
            *args,
            view=View(roles=settings.roles, vocabulary=settings.vocabulary),
            **options,
        )

    return run


def with_task(
    *, default: int = 5, least: int = 1, role: str, count: str
) -> Callable[[Command], Command]:
    """Give a command ``--task``, and ``-n`` as ``count``.

    Args:
        default: of ``-n``.
        least: the smallest ``-n``.
        role: what the task is for, in the help.
        count: what is counted, in the help.
    """

    def decorate(command: Command) -> Command:
        counted = click.option(
            "-n",
            "count",
            type=click.IntRange(min=least),
            default=default,
            show_default=True,
            help=count,
        )
        return click.option("--task", help=role)(counted(command))

    return decorate


def with_strategy(command: Command) -> Command:
    """Give a command ``--strategy`` and ``--seed``, from the settings where they are not given."""

    @click.option("--strategy", help="Search strategy [auto]; logminer strategies lists them.")
    @click.option("--seed", type=int, help="Same seed and same logs, same answer [0].")
    @wraps(command)
    def run(
        store: Any,
        settings: Any,
        *args: Any,
        strategy: str | None,
        seed: int | None,
        **options: Any,
    ) -> Any:
        chosen = settings.values
        options["strategy"] = strategy or chosen["strategy"]
        options["seed"] = int(chosen["seed"]) if seed is None else seed
        return command(store, settings, *args, **options)

    return run


def read_space(path: str) -> Any:
    """The search space in a YAML or JSON file.

    Raises:
        UsageError: there is no such file, or it holds no search space.
    """
    from logminer.core.errors import UsageError
    from logminer.core.space_spec import space_from_spec
    from logminer.formats.documents.yaml_text import load_yaml

    try:
        return space_from_spec(load_yaml(Path(path).read_bytes()))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "give a YAML file with --space") from error
    except ValueError as error:
        raise UsageError(
            f"{path}: {error}", "logminer space --yaml shows how a space is written"
        ) from error


def with_listing(command: Command) -> Command:
    """Give a listing its output options, as ``listing``."""

    @click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "jsonl", "csv", "md", "plain"]),
        default="table",
        show_default=True,
        help="How to print.",
    )
    @click.option("--columns", help="Columns to show, with commas.")
    @click.option("--sort", help="Column to sort by; -NAME for descending.")
    @click.option("--limit", type=click.IntRange(min=0), help="Show so many rows.")
    @click.option(
        "--where",
        multiple=True,
        help="Keep rows where NAME OP VALUE, OP one of = != < <= > >= ~ (contains).",
    )
    @wraps(command)
    def run(
        *args: Any, form: str, columns: str | None, sort: str | None, limit: int | None,
        where: tuple[str, ...], **options: Any,
    ) -> Any:  # fmt: skip
        from logminer.cli._output import Listing

        listing = Listing(form, tuple(columns.split(",")) if columns else (), sort, limit, where)
        return command(*args, listing=listing, **options)

    return run
