"""`crmbridge care occasions`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge care occasions", "crmbridge care occasions --limit 0 --json")
def care_occasions(
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
    """Shows birthdays and holidays to come: greetings, gifts, and who is left alone."""
    with run.bridge() as bridge:
        run.show(
            bridge.care(
                "occasions", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain
            )
        )
