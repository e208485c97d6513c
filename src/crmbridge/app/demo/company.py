"""The company: who works there, whom it sells to, and how its deals went. The same for the same seed and size.

Sources, owners and products differ in how well and how fast they sell, so that figures by source or owner show
something. Some of it is dirty, as real exports are: a row twice, a stage that no mapping names, a day that does not
exist, an amount that is no number, an owner who is nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from crmbridge.app.demo import names
from crmbridge.app.demo.draws import Draws, Row
from crmbridge.app.demo.papers import add_papers
from crmbridge.app.demo.touches import answer_leads

SEED = 20_260_630
TODAY = date(2026, 6, 30)
FIRST_DAY = date(2024, 7, 1)
AS_OF = datetime(2026, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC)
"""The end of the company's last day, in its own zone (Asia/Shanghai)."""

STAGES = ("prospect", "first_contact", "needs_confirmed", "quoted", "negotiation")
_DWELL_DAYS = {"prospect": 6, "first_contact": 4, "needs_confirmed": 9, "quoted": 7, "negotiation": 10}
_ADVANCE = {"prospect": 0.78, "first_contact": 0.76, "needs_confirmed": 0.74, "quoted": 0.72, "negotiation": 0.70}
_SOURCES = {"referral": 0.16, "exhibition": 0.2, "website": 0.34, "search_ads": 0.2, "partner": 0.1}
_SOURCE_SKILL = {"referral": 1.16, "exhibition": 1.04, "website": 0.98, "search_ads": 0.9, "partner": 1.06}
_REASONS = {"price": 0.34, "competitor": 0.26, "no_budget": 0.2, "no_decision": 0.2}
REGIONS = ("north", "east", "south", "abroad")
_SKIPS, _STUCK, _VOID = 0.05, 0.03, 0.015


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each; what was done with leads comes on top of the activities."""

    users: int = 12
    accounts: int = 260
    contacts: int = 420
    leads: int = 700
    deals: int = 900
    activities: int = 2_600
    tasks: int = 400


@dataclass(slots=True)
class Company:
    """All rows, by object; values are neutral, the two exports write them their own way."""

    objects: dict[str, list[Row]] = field(default_factory=dict)


def invent(seed: int = SEED, size: Size | None = None) -> Company:
    """The company of that seed."""
    wanted, draws = size or Size(), Draws(seed)
    company = Company()
    made = company.objects
    made["products"] = [_product(product) for product in names.PRODUCTS]
    made["users"] = [_user(draws, number) for number in range(wanted.users)]
    made["accounts"] = [_account(draws, number, made) for number in range(wanted.accounts)]
    made["contacts"] = [_contact(draws, number, made) for number in range(wanted.contacts)]
    made["deals"] = [_deal(draws, number, made) for number in range(wanted.deals)]
    made["leads"] = [_lead(draws, number, made) for number in range(wanted.leads)]
    made["activities"] = [_activity(draws, number, made) for number in range(wanted.activities)]
    made["tasks"] = [_task(draws, number, made) for number in range(wanted.tasks)]
    answer_leads(Draws(seed + 1), made, today=TODAY)
    add_papers(Draws(seed + 2), made, today=TODAY)
    _soil(made)
    return company


def _product(product: tuple[str, str, str, str, str, int]) -> Row:
    code, name, name_zh, category, category_zh, price = product
    return {
        "id": code,
        "name": (name, name_zh),
        "category": (category, category_zh),
        "list_price": Decimal(price),
        "active": True,
    }


def _user(draws: Draws, number: int) -> Row:
    family, given = draws.below(len(names.CHINESE_FAMILY)), draws.below(len(names.CHINESE_GIVEN))
    pinyin = f"{names.PINYIN_FAMILY[family]} {names.PINYIN_GIVEN[given]}"
    return {
        "id": f"U-{number + 1:02}",
        "name": names.CHINESE_FAMILY[family] + names.CHINESE_GIVEN[given],
        "email": f"{pinyin.replace(' ', '.').lower()}{number + 1}@pulseworks.example",
        "role": "manager" if number == 0 else "rep",
        "manager": None if number == 0 else "U-01",
        "active": number == 0 or not draws.happens(0.1),
        "skill": 0.92 + 0.16 * draws.below(100) / 100,
    }


def _account(draws: Draws, number: int, made: dict[str, list[Row]]) -> Row:
    abroad = draws.happens(0.3)
    if abroad:
        name = f"{draws.one(names.PLACES)} {draws.one(names.TRADES)} {draws.one(names.FORMS)}"
    else:
        name = draws.one(names.CHINESE_PLACES) + draws.one(names.CHINESE_TRADES) + draws.one(names.CHINESE_FORMS)
    return {
        "id": f"A-{number + 1:04}",
        "name": name,
        "region": "abroad" if abroad else draws.one(REGIONS[:3]),
        "employees": draws.between(8, 40) * draws.between(1, 60),
        "website": f"https://www.a{number + 1:04}.example",
        "owner": draws.one(made["users"][1:])["id"],
        "created": _day(draws, FIRST_DAY - timedelta(days=200), FIRST_DAY + timedelta(days=600)),
        "abroad": abroad,
    }


def _contact(draws: Draws, number: int, made: dict[str, list[Row]]) -> Row:
    account = made["accounts"][number % len(made["accounts"])]
    return {
        "id": f"C-{number + 1:04}",
        "name": _person(draws, abroad=bool(account["abroad"])),
        "title": draws.one(("buyer", "engineer", "director")),
        "account": account["id"],
        "email": f"c{number + 1:04}@a{str(account['id'])[2:]}.example",
        "phone": f"+1 {202 + number // 100 * 101}-555-01{number % 100:02}",
        "owner": account["owner"],
    }


def _person(draws: Draws, *, abroad: bool) -> str:
    if abroad:
        return f"{draws.one(names.GIVEN)} {draws.one(names.FAMILY)}"
    return draws.one(names.CHINESE_FAMILY) + draws.one(names.CHINESE_GIVEN) + draws.one(names.CHINESE_GIVEN)


def _deal(draws: Draws, number: int, made: dict[str, list[Row]]) -> Row:
    contact = draws.one(made["contacts"])
    account = made["accounts"][int(str(contact["account"])[2:]) - 1]
    owner = made["users"][int(str(account["owner"])[2:]) - 1]
    product = draws.one(made["products"])
    source = draws.weighted(_SOURCES)
    created = _day(draws, FIRST_DAY, TODAY - timedelta(days=3))
    skill = _SOURCE_SKILL[source] * float(str(owner["skill"]))
    way = dict(_way(draws, created, skill))
    stage = next(reversed(way))
    closed = way[stage] if stage in {"won", "lost", "void"} else None
    return {
        "id": f"D-{number + 1:05}",
        "name": (f"{account['name']} - {product['name'][0]}", f"{account['name']} {product['name'][1]}"),  # type: ignore[index]
        "account": account["id"],
        "contact": contact["id"],
        "product": product["id"],
        "owner": owner["id"],
        "stage": stage,
        "amount": None if stage == "prospect" and draws.happens(0.4) else _amount(draws, product),
        "expected": created + timedelta(days=draws.between(30, 90)),
        "closed": closed,
        "source": source,
        "region": account["region"],
        "type": draws.weighted({"new": 0.6, "upsell": 0.25, "renewal": 0.15}),
        "reason": draws.weighted(_REASONS) if stage == "lost" else None,
        "created": created,
        "entered": {name: day for name, day in way.items() if name in STAGES},
    }


def _amount(draws: Draws, product: Row) -> Decimal:
    """List price times a number of pieces, less a discount; some prices end in cents."""
    price = Decimal(str(product["list_price"])) * draws.between(1, 6) * (100 - draws.below(19)) / 100
    return (price + Decimal(draws.below(100)) / 100 if draws.happens(0.2) else price).quantize(Decimal("0.01"))


def _way(draws: Draws, created: date, skill: float) -> Iterator[tuple[str, date]]:
    """The stages a deal went through and the day it entered each; it stops where its end or today is reached."""
    day = created
    for place, stage in enumerate(STAGES):
        if place and draws.happens(_SKIPS):
            continue
        yield stage, day
        if draws.happens(_STUCK):
            return
        day += timedelta(days=draws.days(_DWELL_DAYS[stage] / skill))
        if day > TODAY:
            return
        if draws.happens(_VOID):
            yield "void", day
            return
        if not draws.happens(min(_ADVANCE[stage] * skill, 0.96)):
            yield "lost", day
            return
    yield "won", day


def _lead(draws: Draws, number: int, made: dict[str, list[Row]]) -> Row:
    deal = made["deals"][number] if number < len(made["deals"]) and draws.happens(0.35) else None
    status = (
        "converted" if deal else draws.weighted({"new": 0.2, "working": 0.35, "nurturing": 0.2, "disqualified": 0.25})
    )
    created = _before(draws, deal["created"]) if deal else _day(draws, FIRST_DAY, TODAY)
    return {
        "id": f"L-{number + 1:05}",
        "name": _person(draws, abroad=draws.happens(0.3)),
        "company": draws.one(made["accounts"])["name"],
        "source": deal["source"] if deal else draws.weighted(_SOURCES),
        "status": status,
        "email": f"l{number + 1:05}@lead.example",
        "owner": deal["owner"] if deal else draws.one(made["users"][1:])["id"],
        "created": created,
        "converted": deal["created"] if deal else None,
        "deal": deal["id"] if deal else None,
    }


def _before(draws: Draws, day: object) -> date:
    if not isinstance(day, date):
        raise TypeError(day)
    return day - timedelta(days=draws.between(0, 20))


def _activity(draws: Draws, number: int, made: dict[str, list[Row]]) -> Row:
    deal = draws.one(made["deals"])
    first = deal["created"]
    last = deal["closed"] or TODAY
    if not isinstance(first, date) or not isinstance(last, date):
        raise TypeError(deal)
    kind = draws.weighted({"call": 0.4, "email": 0.2, "meeting": 0.16, "visit": 0.12, "im": 0.12})
    hour = time(draws.between(9, 17), draws.between(0, 11) * 5)
    return {
        "id": f"F-{number + 1:05}",
        "type": kind,
        "subject": names.ACTIVITY_SUBJECTS[kind],
        "direction": draws.weighted({"out": 0.7, "in": 0.3}),
        "started": datetime.combine(_day(draws, first, last), hour),
        "actor": deal["owner"],
        "deal": deal["id"],
        "account": deal["account"],
        "contact": deal["contact"],
    }


def _task(draws: Draws, number: int, made: dict[str, list[Row]]) -> Row:
    deal = draws.one(made["deals"])
    due = _day(draws, TODAY - timedelta(days=60), TODAY + timedelta(days=30))
    done = due <= TODAY and draws.happens(0.8)
    return {
        "id": f"T-{number + 1:05}",
        "title": draws.one(names.TASK_TITLES),
        "due": due,
        "status": "done" if done else "open",
        "priority": draws.weighted({"high": 0.3, "normal": 0.7}),
        "assignee": deal["owner"],
        "deal": deal["id"],
    }


def _day(draws: Draws, first: date, last: date) -> date:
    return first + timedelta(days=draws.between(0, max((last - first).days, 0)))


def _soil(made: dict[str, list[Row]]) -> None:
    """What real exports have: each once, and the same in both exports."""
    deals = made["deals"]
    deals[7]["stage"] = "pilot"
    deals[11]["expected"] = "broken"
    deals[13]["amount"] = "broken"
    deals[17]["owner"] = "U-99"
    deals.append(dict(deals[3]))
