"""`crmbridge grant`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge grant", "crmbridge grant books --mode two-way", "crmbridge grant crm --mode fields --fields tier")
def grant(
    run: Run,
    connection: Annotated[
        str | None, typer.Argument(help=mark("The connection that may be written; else all are shown."))
    ] = None,
    *,
    mode: Annotated[
        str | None,
        typer.Option("--mode", metavar="MODE", help=mark("read-only, tasks, fields or two-way; else it is shown.")),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--fields", metavar="A,B", help=mark("With --mode fields: the only fields that may be written.")),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=mark("Does not ask."))] = False,
) -> None:
    """Allows a connection to be written, or shows what each may.

    The grant is kept in the ledger with who gave it, and in the history of runs; crmbridge.toml can allow less than it,
    never more. The mode read-only takes everything back.
    """
    from crmbridge.cli import confirming  # noqa: PLC0415 - only when the command runs
    from crmbridge.cli.usage import Usage  # noqa: PLC0415 - only when the command runs

    if mode is not None and connection is None:
        raise Usage("which connection may be written?", hint="crmbridge grant NAME --mode {mode}", mode=mode)
    with run.bridge() as bridge:
        if mode is not None and connection is not None:
            confirming.ask(
                mark("allow {connection} to be written ({mode})?"), yes=yes, connection=connection, mode=mode
            )
            run.show(bridge.grant(connection, mode, fields or ()))
        else:
            run.show(bridge.grants(connection))
