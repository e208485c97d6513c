"""`crmbridge care churn`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Owner, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge care churn", "crmbridge care churn --min high --explain")
def care_churn(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    least: Annotated[
        Literal["high", "medium", "low"],
        typer.Option("--min", metavar="high|medium|low", help=mark("Only customers at this risk, or above it.")),
    ] = "medium",
    currency: Currency = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows the risk of losing each customer, with the reasons and what nobody knows."""
    with run.bridge() as bridge:
        run.show(
            bridge.care(
                "churn",
                owner=owner,
                viewer=viewer,
                least=least,
                currency=currency,
                limit=limit or None,
                explain=explain,
            )
        )
