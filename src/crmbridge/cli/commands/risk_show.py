"""`crmbridge risk`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Owner, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge risk", "crmbridge risk --min high --owner li@example.com", "crmbridge risk show --json --explain")
def risk_show(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    least: Annotated[
        Literal["high", "medium", "low"],
        typer.Option("--min", metavar="high|medium|low", help=mark("Only deals at this risk, or above it.")),
    ] = "medium",
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="NAME", help=mark("The period of the forecast; else the quarter that runs.")),
    ] = None,
    currency: Currency = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows which open deals are at risk, why, how much money it is, and what may be done."""
    with run.bridge() as bridge:
        run.show(
            bridge.risk(
                owner=owner,
                viewer=viewer,
                least=least,
                period=period,
                currency=currency,
                limit=limit or None,
                explain=explain,
            )
        )
