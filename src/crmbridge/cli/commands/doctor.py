"""`crmbridge doctor`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge doctor --workspace acme", "crmbridge doctor crm", "crmbridge doctor crm --verify-tenant")
def doctor(
    run: Run,
    connection: Annotated[str | None, typer.Argument(help=mark("Only this connection."))] = None,
    *,
    verify_tenant: Annotated[
        bool,
        typer.Option("--verify-tenant", help=mark("Asks the account what the vendor's documents leave open.")),
    ] = False,
    everything: Annotated[
        bool,
        typer.Option("--all", help=mark("Names every field and object that the mapping leaves alone, as --json does.")),
    ] = False,
) -> None:
    """Checks the workspace, its connections, plugins and ledger.

    Tells where each secret comes from (never the secret), which account answers, what the login may do, what is left
    of the vendor's credits, and how far reading has come. Changes no record; what does not work is named with the
    next step. With --verify-tenant it asks the account what the vendor's documents leave open, by reading alone.
    """
    with run.bridge() as bridge:
        if verify_tenant:
            run.show(bridge.verify_tenant(connection))
        else:
            run.show(bridge.doctor(connection, in_brief=run.format == "table" and not everything))
