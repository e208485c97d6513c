"""`crmbridge kpi`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge kpi", "crmbridge kpi win_rate --from 2026-01-01 --to 2026-04-01 --explain")
def kpi(
    run: Run,
    ids: Annotated[list[str] | None, typer.Argument(metavar="KPI", help=mark("Which KPIs; else all."))] = None,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="DIM", help=mark("A row for each owner, source, region ... too; may be repeated.")
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help=mark("From this day on; it is the first one counted."))
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help=mark("Up to this day; it is the first one not counted."))
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help=mark("Only the amounts in this currency, such as CNY.")),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help=mark("The definition and the records behind the figures too."))
    ] = False,
) -> None:
    """Shows KPIs with their definitions."""
    with run.bridge() as bridge:
        period = {"start": moments.day(start), "end": moments.day(end)}
        run.show(bridge.kpi(ids or [], by=by or [], **period, currency=currency, explain=explain))
