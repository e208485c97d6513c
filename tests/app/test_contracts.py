"""Contracts of a workspace: read from files, what each lacks, who is asked, and the check of one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.app.company import Company

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import Asking
from crmbridge.cli import app
from crmbridge.model.errors import ConfigError

AS_OF = datetime(2026, 3, 6, 4, tzinfo=UTC)
MAPPING = """
[objects.contracts]
kind = "contract"
[objects.contracts.fields]
number = "number"
deal = { from = "deal", object = "deals" }
owner = { from = "owner", object = "people" }
amount = "amount"
status = { from = "status", values = { "Review" = "in_review", "Approved" = "approved", "Over" = "ended" } }
steps = "steps"
clauses = "clauses"
"""
CONTRACTS = """number,deal,owner,amount,status,steps,clauses
K1,d3,Wang,70,Review,legal 2026-03-02,payment term: complete
K2,d4,Wang,200,Approved,legal 2026-03-02 2026-03-04,付款条款：缺失
K3,d4,Wang,200,Approved,legal 2026-03-02 2026-03-04,payment term: complete
K4,d1,Li,100,Over,,
"""


@pytest.fixture
def bridge(company: Company) -> Iterator[Bridge]:
    (company.folder / "exports" / "contracts.csv").write_text(CONTRACTS, encoding="utf-8")
    with (company.folder / "mapping" / "books.toml").open("a", encoding="utf-8") as file:
        file.write(MAPPING)
    with (company.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write('[connections.books.objects.contracts]\nfile = "contracts.csv"\nkey = "number"\n')
    with Bridge.open(company.folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def section(told: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in told.rows if row["section"] == name]


def test_what_is_not_ready_which_step_waits_and_the_records_behind(bridge: Bridge) -> None:
    told = bridge.contracts(explain=True)
    assert [(row["contract"], row["ready"]) for row in section(told, "contracts")] == [
        ("K1", "no"),
        ("K2", "no"),
        ("K3", "yes"),
    ]
    assert [(row["contract"], str(row["lacks"])) for row in section(told, "lacks")] == [
        ("K1", "step legal is not done"),
        ("K2", "clause 付款条款 is missing"),
    ]
    assert [(row["contract"], row["limit"], row["over"]) for row in section(told, "waits")] == [("K1", 3, 1)]
    (steps,) = section(told, "steps")
    assert (steps["step"], steps["kept"].numerator, steps["kept"].n) == ("legal", 2, 2)
    assert told.explain is not None
    records: Any = told.explain["records"]
    assert {name: len(ids) for name, ids in records.items()} == {
        "called ready": 1,
        "not ready": 2,
        "over": 1,
        "ready": 1,
        "unknown": 1,
    }
    assert len(section(bridge.contracts(everything=True), "contracts")) == 4


def test_follow_up_escalates_the_step_and_asks_for_the_clause(bridge: Bridge) -> None:
    config = follow_up.own_document(bridge.wiring)
    asking = Asking(bridge.wiring, bridge._facts, bridge._pipelines, AS_OF, config, {})
    wants = follow_up.SERVICES["contracts"](asking).wants
    assert [one.why for one in wants] == ["contract-escalation", "contract-not-ready"]
    assert follow_up.SERVICES["contracts"](asking).wants == wants


def test_one_that_lacks_a_clause_does_not_pass_the_check(
    company: Company, bridge: Bridge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [bridge.contracts(check=name).exit_code for name in ("K1", "K2", "K3", "K4")] == [3, 3, 0, 3]
    with pytest.raises(ConfigError, match="K1"):
        bridge.contracts(check="K11")
    place = ["-w", str(company.folder), "--as-of", "2026-03-06"]
    assert app.run(["contracts", "--check", "K2", *place, "--lang", "en"]) == 3
    assert "is missing" in capsys.readouterr().out
    assert app.run(["contracts", "--check", "K3", *place, "--json"]) == 0
    assert '"contracts/1"' in capsys.readouterr().out
    assert app.run(["contracts", *place, "--lang", "zh"]) == 0
    assert "未齐备" in capsys.readouterr().out


def test_the_own_policy_of_the_workspace_counts(company: Company, bridge: Bridge) -> None:
    (company.folder / "contracts.toml").write_text('[clauses]\nprice = ["price"]\n', encoding="utf-8")
    assert {str(row["lacks"]) for row in section(bridge.contracts(check="K3"), "lacks")} == {
        "clause price is not in the checklist"
    }
