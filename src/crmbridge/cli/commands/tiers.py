"""`crmbridge tiers`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency
from crmbridge.report.i18n import mark


@command("crmbridge tiers", "crmbridge tiers --state at_risk", "crmbridge tiers --keep --limit 0 --json")
def tiers(
    run: Run,
    *,
    state: Annotated[
        Literal["potential", "active", "loyal", "at_risk", "dormant"] | None,
        typer.Option("--state", metavar="STATE", help=mark("Only customers in this state of their life cycle.")),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help=mark("So many customers at most; 0 for all."))
    ] = 50,
    currency: Currency = None,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers who came into another state, for the next run."))
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help=mark("The definition of the figures and what the customers bought too."))
    ] = False,
) -> None:
    """Ranks customers by what they bought, and shows where each stands in its life cycle."""
    with run.bridge() as bridge:
        run.show(bridge.tiers(state=state, limit=limit or None, currency=currency, keep=keep, explain=explain))
