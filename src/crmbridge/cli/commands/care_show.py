"""`crmbridge care`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Owner, Viewer


@command("crmbridge care", "crmbridge care show --owner li@example.com", "crmbridge care --json --explain")
def care_show(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    currency: Currency = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows what is to be done for customers now, whom we may lose, who buys again."""
    with run.bridge() as bridge:
        run.show(
            bridge.care("care", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain)
        )
