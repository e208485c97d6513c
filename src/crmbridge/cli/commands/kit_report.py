"""`crmbridge kit report`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge kit report crmbridge-acme", "crmbridge kit report . --badge quality.svg")
def kit_report(
    run: Run,
    plugin: Annotated[
        str, typer.Argument(metavar="[PATH]", help=mark("The plugin's folder, or what it is installed as; else here."))
    ] = ".",
    *,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results",
            metavar="FILE",
            help=mark("Takes what pytest --crmbridge-kit-report FILE wrote, in place of running the tests."),
        ),
    ] = None,
    coverage: Annotated[
        Path | None,
        typer.Option(
            "--coverage", metavar="FILE", help=mark("What coverage json wrote; else coverage.json of the plugin.")
        ),
    ] = None,
    badge: Annotated[
        Path | None, typer.Option("--badge", metavar="FILE", help=mark("Writes the tier as a small picture (SVG)."))
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help=mark("Writes what a page of capabilities is made of."))
    ] = None,
) -> None:
    """Shows how good an adapter is, and which of what it says of itself is proved.

    Each rule of the quality scale that quality.toml calls done is proved by the tests or a look at the plugin, left to
    a reviewer, not seen by anything that was run here, or disproved: then this ends with 1. The tier is the highest
    whose rules are all met; without an owner it is bronze at most.
    """
    from crmbridge.app.extending import reporting  # noqa: PLC0415 - heavy: only when a command runs

    run.show(reporting.report(plugin, results=results, coverage=coverage, badge=badge, save=save))
