"""`crmbridge customer`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
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
    known: Annotated[
        Literal["now", "then"],
        typer.Option("--known", metavar="now|then", help=mark("As known now, or as it was known at --as-of.")),
    ] = "now",
    explain: Annotated[bool, typer.Option("--explain", help=mark("What each part of the file is, too."))] = False,
) -> None:
    """Shows the file of a customer: what is known, what was bought, what happened in any system."""
    with run.bridge() as bridge:
        run.show(bridge.customer(record, limit=limit or None, known=known, explain=explain))
