"""`crmbridge fields`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge fields books")
def fields(
    run: Run,
    connection: Annotated[str | None, typer.Argument(help=mark("Only this connection's fields."))] = None,
) -> None:
    """Shows the fields of a source and what the mapping makes of each."""
    with run.bridge() as bridge:
        run.show(bridge.fields(connection))
