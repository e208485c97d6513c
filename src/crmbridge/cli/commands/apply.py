"""`crmbridge apply`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge apply main-4x9kq", "crmbridge apply main-4x9kq --lift updates")
def apply(
    run: Run,
    plan: Annotated[str, typer.Argument(help=mark("The plan, as crmbridge plan named it."))],
    *,
    lift: Annotated[
        list[str] | None,
        typer.Option("--lift", metavar="GUARD", help=mark("Lets that guard pass, for this plan alone.")),
    ] = None,
) -> None:
    """Carries out a saved plan as it is.

    It is refused whole where it is older than 24 hours, where more than a tenth of it has moved, or where a guard stops
    it. The first five records are read again and compared before the rest goes. Who did it, and which guards were
    lifted, is kept.
    """
    with run.bridge() as bridge:
        run.show(bridge.apply(plan, lift or (), run.progress()))
