"""`crmbridge compliance`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Viewer
from crmbridge.report.i18n import mark


@command(
    "crmbridge compliance",
    "crmbridge compliance --by team --period 2026-Q2",
    "crmbridge compliance --by stage --json --explain",
)
def compliance(
    run: Run,
    *,
    by: Annotated[
        Literal["owner", "team", "stage"],
        typer.Option("--by", metavar="owner|team|stage", help=mark("Whose scores are shown.")),
    ] = "owner",
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="NAME", help=mark("The period that is audited; else the quarter that runs.")),
    ] = None,
    viewer: Viewer = None,
    explain: Explain = False,
) -> None:
    """Shows how well the process is kept: scores, time limits, stages, the audit of a quarter."""
    with run.bridge() as bridge:
        run.show(bridge.compliance(by=by, period=period, viewer=viewer, explain=explain))
