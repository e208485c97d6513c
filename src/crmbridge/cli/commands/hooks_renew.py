"""`crmbridge hooks renew`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge hooks renew", "crmbridge hooks renew crm")
def hooks_renew(
    run: Run,
    connection: Annotated[str | None, typer.Argument(help=mark("Only this connection's webhook."))] = None,
) -> None:
    """Makes webhooks last longer.

    Once a day is enough; crmbridge serve does it by itself.
    """
    with run.bridge() as bridge:
        run.show(bridge.hooks_renew(connection))
