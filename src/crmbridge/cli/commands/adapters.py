"""`crmbridge adapters`."""

from crmbridge.cli.command import Run, command


@command("crmbridge adapters --lang zh")
def adapters(run: Run) -> None:
    """Shows which systems can be connected, and what each can do.

    Needs no workspace; in one, the plugins that it allows are shown too.
    """
    from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - heavy: only when a command runs

    run.show(Bridge.adapters(run.workspace))
