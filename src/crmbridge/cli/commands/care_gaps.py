"""`crmbridge care gaps`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge care gaps", "crmbridge care gaps --viewer wang@example.com")
def care_gaps(
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
    """Shows VIPs with whom nobody was in touch for longer than their policy says."""
    with run.bridge() as bridge:
        run.show(
            bridge.care("gaps", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain)
        )
