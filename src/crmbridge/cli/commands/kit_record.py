"""`crmbridge kit record`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge kit record crm tests/deals.recording.json --object Deals --pages 3")
def kit_record(
    run: Run,
    connection: Annotated[str, typer.Argument(help=mark("The connection whose adapter is listened to."))],
    file: Annotated[Path, typer.Argument(help=mark("The file to write; it ends with .recording.json."))],
    *,
    objects: Annotated[
        list[str] | None,
        typer.Option("--object", metavar="NAME", help=mark("Reads this object, or these; else those of the mapping.")),
    ] = None,
    pages: Annotated[
        int, typer.Option("--pages", min=1, metavar="N", help=mark("At most so many pages of each object."))
    ] = 2,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="WORD",
            help=mark("Keeps a word or host of the vendor's own, and what stands under a key of that name."),
        ),
    ] = None,
) -> None:
    """Records what a vendor answers to an adapter, for its tests, without anything about people.

    Names, addresses, numbers and ids become others of the same shape, the same for the same; credentials, values of
    requests and most headers are not kept at all. Nothing is written to the vendor or the ledger. Read the file before
    you hand it on: what only looks like a word of the vendor's is kept.
    """
    with run.bridge() as bridge:
        run.show(bridge.kit_record(connection, file, objects=objects or (), pages=pages, keep=keep or ()))
