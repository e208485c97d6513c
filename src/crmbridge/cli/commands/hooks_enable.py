"""`crmbridge hooks enable`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge hooks enable crm --url https://hooks.example.com")
def hooks_enable(
    run: Run,
    connection: Annotated[str, typer.Argument(help=mark("The connection whose changes are to be told."))],
    *,
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help=mark("The https address at which crmbridge serve is reached."))
    ],
) -> None:
    """Asks a vendor to tell of changes.

    The login must have been granted --enable-webhooks. A webhook only hastens a reading; crmbridge serve takes it, and
    renews the subscription before it ends.
    """
    with run.bridge() as bridge:
        run.show(bridge.hooks_enable(connection, url))
    run.say(mark("next: crmbridge serve"))
