"""Colleagues, accounts, contacts and leads of a world."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from crmbridge_sim.world import names
from crmbridge_sim.world.model import Account, Colleague, Contact, Lead

if TYPE_CHECKING:
    from crmbridge_sim.world.world import World

DAY_S = 86_400
ALL = 1.0


def _person(roll: float, number: int, share: float) -> tuple[str, str]:
    """First and last name; so many of them are Chinese."""
    if roll < share:
        return (
            names.FIRST_ZH[number % len(names.FIRST_ZH)],
            names.LAST_ZH[number // 7 % len(names.LAST_ZH)],
        )
    return names.FIRST[number % len(names.FIRST)], names.LAST[number // 11 % len(names.LAST)]


def colleagues(world: World) -> Iterator[Colleague]:
    """The sellers; every tenth has left and still owns deals."""
    for number in range(world.colleague_count):
        first, last = _person(0.0 if number % 4 == 3 or world.chinese_share >= ALL else 1.0, number * 13 + 5, 0.5)  # noqa: PLR2004
        left = number % 10 == 9  # noqa: PLR2004  # every tenth
        role = "manager" if number % 8 == 0 else "seller"
        manager = None if number == 0 else (number - number % 8 if number % 8 else 0)
        yield Colleague(f"user-{number:03d}", first, last, f"seller{number:03d}@fjordtech.example", role, manager, left)


def company(world: World, number: int) -> tuple[str, str, str, str, str]:
    """Name, city, country, currency and dialling code of the n-th account; names are unique."""
    pick = world.pick
    if pick(20, number, 100) < world.chinese_share * 100:
        place = names.PLACE_ZH[pick(21, number, len(names.PLACE_ZH))]
        body = names.COMPANY_ZH[pick(22, number, len(names.COMPANY_ZH))] + names.TRADE_ZH[number % len(names.TRADE_ZH)]
        return f"{place}{body}{number}有限公司", place, "中国", "CNY", "+86 10"
    word = names.COMPANY[pick(22, number, len(names.COMPANY))]
    trade = names.TRADE[pick(23, number, len(names.TRADE))]
    city, country, currency, dial = names.CITIES[pick(24, number, len(names.CITIES))]
    return f"{word} {trade} {number} {names.FORM[number % len(names.FORM)]}", city, country, currency, dial


def accounts(world: World) -> Iterator[Account]:
    """Every account, the older the lower its number."""
    roll = Random(f"{world.seed} accounts").random  # noqa: S311  # a world, no secret
    step = (world.end - world.start) // max(1, world.account_count)
    for number in range(world.account_count):
        name, city, country, currency, dial = company(world, number)
        created = world.start - 30 * DAY_S + number * step // 2 + int(roll() * 3600)
        employees = int(5 * 400 ** roll())
        segment = "enterprise" if employees > 500 else ("mid" if employees > 80 else "small")  # noqa: PLR2004
        yield Account(
            f"account-{number:05d}",
            name,
            "customer" if roll() < 0.5 else ("prospect" if roll() < 0.8 else "partner"),  # noqa: PLR2004
            names.INDUSTRIES[int(roll() * len(names.INDUSTRIES))],
            "public" if roll() < 0.06 else segment,  # noqa: PLR2004
            f"{dial} {500000 + number}",
            f"https://company{number}.example",
            f"{names.STREETS[number % len(names.STREETS)]} {1 + number % 120}",
            city,
            f"{10000 + number % 89999}",
            country,
            employees * 100_000 + number,
            employees,
            currency,
            world.owner_of(number),
            number - 1 if number and roll() < 0.04 else None,  # noqa: PLR2004
            created,
            created + int(roll() ** 2 * (world.end - created)),
        )


def contacts(world: World) -> Iterator[Contact]:
    """Every contact; each account has at least one."""
    roll = Random(f"{world.seed} contacts").random  # noqa: S311  # a world, no secret
    step = (world.end - world.start) // max(1, world.contact_count)
    for number in range(world.contact_count):
        first, last = _person(roll(), int(roll() * 100_000), world.chinese_share)
        account = world.account_of_contact(number)
        created = world.start + number * step // 2 + int(roll() * 3600)
        yield Contact(
            f"contact-{number:05d}",
            first,
            last,
            f"person{number}@company{account}.example",
            f"+46 8 55{number % 100_000:05d}",
            f"+46 70 {number:06d}" if roll() < 0.6 else "",  # noqa: PLR2004
            names.TITLES[int(roll() * len(names.TITLES))],
            names.DEPARTMENTS[int(roll() * len(names.DEPARTMENTS))],
            names.SOURCES[int(roll() * len(names.SOURCES))],
            account,
            world.owner_of(account),
            created,
            created + int(roll() ** 2 * (world.end - created)),
        )


def leads(world: World) -> Iterator[Lead]:
    """Every lead; two of five became the deal ``number * 4``, at the second that deal was created."""
    roll = Random(f"{world.seed} leads").random  # noqa: S311  # a world, no secret
    for number in range(world.lead_count):
        first, last = _person(roll(), int(roll() * 100_000), world.chinese_share)
        deal = number * 4 if roll() < 0.4 else None  # noqa: PLR2004
        born = world.created_of(number * 4)
        created = born - int((1 + roll() * 40) * DAY_S)
        if deal is not None:
            company_name, city, country, currency, dial = company(world, world.account_of(deal))
        else:
            company_name, city, country, currency, dial = company(world, world.account_count + number)
        status = ("new", "contacted", "later", "junk", "lost", "qualified")[int(roll() * 6)]
        yield Lead(
            f"lead-{number:05d}",
            first,
            last,
            company_name,
            f"lead{number}@inquiry{number}.example",
            f"{dial} {700000 + number}",
            names.TITLES[int(roll() * len(names.TITLES))],
            names.SOURCES[int(roll() * len(names.SOURCES))],
            "qualified" if deal is not None else status,
            city,
            country,
            currency,
            world.owner_of(world.account_of(number * 4)),
            created,
            born if deal is not None else created + int(roll() * (born - created)),
            deal,
        )
