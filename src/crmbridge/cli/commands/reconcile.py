"""`crmbridge reconcile`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge reconcile", "crmbridge reconcile main --json", "crmbridge reconcile main --html compared.html")
def reconcile(
    run: Run,
    pair: Annotated[str | None, typer.Argument(help=mark("The pair to compare; else every pair."))] = None,
    *,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help=mark("Writes it as one HTML page; - is standard output.")),
    ] = None,
) -> None:
    """Compares everything that both systems of a pair show, and changes nothing.

    It goes by what was last read: how many records are equal, differ or are on one side alone. Of each difference it
    says what is decided and why it is there; what nothing explains ends it with 3. Both systems are asked how many
    records they hold now.
    """
    from crmbridge.cli import comparing  # noqa: PLC0415 - heavy: only when the command runs

    comparing.reconcile(run, pair, html)
