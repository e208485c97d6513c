"""`crmbridge scorecards`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain
from crmbridge.report.i18n import mark

Period = Annotated[
    str | None,
    typer.Option("--period", metavar="NAME", help=mark("A month, quarter or year such as 2026-03; else this month.")),
]


@command("crmbridge scorecards", "crmbridge scorecards --period 2026-03 --explain --json")
def scorecards(run: Run, *, period: Period = None, currency: Currency = None, explain: Explain = False) -> None:
    """Shows everybody's score: weighed attainments of several KPIs."""
    with run.bridge() as bridge:
        run.show(bridge.scorecards(period=period, currency=currency, explain=explain))
