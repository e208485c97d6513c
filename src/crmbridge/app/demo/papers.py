"""What belongs to deals and customers beside them: quotes, contracts, deliveries, tickets, and birthdays of contacts.

It is drawn after everything else and from draws of its own, so that the rest of the company is as it was without it.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from crmbridge.app.demo import names
from crmbridge.app.demo.draws import Draws, Row

_DAY = timedelta(days=1)
_ALONE = 10
"""Per cent that a rep may give without asking."""
_MOST = 18
_VAT = "13%"
_OFFERED, _SERVED, _CONTRACTED = 100, 110, 470
"""How many days back quotes, deliveries and tickets, and contracts reach."""


def add_papers(draws: Draws, made: dict[str, list[Row]], *, today: date) -> None:
    """Adds the papers of the company's deals; each object is there even where a small company has none of it."""
    for contact in made["contacts"]:
        contact["birthday"] = _birthday(draws) if draws.happens(0.7) else None
    deals = [deal for deal in made["deals"] if isinstance(deal["amount"], Decimal)]
    prices = {str(product["id"]): product["list_price"] for product in made["products"]}
    made["quotes"] = _numbered("Q", (_quote(draws, deal, prices, today) for deal in _quoted(deals, today)))
    made["contracts"] = _numbered("K", (_contract(draws, deal, today) for deal in _contracted(deals, today)))
    won = [deal for deal in deals if deal["stage"] == "won"]
    made["deliveries"] = _numbered("V", (_delivery(draws, one, today) for one in won if _age(one, today) < _SERVED))
    bought = [deal for deal in won if _age(deal, today) < _SERVED * 4]
    made["tickets"] = _numbered("S", (_ticket(draws, one, today) for one in bought if draws.happens(0.6)))


def _numbered(letter: str, rows: Iterator[Row]) -> list[Row]:
    return [{"id": f"{letter}-{number:04}", **row} for number, row in enumerate(rows, 1)]


def _of(deal: Row) -> Row:
    return {"deal": deal["id"], "account": deal["account"], "owner": deal["owner"]}


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(value)
    return value


def _age(deal: Row, today: date) -> int:
    """How many days ago a deal was closed; none where it is open."""
    return (today - _day(deal["closed"])).days if deal["closed"] else 0


def _birthday(draws: Draws) -> date:
    """A day of a leap year, so that somebody may be born on 29 February."""
    return date(2024, 1, 1) + timedelta(days=draws.below(366))


def _entered(deal: Row, stage: str) -> date | None:
    entered = deal["entered"]
    return entered.get(stage) if isinstance(entered, dict) else None


def _quoted(deals: list[Row], today: date) -> list[Row]:
    found = [deal for deal in deals if _entered(deal, "quoted") and deal["stage"] != "void"]
    return [deal for deal in found if deal["closed"] is None or _age(deal, today) < _OFFERED]


def _quote(draws: Draws, deal: Row, prices: dict[str, object], today: date) -> Row:
    sent = _entered(deal, "quoted")
    price, amount = prices[str(deal["product"])], deal["amount"]
    if sent is None or not isinstance(price, Decimal) or not isinstance(amount, Decimal):
        raise TypeError(deal)
    pieces = max(1, int(amount / price) + (1 if amount % price else 0))
    off = min(_MOST, max(0, round(100 - amount * 100 / (pieces * price))))
    status = {"won": "accepted", "lost": "declined"}.get(str(deal["stage"]), "sent")
    is_open = status == "sent"
    # an offer to a customer who still thinks about it is mostly made anew when it has run out
    until = today + timedelta(days=draws.between(1, 25)) if is_open and draws.happens(0.6) else sent + 30 * _DAY
    asked = draws.weighted({"approved": 0.8, "asked": 0.12, "": 0.08}) if off > _ALONE else ""
    return {
        **_of(deal),
        "contact": deal["contact"],
        "status": status,
        "lines": f"{deal['product']} {pieces} x {price} -{off}%",
        "list_total": pieces * price,
        "amount": (pieces * price * (100 - off) / 100).quantize(Decimal("0.01")),
        "vat": _VAT,
        "sent": sent,
        "until": until,
        "approval": (asked if is_open else "approved") if asked else None,
        "trial_ends": today + timedelta(days=draws.between(2, 20)) if is_open and draws.happens(0.2) else None,
    }


def _contracted(deals: list[Row], today: date) -> list[Row]:
    return [
        deal
        for deal in deals
        if deal["stage"] == "negotiation" or (deal["stage"] == "won" and _age(deal, today) < _CONTRACTED)
    ]


def _contract(draws: Draws, deal: Row, today: date) -> Row:
    is_open = deal["stage"] == "negotiation"
    signed = None if is_open else _day(deal["closed"])
    entered = _entered(deal, "negotiation") or _day(deal["created"])
    begun = signed - 9 * _DAY if signed else max(entered, today - timedelta(days=draws.between(2, 14)))
    start = signed + 7 * _DAY if signed else None
    end = start + timedelta(days=364) if start else None
    return {
        **_of(deal),
        "status": "in_review" if is_open else "ended" if end and end < today else "signed",
        "amount": deal["amount"],
        "start": start,
        "end": end,
        "signed": signed,
        "renewal": draws.weighted({"manual": 0.7, "automatic": 0.3}),
        "renewed": draws.happens(0.7) if end and end < today else None,
        "steps": (begun, signed),
        "clauses": "missing" if draws.happens(0.15 if is_open else 0.03) else "complete",
    }


def _delivery(draws: Draws, deal: Row, today: date) -> Row:
    closed = _day(deal["closed"])
    promised = closed + timedelta(days=draws.between(20, 45))
    came = promised + timedelta(days=draws.between(1, 9) if draws.happens(0.16) else -draws.below(6))
    is_there = came <= today
    late = promised + timedelta(days=draws.between(5, 15))
    return {
        **_of(deal),
        "name": deal["name"],
        "status": "delivered" if is_there else "on_way" if promised - today < 10 * _DAY else "planned",
        "promised": promised,
        "expected": None if is_there or not draws.happens(0.3) else max(late, today + _DAY),
        "delivered": came if is_there else None,
    }


_PRIORITIES = {"urgent": 0.08, "high": 0.22, "normal": 0.55, "low": 0.15}
_ANSWER_MINUTES = {"urgent": 45, "high": 110, "normal": 200, "low": 400}
_SOLVE_DAYS = {"urgent": 1, "high": 1, "normal": 3, "low": 5}


def _ticket(draws: Draws, deal: Row, today: date) -> Row:
    first = max(_day(deal["closed"]) + 10 * _DAY, today - timedelta(days=_SERVED))
    opened = first + timedelta(days=draws.between(0, max(0, (today - first).days)))
    at = datetime.combine(min(opened, today), time(draws.between(9, 15), draws.below(60)))
    priority, kind = draws.weighted(_PRIORITIES), draws.weighted({"question": 0.4, "fault": 0.35, "complaint": 0.25})
    answered = at + timedelta(minutes=draws.between(5, round(_ANSWER_MINUTES[priority] * 1.15)))
    solved = answered + timedelta(days=draws.below(_SOLVE_DAYS[priority] + 1), minutes=draws.between(20, 150))
    is_answered = answered.date() < today or draws.happens(0.5)
    is_solved = is_answered and solved.date() < today and draws.happens(0.97)
    return {
        **_of(deal),
        "contact": deal["contact"],
        "name": names.TICKET_SUBJECTS[kind],
        "type": kind,
        "priority": priority,
        "status": "resolved" if is_solved else "open",
        "opened": at,
        "answered": answered if is_answered else None,
        "resolved": solved if is_solved else None,
        "satisfaction": draws.weighted({5: 0.4, 4: 0.35, 3: 0.15, 2: 0.06, 1: 0.04}) if is_solved else None,
    }
