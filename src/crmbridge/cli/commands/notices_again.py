"""`crmbridge notices again`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge notices again digest/2026-03-31/01J8Z mail")
def notices_again(
    run: Run,
    key: Annotated[str, typer.Argument(help=mark("The notice, as notices list names it."))],
    channel: Annotated[str, typer.Argument(help=mark("The channel."))],
) -> None:
    """Says that a notice in doubt did not arrive: the next round sends it again."""
    with run.bridge() as bridge:
        run.show(bridge.notices_again(key, channel))
