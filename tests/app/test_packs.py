"""Packs of a week, month, quarter and team, and sheets of a rep: what they hold, kept and shown again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.app.company import Company
from tests.report.weekly_worlds import MONDAY_8, with_workdays
from tests.services import test_forecast_kept as foreseen
from tests.services.test_forecast import PIPELINE
from tests.services.test_funnel_vectors import gv_deals
from tests.services.worlds import Deal, six_stages

from crmbridge.app import packs
from crmbridge.app.asker import Asker
from crmbridge.app.bridge import Bridge
from crmbridge.app.packs import Wish
from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.pack import Pack, markdown, pack_listing

WEEK = Wish(week="2026-W25")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    folder = Company.make(tmp_path_factory.mktemp("packs")).folder
    config = folder / "crmbridge.toml"
    config.write_text(
        config.read_text("utf-8").replace('currency = "CNY"', 'currency = "CNY"\ncalendar = "CN"', 1), "utf-8"
    )
    with Bridge.open(folder) as opened:
        yield opened


def asker_of(workspace: Bridge, facts: Facts, pipeline: Pipeline | None = None, at: datetime = MONDAY_8) -> Asker:
    return Asker(workspace.wiring, facts, [pipeline or six_stages()], at)


@pytest.fixture(scope="module")
def asker(workspace: Bridge) -> Iterator[Asker]:
    """The ten deals of the funnel's vectors with their owners in two teams, one below the other."""
    deals = [replace(one, facts={**one.facts, "reason": REASONS.get(one.id)}) for one in gv_deals()]
    with with_workdays(deals) as facts:
        units = [("north", "North", None), ("harbin", "Harbin", "north"), ("south", "South", None)]
        facts.insert("org_units", [{"id": id_, "name": name, "parent_id": up} for id_, name, up in units])
        owners = sorted({str(one.facts["owner_id"]) for one in deals})
        teams = dict(zip(owners, ("harbin", "north", "south"), strict=False))
        facts.insert(
            "users",
            [
                {"id": one, "name": f"Rep {one}", "active": True, "org_unit_id": teams.get(one, "south")}
                for one in owners
            ],
        )
        yield asker_of(workspace, facts)


REASONS = {"G10": "they liked the quick answers"}


def asked(asker: Asker, wish: Wish = WEEK) -> Pack:
    return packs.ask_pack(asker, wish, is_given=True)


def rows(pack: Pack, key: str) -> Sequence[Mapping[str, Any]]:
    return next(one.rows for one in pack.sections if one.key == key)


def told(pack: Pack) -> bytes:
    return documents.dump(documents.document(pack_listing(pack), catalog("en")))


def yuan(text: str) -> Money:
    return Money(Decimal(text), "CNY")


def test_gv_week_1_the_pack_of_monday_morning(asker: Asker) -> None:
    pack = asked(asker)
    steps = {str(row["what"]): (row["n"], row["amount"]) for row in rows(pack, "waterfall")}
    assert steps["opening"] == (3, yuan("260000.00"))
    assert steps["won"] == (1, yuan("-70000.00"))
    assert steps["closing"] == (2, yuan("190000.00"))
    assert {steps[one] for one in ("new", "lost", "reopened")} == {(0, yuan("0.00"))}
    stalled = {one for row in rows(pack, "overdue") if row["what"] == "stalled" for one in row["records"]}
    assert stalled == {"G05", "G08"}
    for language in ("en", "zh"):
        text = markdown(pack, catalog(language))
        assert "¥260,000.00" in text
        assert "-¥70,000.00" in text
        assert "¥190,000.00" in text


def test_s2_48_the_pack_lists_what_was_won_with_its_note(asker: Asker) -> None:
    (won,) = [row for row in rows(asked(asker), "changes") if row["what"] == "won"]
    assert (won["records"], won["why"]) == (["G10"], REASONS["G10"])


def test_a_monthly_pack_adds_months_kpis_scorecards_and_experiments(asker: Asker) -> None:
    pack = asked(asker, Wish(month="2026-06"))
    assert (pack.title, pack.key) == ("Monthly pack", "company|2026-06")
    assert {one.key for one in pack.sections} >= packs.LOOKING_BACK
    months = {row["period"]: (row["won"], row["amount"]) for row in rows(pack, "trend")}
    assert (len(months), months["2026-06"]) == (12, (1, yuan("70000.00")))
    kpis = {str(row["what"].in_language("en")): row for row in rows(pack, "kpis")}
    assert all({"before", "now", "why"} & row.keys() for row in kpis.values())
    steps = {str(row["what"]): row["amount"] for row in rows(pack, "waterfall")}
    assert sum(one.amount for step, one in steps.items() if step != "closing") == steps["closing"].amount


def test_s3_32_a_quarterly_pack_tells_how_good_forecasts_were(workspace: Bridge) -> None:
    with foreseen.sold("2000000", "2000000", "2400000", "1") as facts:
        for period, weighted in zip(foreseen.Q, ("2300000", "1900000", "2600000"), strict=False):
            at = datetime.combine(period.start, datetime.min.time())
            foreseen.remember(facts, period, at, {"weighted": weighted})
        one = asker_of(workspace, facts, PIPELINE, foreseen.NOW.as_of)
        pack = asked(one, Wish(quarter="2025-Q4"))
    found = rows(pack, "accuracy")
    assert [row["period"] for row in found if "period" in row] == ["2025-Q2", "2025-Q3", "2025-Q4"]
    means = {str(row["what"]): (row["n"], round(float(row["error"]), 4)) for row in found if "period" not in row}
    assert means == {"bias": (3, 0.0611), "mape": (3, 0.0944)}
    assert {"kpis", "funnel", "experiments"} <= {part.key for part in pack.sections}


def test_the_pack_of_a_team_holds_its_own_deals_and_those_of_teams_below(asker: Asker) -> None:
    whole, north, harbin, south = (asked(asker, replace(WEEK, team=one)) for one in (None, "North", "harbin", "South"))

    def closing(pack: Pack) -> Decimal:
        return sum((row["amount"].amount for row in rows(pack, "waterfall") if row["what"] == "closing"), Decimal(0))

    def reached(pack: Pack) -> int:
        return sum(row["reached"] for row in rows(pack, "funnel"))

    assert closing(north) + closing(south) == closing(whole)
    assert reached(north) + reached(south) == reached(whole)
    assert 0 < reached(harbin) < reached(north)
    assert (north.key, north.team_name) == ("north|2026-W25", "North")
    assert not [note.code for one in north.sections for note in one.why if note.code.startswith("WHOLE")]


def test_s1_15_the_sheet_of_a_rep_is_the_same_again(asker: Asker) -> None:
    (user,) = asker.facts.query("SELECT owner_id FROM deals WHERE id = 'G05'", {})[0]
    wish = replace(WEEK, person=f"rep {user}")
    sheet = asked(asker, wish)
    assert (sheet.title, sheet.key) == ("One-to-one sheet", f"rep/{user}|2026-W25")
    assert [one.key for one in sheet.sections][:2] == ["score", "goals"]
    assert len(rows(sheet, "checks")) <= 3
    found = rows(sheet, "discuss")
    assert "G05" in {one for row in found for one in row["records"]}
    assert len(found) == min(3, len({one for row in found for one in row["records"]}))
    assert told(sheet) == told(asked(asker, wish))


@pytest.mark.parametrize(
    ("wish", "match"),
    [
        (Wish(week="2026-W25", month="2026-06"), "about one period"),
        (Wish(month="2026-Q2"), "is no month"),
        (Wish(month="2026-08"), "has not begun"),
        (Wish(team="Nort"), "there is no team"),
        (Wish(person="nobody"), "there is no user"),
        (Wish(team="North", person="Rep li"), "team or about one person"),
        (Wish(week="2026-W20", kept=True), "was not kept"),
    ],
)
def test_what_cannot_be_shown_is_refused(asker: Asker, wish: Wish, match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        asked(asker, wish)


def test_a_reason_names_the_stage_as_people_do(asker: Asker) -> None:
    reasons = [row["why"] for row in rows(asked(asker), "risk")]
    assert not [one for one in reasons if isinstance(one, Note) and isinstance(one.params.get("stage"), str)]


def test_the_last_whole_month_is_that_before_the_running_one(asker: Asker) -> None:
    assert asked(asker, Wish(month="last")).key == "company|2026-05"
    assert asked(asker, Wish(quarter="last")).key == "company|2026-Q1"


def test_a_kept_pack_is_shown_as_it_was_known_then(tmp_path: Path) -> None:
    company, later = Company.make(tmp_path), datetime(2026, 2, 20, tzinfo=UTC)
    with Bridge.open(company.folder, as_of=datetime(2026, 2, 9, 1, tzinfo=UTC)) as bridge:
        bridge.sync([])
        first = bridge.report_pack("2026-W06", keep=True)
    deals = company.folder / "exports/deals.csv"
    deals.write_text(deals.read_text("utf-8") + "d5,Talk,500,Li,2026-01-15,\n", "utf-8")
    with Bridge.open(company.folder, as_of=later) as bridge:
        bridge.sync([])
        again, now = bridge.report_pack("2026-W06", kept=True), bridge.report_pack("2026-W06")
        following = bridge.report_pack("2026-W07")
    assert again == first
    assert told(again) == told(first)
    assert rows(again, "waterfall") != rows(now, "waterfall")
    codes = {note.code for one in following.sections for note in one.why}
    assert "RESTATED" in codes
    assert all("before" in row for row in rows(following, "forecast"))


def test_customers_who_complain_are_unhappy_or_whose_contract_ends(workspace: Bridge) -> None:
    with with_workdays([Deal("d", [("S1", "2026-06-01")], "1")]) as facts:
        facts.insert("users", [{"id": one, "name": one.title(), "active": True} for one in ("li", "wang")])
        facts.insert(
            "accounts",
            [{"id": id_, "name": id_.upper(), "owner_id": owner} for id_, owner in (("a", "li"), ("b", "wang"))],
        )
        opened = datetime(2026, 6, 17, 2)  # noqa: DTZ001 - as the facts keep it
        answered = {"answered_at": opened, "asked_at": opened, "answered_at_precision": "exact"}
        ticket = {"type": "complaint", "status": "open", "opened_at": opened, "lifecycle": "active", "name": "It leaks"}
        facts.insert("tickets", [{"id": "t", "account_id": "a", "owner_id": "li", **ticket}])
        score = {"type": "csat", "scale": 5, "score": Decimal(1), "comment": "nobody called", "lifecycle": "active"}
        facts.insert("survey_responses", [{"id": "s", "subject": "s", "account_id": "b", **score, **answered}])
        ends = {"end_date": date(2026, 7, 20), "amount_e4": 500_000, "amount_currency": "CNY", "status": "signed"}
        facts.insert("contracts", [{"id": "k", "subject": "k", "account_id": "b", "renewal_type": "manual", **ends}])
        one = asker_of(workspace, facts)
        whole = asked(one)
        found = {(str(row["what"]), row["customer"], row["who"]): row for row in rows(whole, "customers")}
        assert found["complaint", "A", "Li"]["age"] == 2
        assert found["complaint", "A", "Li"]["why"] == "It leaks"
        low = found["low score", "B", "Wang"]
        assert (low["score"], low["why"], low["from"]) == (Decimal(1), "nobody called", date(2026, 6, 17))
        renewal = found["contract ends", "B", "Wang"]
        assert (renewal["amount"], renewal["to"]) == (yuan("50.00"), date(2026, 7, 20))
        assert "ASK_COMPLAINTS" in {one.note.code for one in whole.questions}


def test_what_has_no_name_is_shown_by_its_id(workspace: Bridge) -> None:
    """Stages without names, and the owner of another system whom nobody knows here."""
    standing = [("S1", "2026-01-05"), ("S2", "2026-01-12")]
    with with_workdays([Deal("d", standing, "1", facts={"owner_ref": "u9"})]) as facts:
        whole = asked(asker_of(workspace, facts))
    assert [row["stage"].in_language("zh") for row in rows(whole, "funnel")] == ["S1", "S2", "S3", "S4", "S5"]
    assert [row["stage"].in_language("zh") for row in rows(whole, "ageing")] == ["S2"]
    (limit,) = (row for row in rows(whole, "compliance") if row["what"] == "time limit")
    assert (limit["who"], limit["stage"].in_language("en")) == ("u9", "S2")
