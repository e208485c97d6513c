"""What an operator is told: one notice of all that was not told yet by that channel."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from crmbridge.app.notices.section import NoticesSection, RuleSection
from crmbridge.app.notices.troubles import Trouble, troubles
from crmbridge.app.notices.wanted import Wanted
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import notices as kept
from crmbridge.model.instants import to_us
from crmbridge.report.i18n import catalog
from crmbridge.report.notices import texts
from crmbridge.report.notices.message import Message

ALERT = "alert"
_GOOD_FOR = timedelta(days=1)


def wanted(wiring: Wiring, notices: NoticesSection, name: str, rule: RuleSection) -> Iterator[Wanted]:
    """The alert of a rule, one a channel; none where there is nothing new."""
    found, now = troubles(wiring), wiring.clock()
    for channel in rule.channels:
        with wiring.ledger.read() as tx:
            told, waiting = kept.told(tx, name, channel), kept.waiting(tx, name, channel, ALERT)
        new = [one for one in found if one.key not in told and one.channel != channel]
        if new:
            yield Wanted(
                waiting.key if waiting else f"{ALERT}/{name}/{now:%Y%m%dT%H%M%S}",
                ALERT,
                name,
                channel,
                waiting.until_us if waiting else to_us(now + _GOOD_FOR),
                wiring.zone,
                notices.quiet_of(rule),
                partial(_composed, new, wiring.workspace.config.workspace.name, rule.language or "en"),
                covers=tuple(one.key for one in new),
            )


def _composed(new: Sequence[Trouble], company: str, language: str) -> Message:
    return texts.alert([one.note for one in new], company, catalog(language))
