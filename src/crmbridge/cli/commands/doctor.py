"""`crmbridge doctor`."""

from crmbridge.cli.command import Run, command


@command("crmbridge doctor --workspace acme")
def doctor(run: Run) -> None:
    """Checks the workspace, its connections, plugins and ledger.

    Writes nothing. What does not work is named with the next step.
    """
    with run.bridge() as bridge:
        run.show(bridge.doctor())
