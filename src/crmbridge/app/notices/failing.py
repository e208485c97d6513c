"""The channels of a workspace that fail now."""

from crmbridge.app.notices.section import NoticesSection
from crmbridge.ledger import notices
from crmbridge.ledger.transaction import LedgerTx


def failing(tx: LedgerTx, section: NoticesSection) -> list[notices.Health]:
    """How each does that took nothing the last time; one that the configuration does not name any more is left out."""
    return [one for name, one in notices.health(tx).items() if one.failures and name in section.channels]
