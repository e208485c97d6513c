"""`crmbridge db backup`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge db backup --keep 14", "crmbridge db backup acme-2026-03-31.db --workspace acme")
def db_backup(
    run: Run,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help=mark("The copy, not there yet, or a folder for it; else .crmbridge/backups.")
        ),
    ] = None,
    *,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, metavar="N", help=mark("How many copies stay in the folder; all unless told.")),
    ] = None,
) -> None:
    """Copies a SQLite ledger into one file, while others go on, and reads the copy through.

    Never copy the file by hand: what is still in its write-ahead log would be missing. In a folder the copy is named
    after its time (ledger-20260331T180000Z.db).
    """
    with run.bridge() as bridge:
        found = bridge.db_backup(file, keep=keep)
        run.show(found)
    run.say(mark("the ledger was copied to {file}"), file=found.rows[0]["file"])
