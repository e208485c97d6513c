"""What services had somebody told, as a line of `notices.ndjson`: handed on to the person by the channel of a rule.

Those lines are made by plans under their grants, once each. Here they only find their way to whoever they are for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from crmbridge.app.asker import Asker
from crmbridge.app.notice_file import FILE, Given, NoticeFile
from crmbridge.app.notices.digests import Ways
from crmbridge.app.notices.section import NoticesSection, PersonSection, RuleSection
from crmbridge.app.notices.wanted import Wanted
from crmbridge.app.pack_asking import people_of
from crmbridge.ledger import notices as kept
from crmbridge.model.instants import to_us
from crmbridge.report.i18n import catalog
from crmbridge.report.notices import texts
from crmbridge.report.notices.message import Message
from crmbridge.services.people import Person

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring

_GOOD_FOR = timedelta(days=7)


def untold(wiring: "Wiring", rule: str) -> list[Given]:
    """The lines of the last days that this rule has not handed on, or that wait."""
    file = NoticeFile(wiring.workspace.folder / FILE, wiring.clock)
    found = list(file.since(wiring.clock() - _GOOD_FOR))
    with wiring.ledger.read() as tx:
        over = {
            key
            for (key, _), one in kept.states(tx, [_key(line) for line in found]).items()
            if one.state != "waiting" and one.rule == rule
        }
    return [line for line in found if _key(line) not in over]


def wanted(
    asker: Asker, notices: NoticesSection, name: str, rule: RuleSection, lines: Sequence[Given]
) -> Iterator[Wanted]:
    """The lines as notices to the people they are for; whom nobody knows for certain has no address."""
    known, ways = people_of(asker), Ways.of(asker)
    for line in lines:
        person = _meant(known, line.to)
        own = _own(notices.people, person)
        if own is not None and own.mute:
            continue
        id_ = person.id if person else ""
        for channel in (own.channel,) if own is not None and own.channel else rule.channels:
            yield Wanted(
                _key(line),
                "word",
                name,
                channel,
                to_us(line.at + _GOOD_FOR),
                ways.zone(id_, own),
                notices.quiet_of(rule, own),
                partial(_composed, line, ways.language(id_, own, rule)),
                person.shown if person else None,
                person.email if person else None,
            )


def _key(line: Given) -> str:
    return f"word/{line.key}"


def _meant(known: Mapping[str, Person], name: str) -> Person | None:
    """The one who is certainly meant."""
    found = [one for one in known.values() if one.is_called(name) and one.is_active]
    return found[0] if len(found) == 1 else None


def _own(sections: Mapping[str, PersonSection], person: Person | None) -> PersonSection | None:
    if person is None:
        return None
    return next((one for name, one in sections.items() if person.is_called(name)), None)


def _composed(line: Given, language: str) -> Message:
    return texts.word(line.text, catalog(language))
