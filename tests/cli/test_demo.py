import csv
import io
import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crmbridge.app import demo
from crmbridge.app.demo.columns import OBJECTS
from crmbridge.app.demo.company import STAGES, TODAY
from crmbridge.mapping.rules import MappingBody

PAPERS = ("quotes", "contracts", "deliveries", "tickets")
SMALL = demo.Size(users=4, accounts=8, contacts=12, leads=20, deals=40, activities=30, tasks=10)


@pytest.fixture
def workspaces(tmp_path: Path) -> tuple[Path, Path]:
    return demo.write_workspaces(demo.invent(size=SMALL), tmp_path)


def rows(file: Path, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_bytes().decode(encoding), newline="")))


def test_the_same_seed_invents_the_same_company() -> None:
    assert demo.invent(7, SMALL) == demo.invent(7, SMALL)
    assert demo.invent(7, SMALL) != demo.invent(8, SMALL)


def test_the_size_is_as_asked() -> None:
    made = demo.invent(size=SMALL).objects
    made["activities"] = [activity for activity in made["activities"] if "lead" not in activity]
    assert {name: len(found) for name, found in made.items() if name not in PAPERS} == {
        "products": 8,
        "users": 4,
        "accounts": 8,
        "contacts": 12,
        "leads": 20,
        "deals": 41,
        "activities": 30,
        "tasks": 10,
    }


def test_leads_are_answered_after_they_came_and_while_the_company_works() -> None:
    made = demo.invent(size=SMALL).objects
    leads = {lead["id"]: lead for lead in made["leads"]}
    answers = [activity for activity in made["activities"] if "lead" in activity]
    assert answers
    for activity in answers:
        at, came = activity["started"], leads[activity["lead"]]["created"]
        assert isinstance(at, datetime)
        assert isinstance(came, datetime)
        assert came < at
        assert at.date() <= TODAY
        assert 9 <= at.hour < 18


def test_deals_go_forward_in_time_and_none_closes_in_the_future() -> None:
    for deal in demo.invent().objects["deals"]:
        entered = deal["entered"]
        assert isinstance(entered, dict)
        days = [*entered.values(), *([deal["closed"]] if deal["closed"] else [])]
        assert days == sorted(days)
        assert list(entered) == [stage for stage in STAGES if stage in entered]
        assert all(isinstance(day, date) and day <= TODAY for day in days)


def test_papers_are_of_deals_that_are_there_and_nothing_has_happened_yet_that_lies_ahead() -> None:
    made = demo.invent().objects
    deals = {deal["id"]: deal for deal in made["deals"]}
    assert all(20 < len(made[name]) < 150 for name in PAPERS)
    for name in PAPERS:
        for row in made[name]:
            assert row["account"] == deals[row["deal"]]["account"]
            past = [row.get(key) for key in ("sent", "signed", "delivered", "opened", "answered", "resolved")]
            days = [one.date() if isinstance(one, datetime) else one for one in past if isinstance(one, date)]
            assert all(day <= TODAY for day in days), row
    assert {row["status"] for row in made["quotes"]} == {"sent", "accepted", "declined"}
    assert any(contact["birthday"] for contact in made["contacts"])


def test_the_win_rate_and_dwell_times_are_plausible() -> None:
    deals = demo.invent().objects["deals"]
    won, lost = (sum(deal["stage"] == stage for deal in deals) for stage in ("won", "lost"))
    assert 0.12 < won / (won + lost) < 0.4
    assert sum(deal["closed"] is None for deal in deals) > 50


def test_both_exports_say_the_same(workspaces: tuple[Path, Path]) -> None:
    english, chinese = workspaces
    for name, ((file, file_zh), fields) in OBJECTS.items():
        one = rows(english / "files" / file, "utf-8")[1:]
        other = rows(chinese / "files" / file_zh, "gb18030")
        other = other[2:-1] if name == "deals" else other[1:]
        assert [row[0] for row in one] == [row[0] for row in other]
        for place, field in enumerate(fields):
            if "amount" in field.key or "price" in field.key:
                amounts = [cell[place].replace(",", "") for cell in one]
                amounts_zh = [cell[place] for cell in other]
                assert [amount_of(a) for a in amounts] == [amount_of(a, Decimal(10_000)) for a in amounts_zh]


def amount_of(cell: str, unit: Decimal = Decimal(1)) -> Decimal | None:
    return Decimal(cell) * unit if cell[:1].isdigit() else None


def test_the_mapping_names_only_columns_that_the_files_have(workspaces: tuple[Path, Path]) -> None:
    for language, workspace in enumerate(workspaces):
        body = MappingBody.model_validate(tomllib.loads((workspace / "mapping/crm.toml").read_text("utf-8")))
        assert body.objects.keys() == OBJECTS.keys()
        for name, rule in body.objects.items():
            headers = {field.headers[language] for field in OBJECTS[name][1]}
            used = {
                source for part in (rule.fields, rule.stage_dates) for one in part.values() for source in one.source
            }
            assert used <= headers
            assert {field.key.partition(".")[0] for field in OBJECTS[name][1]} >= {"id"}


def test_the_configuration_reads_every_file(workspaces: tuple[Path, Path]) -> None:
    for workspace in workspaces:
        config = tomllib.loads((workspace / "crmbridge.toml").read_text("utf-8"))
        objects = config["connections"]["crm"]["objects"]
        assert {options["file"] for options in objects.values()} == {f.name for f in (workspace / "files").iterdir()}


def test_the_exports_are_dirty_as_real_ones_are(workspaces: tuple[Path, Path]) -> None:
    text = (workspaces[0] / "files/deals.csv").read_text("utf-8")
    assert "2026-02-30" in text
    assert "to be agreed" in text
    assert "Pilot" in text
    assert "U-99" in text
    ids = [row[0] for row in rows(workspaces[0] / "files/deals.csv", "utf-8")]
    assert len(ids) - len(set(ids)) == 1
