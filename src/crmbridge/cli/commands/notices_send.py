"""`crmbridge notices send`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge notices send --dry-run", "crmbridge notices send --json")
def notices_send(
    run: Run,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Shows who would be told what, word by word, and sends nothing."))
    ] = False,
) -> None:
    """Tells everybody who is to be told something and was not; outside of quiet hours, each once."""
    with run.bridge() as bridge:
        run.show(bridge.notices_send(is_tried=dry_run))
