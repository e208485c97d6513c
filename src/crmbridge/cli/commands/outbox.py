"""`crmbridge outbox`."""

from crmbridge.cli.command import Run, command


@command("crmbridge outbox", "crmbridge outbox --json")
def outbox(run: Run) -> None:
    """Lists writes that nobody knows to have arrived, and those that were refused.

    Nothing is ever sent again before somebody has looked for it: the next sync does.
    """
    with run.bridge() as bridge:
        run.show(bridge.outbox())
