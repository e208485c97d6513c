"""`crmbridge payouts`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain
from crmbridge.report.i18n import mark


@command("crmbridge payouts --viewer li@example.com", "crmbridge payouts --viewer Zhao --period 2026-Q1 --json")
def payouts(
    run: Run,
    *,
    viewer: Annotated[
        str,
        typer.Option(
            "--viewer", metavar="USER", help=mark("Who looks: the rep, a manager above, or finance (incentives.toml).")
        ),
    ],
    period: Annotated[
        str | None,
        typer.Option(
            "--period", metavar="NAME", help=mark("A quarter, month or year such as 2026-Q1; else this quarter.")
        ),
    ] = None,
    explain: Explain = False,
) -> None:
    """Shows what the plans pay for a period, with the deals behind each line, to those who may see it."""
    with run.bridge() as bridge:
        run.show(bridge.payouts(viewer=viewer, period=period, explain=explain))
