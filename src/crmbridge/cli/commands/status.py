"""`crmbridge status`."""

from crmbridge.cli.command import Run, command


@command("crmbridge status", "crmbridge status --json")
def status(run: Run) -> None:
    """Shows what each connection holds and when it was last read."""
    with run.bridge() as bridge:
        run.show(bridge.status())
