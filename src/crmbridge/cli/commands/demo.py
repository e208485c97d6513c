"""`crmbridge demo`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge demo", "crmbridge demo --keep ./demo --lang zh")
def demo(
    run: Run,
    *,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", metavar="DIR", help=mark("Keeps the files and workspaces in this folder, which is new.")
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help=mark("Another company; the same one for the same number."))
    ] = None,
) -> None:
    """Shows everything on a synthetic company, in under a minute.

    Its records come as two exports: one in English, one in Chinese with GB18030 and 万元. Both are read, and both give
    the same figures. Then a smaller company is read from Zoho CRM, from Fxiaoke and from files, and gives the same
    funnel in all three; the two are simulated on this machine. Needs no account and no network, and leaves nothing
    behind unless --keep is given.
    """
    from crmbridge.cli import demonstration  # noqa: PLC0415 - heavy: only when the command runs

    demonstration.show(run, keep, seed)
