"""`crmbridge audit list`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge audit list", "crmbridge audit list plan --limit 5")
def audit_list(
    run: Run,
    action: Annotated[
        str | None,
        typer.Argument(metavar="ACTION", help=mark("Only this (grant.given), or all of a group (grant).")),
    ] = None,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help=mark("How many, the latest first; 50 unless told."))
    ] = 50,
) -> None:
    """Lists who did what and when: grants, plans, guards lifted, connections, schedules, pay shown, persons erased.

    Each row is sealed with a key that is not in the ledger, and goes on from the one before.
    """
    with run.bridge() as bridge:
        run.show(bridge.audit_list(limit=limit, action=action))
