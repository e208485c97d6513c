"""`crmbridge db prune`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge db prune --dry-run", "crmbridge db prune --json")
def db_prune(
    run: Run,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=mark("Shows what would go, and changes nothing."))] = False,
) -> None:
    """Lets go of what is older than [retention] says and is needed for no figure and no sync.

    Payloads of deleted records, values of settled disagreements and of old writes (which nobody can undo then), solved
    quarantine, runs, and the first rows of the audit log.
    """
    with run.bridge() as bridge:
        run.show(bridge.db_prune(is_tried=dry_run))
