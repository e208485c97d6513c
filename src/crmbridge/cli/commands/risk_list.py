"""`crmbridge risk list`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Viewer
from crmbridge.report.i18n import mark


@command("crmbridge risk list", "crmbridge risk list R-1a2b3c4d", "crmbridge risk list --all --json")
def risk_list(
    run: Run,
    item: Annotated[
        str | None, typer.Argument(metavar="ITEM", help=mark("Only this item, with everything that happened to it."))
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help=mark("The closed ones too."))] = False,
    viewer: Viewer = None,
) -> None:
    """Shows the register of risks: what may go wrong, and what is done about it."""
    with run.bridge() as bridge:
        run.show(bridge.risk_list(name=item, everything=everything, viewer=viewer))
