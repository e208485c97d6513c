"""`crmbridge mapping init`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge mapping init books")
def mapping_init(
    run: Run, connection: Annotated[str, typer.Argument(help=mark("The connection to draft a mapping for."))]
) -> None:
    """Drafts the mapping of a connection from what its source holds.

    The draft says why it guessed what it guessed; a mapping that is already there is left alone.
    """
    with run.bridge() as bridge:
        run.show(bridge.mapping_init(connection))
