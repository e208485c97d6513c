"""`crmbridge goals allocate`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark

Method = Literal["even", "working_days", "seasonal", "spread"]


@command(
    "crmbridge goals allocate 10000000 --year 2026",
    "crmbridge goals allocate 10000000 --year 2026 --method working_days --level week",
    "crmbridge goals allocate 1000000 --to lin=1 --to chen=0.5",
)
def goals_allocate(
    run: Run,
    total: Annotated[str, typer.Argument(metavar="TOTAL", help=mark("The goal: an amount, or a count with --count."))],
    *,
    year: Annotated[
        int | None,
        typer.Option("--year", metavar="YYYY", help=mark("The fiscal year to split over; else people, with --to.")),
    ] = None,
    method: Annotated[
        Method,
        typer.Option(
            "--method", metavar="METHOD", help=mark("even, working_days, seasonal (with --weight) or spread.")
        ),
    ] = "even",
    level: Annotated[
        Literal["quarter", "month", "week", "day"],
        typer.Option(
            "--level", metavar="LEVEL", help=mark("How fine: quarter, month, week or day; month unless told.")
        ),
    ] = "month",
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="W", help=mark("Twelve of them for seasonal, the first month first.")),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="NAME=W", help=mark("A receiver and its weight, as capacity; may be repeated.")),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help=mark("The currency; else the workspace's."))
    ] = None,
    count: Annotated[bool, typer.Option("--count", help=mark("The goal is a count, not money."))] = False,
) -> None:
    """Splits a goal over periods or people, exact to the cent.

    Split level by level, so that every parent is the sum of its children.
    """
    if (year is None) == (not to):
        raise Usage("a goal is split over a year or over people", hint="give --year 2026, or --to NAME=WEIGHT for each")
    options = {"year": year, "method": method, "level": level, "weights": weight or [], "receivers": to or []}
    with run.bridge() as bridge:
        run.show(bridge.goals_allocate(total=total, **options, currency=currency, is_count=count))
