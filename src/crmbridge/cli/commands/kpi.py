"""`crmbridge kpi`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import By, Currency, End, Explain, Start, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge kpi", "crmbridge kpi win_rate --from 2026-01-01 --to 2026-04-01 --explain")
def kpi(
    run: Run,
    ids: Annotated[list[str] | None, typer.Argument(metavar="KPI", help=mark("Which KPIs; else all."))] = None,
    *,
    by: By = None,
    start: Start = None,
    end: End = None,
    currency: Currency = None,
    viewer: Viewer = None,
    explain: Explain = False,
) -> None:
    """Shows KPIs with their definitions."""
    with run.bridge() as bridge:
        period = {"start": moments.day(start), "end": moments.day(end)}
        run.show(bridge.kpi(ids or [], by=by or [], **period, currency=currency, viewer=viewer, explain=explain))
