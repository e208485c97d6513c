"""`crmbridge db verify`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.ledger.failures import DUMP_HINT, RESTORE_HINT
from crmbridge.report.i18n import mark


@command("crmbridge db verify --deep", "crmbridge db verify --workspace acme")
def db_verify(
    run: Run,
    *,
    deep: Annotated[
        bool, typer.Option("--deep", help=mark("Unpacks every payload and looks up whatever one row says of another."))
    ] = False,
) -> None:
    """Reads the whole ledger and names what is damaged.

    Ends with 6 where anything is. A PostgreSQL server looks after its own files: there it is --deep always.
    """
    with run.bridge() as bridge:
        found = bridge.db_verify(deep=deep)
        run.show(found)
        hint = DUMP_HINT if bridge.workspace.ledger_file is None else RESTORE_HINT
    if found.rows:
        run.say(hint)
