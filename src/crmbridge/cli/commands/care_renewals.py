"""`crmbridge care renewals`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Limit, Owner, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge care renewals", "crmbridge care renewals --period 2026-Q2 --json")
def care_renewals(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="NAME", help=mark("The period of the rate; else the year up to today.")),
    ] = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows which contracts end, when somebody is to see to them, and how many are renewed."""
    with run.bridge() as bridge:
        run.show(
            bridge.care("renewals", owner=owner, viewer=viewer, period=period, limit=limit or None, explain=explain)
        )
