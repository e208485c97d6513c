"""Sets of which the files alone do not tell everything: what they tell is exact, the rest is asked."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.data.guessed import Guessed, check, check_evidence, check_sound, guessed
from tests.data.opened import (
    BLANK,
    Figure,
    Opened,
    conversions,
    day,
    share,
    totals,
    win_rate,
    win_rates,
    won_counts,
)

from crmbridge.app.bridge import Bridge

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("guess-others")]


@pytest.fixture(scope="module")
def ibm(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("ibm-sales-win-loss", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def olist(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("olist-funnel", shared_data, tmp_path_factory, zone="America/Sao_Paulo")


@pytest.fixture(scope="module")
def hubspot(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("hubspot-migration-deals", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def small(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("salescrm-small", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def tmall(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("tmall-orders-cn", shared_data, tmp_path_factory, zone="Asia/Shanghai")


@pytest.fixture(scope="module")
def cdnow(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("cdnow-rfm", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def template(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("cn-customer-import-template", shared_data, tmp_path_factory)


# -- IBM: one zip, no dates, no owners --------------------------------------------------------------------------------

IBM: dict[str, Figure] = {
    "rows": lambda held: held.whole["total"],
    "distinct_opportunity_number": lambda held: held.count("opportunity_numbers"),
    "win_rate": lambda held: win_rate(held.whole),
    "win_rate_by_Region": win_rates("region"),
    "win_rate_by_Route To Market": win_rates("channel"),
    "win_rate_by_Competitor Type": win_rates("competitor"),
    "win_rate_by_Supplies Group": win_rates("custom.supplies_group"),
    "win_rate_by_Deal Size Category": win_rates("custom.deal_size_category"),
    "win_rate_by_Sales Stage Change Count": win_rates("custom.sales_stage_change_count"),
    "amount_total_by_result": lambda held: {
        "Loss": Decimal(held.whole["lost_amount"]),
        "Won": Decimal(held.whole["won_amount"]),
    },
    "zero_amount_rows": lambda held: held.count("deals_without_value"),
}


@pytest.mark.parametrize("name", IBM)
def test_ibm_is_the_reference_to_the_digit(ibm: Guessed, name: str) -> None:
    check(ibm, name, IBM[name])


def test_ibm_loses_nothing_and_asks_for_a_name(ibm: Guessed) -> None:
    check_sound(ibm, {"WA_Fn-UseC_-Sales-Win-Loss": "deal"}, 78025)
    assert ibm.codes() == ["ASK_NAME"]
    fields = ibm.mapping["objects"]["WA_Fn-UseC_-Sales-Win-Loss"]["fields"]
    assert fields["amount"]["currency"] == "USD"
    assert fields["competitor"] == {"from": "Competitor Type", "empty": ["None"]}


# -- Olist: leads and what was won from them --------------------------------------------------------------------------


def developers(held: Opened) -> dict[str, int]:
    counted = sorted(won_counts("created_by")(held).items(), key=lambda one: (-one[1], one[0]))
    return dict(counted[:10])


OLIST: dict[str, Figure] = {
    "mql_count": lambda held: held.whole["leads"],
    "closed_count": lambda held: held.whole["won"],
    "conversion": lambda held: share(held.whole["lead_conversion"]),
    "conversion_by_origin": conversions("lead_conversion", "source"),
    "mql_by_contact_month": lambda held: held.counts("leads_created", "month"),
    "conversion_by_contact_month": conversions("lead_conversion", "created_month"),
    "won_by_won_month": won_counts("close_month"),
    "sdr_count": lambda held: held.count("developers"),
    "sr_count": lambda held: held.count("reps"),
    "won_by_sdr_top10": developers,
    "declared_monthly_revenue_sum": lambda held: float(held.kpi("declared_revenue")["all"]["value"]),
}


@pytest.mark.parametrize("name", OLIST)
def test_olist_is_the_reference_to_the_digit(olist: Guessed, name: str) -> None:
    check(olist, name, OLIST[name])


def test_olist_loses_nothing_and_asks_what_is_not_said(olist: Guessed) -> None:
    kinds = {"creators": "user", "owners": "user"}
    kinds |= {"olist_marketing_qualified_leads_dataset": "lead", "olist_closed_deals_dataset": "deal"}
    check_sound(olist, kinds, 8896)
    assert olist.codes() == ["ASK_ALL_WON", "ASK_BEGIN", "ASK_NAME", "ASK_NAME"]
    olist.question("ASK_ALL_WON", column="won_date")
    olist.question("ASK_BEGIN", column="first_contact_date")


def test_olist_has_two_orders_of_day_and_month_each_told_by_its_own_column(olist: Guessed) -> None:
    objects = olist.mapping["objects"]
    assert objects["olist_closed_deals_dataset"]["fields"]["closed_at"]["format"] == ["%d-%m-%Y %H:%M"]
    leads = objects["olist_marketing_qualified_leads_dataset"]["fields"]
    assert leads["vendor_created_at"]["format"] == ["%Y-%m-%d"]


# -- HubSpot: month first, labels that nobody knows -------------------------------------------------------------------

HUBSPOT_STAGES = {"won": "Closed Won", "pending_response": "Pending Response", "pending_contract": "Pending Contract"}
HUBSPOT: dict[str, Figure] = {
    "rows": lambda held: held.whole["total"],
    "by_stage": lambda held: {HUBSPOT_STAGES[stage]: n for stage, n in totals("stage")(held).items()},
    "won_by_month": won_counts("close_month"),
    "won_by_year": lambda held: dict(
        Counter(day(deal["closed_at"]).strftime("%Y") for deal in held.records("deal") if deal["closed_at"])
    ),
    "close_range": lambda held: [
        choose(deal["expected_close"] or day(deal["closed_at"]).isoformat() for deal in held.records("deal"))
        for choose in (min, max)
    ],
    "contacts": lambda held: len(held.records("contact")),
}


@pytest.mark.parametrize("name", HUBSPOT)
def test_hubspot_is_the_reference_to_the_digit(hubspot: Guessed, name: str) -> None:
    check(hubspot, name, HUBSPOT[name])


def test_hubspot_loses_nothing_and_asks_what_its_labels_mean(hubspot: Guessed) -> None:
    check_sound(hubspot, {"deals": "deal", "contacts": "contact"}, 931)
    assert hubspot.codes() == ["ASK_OUTCOME", "ASK_STAGE", "ASK_STAGE"]
    hubspot.question("ASK_STAGE", label="Pending Contract")
    hubspot.question("ASK_STAGE", label="Pending Response")
    assert hubspot.question("ASK_OUTCOME").params["missing"] == "lost"
    assert hubspot.mapping["objects"]["deals"]["fields"]["closed_at"]["format"] == ["%m-%d-%Y"]


# -- five small tables with holes -------------------------------------------------------------------------------------


def mismatched(held: Opened) -> int:
    contacts = held.by_id("contact")
    return sum(1 for deal in held.records("deal") if deal["account"] != contacts[deal["contact"]]["account"])


def before_lead(held: Opened) -> int:
    leads = held.by_id("lead")
    return sum(1 for a in held.records("activity") if a["started_at"] < leads[a["lead"]]["vendor_created_at"])


SMALL: dict[str, Figure] = {
    "deals_by_stage": lambda held: {
        {"won": "Closed Won", "lost": "Closed Lost"}.get(stage, stage.capitalize()): n
        for stage, n in totals("stage")(held).items()
    },
    "win_rate": lambda held: win_rate(held.whole),
    "won_amount": lambda held: Decimal(held.whole["won_amount"]),
    "leads_by_source": lambda held: dict(Counter(lead["source"] or BLANK for lead in held.records("lead"))),
    "activities_by_type": lambda held: dict(Counter(one["purpose"] for one in held.records("activity"))),
    "leads_without_activity": lambda held: len(
        {lead["id"] for lead in held.records("lead")} - {one["lead"] for one in held.records("activity")}
    ),
    "deals_contact_account_mismatch": mismatched,
    "activities_before_lead_created": before_lead,
    "rows": lambda held: {
        name: len(held.records(kind))
        for name, kind in {"Leads": "lead", "Deals": "deal", "Activities": "activity", "Contacts": "contact"}.items()
    },
}


@pytest.mark.parametrize("name", SMALL)
def test_the_small_set_is_the_reference_to_the_digit(small: Guessed, name: str) -> None:
    check(small, name, SMALL[name])


def test_the_small_set_loses_nothing_and_asks_what_a_follow_up_is(small: Guessed) -> None:
    kinds = {"Accounts": "account", "Contacts": "contact", "Leads": "lead", "Deals": "deal", "Activities": "activity"}
    check_sound(small, kinds, 850)
    assert small.codes() == ["ASK_CHOICE", "ASK_NAME"]
    assert small.question("ASK_CHOICE", value="Follow-Up").params["until"] == "note"


# -- orders without customers -----------------------------------------------------------------------------------------


def money(held: Opened, field: str) -> Decimal:
    return sum((Decimal(order[field]["amount"]) for order in held.records("order") if order[field]), Decimal())


def received(held: Opened) -> Decimal:
    return sum((Decimal(str(o["custom"]["买家实际支付金额"]["value"])) for o in held.records("order")), Decimal())


def minutes(held: Opened) -> list[float]:
    pairs = [(o["ordered_at"], o["paid_at"]) for o in held.records("order") if o["paid_at"]]
    spans = [datetime.fromisoformat(paid) - datetime.fromisoformat(made) for made, paid in pairs]
    return [span.total_seconds() / 60 for span in spans]


TMALL: dict[str, Figure] = {
    "orders_created": lambda held: len(held.records("order")),
    "orders_paid": lambda held: sum(1 for order in held.records("order") if order["paid_at"]),
    "orders_with_refund": lambda held: sum(
        1 for o in held.records("order") if o["refunded"] and Decimal(o["refunded"]["amount"]) > 0
    ),
    "amount_total": lambda held: money(held, "amount"),
    "amount_refunded": lambda held: money(held, "refunded"),
    "amount_received": received,
    "orders_by_province": lambda held: dict(Counter(order["region"] for order in held.records("order"))),
}


@pytest.mark.parametrize("name", TMALL)
def test_the_orders_are_the_reference_to_the_digit(tmall: Guessed, name: str) -> None:
    check(tmall, name, TMALL[name])


def test_the_orders_are_known_to_the_minute(tmall: Guessed) -> None:
    theirs: dict[str, Any] = tmall.reference["minutes_to_pay"]["value"]
    found = minutes(tmall)
    assert (len(found), max(found)) == (theirs["n"], theirs["max"])
    assert round(sum(found) / len(found), 4) == theirs["mean"]
    check_sound(tmall, {"tmall_order_report": "order"}, 28010)


# -- no header at all -------------------------------------------------------------------------------------------------


def test_columns_without_names_are_asked_about_and_not_guessed(cdnow: Guessed) -> None:
    assert cdnow.synced.exit_code == 0
    assert cdnow.mapping == {"format": 1}
    assert [note.params["object"] for note in cdnow.asked if note.code == "OBJECT_UNMAPPED"] == ["CDNOW_sample"]
    assert "# QUESTION: what does CDNOW_sample hold?" in cdnow.text
    assert "# column3: dates written %Y%m%d" in cdnow.text


def test_what_they_look_like_needs_only_to_be_uncommented(cdnow: Guessed, tmp_path: Path) -> None:
    folder = tmp_path / "answered"
    Bridge.init(folder, files=cdnow.data)
    (file,) = (folder / "mapping").iterdir()
    before, mark, draft = file.read_text("utf-8").partition("from here on:\n")
    assert mark
    file.write_text(before + mark + "".join(line.removeprefix("#").lstrip(" ") for line in draft.splitlines(True)))
    with Bridge.open(folder, environ={}) as bridge:
        assert bridge.sync().exit_code == 0
        orders = list(bridge.export("order"))
    theirs = {name: held["value"] for name, held in cdnow.reference.items()}
    assert len(orders) == theirs["rows"]
    assert sum(Decimal(order["amount"]["amount"]) for order in orders) == Decimal(str(theirs["amount_total"]))
    assert len({order["custom"]["column1"]["value"] for order in orders}) == theirs["customers"]
    days = [day(order["ordered_at"]).isoformat() for order in orders]
    assert [min(days), max(days)] == theirs["date_range"]


# -- a Chinese spreadsheet --------------------------------------------------------------------------------------------


def test_the_import_template_is_read_as_customers(template: Guessed) -> None:
    check_evidence(template.text)
    rows = [dict(zip(template.reference["header"]["value"], row, strict=True)) for row in _rows(template)]
    accounts = sorted(template.records("account"), key=lambda one: str(one["name"]))
    for row, account in zip(sorted(rows, key=lambda one: one["名称"]), accounts, strict=True):
        assert account["name"] == row["名称"]
        assert account["phones"] == ["+86" + row["电话"]]
        assert (account["emails"] or [""]) == [row["邮箱"]]
        assert (account["region"], account["segment"]) == (row["区域"], row["类型"])
        assert account["addresses"] == [row["地址"]]
        for name in ("联系人", "微信", "需求", "备注"):
            assert account["custom"].get(name, {"value": ""})["value"] == row[name]


def _rows(held: Guessed) -> list[list[str]]:
    found: list[list[str]] = held.reference["rows"]["value"]
    return found
