"""The reviewed set-ups of `examples/` read the real files: nothing is quarantined, sums are exact to the digit."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.mapping.outcome import Mapped

pytestmark = pytest.mark.data
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RowsOf = Callable[..., list[dict[str, str]]]
FILES = [
    ("maven-crm-sales", "maven", "deals", "sales_pipeline.csv", 8800),
    ("maven-crm-sales", "maven", "accounts", "accounts.csv", 85),
    ("maven-crm-sales", "maven", "products", "products.csv", 7),
    ("maven-crm-sales", "maven", "agents", "sales_teams.csv", 35),
    ("cn-derived-maven", "shangji", "deals", "商机.csv", 8800),
    ("olist-funnel", "olist", "leads", "olist_marketing_qualified_leads_dataset.csv", 8000),
    ("olist-funnel", "olist", "deals", "olist_closed_deals_dataset.csv", 842),
    ("zoho-analytics-sample", "finepick", "users", "Users.csv", 11),
    ("zoho-analytics-sample", "finepick", "campaigns", "Campaigns.csv", 110),
    ("zoho-analytics-sample", "finepick", "accounts", "Accounts.csv", 2229),
    ("zoho-analytics-sample", "finepick", "contacts", "Contacts.csv", 1265),
    ("zoho-analytics-sample", "finepick", "leads", "Leads.csv", 3900),
    ("zoho-analytics-sample", "finepick", "potentials", "Potentials.csv", 3632),
    ("zoho-analytics-sample", "finepick", "tasks", "Tasks.csv", 2978),
    ("ibm-sales-win-loss", "ibm", "opportunities", "WA_Fn-UseC_-Sales-Win-Loss.csv.zip", 78025),
]


def read(rows_of: RowsOf, folder: str, mapping: str, *, name: str, file: str) -> list[dict[str, Any]]:
    document = load(EXAMPLES / folder / "mapping" / f"{mapping}.toml")
    made = compile_mapping(document, MappingSettings(ZoneInfo("Asia/Shanghai"), "USD")).object(name)
    rows = rows_of(f"{folder}/{file}", "gb18030" if folder.startswith("cn") else "utf-8-sig")
    assert made.vendor_fields <= {*rows[0], "first_contact_date", "origin", "landing_page_id"}
    names = [column.name for column in made.kind.columns]
    found = []
    for payload in rows:
        row = made.read(payload)
        assert isinstance(row, Mapped), (payload, row)
        assert row.issues is None, (payload, row.issues)
        found.append(dict(zip(names, row.values, strict=True)))
    return found


@pytest.mark.parametrize("case", FILES, ids=lambda case: f"{case[1]}-{case[2]}")
def test_every_row_of_a_real_file_is_read(rows_of: RowsOf, case: tuple[str, str, str, str, int]) -> None:
    folder, mapping, name, file, count = case
    assert len(read(rows_of, folder, mapping, name=name, file=file)) == count


@pytest.mark.parametrize(
    ("folder", "mapping", "file"),
    [("maven-crm-sales", "maven", "sales_pipeline.csv"), ("cn-derived-maven", "shangji", "商机.csv")],
)
def test_won_amounts_add_up_to_the_reference(rows_of: RowsOf, folder: str, mapping: str, file: str) -> None:
    won, won_e4 = 4238, 10_005_534 * 10_000
    deals = read(rows_of, folder, mapping, name="deals", file=file)
    assert Counter(deal["category"] for deal in deals)["won"] == won
    assert sum(deal["amount_e4"] for deal in deals if deal["category"] == "won") == won_e4
    assert all(deal["amount_e4"] is None for deal in deals if deal["category"] == "open")
    assert all((deal["closed_at_us"] is None) == (deal["category"] == "open") for deal in deals)


def test_misspelt_products_are_mended_by_the_mapping(rows_of: RowsOf) -> None:
    deals = read(rows_of, "maven-crm-sales", "maven", name="deals", file="sales_pipeline.csv")
    products = {row["product"] for row in rows_of("maven-crm-sales/products.csv")}
    assert {deal["product_ref"] for deal in deals} == products
