"""`crmbridge care occasions`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Owner, Viewer


@command("crmbridge care occasions", "crmbridge care occasions --limit 0 --json")
def care_occasions(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    currency: Currency = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows birthdays and holidays to come: greetings, gifts, and who is left alone."""
    with run.bridge() as bridge:
        run.show(
            bridge.care(
                "occasions", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain
            )
        )
