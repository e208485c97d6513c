"""`crmbridge sync`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge sync", "crmbridge sync crm --workspace acme --json")
def sync(
    run: Run,
    connections: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONNECTION]...", help=mark("The connections to read; else all of them.")),
    ] = None,
) -> None:
    """Reads the sources into the ledger.

    A second sync without changes writes nothing. Records that cannot be used wait in quarantine; the exit code
    is 1 then. The first sync ends with the worst findings about the data.
    """
    with run.bridge() as bridge:
        report = bridge.sync(connections or [], run.progress())
        run.show(report.listing)
        run.exit_code = report.exit_code
        for note in bridge.first_findings() if report.is_first else ():
            run.say(note.template, **note.params)
