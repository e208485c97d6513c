"""`crmbridge hooks disable`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge hooks disable crm")
def hooks_disable(
    run: Run,
    connection: Annotated[str, typer.Argument(help=mark("The connection whose webhook is to end."))],
) -> None:
    """Ends a webhook.

    The vendor is asked to stop; what it still sends is refused.
    """
    with run.bridge() as bridge:
        run.show(bridge.hooks_disable(connection))
