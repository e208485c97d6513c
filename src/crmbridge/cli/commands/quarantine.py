"""`crmbridge quarantine`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge quarantine", "crmbridge quarantine books --retry")
def quarantine(
    run: Run,
    connection: Annotated[str | None, typer.Argument(help=mark("Only this connection's records."))] = None,
    *,
    retry: Annotated[
        bool, typer.Option("--retry", help=mark("Tries them again now, without reading the source."))
    ] = False,
) -> None:
    """Lists the records that could not be used, each with its reason.

    They are tried again by themselves when their mapping changes.
    """
    with run.bridge() as bridge:
        run.show(bridge.quarantine(connection, retry=retry))
