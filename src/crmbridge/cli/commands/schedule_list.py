"""`crmbridge schedule list`."""

from crmbridge.cli.command import Run, command


@command("crmbridge schedule list", "crmbridge schedule list --json")
def schedule_list(run: Run) -> None:
    """Shows every job: when it comes due next, and how its last run ended."""
    with run.bridge() as bridge:
        run.show(bridge.schedule_list())
