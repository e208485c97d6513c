"""`crmbridge db restore`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli import confirming
from crmbridge.cli.command import Run, command
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark


@command("crmbridge db restore .crmbridge/backups", "crmbridge db restore acme-2026-03-31.db --yes")
def db_restore(
    run: Run,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help=mark("The backup, or a folder: the newest one in it.")),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help=mark("Does it without asking."))] = False,
    is_mark: Annotated[
        bool,
        typer.Option("--mark", help=mark("The database was put back already (pg_restore): only takes the care below.")),
    ] = False,
) -> None:
    """Puts the ledger back from a backup; the one in use is renamed, never deleted.

    The systems went on since the backup: every plan ends, writes without an answer are looked for again, and the first
    plan of each pair waits for crmbridge apply. The next sync reads what has changed since.
    """
    if is_mark == (file is not None):
        raise Usage("give either a backup or --mark", hint="crmbridge db backup writes into .crmbridge/backups")
    with run.bridge() as bridge:
        if file is None:
            run.show(bridge.db_doubt())
            return
        found = bridge.db_inspect(file)
        question = mark("Put {file} ({records} records) in the place of the ledger?")
        confirming.ask(question, yes=yes, file=found.path, records=found.records)
        run.show(bridge.db_restore(found))
    run.say(mark("the ledger is that of the backup; crmbridge sync reads what has changed since"))
