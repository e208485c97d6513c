"""`crmbridge compare`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain
from crmbridge.report.i18n import mark


@command(
    "crmbridge compare",
    "crmbridge compare --period 2026-Q2 --against 2025-Q2",
    "crmbridge compare --kpi win_rate --kpi revenue_won --by source --explain",
)
def compare(
    run: Run,
    *,
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="NAME", help=mark("A month, quarter or year; else the last whole month.")),
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="NAME", help=mark("Another period; else the one before."))
    ] = None,
    kpi: Annotated[
        list[str] | None, typer.Option("--kpi", metavar="ID", help=mark("Only this KPI; may be repeated."))
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="DIM", help=mark("The groups by which the win rate is taken apart."))
    ] = "channel",
    currency: Currency = None,
    explain: Explain = False,
) -> None:
    """Shows what changed between two periods, what it came from, and whether it says anything."""
    with run.bridge() as bridge:
        run.show(
            bridge.compare(
                period=period, against=against, kpis=tuple(kpi or ()), by=by, currency=currency, explain=explain
            )
        )
