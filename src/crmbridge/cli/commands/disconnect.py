"""`crmbridge disconnect`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge disconnect crm", "crmbridge disconnect crm --yes", "crmbridge disconnect crm --local --yes")
def disconnect(
    run: Run,
    connection: Annotated[str, typer.Argument(help=mark("The connection whose login is to end."))],
    *,
    yes: Annotated[bool, typer.Option("--yes", help=mark("Does it without asking."))] = False,
    local: Annotated[
        bool, typer.Option("--local", help=mark("Only this machine forgets the login; the vendor is asked nothing."))
    ] = False,
) -> None:
    """Ends a login: webhook and login at the vendor, the secret and the access token here.

    Records, mapping and configuration stay. Where the vendor does not answer nothing is forgotten; --local forgets the
    login all the same.
    """
    from crmbridge.cli.asking import agreed  # noqa: PLC0415 - heavy: only when the command runs

    with run.bridge() as bridge:
        bridge.wiring.workspace.connection(connection)
        question = mark("End the login of {connection}? [y/N]")
        if yes or agreed(question, connection=connection):
            run.show(bridge.disconnect(connection, is_local=local))
        else:
            run.say(mark("nothing was done"))
