"""`crmbridge notices test`."""

from typing import Annotated

import typer

from crmbridge.cli import language
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge notices test room", "crmbridge notices test mail --email you@example.com")
def notices_test(
    run: Run,
    channel: Annotated[str, typer.Argument(help=mark("The channel."))],
    *,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help=mark("Whom a channel for one person reaches."))
    ] = None,
) -> None:
    """Sends a message that only shows that a channel works; ends with 5 where it is away, with 78 where it is wrong."""
    with run.bridge() as bridge:
        run.show(bridge.notices_test(channel, email=email, language=language.texts().language))
