"""`crmbridge plugin new`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge plugin new acme", "crmbridge plugin new acme-desk --folder ~/src/acme-desk")
def plugin_new(
    run: Run,
    name: Annotated[str, typer.Argument(help=mark("What connections call the adapter, such as acme."))],
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help=mark("The folder to make; else crmbridge-NAME in this one.")),
    ] = None,
) -> None:
    """Makes a plugin: an adapter of your own to go on from.

    It reads a small fake of a vendor, installs with pip, and passes the basic tests of the conformance kit as it is.
    A folder that is there already is left alone.
    """
    from crmbridge.app.extending import making  # noqa: PLC0415 - only when the command runs
    from crmbridge.app.extending.found import adapter_names  # noqa: PLC0415

    target = folder or Path(f"{making.PREFIX}{name}")
    run.show(making.make(name, folder, taken=adapter_names()))
    run.say(mark('next: pip install -e "{folder}[dev]", then crmbridge kit run {folder}'), folder=target)
    text = mark('a workspace loads it by plugins = ["{distribution}"] under [workspace] of crmbridge.toml')
    run.say(text, distribution=f"{making.PREFIX}{name}")
