"""Occasions: who is greeted on which birthday and holiday, whose gift is chosen when, and who is left alone.

Greetings are due on the day itself, even where nobody works; gifts so many business days before. One greeting, and one
gift, a person, occasion and year: the key is `(occasion, person_key, year)`, the year that of the occasion's calendar.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.facts import persons
from crmbridge.facts.store import Facts
from crmbridge.model.birthdays import MonthDay
from crmbridge.model.calendar import lunar
from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import business_date, local_instant
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.callbacks import day_after
from crmbridge.services.care_document import CareConfig, Holiday
from crmbridge.services.occasions_report import (
    Occasion,
    OccasionsReport,
    OccasionsRequest,
    Person,
    Reason,
    Served,
    State,
    What,
)
from crmbridge.services.satisfaction_document import worded
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge.services.world import World

BIRTHDAY = "birthday"
POLICY = "occasion"


def occasions(
    facts: Facts, pipelines: Sequence[Pipeline], request: OccasionsRequest, config: CareConfig
) -> OccasionsReport:
    """The greetings and gifts from today up to `look_ahead_days`."""
    if not config.occasions.enabled:
        return OccasionsReport((), 0)
    persons.ensure(facts.connection)
    world = World(facts, pipelines, cut=request.as_of)
    for table in ("cadence_refused", "care_complaints"):
        world.run(table)
    desk = _Desk(config, request, business_date(request.as_of, facts.zone), facts.zone)
    rows = world.rows("care_people", born_only=request.until is not None and not desk.has_holidays)
    people = [_person(list(some)) for _, some in groupby(rows, key=lambda row: row["person_key"])]
    found = [one for person in people for one in desk.look(person)]
    found.sort(key=lambda one: (one.due, one.day, one.occasion, one.what, one.person.key))
    return OccasionsReport(tuple(found), len(people), tuple(_notes(rows, people, desk)))


def tasks_of(report: OccasionsReport, config: CareConfig) -> Iterator[TaskWanted]:
    """The tasks for what is due; where a complaint is open, the manager's."""
    wish = config.occasions
    for one in report.occasions:
        if one.state != "due":
            continue
        title = wish.gift_title if one.what == "gift" else wish.greeting_title
        values = {
            "person": one.person.name or "?",
            "customer": one.person.customer or "?",
            "occasion": occasion_name(config, one.occasion, config.language),
            "day": one.day.isoformat(),
        }
        beside = {} if one.person.account_id is None else {"account": one.person.account_id}
        yield TaskWanted(
            key=one.key,
            kind="contact",
            record_id=one.person.contact_id,
            title=worded(wish.complaint_title if one.reason == "complaint" else title, config.language, **values),
            due=one.due,
            due_at=one.due_at,
            why=f"{POLICY}.{one.occasion}",
            owner=one.to,
            beside=beside,
        )


def occasion_name(config: CareConfig, occasion: str, language: str) -> str:
    """What people call an occasion."""
    names = config.occasions.birthday if occasion == BIRTHDAY else config.occasions.holidays[occasion].names
    return worded(names, language)


def occasion_key(what: What, occasion: str, person_key: str, year: int) -> str:
    """The key of a greeting or gift; of a greeting `(occasion, person_key, year)`."""
    return key_of(POLICY if what == "greeting" else what, occasion, person_key, str(year))


def _person(rows: Sequence[Mapping[str, object]]) -> Person:
    """One person out of the contacts that are his."""
    there = [row for row in rows if not row["has_left"]] or rows
    first, told = there[0], {name: next((row[name] for row in there if row[name]), None) for name in _TOLD}
    born = next((row for row in rows if _birthday(row) is not None), None)
    return Person(
        key=str(first["person_key"]),
        keys=tuple(first["keys"]),  # type: ignore[arg-type] # a list of texts
        contact_id=str(first["id"]),
        **told,  # type: ignore[arg-type] # texts
        birthday=None if born is None else _birthday(born),
        is_lunar=born is not None and born["birthday_calendar"] == "lunar",
        refused=frozenset(first["refused"]),  # type: ignore[call-overload] # a list of texts
        has_left=bool(there[0]["has_left"]),
        has_complaint=any(bool(row["has_complaint"]) for row in there),
    )


_TOLD = ("name", "account_id", "customer", "locale", "zone", "owner_id", "manager_id", "preferred")


def _birthday(row: Mapping[str, object]) -> MonthDay | None:
    text = row["birthday"]
    return None if text is None else MonthDay.parse(str(text), is_lunar=row["birthday_calendar"] == "lunar")


class _Desk:
    """Works out what is due for one person after the other."""

    def __init__(self, config: CareConfig, request: OccasionsRequest, today: date, zone: ZoneInfo) -> None:
        self.config, self.request, self.today, self.zone = config, request, today, zone
        calendar = request.calendar
        self.horizon = day_after(calendar, today, config.horizon)
        lead = calendar.add_business_days(self.horizon, config.occasions.gift_lead + 1)
        self.last = max(today + timedelta(days=config.occasions.look_ahead_days), self.horizon)
        self.days_until = max(self.last, lead)
        if request.until is not None:
            self.last = self.days_until = request.until
        self.odd_zones: set[str] = set()
        self._hours: dict[tuple[str | None, date], datetime] = {}
        self.without_locale = 0
        self.holidays = [
            (name, one, list(one.falls.days(today, self.days_until, is_lunar=one.is_lunar)))
            for name, one in config.occasions.holidays.items()
            if one.enabled and one.locales
        ]
        self.has_holidays = any(days for _, _, days in self.holidays)

    def look(self, person: Person) -> Iterator[Occasion]:
        """Everything for a person in the time that is looked at."""
        wish = self.config.occasions
        fallen: list[tuple[int, date]] = []
        if person.birthday is not None:
            born, until = person.birthday, self.days_until
            fallen = list(born.days(self.today, until, is_lunar=person.is_lunar, leap_day=wish.leap_day))
        if not fallen and self.request.until is not None and not self.has_holidays:
            return
        served = self.request.served.get(person.account_id or "")
        birthday = wish.birthday_of_others if served is None else served.birthday
        for year, day in fallen if birthday != "none" else ():
            yield from self._on(BIRTHDAY, person, year, day, with_gift=birthday == "gift")
        if not self._has_holidays(served):
            return
        locale = person.locale or self.config.occasions.locale or self.request.locale
        self.without_locale += locale is None
        for name, holiday, days in self.holidays:
            if locale is not None and _is_of(locale, holiday):
                gift = holiday.gift_to == "everyone" or (
                    holiday.gift_to == "vip" and served is not None and served.is_vip
                )
                for year, day in days:
                    yield from self._on(name, person, year, day, with_gift=gift)

    def _has_holidays(self, served: Served | None) -> bool:
        whom = self.config.occasions.holidays_of
        if whom == "everyone":
            return True
        return served is not None and (served.is_vip or (whom == "customers" and served.is_customer))

    def _on(self, name: str, person: Person, year: int, day: date, *, with_gift: bool) -> Iterator[Occasion]:
        if with_gift and self.request.until is None:
            early = self.request.calendar.add_business_days(day, -self.config.occasions.gift_lead)
            due = early if early >= self.today else min(self.request.calendar.roll(self.today, "forward"), day)
            if due <= self.last:
                yield self._one(name, "gift", person, (year, day), due)
        if day <= self.last:
            yield self._one(name, "greeting", person, (year, day), day)

    def _one(self, name: str, what: What, person: Person, falls: tuple[int, date], due: date) -> Occasion:
        year, day = falls
        reason, to = self._reason(person), person.owner_id
        if reason == "complaint":
            to = person.manager_id
        there = list(self._there(what, name, person, year))
        state: State = "due" if due <= self.horizon else "planned"
        if there:
            states = {one.state for one in there}
            state = "done" if "done" in states else "made" if states & {"open", "unread"} else "cancelled"
        elif reason is not None and (reason, what) != ("complaint", "greeting"):
            state = "left_out"  # one question to the manager, and no gift meanwhile
        return Occasion(
            name,
            what,
            person,
            year,
            day,
            due,
            self._hour(person, due) if what == "greeting" else None,
            self._channel(person),
            occasion_key(what, name, person.key, year),
            to,
            state,
            reason,
        )

    def _there(self, what: What, name: str, person: Person, year: int) -> Iterator[TaskMade]:
        """The tasks that were made before, under whichever key the person was known by."""
        made = self.request.made
        for key in person.keys if made else ():
            if (one := made.get(occasion_key(what, name, key, year))) is not None:
                yield one

    def _reason(self, person: Person) -> Reason | None:
        if person.has_left:
            return "left_company"
        if "*" in person.refused or self._channel(person) in person.refused:
            return "opted_out"
        if person.has_complaint:
            return "complaint" if person.manager_id is not None else "complaint_without_manager"
        return None

    def _channel(self, person: Person) -> str:
        return person.preferred or self.config.occasions.channel

    def _hour(self, person: Person, day: date) -> datetime:
        """The hour of the greeting where the person is, outside of the quiet hours."""
        if (person.zone, day) not in self._hours:
            where = self.zone
            if person.zone is not None:
                try:
                    where = ZoneInfo(person.zone)
                except (ZoneInfoNotFoundError, ValueError):
                    self.odd_zones.add(person.zone)
            moment = local_instant(datetime.combine(day, self.config.occasions.greet_at), where)
            self._hours[person.zone, day] = self.config.occasions.quiet_hours.next_allowed(moment, where)
        return self._hours[person.zone, day]


def _is_of(locale: str, holiday: Holiday) -> bool:
    """Whether a language is one of the holiday's: `zh-CN` is of `zh`, `zh` is not of `zh-CN`."""
    plain = locale.strip().replace("_", "-").casefold()
    return any(plain == one.casefold() or plain.startswith(f"{one.casefold()}-") for one in holiday.locales)


def _notes(rows: Sequence[Mapping[str, object]], people: Sequence[Person], desk: _Desk) -> Iterator[Note]:
    """What could not be told, and of how many."""
    unread = sum(row["birthday"] is not None and _birthday(row) is None for row in rows)
    covered = lunar.covers(desk.today) and lunar.covers(desk.days_until)
    untold = 0 if covered else sum(one.is_lunar for one in people)
    several = 0
    for _, some in groupby(rows, key=lambda row: row["person_key"]):
        told = {(_birthday(row), row["birthday_calendar"] or "solar") for row in some if _birthday(row)}
        several += len(told) > 1
    silent = desk.without_locale
    for note in (
        Note("NO_BIRTHDAY_READ", "{n} birthdays cannot be read: they are no month and day", {"n": unread}),
        Note("NO_LUNAR_TABLE", "{n} birthdays of the Chinese calendar are left out: its table ends", {"n": untold}),
        Note("SEVERAL_BIRTHDAYS", "{n} people have several birthdays: the first record's counts", {"n": several}),
        Note("NO_LOCALE", "{n} people are greeted on no holiday: nobody tells their language", {"n": silent}),
    ):
        if note.params["n"]:
            yield note
    if not covered and any(holiday.is_lunar for _, holiday, _ in desk.holidays):
        yield Note("NO_LUNAR_HOLIDAYS", "holidays of the Chinese calendar are left out: its table ends", {})
    if desk.odd_zones:
        text = "there are no time zones {zones}: the company's counts"
        yield Note("NO_ZONE", text, {"zones": ", ".join(sorted(desk.odd_zones))})
    yield from desk.request.calendar.notes(desk.today, desk.days_until)
