"""`crmbridge doctor`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge doctor --workspace acme", "crmbridge doctor crm")
def doctor(
    run: Run,
    connection: Annotated[str | None, typer.Argument(help=mark("Only this connection."))] = None,
) -> None:
    """Checks the workspace, its connections, plugins and ledger.

    Tells where each secret comes from (never the secret), which account answers, what the login may do, what is left
    of the vendor's credits, and how far reading has come. Changes no record; what does not work is named with the
    next step.
    """
    with run.bridge() as bridge:
        run.show(bridge.doctor(connection))
