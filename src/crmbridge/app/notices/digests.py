"""What each rep has to do today: the rows of the queue that are the rep's own, as `crmbridge queue` tells them.

The queue is worked out once for everybody. Each person gets the own rows alone, which is less than a viewer may see.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crmbridge.app import queues
from crmbridge.app.asker import Asker
from crmbridge.app.notices.section import NoticesSection, PersonSection, RuleSection
from crmbridge.app.notices.wanted import Wanted
from crmbridge.app.pack_asking import people_of
from crmbridge.model import instants
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import business_date, start_of_day, to_us
from crmbridge.report.i18n import catalog
from crmbridge.report.notices import texts
from crmbridge.report.notices.message import Message
from crmbridge.services.people import Person
from crmbridge.services.queue import queue
from crmbridge.services.queue_report import QueueRow

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge


def day_of(bridge: "Bridge") -> date:
    """The day that is today where the company is."""
    return business_date(bridge.as_of, bridge.wiring.zone)


def round_of(bridge: "Bridge", rule: str) -> tuple[str, int]:
    """By what it is known that all digests of a rule and of today are out, and for how long that holds."""
    day = day_of(bridge)
    return f"digest/{day}/of/{rule}", to_us(start_of_day(day + timedelta(days=1), bridge.wiring.zone))


class Digests:
    """The digests of one day; what they rest on is worked out when the first one is asked for."""

    def __init__(self, asker: Asker, notices: NoticesSection) -> None:
        self._asker, self._notices = asker, notices
        self.today = business_date(asker.as_of, asker.wiring.zone)

    @cached_property
    def rows(self) -> Mapping[str, Sequence[QueueRow]]:
        """What is to be done today, by the id of whoever has to do it, in the order of the queue."""
        asker, found = self._asker, defaultdict[str, list[QueueRow]](list)
        for row in queue(asker.facts, asker.pipelines, queues.request_of(asker)).rows:
            if row.owner_id is not None and texts.is_for_today(row, self.today):
                found[row.owner_id].append(row)
        return found

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Every user by id."""
        return people_of(self._asker)

    @cached_property
    def own(self) -> Mapping[str, PersonSection]:
        """What is different for whom, by id; ConfigError for a name that nobody has, or that two have."""
        made: dict[str, PersonSection] = {}
        for name, section in self._notices.people.items():
            made[named(self.people, name).id] = section
        return made

    def wanted(self, name: str, rule: RuleSection) -> Iterator[Wanted]:
        """The digests of a rule, one a person and channel; nobody gets one who has nothing to do."""
        until_us = to_us(start_of_day(self.today + timedelta(days=1), self._asker.wiring.zone))
        ways = Ways.of(self._asker)
        for id_, rows in self.rows.items():
            person, own = self.people.get(id_), self.own.get(id_)
            if person is None or not person.is_active or (own is not None and own.mute):
                continue
            for channel in (own.channel,) if own is not None and own.channel else rule.channels:
                yield Wanted(
                    f"digest/{self.today}/{id_}",
                    "digest",
                    name,
                    channel,
                    until_us,
                    ways.zone(id_, own),
                    self._notices.quiet_of(rule, own),
                    partial(_composed, rows, self.today, ways.language(id_, own, rule)),
                    person.shown,
                    person.email,
                )


def _composed(rows: Sequence[QueueRow], today: date, language: str) -> Message:
    return texts.digest(rows, today, catalog(language))


@dataclass(frozen=True, slots=True)
class Ways:
    """Where people are and which language they read, as the CRM tells it; `own` is what the configuration says."""

    told: Mapping[str, tuple[str | None, str | None]]
    company: ZoneInfo

    @classmethod
    def of(cls, asker: Asker) -> "Ways":
        """Those of the users of a workspace."""
        rows = asker.facts.query("SELECT id, zone, locale FROM users", {})
        return cls({id_: (zone, locale) for id_, zone, locale in rows}, asker.wiring.zone)

    def zone(self, id_: str, own: PersonSection | None) -> ZoneInfo:
        """Where a person is; where the company is for one whom nobody knows the zone of."""
        told, _ = self.told.get(id_, (None, None))
        try:
            return instants.zone((own.timezone if own else None) or told or str(self.company))
        except ConfigError:  # the CRM's own word for it is none of ours
            return self.company

    def language(self, id_: str, own: PersonSection | None, rule: RuleSection) -> str:
        """Which language a person reads."""
        _, locale = self.told.get(id_, (None, None))
        told = "zh" if (locale or "").lower().startswith("zh") else "en"
        return (own.language if own else None) or rule.language or told


def named(people: Mapping[str, Person], name: str) -> Person:
    """The one user of that name, address or id; ConfigError where there is none, or where there are several."""
    found = [one for one in people.values() if one.is_called(name)]
    found = [one for one in found if one.is_active] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            "{count} users are called {name}", count=len(found), name=name, hint="name one by address or id"
        )
    known = [one.shown for one in people.values()]
    raise ConfigError(
        "there is no user {name}", name=name, nearest=suggestion(name, known), hint="did you mean {nearest}?"
    )
