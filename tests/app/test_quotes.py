"""Quotes of a workspace: read from files, what each comes to, who is asked, and what follow-up makes of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.app.company import Company

from crmbridge.app import follow_up, quoting
from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import Asking
from crmbridge.cli import app
from crmbridge.services.wants import TaskWanted

AS_OF = datetime(2026, 3, 6, 4, tzinfo=UTC)
MAPPING = """
[objects.quotes]
kind = "quote"
[objects.quotes.fields]
number = "number"
deal = { from = "deal", object = "deals" }
owner = { from = "owner", object = "people" }
amount = "amount"
list_total = "list"
lines = "lines"
vat_rate = "vat"
trial_ends = { from = "trial", format = ["%Y-%m-%d"] }
"""
QUOTES = """number,deal,owner,amount,list,lines,vat,trial
Q1,d3,Wang,85,100,,13%,
Q2,d3,Wang,123920.27,,A 3 x 19999.00 -10%; B 1 x 50000; C 2 x 3333.33 -15%,13%,2026-03-13
Q3,d1,Li,100,100,,,
"""


@pytest.fixture
def bridge(company: Company) -> Iterator[Bridge]:
    (company.folder / "exports" / "quotes.csv").write_text(QUOTES, encoding="utf-8")
    with (company.folder / "mapping" / "books.toml").open("a", encoding="utf-8") as file:
        file.write(MAPPING)
    with (company.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write('[connections.books.objects.quotes]\nfile = "quotes.csv"\nkey = "number"\n')
    with Bridge.open(company.folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def section(told: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in told.rows if row["section"] == name]


def test_totals_approvals_what_ends_and_what_is_odd(bridge: Bridge) -> None:
    told = bridge.quotes(explain=True)
    first, second = section(told, "quotes")
    assert (str(first["net"]), str(first["discount"]), first["approval"]) == ("CNY 85.00", "3/20", "needed")
    assert (str(second["net"]), str(second["gross"])) == ("CNY 109663.96", "CNY 123920.27")
    assert [(row["quote"], row["owner"]) for row in section(told, "approvals")] == [("Q1", "Wang")]
    assert [(row["quote"], str(row["call_on"]), row["call"]) for row in section(told, "endings")] == [
        ("Q2", "2026-03-11", "due")
    ]
    assert [(row["quote"], row["says"].code) for row in section(told, "remarks")] == [("Q2", "TOTAL_WITH_VAT")]
    (whole,) = section(told, "whole")
    assert (whole["quotes"], whole["live"], whole["over"].numerator, whole["over"].n) == (3, 2, 1, 3)
    assert told.explain is not None
    records: Any = told.explain["records"]
    assert len(records["approval needed"]) == 1
    assert len(section(bridge.quotes(everything=True), "quotes")) == 3
    assert [row["quote"] for row in section(bridge.quotes(owner="Li", everything=True), "quotes")] == ["Q3"]


def test_follow_up_asks_for_the_approval_and_the_call(bridge: Bridge) -> None:
    config = follow_up.own_document(bridge.wiring)
    asking = Asking(bridge.wiring, bridge._facts, bridge._pipelines, AS_OF, config, {})
    wants = [one for one in follow_up.SERVICES["quotes"](asking).wants if isinstance(one, TaskWanted)]
    assert [(one.why, one.kind, str(one.due)) for one in wants] == [
        ("quote-approval", "deal", "2026-03-09"),
        ("quote-trial_ends", "deal", "2026-03-11"),
    ]
    assert len({one.key for one in wants}) == 2


def test_the_own_policy_of_the_workspace_counts(company: Company, bridge: Bridge) -> None:
    (company.folder / "quotes.toml").write_text('[authority]\nothers = "0.15"\n', encoding="utf-8")
    assert quoting.reported(bridge._asker()).over.numerator == 0


@pytest.mark.parametrize(("language", "word"), [("en", "Discounts to be approved"), ("zh", "待审批的折扣")])
def test_the_command(
    company: Company, bridge: Bridge, capsys: pytest.CaptureFixture[str], language: str, word: str
) -> None:
    del bridge
    place = ["-w", str(company.folder), "--as-of", "2026-03-06", "--lang", language]
    assert app.run(["quotes", *place]) == 0
    assert word in capsys.readouterr().out
    assert app.run(["quotes", *place, "--json"]) == 0
    assert '"quotes/1"' in capsys.readouterr().out
