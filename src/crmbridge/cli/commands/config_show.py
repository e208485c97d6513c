"""`crmbridge config show`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge config show --origin")
def config_show(
    run: Run,
    *,
    origin: Annotated[
        bool,
        typer.Option("--origin", help=mark("Tells where each value comes from: file and line, variable, default.")),
    ] = False,
) -> None:
    """Shows every setting."""
    with run.bridge() as bridge:
        run.show(bridge.config_show(origin))
