"""`crmbridge care offers`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge care offers", "crmbridge care offers --json --explain")
def care_offers(
    run: Run,
    *,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="USER", help=mark("Only the records of this user."))
    ] = None,
    viewer: Viewer = None,
    currency: Currency = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help=mark("So many records at most; 0 for all."))
    ] = 50,
    explain: Explain = False,
) -> None:
    """Shows what is to be offered to whom, repeat purchases and recommendations."""
    with run.bridge() as bridge:
        run.show(
            bridge.care("offers", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain)
        )
