"""`crmbridge forecast`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import By, Currency, End, Explain, Pipeline, Start, Viewer
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
    start: Start = None,
    end: End = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="AMOUNT", help=mark("What shall be sold in the period."))
    ] = None,
    by: By = None,
    pipeline: Pipeline = None,
    currency: Currency = None,
    viewer: Viewer = None,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers the forecast, to be judged when the period is over."))
    ] = False,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help=mark("How good the forecasts were that were kept of earlier periods."))
    ] = False,
    explain: Explain = False,
) -> None:
    """Shows what a period will come to, and whether the pipeline covers the target."""
    with run.bridge() as bridge:
        found = bridge.forecast(
            period=period,
            start=moments.day(start),
            end=moments.day(end),
            target=target,
            by=tuple(by or ()),
            pipeline=pipeline,
            currency=currency,
            viewer=viewer,
            explain=explain,
            keep=keep,
            accuracy=accuracy,
        )
        run.show(found)
