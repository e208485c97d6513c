"""`crmbridge kit run`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge kit run crmbridge-acme", "crmbridge kit run . --group basic --group write")
def kit_run(
    run: Run,
    plugin: Annotated[
        str, typer.Argument(metavar="[PATH]", help=mark("The plugin's folder, or what it is installed as; else here."))
    ] = ".",
    *,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            metavar="GROUP",
            help=mark(
                "Only this group, or these: basic, write, fetch, find, count, delete, history, bulk, receive, "
                "subscribe, schema."
            ),
        ),
    ] = None,
) -> None:
    """Runs the tests of the conformance kit for a plugin.

    Ends with 1 where a promise of the adapter contract is not kept. What is skipped is skipped for a reason that the
    plugin gives. Needs pytest: pip install "crmbridge[testing]".
    """
    from crmbridge.app.extending import reporting  # noqa: PLC0415 - heavy: only when a command runs

    run.show(reporting.run(plugin, group or ()))
