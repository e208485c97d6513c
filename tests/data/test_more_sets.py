"""Five smaller sets: linked tables with holes, months first, Chinese orders, columns apart by blanks, a workbook."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from tests.data.opened import (
    Figure,
    Opened,
    check,
    check_all_covered,
    day,
    opened,
    share,
    statistics_of,
    totals,
    win_rate,
    won_counts,
)

from crmbridge.app.bridge import Bridge

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("more-sets")]
KOLKATA, SHANGHAI, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
ROWS = {
    "salescrm-small": {"accounts": 80, "contacts": 150, "leads": 200, "deals": 120, "activities": 300},
    "hubspot-migration-deals": {"contacts": 333, "deals": 598},
    "tmall-orders-cn": {"orders": 28010},
    "cdnow-rfm": {"customers": 2357, "purchases": 6919},
    "cn-customer-import-template": {"customers": 3, "contacts": 3},
}


def counted(values: Iterator[str]) -> dict[str, int]:
    return dict(Counter(values))


def by_stage(held: Opened) -> dict[str, int]:
    """The funnel's deals of each stage, under the name that the vendor gives it."""
    names = {deal["stage"]: deal["stage_raw"] for deal in held.records("deal")}
    return {names[stage]: total for stage, total in totals("stage")(held).items()}


# -- salescrm-small ---------------------------------------------------------------------------------------------------

LEAD_COLUMNS = {
    "LeadName": "full_name",
    "Email": "emails",
    "Phone": "phones",
    "LeadSource": "source",
    "Status": "status_raw",
    "CreatedDate": "vendor_created_at",
}


def leads_blank(held: Opened) -> dict[str, int]:
    leads = held.records("lead")
    found = {column: sum(not lead[field] for lead in leads) for column, field in LEAD_COLUMNS.items()}
    return {"LeadID": sum(not lead["refs"][0]["vendor_id"] for lead in leads)} | found


@cache
def touches(held: Opened) -> dict[str, list[int]]:
    """The days from a lead's creation to each of its activities; negative before it was there."""
    created = {lead["id"]: day(lead["vendor_created_at"], KOLKATA) for lead in held.records("lead")}
    found: dict[str, list[int]] = {lead: [] for lead in created}
    for activity in held.records("activity"):
        lead = activity["lead"]
        found[lead].append((day(activity["started_at"], KOLKATA) - created[lead]).days)
    return found


def first_touch_days(held: Opened) -> dict[str, object]:
    later = ([days for days in found if days >= 0] for found in touches(held).values())
    return statistics_of(min(days) for days in later if days)


def mismatches(held: Opened) -> int:
    contacts = held.by_id("contact")
    return sum(contacts[deal["contact"]]["account"] != deal["account"] for deal in held.records("deal"))


SALESCRM: dict[str, Figure] = {
    "rows": lambda held: {
        "Leads": held.count("leads_created"),
        "Deals": held.whole["total"],
        "Activities": held.count("activities"),
        "Contacts": held.count("contacts"),
    },
    "leads_blank": leads_blank,
    "leads_by_source": lambda held: held.counts("leads_created", "source"),
    "deals_by_stage": by_stage,
    "won_amount": lambda held: Decimal(held.whole["won_amount"]),
    "win_rate": lambda held: win_rate(held.whole),
    "activities_by_type": lambda held: held.counts("activities", "purpose"),
    "leads_without_activity": lambda held: sum(not found for found in touches(held).values()),
    "deals_contact_account_mismatch": mismatches,
    "activities_before_lead_created": lambda held: sum(days < 0 for found in touches(held).values() for days in found),
    "first_touch_days": first_touch_days,
}

# -- hubspot-migration-deals ------------------------------------------------------------------------------------------


def close_dates(held: Opened) -> list[date]:
    """The one column of the file, which is a plan of the open deals and a fact of the won ones."""
    deals = held.records("deal")
    return [
        day(deal["closed_at"]) if deal["closed_at"] else date.fromisoformat(deal["expected_close"]) for deal in deals
    ]


def won_by_year(held: Opened) -> dict[str, int]:
    years: Counter[str] = Counter()
    for month, won in won_counts("close_month")(held).items():
        years[month[:4]] += won
    return dict(years)


HUBSPOT: dict[str, Figure] = {
    "rows": lambda held: held.whole["total"],
    "by_stage": by_stage,
    "close_range": lambda held: [min(close_dates(held)).isoformat(), max(close_dates(held)).isoformat()],
    "won_by_year": won_by_year,
    "won_by_month": won_counts("close_month"),
    "ambiguous_dates": lambda held: sum(found.day <= 12 for found in close_dates(held)),
    "contacts": lambda held: held.count("contacts_of_deals"),
}

# -- tmall-orders-cn --------------------------------------------------------------------------------------------------


def received_by_day(held: Opened) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for order in held.records("order"):
        at = day(order["ordered_at"], SHANGHAI).isoformat()
        found[at] = found.get(at, Decimal()) + Decimal(order["custom"]["received"]["value"])
    return found


def minutes_to_pay(held: Opened) -> dict[str, object]:
    paid = (order for order in held.records("order") if order["paid_at"])
    spans = (datetime.fromisoformat(o["paid_at"]) - datetime.fromisoformat(o["ordered_at"]) for o in paid)
    return statistics_of(span.total_seconds() / 60 for span in spans)


TMALL: dict[str, Figure] = {
    "orders_created": lambda held: held.count("orders"),
    "orders_paid": lambda held: held.count("orders_paid"),
    "orders_with_money": lambda held: held.count("orders_with_money"),
    "orders_with_refund": lambda held: held.count("orders_with_refund"),
    "pay_rate": lambda held: share(held.kpi("pay_rate")["all"]["value"]),
    "amount_total": lambda held: held.money("amount_ordered"),
    "amount_received": lambda held: Decimal(str(held.kpi("amount_received")["all"]["value"])),
    "amount_refunded": lambda held: held.money("amount_refunded"),
    "orders_by_province": lambda held: held.counts("orders", "region"),
    "created_by_day": lambda held: counted(day(o["ordered_at"], SHANGHAI).isoformat() for o in held.records("order")),
    "received_by_day": received_by_day,
    "minutes_to_pay": minutes_to_pay,
}

# -- cdnow-rfm --------------------------------------------------------------------------------------------------------


class Customer(NamedTuple):
    """What a customer bought, of the exported orders."""

    days: list[date]
    dollars: Decimal


@cache
def customers(held: Opened) -> dict[int, Customer]:
    """Every customer by number."""
    names = {account["id"]: int(account["name"]) for account in held.records("account")}
    found = {number: Customer([], Decimal()) for number in names.values()}
    for order in held.records("order"):
        number = names[order["account"]]
        bought = found[number]
        bought.days.append(day(order["ordered_at"], NEW_YORK))
        found[number] = bought._replace(dollars=bought.dollars + Decimal(order["amount"]["amount"]))
    return found


@cache
def ends(held: Opened) -> tuple[date, date]:
    """The first day and the last."""
    days = [at for customer in customers(held).values() for at in customer.days]
    return min(days), max(days)


def recency(held: Opened, customer: Customer) -> int:
    return (ends(held)[1] - max(customer.days)).days


def recencies(held: Opened) -> list[int]:
    return [recency(held, customer) for customer in customers(held).values()]


def frequencies(held: Opened) -> list[int]:
    return [len(customer.days) for customer in customers(held).values()]


def top_share(held: Opened) -> Fraction:
    spent = sorted((customer.dollars for customer in customers(held).values()), reverse=True)
    return Fraction(sum(spent[: len(spent) // 5])) / Fraction(sum(spent))


def example(held: Opened, customer: Customer) -> dict[str, object]:
    found = {"recency_days": recency(held, customer), "rows": len(customer.days)}
    return found | {"distinct_days": len(set(customer.days)), "monetary": customer.dollars}


CDNOW: dict[str, Figure] = {
    "rows": lambda held: held.count("purchases"),
    "customers": lambda held: held.count("customers"),
    "amount_total": lambda held: held.money("amount"),
    "date_range": lambda held: [at.isoformat() for at in ends(held)],
    "asof": lambda held: ends(held)[1].isoformat(),
    "recency_days": lambda held: statistics_of(recencies(held)),
    "frequency_rows": lambda held: statistics_of(frequencies(held)),
    "frequency_distinct_days": lambda held: statistics_of(len(set(c.days)) for c in customers(held).values()),
    "monetary": lambda held: statistics_of(float(customer.dollars) for customer in customers(held).values()),
    "one_time_share": lambda held: Fraction(frequencies(held).count(1), len(customers(held))),
    "top20pct_share": top_share,
    "recency_le_90": lambda held: sum(days <= 90 for days in recencies(held)),
    "recency_le_365": lambda held: sum(days <= 365 for days in recencies(held)),
    "customers_freq_ge": lambda held: {
        str(least): sum(rows >= least for rows in frequencies(held)) for least in (2, 3, 5, 10, 20)
    },
    "monthly_amount": lambda held: held.money("amount", "month"),
    "examples": lambda held: {
        number: example(held, customers(held)[int(number)]) for number in held.reference["examples"]["value"]
    },
}

# -- cn-customer-import-template --------------------------------------------------------------------------------------


def header(held: Opened) -> list[str]:
    """The columns that the adapter tells of the sheet."""
    return [str(row["field"]) for row in held.bridge.fields("kehu").rows if row["object"] == "customers"]


def sheet_rows(held: Opened) -> list[list[str]]:
    """The rows of the sheet, put together again from the companies and their contacts."""
    contacts: Mapping[str, Any] = {contact["account"]: contact for contact in held.records("contact")}
    return [
        [
            account["name"],
            contacts[account["id"]]["full_name"],
            *(next(iter(contacts[account["id"]][field]), "") for field in ("phones", "emails")),
            custom(contacts[account["id"]], "wechat"),
            custom(account, "address"),
            account["segment"],
            account["region"],
            custom(account, "need"),
            custom(account, "remark"),
        ]
        for account in held.records("account")
    ]


def custom(record: Mapping[str, Any], name: str) -> str:
    return str(record["custom"].get(name, {"value": ""})["value"])


KEHU: dict[str, Figure] = {"header": header, "rows": sheet_rows}

FIGURES: dict[str, dict[str, Figure]] = {
    "salescrm-small": SALESCRM,
    "hubspot-migration-deals": HUBSPOT,
    "tmall-orders-cn": TMALL,
    "cdnow-rfm": CDNOW,
    "cn-customer-import-template": KEHU,
}
CASES = [(name, figure) for name, figures in FIGURES.items() for figure in figures]


@pytest.fixture(scope="module")
def sets(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Opened]]:
    """Every set, each opened where it is first asked for."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(contextmanager(opened)(name, shared_data, tmp_path_factory)) for name in FIGURES
        }


@pytest.mark.parametrize(("name", "figure"), CASES)
def test_the_figure_is_the_reference_to_the_digit(sets: dict[str, Opened], name: str, figure: str) -> None:
    check(sets[name], figure, FIGURES[name][figure])


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_held_or_has_its_reason(sets: dict[str, Opened], name: str) -> None:
    check_all_covered(sets[name].reference, FIGURES[name], {})


@pytest.mark.parametrize("name", FIGURES)
def test_every_row_became_a_record_and_a_second_sync_writes_nothing(sets: dict[str, Opened], name: str) -> None:
    held = sets[name]
    assert {row["object"]: row["read"] for row in held.synced.listing.rows} == ROWS[name]
    assert {row["object"]: row["written"] for row in held.synced.listing.rows} == ROWS[name]
    assert held.synced.exit_code == 0
    with closing(Bridge.open(held.folder, environ={})) as bridge:
        again = bridge.sync()
    assert {(row["landed"], row["written"], row["updated"]) for row in again.listing.rows} == {(0, 0, 0)}


@pytest.mark.parametrize("name", FIGURES)
def test_the_mapping_and_the_files_agree(sets: dict[str, Opened], name: str) -> None:
    assert {row["code"] for row in sets[name].bridge.mapping_check().rows} <= {"COLUMN_UNMAPPED"}
