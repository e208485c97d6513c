"""`crmbridge status`."""

from crmbridge.cli.command import Run, command


@command("crmbridge status", "crmbridge status --json")
def status(run: Run) -> None:
    """Shows what each connection holds, when it was last read, and what waits for you.

    Plans to approve, questions to answer and writes that nobody knows to have arrived stand with the next command.
    """
    with run.bridge() as bridge:
        run.show(bridge.status())
