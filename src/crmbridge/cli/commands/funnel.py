"""`crmbridge funnel`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge funnel", "crmbridge funnel --by owner --from 2026-01-01 --to 2026-04-01", "crmbridge funnel --json")
def funnel(
    run: Run,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="DIM", help=mark("A row for each owner, source, region ... too; may be repeated.")
        ),
    ] = None,
    pipeline: Annotated[str | None, typer.Option("--pipeline", metavar="ID", help=mark("Only this pipeline."))] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help=mark("From this day on; it is the first one counted."))
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help=mark("Up to this day; it is the first one not counted."))
    ] = None,
    cohort: Annotated[
        bool,
        typer.Option("--cohort", help=mark("What became of deals made in the period; else what closed in it.")),
    ] = False,
    known: Annotated[
        Literal["now", "then"],
        typer.Option("--known", metavar="now|then", help=mark("As known now, or as it was known at --as-of.")),
    ] = "now",
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help=mark("Only the amounts in this currency, such as CNY.")),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help=mark("The definition and the records behind the figures too."))
    ] = False,
) -> None:
    """Shows the sales funnel: conversion, win rate, amounts and time in stage."""
    period = {"start": moments.day(start), "end": moments.day(end)}
    with run.bridge() as bridge:
        run.show(
            bridge.funnel(
                by=by or [], pipeline=pipeline, **period, cohort=cohort, known=known, currency=currency, explain=explain
            )
        )
