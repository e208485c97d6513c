"""`crmbridge queue`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge queue", "crmbridge queue --owner li@example.com", "crmbridge queue --limit 0 --json")
def queue(
    run: Run,
    *,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="USER", help=mark("Only what this user is to do."))
    ] = None,
    viewer: Viewer = None,
    limit: Limit = 20,
    currency: Currency = None,
    explain: Explain = False,
) -> None:
    """Shows what comes next for each rep, the most urgent and most valuable first, and why."""
    with run.bridge() as bridge:
        run.show(bridge.queue(owner=owner, viewer=viewer, limit=limit or None, currency=currency, explain=explain))
