"""What people did with their leads: how soon each was answered, and how it went on from there.

It is drawn after everything else and from draws of its own, so that the rest of the company is as it was without it.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from crmbridge.app.demo import names
from crmbridge.app.demo.draws import Draws, Row

_ANSWERED = {"new": 0.3, "working": 0.94, "nurturing": 0.9, "disqualified": 0.75, "converted": 0.97}
_SOON, _SAME_DAY = 0.5, 0.8
_MORE = {"new": 0, "working": 5, "nurturing": 3, "disqualified": 1, "converted": 2}
_KINDS = {"call": 0.5, "email": 0.3, "im": 0.2}
_OPENS, _CLOSES = 9, 18


def answer_leads(draws: Draws, made: dict[str, list[Row]], *, today: date) -> None:
    """Leads get the time of the day at which they came, and activities that point at them alone."""
    for lead in made["leads"]:
        day = lead["created"]
        if not isinstance(day, date):
            raise TypeError(lead)
        hour = time() if day == lead["converted"] else time(draws.between(_OPENS, _CLOSES - 1), draws.below(60))
        lead["created"] = came = datetime.combine(day, hour)
        last = lead["converted"] or today
        if not isinstance(last, date):
            raise TypeError(lead)
        for at in _touches(draws, str(lead["status"]), came, last):
            made["activities"].append(_activity(draws, lead, at, len(made["activities"]) + 1))


def _touches(draws: Draws, status: str, came: datetime, last: date) -> Iterator[datetime]:
    if not draws.happens(_ANSWERED[status]):
        return
    at = _at_work(came + _wait(draws))
    for _ in range(1 + draws.below(_MORE[status] + 1)):
        if at.date() > last:
            return
        yield at
        at = _at_work(at + timedelta(days=draws.between(4, 16), minutes=draws.below(240)))


def _wait(draws: Draws) -> timedelta:
    chance = draws.below(100) / 100
    if chance < _SOON:
        return timedelta(minutes=draws.between(5, 55))
    return timedelta(minutes=draws.between(60, 420)) if chance < _SAME_DAY else timedelta(days=draws.between(1, 6))


def _at_work(at: datetime) -> datetime:
    """Not in the night: what would fall into it is done on the next morning."""
    if at.hour < _OPENS:
        return at.replace(hour=_OPENS)
    return at.replace(hour=_OPENS) + timedelta(days=1) if at.hour >= _CLOSES else at


def _activity(draws: Draws, lead: Row, at: datetime, number: int) -> Row:
    kind = draws.weighted(_KINDS)
    return {
        "id": f"F-{number:05}",
        "type": kind,
        "subject": names.ACTIVITY_SUBJECTS[kind],
        "direction": draws.weighted({"out": 0.8, "in": 0.2}),
        "started": at,
        "actor": lead["owner"],
        "lead": lead["id"],
    }
