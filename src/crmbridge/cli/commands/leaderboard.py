"""`crmbridge leaderboard`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.commands.scorecards import Period
from crmbridge.cli.figure_options import Currency, Explain
from crmbridge.report.i18n import mark


@command("crmbridge leaderboard", "crmbridge leaderboard --kpi deals_won --period 2026-Q1")
def leaderboard(
    run: Run,
    *,
    kpi: Annotated[str, typer.Option("--kpi", metavar="ID", help=mark("By which KPI."))] = "revenue_won",
    period: Period = None,
    currency: Currency = None,
    explain: Explain = False,
) -> None:
    """Shows everybody's place by one KPI; equals share a place."""
    with run.bridge() as bridge:
        run.show(bridge.leaderboard(by=kpi, period=period, currency=currency, explain=explain))
