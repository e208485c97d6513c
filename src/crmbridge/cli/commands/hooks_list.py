"""`crmbridge hooks list`."""

from crmbridge.cli.command import Run, command


@command("crmbridge hooks list --json")
def hooks_list(run: Run) -> None:
    """Shows the webhooks and when each ends."""
    with run.bridge() as bridge:
        run.show(bridge.hooks_list())
