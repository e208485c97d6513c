"""Maven Analytics "CRM Sales Opportunities": every figure of the reference, to the digit."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.data.opened import (
    ALL,
    AS_OF,
    BLANK,
    Figure,
    Opened,
    check,
    check_all_covered,
    day,
    opened,
    share,
    statistics,
    statistics_of,
    totals,
    win_rate,
    win_rates,
    won_amounts,
    won_counts,
)

from crmbridge.app.bridge import Bridge
from crmbridge.report import documents
from crmbridge.report.i18n import catalog

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("maven")]
STAGES = {"prospecting": "Prospecting", "engaging": "Engaging", "won": "Won", "lost": "Lost"}


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("maven-crm-sales", shared_data, tmp_path_factory)


def staged(counts: dict[str, Any]) -> dict[str, Any]:
    return {STAGES[stage]: value for stage, value in counts.items()}


def engaged_by_quarter(held: Opened) -> dict[str, int]:
    """A deal begins on the first day that is known of it, here the one on which it became engaged."""
    return {quarter: row["total"] for quarter, row in held.funnel("created_quarter").items() if quarter != BLANK}


def mean_cycle_by_agent(held: Opened) -> dict[str, float]:
    return {agent: float(row["cycle_days_mean"]) for agent, row in held.funnel("owner").items() if row["won"]}


def closed_cycle(held: Opened) -> dict[str, object]:
    """Won and lost together: mean and median by KPI, and the whole of it from the published fact tables."""
    held.bridge.facts_publish(held.folder / "facts")
    files = {name: str(held.folder / "facts" / f"{name}.parquet") for name in ("stage_events", "deals")}
    with duckdb.connect() as con:
        found = con.execute(
            "SELECT date_diff('day', min(e.entered_at), min(d.closed_at)) FROM read_parquet($deals) d "
            "JOIN read_parquet($stage_events) e ON e.record_id = d.id WHERE d.closed_at IS NOT NULL GROUP BY d.id",
            files,
        ).fetchall()
    figures = statistics_of(days for (days,) in found)
    assert figures["n"] == held.kpi("closed_days_mean")[ALL]["n"]
    figures["mean"] = float(held.kpi("closed_days_mean")[ALL]["value"])
    figures["median"] = float(held.kpi("closed_days_median")[ALL]["value"])
    return figures


def reached(held: Opened) -> dict[str, int]:
    """The last step counts the won; whoever was decided got as far as a decision."""
    stages = {name: row["reached"] for name, row in held.stages().items()}
    return stages | {"Closed": held.whole["won"] + held.whole["lost"], "Won": held.whole["won"]}


def agents_without_deals(held: Opened) -> list[str]:
    """The names are those of sales_teams.csv alone; managers are users too, of another file."""
    with_deals = {deal["owner"] for deal in held.records("deal")}
    users = [user for user in held.records("user") if user["refs"][0]["object"] == "agents"]
    return sorted(user["name"] for user in users if user["id"] not in with_deals)


def account_rfm(held: Opened) -> dict[str, dict[str, object]]:
    names = {account["id"]: account["name"] for account in held.records("account")}
    won = sorted((d for d in held.records("deal") if d["category"] == "won"), key=lambda d: d["account"])
    figures: dict[str, dict[str, object]] = {}
    for account, group in groupby(won, key=lambda d: d["account"]):
        deals = list(group)
        figures[names[account]] = {
            "recency_days": (date(2017, 12, 31) - max(day(deal["closed_at"]) for deal in deals)).days,
            "frequency": len(deals),
            "monetary": sum((Decimal(deal["amount"]["amount"]) for deal in deals), Decimal()),
        }
    return figures


def share_of_top_accounts(held: Opened) -> Fraction:
    amounts = sorted(won_amounts("account")(held).values(), reverse=True)
    return Fraction(sum(amounts[:17])) / Fraction(sum(amounts))


def mean_won(held: Opened) -> float:
    """Money is printed in cents; its numerator and denominator are exact."""
    row = held.kpi("avg_deal_value")[ALL]
    return float(row["numerator"] / row["denominator"])


FIGURES: dict[str, Figure] = {
    "rows": lambda held: held.whole["total"],
    "unique_opportunities": lambda held: held.count("opportunities"),
    "deals_by_stage": lambda held: staged(totals("stage")(held)),
    "open_deals": lambda held: held.whole["open"],
    "blank_account_by_stage": lambda held: {
        name: n for name, n in staged(held.counts("deals_without_account", "stage")).items() if n
    },
    "win_rate": lambda held: win_rate(held.whole),
    "win_rate_all_deals": lambda held: share(held.kpi("won_of_all")[ALL]["value"]),
    "win_rate_by_agent": win_rates("owner"),
    "win_rate_by_product": win_rates("product"),
    "win_rate_by_series": win_rates("product.category"),
    "win_rate_by_sector": win_rates("industry"),
    "win_rate_by_manager": win_rates("manager"),
    "win_rate_by_regional_office": win_rates("team"),
    "win_rate_by_close_quarter": win_rates("close_quarter"),
    "engaged_by_quarter": engaged_by_quarter,
    "won_value_total": lambda held: Decimal(held.whole["won_amount"]),
    "won_value_mean": mean_won,
    "won_value_median": lambda held: held.money("median_deal_value"),
    "won_value_by_close_month": won_amounts("close_month"),
    "won_count_by_close_month": won_counts("close_month"),
    "won_value_by_close_quarter": won_amounts("close_quarter"),
    "won_value_by_agent": won_amounts("owner"),
    "won_value_by_product": won_amounts("product"),
    "won_value_by_manager": won_amounts("owner.manager"),
    "won_value_by_regional_office": won_amounts("owner.org_unit"),
    "won_value_by_sector": won_amounts("account.industry"),
    "won_value_by_account": won_amounts("account"),
    "cycle_days_won": lambda held: statistics(held.durations[0]),
    "cycle_days_lost": lambda held: statistics(held.durations[1]),
    "cycle_days_closed": closed_cycle,
    "cycle_days_won_mean_by_agent": mean_cycle_by_agent,
    "funnel_reached": reached,
    "open_list_value_by_stage": lambda held: {
        name: amount for name, amount in staged(held.money("open_list_value", "stage")).items() if amount
    },
    "won_value_over_list_price": lambda held: share(held.kpi("price_realised")[ALL]["value"]),
    "agents_in_team_without_deals": agents_without_deals,
    "accounts_with_wins": lambda held: held.count("accounts_won"),
    "account_rfm_2017_12_31": account_rfm,
    "top20pct_account_share": share_of_top_accounts,
}
OTHERS: dict[str, str] = {}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Opened, name: str) -> None:
    check(held, name, FIGURES[name])


def test_every_figure_is_held_or_has_its_reason(held: Opened) -> None:
    check_all_covered(held.reference, FIGURES, OTHERS)


def test_the_printed_whole_row_is_the_one_that_was_promised(held: Opened) -> None:
    row = held.whole
    assert (row["won"], row["lost"], row["open"]) == (4238, 2473, 2089)
    assert {key: row["win_rate"][key] for key in ("n", "numerator", "denominator", "value")} == {
        "n": 6711,
        "numerator": 4238,
        "denominator": 6711,
        "value": 0.6315,
    }
    assert (row["won_amount"], row["won_amount_currency"]) == ("10005534.00", "USD")
    assert (row["cycle_days_mean"], row["cycle_days_median"]) == (51.782, 57.0)


JUNE = datetime(2017, 6, 30, 23, 59, 59, tzinfo=UTC)


def quarters(held: Opened, name: str, *wanted: str) -> Any:
    """What the reference says of some quarters together."""
    return sum(held.reference[name]["value"][quarter] for quarter in wanted)


def of_then(held: Opened, as_of: datetime = JUNE, **asked: Any) -> dict[str, Any]:
    """The funnel's JSON as of a day in the past, of a workspace opened for it."""
    with Bridge.open(held.folder, as_of=as_of, environ={}) as bridge:
        return documents.document(bridge.funnel(**asked), catalog("en"))


def test_as_of_a_past_day_the_figures_are_those_of_that_day(held: Opened) -> None:
    row = of_then(held)["rows"][0]
    closed = held.reference["win_rate_by_close_quarter"]["value"]
    won = closed["2017Q1"]["won"] + closed["2017Q2"]["won"]
    lost = closed["2017Q1"]["n"] + closed["2017Q2"]["n"] - won
    begun = quarters(held, "engaged_by_quarter", "2016Q4", "2017Q1", "2017Q2")
    undated = held.reference["deals_by_stage"]["value"]["Prospecting"]
    assert (row["won"], row["lost"], row["open"]) == (won, lost, begun + undated - won - lost)
    assert Decimal(row["won_amount"]) == quarters(held, "won_value_by_close_quarter", "2017Q1", "2017Q2")


def test_before_the_first_day_nothing_was_won(held: Opened) -> None:
    row = of_then(held, datetime(2016, 1, 1, tzinfo=UTC))["rows"][0]
    assert (row["won"], row["lost"], row["won_amount"]) == (0, 0, "0.00")
    assert row["win_rate"]["value"] is None


def test_a_quarter_counts_what_closed_in_it(held: Opened) -> None:
    row = of_then(held, AS_OF, start=date(2017, 4, 1), end=date(2017, 7, 1))["rows"][0]
    closed = held.reference["win_rate_by_close_quarter"]["value"]["2017Q2"]
    assert (row["won"], row["win_rate"]["n"]) == (closed["won"], closed["n"])
    assert Decimal(row["won_amount"]) == quarters(held, "won_value_by_close_quarter", "2017Q2")


def test_as_known_then_a_cohort_has_not_closed_what_closed_later(held: Opened) -> None:
    asked: dict[str, Any] = {"start": date(2017, 4, 1), "end": date(2017, 7, 1), "cohort": True}
    now, then = (of_then(held, AS_OF, known=known, **asked)["rows"][0] for known in ("now", "then"))
    begun = quarters(held, "engaged_by_quarter", "2017Q2")
    assert now["total"] == then["total"] == begun
    with (held.data / "sales_pipeline.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "2017-04-01" <= row["engage_date"] < "2017-07-01"]
    won = [row["close_date"] for row in rows if row["deal_stage"] == "Won"]
    assert (now["won"], then["won"]) == (len(won), sum(1 for day_ in won if day_ < "2017-07-01"))
    assert now["cohort_to_date"]["denominator"] == then["cohort_to_date"]["denominator"] == begun


def test_known_then_says_that_fields_are_as_they_are_now(held: Opened) -> None:
    codes = {note["code"] for note in of_then(held, known="then")["warnings"]}
    assert "FIELDS_AS_NOW" in codes
