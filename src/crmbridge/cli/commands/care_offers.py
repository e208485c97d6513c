"""`crmbridge care offers`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Owner, Viewer


@command("crmbridge care offers", "crmbridge care offers --json --explain")
def care_offers(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    currency: Currency = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows what is to be offered to whom, repeat purchases and recommendations."""
    with run.bridge() as bridge:
        run.show(
            bridge.care("offers", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain)
        )
