"""`crmbridge notices list`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge notices list", "crmbridge notices list --json")
def notices_list(
    run: Run,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help=mark("How many notices, the last first."))
    ] = 50,
) -> None:
    """Shows how each channel does, and what was told by it: the keys of notices, never their texts."""
    with run.bridge() as bridge:
        run.show(bridge.notices_list(limit=limit))
