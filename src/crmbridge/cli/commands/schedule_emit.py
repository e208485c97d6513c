"""`crmbridge schedule emit`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark


@command(
    "crmbridge schedule emit --systemd -o /etc/systemd/system",
    "crmbridge schedule emit --cron",
    "crmbridge schedule emit --k8s --image registry.example.com/crmbridge:0.1.0",
)
def schedule_emit(
    run: Run,
    *,
    systemd: Annotated[bool, typer.Option("--systemd", help=mark("A hardened service and its timer."))] = False,
    cron: Annotated[bool, typer.Option("--cron", help=mark("Lines for a crontab."))] = False,
    k8s: Annotated[bool, typer.Option("--k8s", help=mark("A CronJob of Kubernetes."))] = False,
    worker: Annotated[
        bool, typer.Option("--worker", help=mark("A worker that goes on, in place of what calls tick."))
    ] = False,
    every: Annotated[
        int, typer.Option("--every", metavar="MINUTES", help=mark("How often it looks what is due; 5 unless told."))
    ] = 5,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help=mark("Who it runs as; else the workspace's owner."))
    ] = None,
    image: Annotated[str | None, typer.Option("--image", metavar="IMAGE", help=mark("The container's image."))] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help=mark("A folder for the files; else standard output.")),
    ] = None,
) -> None:
    """Writes what starts crmbridge tick on this kind of machine; nothing is installed.

    It runs with no rights but to write the workspace, and gets its secrets from the service manager. A run that a
    person must look at (exit code 3, 4 or 78) is not started again.
    """
    from crmbridge.cli import emitting  # noqa: PLC0415 - heavy: only when the command runs

    if systemd + cron + k8s != 1:
        raise Usage("one kind of machine is meant", hint="give --systemd, --cron or --k8s")
    if worker and cron:
        raise Usage("cron starts no worker: it goes on", hint="give --systemd or --k8s")
    machine: Literal["systemd", "cron", "k8s"] = "systemd" if systemd else "cron" if cron else "k8s"
    with run.bridge() as bridge:
        made = bridge.schedule_emit(machine, every=every, user=user, image=image, worker=worker)
    emitting.put(run, made, output)
