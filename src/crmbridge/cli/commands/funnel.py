"""`crmbridge funnel`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import By, Currency, End, Explain, Known, Pipeline, Start, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge funnel", "crmbridge funnel --by owner --from 2026-01-01 --to 2026-04-01", "crmbridge funnel --json")
def funnel(
    run: Run,
    *,
    by: By = None,
    pipeline: Pipeline = None,
    start: Start = None,
    end: End = None,
    cohort: Annotated[
        bool,
        typer.Option("--cohort", help=mark("What became of deals made in the period; else what closed in it.")),
    ] = False,
    known: Known = "now",
    currency: Currency = None,
    viewer: Viewer = None,
    explain: Explain = False,
) -> None:
    """Shows the sales funnel: conversion, win rate, amounts and time in stage."""
    period = {"start": moments.day(start), "end": moments.day(end)}
    with run.bridge() as bridge:
        run.show(
            bridge.funnel(
                by=by or [],
                pipeline=pipeline,
                **period,
                cohort=cohort,
                known=known,
                currency=currency,
                viewer=viewer,
                explain=explain,
            )
        )
