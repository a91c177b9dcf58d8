"""``logminer doctor``: is the database sound?"""

from typing import Any

import click

from logminer.cli._options import with_store


@click.command("doctor")
@with_store()
def command(store: Any, _settings: Any) -> int:
    """Check the database, and whether the logs changed since they were read.

    \b
    logminer doctor
    """
    from logminer.cli._output import clean
    from logminer.workflows.doctor import examine

    findings = examine(store)
    for finding in findings:
        click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {clean(finding.found)}")
    return 0 if all(finding.ok for finding in findings) else 1
