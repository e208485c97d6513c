"""The rows of the queue as they are told: with names, money, and in words why each stands where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.queue_report import CLASSES, Load, QueueConfig, QueueRequest, QueueRow
from crmbridge.services.queue_values import CHANCE, Scale
from crmbridge.services.results import Amount

_LONG = 9999
"""More workdays than any calendar was asked for."""


class Telling:
    """Makes rows of what SQL gave."""

    def __init__(
        self, request: QueueRequest, scaled: Scale, pipelines: Sequence[Pipeline], zone: ZoneInfo, currency: str
    ) -> None:
        self.scaled, self.currency, self.today = scaled, currency, business_date(request.as_of, zone)
        self.titles = (
            {} if request.cadence is None else {name: one.title for name, one in request.cadence.templates.items()}
        )
        self.names = {(p.object, p.id, s.key): s.names for p in pipelines for s in p.stages}

    def row(self, found: Mapping[str, Any]) -> QueueRow:
        """One row, with the reasons for its place."""
        overdue = found["overdue"]
        is_known = found["currency"] == self.currency
        amount = None
        if found["amount_e4"] is not None:
            amount = Amount(found["amount_e4"], found["currency"], 1)
        chance = None if found["chance_e6"] is None else Fraction(found["chance_e6"], CHANCE)
        named = self.names.get((found["kind"], found["pipeline"] or "", found["stage"] or ""))
        return QueueRow(
            place=found["row_no"],
            queue_class=CLASSES[found["class"]],
            kind=found["kind"],
            id=found["id"],
            subject=found["subject"],
            name=found["name"],
            account=found["account"],
            owner_id=found["doer"],
            owner=found["owner_name"],
            what=self._what(found),
            source=found["source"],
            key=found["key"],
            due_on=found["due_day"],
            due_at=found["due_at"] and found["due_at"].replace(tzinfo=UTC),
            overdue_days=overdue,
            others=found["others"],
            amount=amount,
            chance=chance,
            tier=found["tier"],
            stage=named,
            is_open=found["is_open"],
            rank=found["rank"],
            open_stages=found["open_stages"],
            points=self.scaled.points(
                found["urgent"],
                int(found["value_n"] or 0),
                int(found["most_n"]),
                int(found["tier_n"]),
                int(found["stage_n"]),
            ),
            why=(_now(found, self.today), *_worth(found, amount, chance, is_known=is_known), *_standing(found)),
        )

    def _what(self, found: Mapping[str, Any]) -> str | Mapping[str, str] | None:
        """What is to be done: as the CRM says, or as the template of a cadence does."""
        if titles := self.titles.get(found["template"] or ""):
            customer = found["customer"] or found["name"] or ""
            return {language: title.format(customer=customer) for language, title in titles.items()}
        return str(found["what"]) if found["what"] else None


def _now(found: Mapping[str, Any], today: date) -> Note:
    """Why it stands where it does: who waits, or what is due."""
    overdue, day = found["overdue"], found["due_day"]
    if found["class"] == 0:
        if not overdue:
            return Note("WAITS", "the customer has waited for an answer since today")
        return Note("WAITS", "the customer has waited for an answer for {days} workdays", {"days": overdue})
    if found["class"] == 1:
        if found["response"] == "breached":
            return Note("ANSWER_LATE", "nobody has answered yet, and the time was over on {day}", {"day": day})
        return Note("ANSWER_DUE", "nobody has answered yet, and the time is over on {day}", {"day": day})
    return Note("NOT_DUE", "nothing is due") if day is None else _due(day, overdue, today)


def _due(day: date, overdue: int | None, today: date) -> Note:
    if overdue is None:
        return Note("DUE_ON", "due on {day}", {"day": day})
    if day == today:
        return Note("DUE_NOW", "due today")
    if overdue in {0, _LONG}:
        return Note("DUE_SINCE", "due since {day}", {"day": day})
    return Note("OVERDUE", "overdue by {days} workdays", {"days": overdue})


def _worth(
    found: Mapping[str, Any], amount: Amount | None, chance: Fraction | None, *, is_known: bool
) -> Iterator[Note]:
    """What an open deal or lead is worth, or why nobody knows."""
    if not found["is_open"]:
        return
    if amount is None:
        yield Note("NO_AMOUNT", "amount not known")
    elif not is_known:
        yield Note("OTHER_CURRENCY", "amount in {currency}, which counts as not known", {"currency": amount.currency})
    elif chance is None:
        yield Note("NO_CHANCE", "chance not known")
    else:
        share = Fraction(int(found["value_n"] or 0), int(found["most_n"]))
        params: dict[str, object] = {"chance": _percent(chance), "share": _percent(share)}
        yield Note("WORTH", "amount times a chance of {chance} is {share} of the greatest in the queue", params)


def _standing(found: Mapping[str, Any]) -> Iterator[Note]:
    if found["tier"] is not None:
        yield Note("TIER", "tier {tier}", {"tier": found["tier"]})
    elif found["is_open"]:
        yield Note("NO_TIER", "no tier")
    if found["rank"] is not None:
        yield Note("STAGE", "stage {rank} of {stages}", {"rank": found["rank"], "stages": found["open_stages"]})


def _percent(share: Fraction) -> str:
    """A share in whole percent, halves up."""
    return f"{int((share * 200 + 1) // 2)} %"


def load(found: Mapping[str, Any], config: QueueConfig) -> Load:
    """What a person has to do, and whether that is too much."""
    twice, due = found["twice_median"], found["due"]
    median = None if twice is None else Fraction(twice, 2)
    times = Fraction(config.workload.times)
    return Load(
        owner_id=found["doer"],
        owner=found["name"],
        team=found["team"],
        deals=found["deals"],
        leads=found["leads"],
        due=due,
        overdue=found["overdue"],
        waiting=found["waiting"],
        first_responses=found["first_responses"],
        median=median,
        is_overloaded=median is not None and due >= config.workload.least and due > times * median,
    )
