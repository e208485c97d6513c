"""`crmbridge experiments arm`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge experiments arm call-within-1h crm:5021", "crmbridge experiments arm call-within-1h 5021 --json")
def experiments_arm(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="ID", help=mark("Which experiment."))],
    record: Annotated[
        str, typer.Argument(metavar="SUBJECT", help=mark("The lead or deal: its id, CONNECTION:ID, or our own id."))
    ],
) -> None:
    """Shows which arm of an experiment a record is in."""
    with run.bridge() as bridge:
        run.show(bridge.experiments_arm(name, record))
