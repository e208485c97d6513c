"""`crmbridge serve`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge serve", "crmbridge serve --port 9000")
def serve(
    run: Run,
    *,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help=mark("Where to listen; 127.0.0.1 unless told."))
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help=mark("The port; 8420 unless told."))
    ] = 8420,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help=mark("Allows an address that other machines reach."))
    ] = False,
) -> None:
    """Takes webhooks, and reads at once what they speak of.

    Put a proxy with TLS in front of it. Each line of the log is JSON, without names or values. /livez and /readyz tell
    whether it is well; /metrics is for a Prometheus on this machine, and not passed on by a proxy. Ends when it is
    interrupted.
    """
    from crmbridge.cli import serving  # noqa: PLC0415 - heavy: only when the command runs

    serving.serve(run, host, port, remote=allow_remote)
