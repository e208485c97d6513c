"""`crmbridge export`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge export deal --format ndjson",
    "crmbridge export account -o accounts.xlsx",
    "crmbridge export deal --for machine -o deals.ndjson",
)
def export(
    run: Run,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=mark("The kind: deal, lead, account, contact, user ..."))],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help=mark("The file, replaced at once; else standard output.")),
    ] = None,
    as_format: Annotated[
        Literal["ndjson", "csv", "xlsx", "parquet"] | None,
        typer.Option(
            "--format",
            metavar="ndjson|csv|xlsx|parquet",
            help=mark("The format; else by the file's name, else ndjson."),
        ),
    ] = None,
    reader: Annotated[
        Literal["excel", "machine"] | None,
        typer.Option(
            "--for",
            metavar="excel|machine",
            help=mark("excel escapes what a spreadsheet would run; machine is exact and never CSV."),
        ),
    ] = None,
) -> None:
    """Writes the records of a kind: NDJSON, CSV, XLSX or Parquet."""
    from crmbridge.cli import exporting  # noqa: PLC0415 - heavy: only when the command runs

    target = exporting.target(output, as_format, reader)
    with run.bridge() as bridge:
        exporting.write(bridge, kind, target, run)
