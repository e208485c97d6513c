"""`crmbridge db upgrade`."""

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge db upgrade --workspace acme")
def db_upgrade(run: Run) -> None:
    """Brings the ledger to the schema of this version.

    A SQLite ledger does so by itself, after a copy beside it. A PostgreSQL one waits for this command: back it up
    first.
    """
    with run.bridge() as bridge:
        run.show(bridge.db_upgrade())
    run.say(mark("the ledger has the schema of this version"))
