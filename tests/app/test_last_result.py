"""Requirement S2-31: who sees only the CRM sees what came of the last touch, on the record."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
[connections.crm]
adapter = "csv"
path = "crm"
objects.deals = { file = "deals.csv", key = "No", writable = true }
objects.calls = { file = "calls.csv", key = "No" }
"""
MAPPING = """
format = 1
[objects.deals]
kind = "deal"
fields = { name = "Name", last_result = "Last" }
[objects.calls]
kind = "activity"
[objects.calls.fields]
type = { from = "What", values = { Call = "call" } }
deal = { from = "Deal", object = "deals" }
started_at = { from = "When", format = ["%Y-%m-%d %H:%M"] }
outcome = "Outcome"
customer_feedback = "Said"
next_step = "Next"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {"results": follow_up.SERVICES["results"]})
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "follow_up.toml": '[shows.deal]\nlast_result = "last_result"\n',
        "crm/deals.csv": "No,Name,Last\n1,Warehouse,\n2,Office,\n",
        "crm/calls.csv": "No,What,Deal,When,Outcome,Said,Next\n1,Call,1,2026-03-09 10:00,connected,价格偏高,send the offer\n",  # noqa: E501
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def told(folder: Path) -> list[str]:
    with (folder / "crm" / "deals.csv").open(encoding="utf-8", newline="") as file:
        return [row["Last"] for row in csv.DictReader(file)]


def test_the_last_result_is_written_to_the_record_and_a_second_run_writes_none(folder: Path) -> None:
    with Bridge.open(folder, as_of=datetime(2026, 3, 10, 1, tzinfo=UTC), environ={}) as bridge:
        bridge.sync([])
        bridge.grant("crm", "fields", ["deal.last_result"])
        for row in bridge.follow_up().rows:
            bridge.apply(str(row["plan"]))
        assert told(folder) == ["2026-03-09 call: connected; 价格偏高; → send the offer", ""]
        bridge.sync([])
        assert bridge.follow_up().rows == ()
