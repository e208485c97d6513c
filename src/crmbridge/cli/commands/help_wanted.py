"""`crmbridge help-wanted`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Viewer


@command("crmbridge help-wanted", "crmbridge help-wanted --viewer wang@example.com", "crmbridge help-wanted --json")
def help_wanted(run: Run, *, viewer: Viewer = None, explain: Explain = False) -> None:
    """Shows which deals and activities their owners need help with."""
    with run.bridge() as bridge:
        run.show(bridge.help_wanted(viewer=viewer, explain=explain))
