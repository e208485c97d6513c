"""`crmbridge experiments`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain


@command("crmbridge experiments", "crmbridge experiments show --json --explain")
def experiments_show(run: Run, *, explain: Explain = False) -> None:
    """Shows how experiments stand: their arms, and a verdict once it may be given."""
    with run.bridge() as bridge:
        run.show(bridge.experiments(explain=explain))
