"""Compliance of a workspace: scores, limits, the audit with its records, and fix tasks where wanted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.app.company import Company

from crmbridge.app import compliances
from crmbridge.app.bridge import Bridge
from crmbridge.cli import app

AS_OF = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def bridge(company: Company) -> Iterator[Bridge]:
    company.edit("mapping/books.toml", 'category = "open"\n', 'category = "open"\nsla_days = 10\n')
    company.edit("exports/deals.csv", "100.50,Li", "100.50,")
    with Bridge.open(company.folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def section(told: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in told.rows if row["section"] == name]


def test_the_company_its_reps_and_the_records_behind(bridge: Bridge) -> None:
    told = bridge.compliance(by="owner", explain=True)
    assert {row["key"] for row in section(told, "scores")} >= {"all"}
    assert {row["slice"] for row in section(told, "scores")} == {"all", "Li", "Wang", "unknown"}
    assert [row["what"] for row in section(told, "audit")] == [
        "gate",
        "skip",
        "regress",
        "reopen",
        "correction",
        "logged_late",
    ]
    assert told.explain is not None
    records: Any = told.explain["records"]
    for row in section(told, "findings"):
        assert len(records.get(f"{row['kind']} {row['check']}", ())) == row["failing"].numerator
    limits = section(told, "limits")
    assert [(row["stage"], row["owner"], row["limit"], row["deals"]) for row in limits] == [("talk", "Wang", 10, 1)]


def test_fix_tasks_are_off_and_come_where_the_document_wants_them(company: Company, bridge: Bridge) -> None:
    asker = bridge._asker()
    assert compliances.task_wants(asker) == []
    text = '[tasks]\nenabled = true\nchecks = ["unassigned"]\nlanguage = "en"\n'
    (company.folder / "compliance.toml").write_text(text, encoding="utf-8")
    wanted = compliances.task_wants(asker)
    assert [(task.kind, task.title) for task in wanted] == [("deal", "Put right: nobody owns them")]
    assert compliances.task_wants(asker) == wanted


def test_the_command(company: Company, bridge: Bridge, capsys: pytest.CaptureFixture[str]) -> None:
    del bridge
    place = ["-w", str(company.folder), "--as-of", "2026-04-02", "--json", "--lang", "en"]
    assert app.run(["compliance", "--by", "stage", *place]) == 0
    assert '"compliance/1"' in capsys.readouterr().out
