"""`crmbridge facts publish`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge facts publish ./tables")
def facts_publish(
    run: Run,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=mark("The folder; its tables are replaced at once."))],
) -> None:
    """Writes every table as Parquet into a folder, for any BI tool."""
    with run.bridge() as bridge:
        run.show(bridge.facts_publish(folder))
