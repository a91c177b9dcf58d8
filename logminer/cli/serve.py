"""``logminer serve``: the live page."""

from typing import Any

import click

from logminer.cli._options import with_settings, with_view


@click.command("serve")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8899,
    show_default=True,
    help="Port; 0 for any free one.",
)
@click.option(
    "--token",
    help="Asked of every visitor; made up when others than this machine can reach the page.",
)
@click.option("--open/--no-open", "browse", default=False, help="Open the page in a browser.")
@with_settings
@with_view
def command(
    db: str, settings: Any, wait: float, paths: tuple[str, ...], host: str, port: int, token: str | None,
    browse: bool, view: Any,
) -> None:  # fmt: skip
    """Show the project as a page that is always up to date, following the logs below PATHS if any are given.

    \b
    logminer serve                  the database as it is, and as others change it
    logminer serve ./runs           also read what is appended to the logs
    """
    from logminer.workflows.settings import own_formats

    def opened(url: str) -> None:
        click.echo(url)
        click.echo(
            f"following {', '.join(paths)}; Ctrl-C ends" if paths else "Ctrl-C ends", err=True
        )
        if browse:
            click.launch(url)

    chosen = settings.values
    _serve()(
        db, paths, view, opened=opened, host=host, port=port, token=token, wait=wait, own=own_formats(settings),
        strategy=str(chosen["strategy"]), seed=int(chosen["seed"]),
    )  # fmt: skip


def _serve() -> Any:
    """The server, where what it needs is installed."""
    from logminer.core.errors import LogminerError, install_extra

    try:
        from logminer.dashboard.serving import serve
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("logminer"):
            raise
        package = (error.name or "").partition(".")[0]
        raise LogminerError(
            f"logminer serve needs the package '{package}'", install_extra("web")
        ) from error
    return serve
