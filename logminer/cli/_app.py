"""The ``logminer`` command: finds its subcommands in this folder and turns errors into one line and an exit code."""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from logminer import __version__
from logminer.core.errors import LogminerError, did_you_mean

_EPILOG = """\b
Exit codes: 0 ok, 1 error, 2 usage, 3 ingested with problems,
4 database locked, 5 nothing found, 130 interrupted."""


# Objects made before it is worth while to look for cycles among them: the modules of a command alone are a
# hundred thousands that stay, and going through them again and again took a seventh of its time.
_GARBAGE = 100_000


class Commands(click.Group):
    """A group whose commands are the files of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of the commands, in the order in which they are used."""
        found = {f.stem for f in Path(__file__).parent.glob("*.py") if not f.stem.startswith("_")}
        first = [name for name in _ORDER if name in found]
        return first + sorted(found - set(first))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"logminer.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with its first sentence whole."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(n, c.get_short_help_str(limit=200)) for n, c in commands.items() if c]
            )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was meant."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"no command '{args[0]}'{did_you_mean(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


_ORDER = (
    "ingest", "suggest", "report", "runs", "show", "tasks", "metrics", "params", "space", "top", "importance", "laws",
)  # fmt: skip


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="logminer")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only results and errors.")
@click.pass_context
def cli(ctx: click.Context, debug: bool, quiet: bool) -> None:
    """Mine past training logs, and start every hyperparameter search warm.

    \b
    logminer ingest ./runs     read all logs below a folder
    logminer suggest           next configurations to try, with reasons
    logminer report            one page: who won, why, what next
    """
    ctx.obj = {"debug": debug, "quiet": quiet}


def main() -> None:
    """Run the command line; the exit code says how it went."""
    debug = "--debug" in sys.argv
    gc.set_threshold(_GARBAGE, 20, 20)
    try:
        code = cli.main(standalone_mode=False, prog_name="logminer")
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except LogminerError as error:
        if debug:
            raise
        _say(f"error: {error}", error.hint)
        sys.exit(error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _say("interrupted", "what was read is stored; run the command again to go on")
        sys.exit(130)
    except click.ClickException as error:
        _say_usage(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to say, and Python must not say it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if debug:
            raise
        _say(f"error: {error.filename or ''}: {error.strerror or error}".replace(": :", ":"), "")
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        kind = type(error).__name__
        _say(
            f"error: {kind}: {error}",
            "this is a fault of logminer: please report it with what --debug shows",
        )
        sys.exit(1)


def _say_usage(error: click.ClickException) -> None:
    """Click's errors in the form of ours; a group called without a command shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = error.format_message().rstrip(".")
    where = context.command_path if context else "logminer"
    _say(f"error: {message[:1].lower()}{message[1:]}", f"{where} --help")


def _say(message: str, hint: str) -> None:
    click.echo(message, err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
