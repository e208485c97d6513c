"""Scorecards, leaderboard and payouts of a workspace, with its own documents and its file of shares."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.model.money import Money

AS_OF = datetime(2026, 4, 2, tzinfo=UTC)
CARDS = """
[cards.default.kpis.revenue_won]
weight = "40"
target = "100"
"""
PLANS = """
finance = ["Wang"]

[plans.all]
names = { en = "All", zh = "全体" }
from = 2026-01-01
to = 2027-01-01
event = "won"
quota = "100.00"
tiers = [{ from = "0", rate = "0.10" }]
mode = "marginal"

[plans.all.bonuses.steady]
names = { en = "Steady" }
amount = "5.00"
when = "scorecard >= 30 and deals_won_n >= 1"
"""


@pytest.fixture
def bridge(company: Company) -> Iterator[Bridge]:
    folder = company.folder
    (folder / "scorecards.toml").write_text(CARDS, encoding="utf-8")
    (folder / "incentives.toml").write_text(PLANS, encoding="utf-8")
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def rows(bridge: Bridge, section: str, *names: str, viewer: str) -> list[tuple[object, ...]]:
    found = bridge.payouts(viewer=viewer, period="2026-Q1").rows
    return [tuple(row.get(name) for name in names) for row in found if row["section"] == section]


def test_each_has_a_score_with_its_records(bridge: Bridge) -> None:
    told = bridge.scorecards(period="2026-Q1", explain=True)
    scores = {row["user"]: (row["rank"], row["score"]) for row in told.rows if row["section"] == "cards"}
    assert scores == {"Li": (2, Fraction("33.5")), "Wang": (1, Fraction(200, 3))}
    assert told.explain is not None
    records = told.explain["records"]
    assert isinstance(records, dict)
    assert sorted(len(by_kpi["revenue_won"]) for by_kpi in records.values()) == [1, 1]


def test_the_leaderboard_shows_no_pay(bridge: Bridge) -> None:
    told = bridge.leaderboard(period="2026-Q1")
    assert [(row["rank"], row["user"]) for row in told.rows] == [(1, "Wang"), (2, "Li")]
    assert not {"pays", "commission"} & {column.name for column in told.columns}


def test_a_stock_has_no_leaderboard(bridge: Bridge) -> None:
    with pytest.raises(ConfigError, match="as things stand"):
        bridge.leaderboard(by="open_deals")


def test_a_rep_sees_the_own_pay_and_finance_all(bridge: Bridge) -> None:
    own = rows(bridge, "statements", "user", "pays", viewer="Li")
    assert own == [("Li", Money(Decimal("15.05"), "CNY"))], "10 % of 100.50, and the bonus"
    assert rows(bridge, "statements", "user", "pays", viewer="Wang") == [
        ("Li", Money(Decimal("15.05"), "CNY")),
        ("Wang", Money(Decimal("25.00"), "CNY")),
    ]
    assert bridge.payouts(viewer="Li", period="2026-Q1").window["hidden"] == 1  # type: ignore[index]
    assert "Wang" not in str(bridge.payouts(viewer="Li", period="2026-Q1").rows)


def test_each_line_lists_its_deals_rate_and_band(bridge: Bridge) -> None:
    lines = rows(bridge, "lines", "line", "rate", "base", "pays", viewer="Li")
    assert lines[0] == ("commission", Decimal("0.1"), Money(Decimal("100.50"), "CNY"), Money(Decimal("10.05"), "CNY"))
    assert lines[1][0] == "bonus"
    assert rows(bridge, "records", "kind", "name", "amount", viewer="Li") == [
        ("deal", "d1", Money(Decimal("100.50"), "CNY"))
    ]


def share(folder: Path, text: str) -> None:
    (folder / "splits.csv").write_text(text, encoding="utf-8")


def test_the_credit_of_a_deal_is_shared_as_the_file_says(bridge: Bridge) -> None:
    share(bridge.workspace.folder, "deal,user,share\nbooks:d1,Li,0.6\nbooks:d1,Wang,0.4\n")
    found = rows(bridge, "records", "user", "name", "amount", viewer="Wang")
    assert [(user, str(amount)) for user, name, amount in found if name == "d1"] == [
        ("Li", "CNY 60.30"),
        ("Wang", "CNY 40.20"),
    ]


def test_what_is_wrong_with_the_file_of_shares_is_named_line_by_line(bridge: Bridge) -> None:
    share(bridge.workspace.folder, "deal,user,share\nbooks:d1,Li,0.6\nbooks:dx,Li,1\nbooks:d4,Lee,1\nbooks:d2,Li,7\n")
    with pytest.raises(ConfigErrors) as caught:
        bridge.payouts(viewer="Li", period="2026-Q1")
    told = str(caught.value)
    for part in ("splits.csv:2: the shares of books:d1 sum to 0.6", "splits.csv:3: there is no deal books:dx"):
        assert part in told
    for part in ("splits.csv:4: there is no user Lee", "did you mean Li, Wang?", "splits.csv:5: 7 is no share"):
        assert part in told
