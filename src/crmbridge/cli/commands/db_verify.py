"""`crmbridge db verify`."""

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge db verify --workspace acme")
def db_verify(run: Run) -> None:
    """Reads the whole ledger and names what is damaged.

    Ends with 6 where anything is. A PostgreSQL server looks after its own files.
    """
    with run.bridge() as bridge:
        found = bridge.db_verify()
        run.show(found)
    if not found.rows:
        run.say(mark("nothing in the ledger is damaged"))
