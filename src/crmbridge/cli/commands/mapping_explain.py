"""`crmbridge mapping explain`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark


@command("crmbridge mapping explain deal/1C1I7A6R")
def mapping_explain(
    run: Run,
    record: Annotated[
        str, typer.Argument(metavar="KIND/ID", help=mark("The record: its kind, and its id in the source or here."))
    ],
) -> None:
    """Shows how each field of one record came about.

    The vendor's field and value, the lens that read it, the neutral value, and the line of the mapping that says so.
    """
    kind, slash, record_id = record.partition("/")
    if not (kind and slash and record_id):
        raise Usage("{text} names no record", text=record, hint="write KIND/ID, as in deal/1C1I7A6R")
    with run.bridge() as bridge:
        run.show(bridge.mapping_explain(kind, record_id))
