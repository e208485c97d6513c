"""`crmbridge init`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge init acme --from examples/maven-crm-sales --files ~/exports",
    "crmbridge init acme --files ~/exports --currency CNY --zone Asia/Shanghai",
    "crmbridge init acme --policies",
)
def init(
    run: Run,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=mark("The folder to make the workspace in."))],
    *,
    files: Annotated[
        Path | None, typer.Option("--files", metavar="DIR", help=mark("Where the CSV files are; they are only read."))
    ] = None,
    from_example: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help=mark("A reviewed set-up to copy: a folder of examples/.")),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help=mark("The company's name; else the folder's."))] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help=mark("The currency of figures, such as CNY."))
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help=mark("The time zone of the company, such as Asia/Shanghai.")),
    ] = None,
    policies: Annotated[
        bool, typer.Option("--policies", help=mark("Only adds the policies that a workspace has no file for yet."))
    ] = False,
) -> None:
    """Makes a workspace: a folder with its configuration and mappings.

    Without --from, the mappings are drafts for you to review. The policies (cadence, scores, tiers, forecast, quality)
    stand beside them as shipped, with every setting commented out. Nothing that is already there is overwritten.
    """
    from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - heavy: only when a command runs
    from crmbridge.cli.usage import Usage  # noqa: PLC0415 - only when the command runs

    if policies:
        if any((files, from_example, name, currency, zone)):
            raise Usage("--policies adds files to a workspace that is there", hint="leave the other options out")
        run.show(Bridge.add_policies(folder))
        return
    made = Bridge.init(folder, files=files, from_example=from_example, name=name, currency=currency, zone=zone)
    run.show(made)
    if any(note.sort == "question" for note in made.warnings):
        text = mark("each question stands in {folder}, above the rule that it is about: answer it there, or later")
        run.say(text, folder=folder / "mapping")
    run.say(mark("next: crmbridge sync --workspace {folder}"), folder=folder)
