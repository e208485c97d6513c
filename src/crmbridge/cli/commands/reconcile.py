"""`crmbridge reconcile`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge reconcile", "crmbridge reconcile main --json")
def reconcile(
    run: Run,
    pair: Annotated[str | None, typer.Argument(help=mark("The pair to compare; else every pair."))] = None,
) -> None:
    """Compares everything that both systems of a pair show, and changes nothing.

    It goes by what was last read: how many records are equal, differ or are on one side alone, and of each difference
    why it is there.
    """
    from crmbridge.report.listing import joined  # noqa: PLC0415 - heavy: only when the command runs

    with run.bridge() as bridge:
        run.show(joined(bridge.reconcile(pair)))
