"""`crmbridge customer`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Known
from crmbridge.report.i18n import mark


@command("crmbridge customer account/1234", "crmbridge customer lead/crm:4711 --limit 0 --json")
def customer(
    run: Run,
    record: Annotated[
        str,
        typer.Argument(metavar="KIND/ID", help=mark("An account, contact or lead, and its id in the source or here.")),
    ],
    *,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help=mark("So many activities at most; 0 for all."))
    ] = 50,
    known: Known = "now",
    explain: Annotated[bool, typer.Option("--explain", help=mark("What each part of the file is, too."))] = False,
) -> None:
    """Shows the file of a customer: what is known, what was bought, what happened in any system."""
    with run.bridge() as bridge:
        run.show(bridge.customer(record, limit=limit or None, known=known, explain=explain))
