"""`crmbridge connect`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge connect zoho --name crm --data-center cn",
    "crmbridge connect zoho --name crm --self-client --credentials file:secrets/crm.age",
)
def connect(
    run: Run,
    adapter: Annotated[str, typer.Argument(help=mark("The system to connect; crmbridge adapters lists them."))],
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help=mark("The connection's name; else the adapter's."))
    ] = None,
    data_center: Annotated[
        str | None,
        typer.Option("--data-center", metavar="DC", help=mark("Where the account lives, such as us, eu, cn.")),
    ] = None,
    enable_write: Annotated[
        list[str] | None,
        typer.Option("--enable-write", metavar="tasks|fields", help=mark("Asks for writing too; else only reading.")),
    ] = None,
    enable_webhooks: Annotated[
        bool, typer.Option("--enable-webhooks", help=mark("Asks for notifications of changes too."))
    ] = False,
    self_client: Annotated[
        bool, typer.Option("--self-client", help=mark("Asks for a code to copy, without a browser on this machine."))
    ] = False,
    credentials: Annotated[
        str | None,
        typer.Option("--credentials", metavar="WHERE", help=mark("Where the secret is kept; else keyring:NAME.")),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            metavar="FILE",
            help=mark("Writes the secret there, where crmbridge cannot keep it itself."),
        ),
    ] = None,
    org: Annotated[
        str | None, typer.Option("--org", metavar="ID", help=mark("The account that is meant; any other is refused."))
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            min=1024,
            max=65535,
            help=mark("The port that the browser comes back to; else 8917."),
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=mark("A key of the adapter's own, as in crmbridge.toml.")),
    ] = None,
) -> None:
    """Connects an account: logs in, pins the account, keeps the secret.

    Read-only unless --enable-write is given. Answers that cannot be asked for, because there is no terminal, come from
    variables CRMBRIDGE_CONNECT_...; a secret is never an argument. An account that is connected already is refused.
    """
    from crmbridge.cli import connecting  # noqa: PLC0415 - heavy: only when the command runs

    asked = connecting.features(enable_write or [], webhooks=enable_webhooks)
    options = connecting.options(set_ or [], data_center)
    wanted = connecting.wanted(adapter, name=name, options=options, features=asked, by_hand=self_client, org=org)
    wanted = connecting.kept(wanted, credentials=credentials, secret_file=secret_file)
    connecting.connect(run, wanted, port)
