"""`crmbridge metrics`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge metrics", "crmbridge metrics --textfile /var/lib/node_exporter/textfile/acme.prom")
def metrics(
    run: Run,
    *,
    textfile: Annotated[
        Path | None,
        typer.Option(
            "--textfile", metavar="FILE", help=mark("Writes them to this file (.prom), in its place at once.")
        ),
    ] = None,
) -> None:
    """Shows how everything stands as Prometheus reads it: runs, records, lag, quarantine, writes in doubt, guards.

    No vendor is called. [metrics] textfile in crmbridge.toml has the file written after every job, for the textfile
    collector of node_exporter; crmbridge serve answers with the same at /metrics.
    """
    with run.bridge() as bridge:
        if textfile is not None:
            run.show(bridge.metrics_textfile(textfile))
        elif run.format == "table":
            sys.stdout.write(bridge.metrics_text())
        else:
            run.show(bridge.metrics())
