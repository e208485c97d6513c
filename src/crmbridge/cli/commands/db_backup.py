"""`crmbridge db backup`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge db backup acme-2026-03-31.db --workspace acme")
def db_backup(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=mark("The copy; a file that is not there yet."))],
) -> None:
    """Copies a SQLite ledger into one file, while others go on.

    Never copy the file by hand: what is still in its write-ahead log would be missing.
    """
    with run.bridge() as bridge:
        bridge.db_backup(file)
    run.say(mark("the ledger was copied to {file}"), file=file)
