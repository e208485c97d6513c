"""`crmbridge care gaps`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Currency, Explain, Limit, Owner, Viewer


@command("crmbridge care gaps", "crmbridge care gaps --viewer wang@example.com")
def care_gaps(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    currency: Currency = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows VIPs with whom nobody was in touch for longer than their policy says."""
    with run.bridge() as bridge:
        run.show(
            bridge.care("gaps", owner=owner, viewer=viewer, currency=currency, limit=limit or None, explain=explain)
        )
