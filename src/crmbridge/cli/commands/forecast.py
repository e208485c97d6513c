"""`crmbridge forecast`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge forecast",
    "crmbridge forecast --period 2026-Q1 --target 2500000 --by owner",
    "crmbridge forecast --explain --json",
    "crmbridge forecast --keep",
    "crmbridge forecast --accuracy",
)
def forecast(
    run: Run,
    *,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", metavar="NAME", help=mark("A year, half, quarter or month such as 2026-Q1; else this quarter.")
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help=mark("From this day on; it is the first one counted."))
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help=mark("Up to this day; it is the first one not counted."))
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="AMOUNT", help=mark("What shall be sold in the period."))
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="DIM", help=mark("A row for each owner, source, region ... too; may be repeated.")
        ),
    ] = None,
    pipeline: Annotated[str | None, typer.Option("--pipeline", metavar="ID", help=mark("Only this pipeline."))] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help=mark("Only the amounts in this currency, such as CNY.")),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers the forecast, to be judged when the period is over."))
    ] = False,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help=mark("How good the forecasts were that were kept of earlier periods."))
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help=mark("The definition and the records behind the figures too."))
    ] = False,
) -> None:
    """Shows what a period will come to, and whether the pipeline covers the target."""
    with run.bridge() as bridge:
        run.show(
            bridge.forecast(
                period=period,
                start=moments.day(start),
                end=moments.day(end),
                target=target,
                by=tuple(by or ()),
                pipeline=pipeline,
                currency=currency,
                explain=explain,
                keep=keep,
                accuracy=accuracy,
            )
        )
