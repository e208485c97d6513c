"""Who looks sees the own and everybody below, in figures, lists, findings and risks; the company node sees all."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.model.errors import ConfigError
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Listing

AS_OF = datetime(2026, 3, 18, 1, 20, tzinfo=UTC)
CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.users]
file = "users.csv"
key = "Name"
[connections.crm.objects.teams]
file = "teams.csv"
key = "Team"
[connections.crm.objects.people]
file = "people.csv"
key = "ID"
[connections.crm.objects.deals]
file = "deals.csv"
key = "ID"
"""
MAPPING = """
format = 1
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
probability = 0.4
sla_days = 5
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]
[[pipelines.sales.stages]]
key = "lost"
category = "lost"
labels = ["Lost"]
[objects.teams]
kind = "org_unit"
[objects.teams.fields]
name = "Team"
[objects.users]
kind = "user"
[objects.users.fields]
name = "Name"
manager = { from = "Manager", object = "users" }
org_unit = { from = "Team", object = "teams" }
[objects.people]
kind = "lead"
[objects.people.fields]
full_name = "Name"
phones = "Phone"
owner = { from = "Rep", object = "users" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d %H:%M"] }
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "ID"
stage = "Stage"
amount = "Amount"
owner = { from = "Rep", object = "users" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
expected_close = { from = "Close", format = ["%Y-%m-%d"] }
closed_at = { from = "Closed", format = ["%Y-%m-%d"], precision = "day", when = "closed" }
"""
TEAMS = {"North": ("Ada", ["Ann", "Amy", "Alf"]), "South": ("Bea", ["Bob", "Ben"])}
GOALS = """
format = 1
[[goals]]
id = "q1"
metric = "revenue"
period = "2026-Q1"
target = "1000"
org = { method = "even" }
"""
EVERYBODY = {rep for _, reps in TEAMS.values() for rep in reps}
NORTH = set(TEAMS["North"][1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each rep has a lead that nobody answered, an open deal past its day, and a won one; one deal is nobody's."""
    made = tmp_path_factory.mktemp("viewer")
    users, people, deals = ["Name,Manager,Team", "Cleo,,"], ["ID,Name,Phone,Rep,Created"], []
    for team, (manager, reps) in TEAMS.items():
        users.append(f"{manager},Cleo,{team}")
        users += [f"{rep},{manager},{team}" for rep in reps]
    for n, rep in enumerate(sorted(EVERYBODY)):
        people.append(f"{n},of {rep},1380000000{n},{rep},2026-03-16 17:30")
        deals.append(f"{rep}-open,Talk,100,{rep},2026-01-05,2026-03-01,")
        deals.append(f"{rep}-won,Won,{n + 1}0,{rep},2026-01-05,,2026-02-02")
    people += ["7,again of Amy,13800000002,Amy,2026-03-16 17:30", "8,again of Bob,13800000000,Bob,2026-03-16 17:30"]
    deals.append("nobody-open,Talk,100,,2026-01-05,2026-03-01,")
    for name, text in {
        "crmbridge.toml": CONFIG,
        "goals.toml": GOALS,
        "mapping/crm.toml": MAPPING,
        "crm/users.csv": "\n".join(users),
        "crm/teams.csv": "Team\nNorth\nSouth",
        "crm/people.csv": "\n".join(people),
        "crm/deals.csv": "\n".join(["ID,Stage,Amount,Rep,Created,Close,Closed", *deals]),
    }.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text(text + "\n", encoding="utf-8")
    with opened(made) as bridge:
        bridge.sync([])
        for rep in sorted(EVERYBODY):
            bridge.risk_add(
                title=f"the customer of {rep} may leave", category="deal", probability=4, impact=3, owner=rep
            )
        bridge.risk_add(title="nobody looks after this", category="market", probability=4, impact=3)
    return made


@pytest.fixture
def bridge(folder: Path) -> Iterator[Bridge]:
    with opened(folder) as bridge:
        yield bridge


def opened(folder: Path) -> Bridge:
    return Bridge.open(folder, as_of=AS_OF, environ={})


def rows(told: Listing, section: str) -> list[dict[str, Any]]:
    found: Any = documents.document(told, catalog("en"))["rows"]
    return [row for row in found if row["section"] == section]


def owners(told: Listing) -> set[str]:
    """The reps that are named anywhere in a listing, as text."""
    text = json.dumps(documents.document(told, catalog("en")), ensure_ascii=False, default=str)
    return {rep for rep in EVERYBODY if f'"{rep}' in text or f"of {rep}" in text}


ASKED: dict[str, Callable[..., Listing]] = {
    "goals show": lambda bridge, viewer: bridge.goals_show(viewer=viewer),
    "goals pace": lambda bridge, viewer: bridge.goals_pace(viewer=viewer),
    "queue": lambda bridge, viewer: bridge.queue(viewer=viewer),
    "cadence": lambda bridge, viewer: bridge.cadence(viewer=viewer, with_enrolments=True),
    "risk": lambda bridge, viewer: bridge.risk(viewer=viewer, least="low"),
    "compliance": lambda bridge, viewer: bridge.compliance(viewer=viewer),
    "response": lambda bridge, viewer: bridge.response(viewer=viewer),
    "pool": lambda bridge, viewer: bridge.pool(viewer=viewer),
    "scores": lambda bridge, viewer: bridge.scores(viewer=viewer, explained=False),
    "quality": lambda bridge, viewer: bridge.quality(viewer=viewer, by="owner"),
    "funnel": lambda bridge, viewer: bridge.funnel(viewer=viewer, by=["owner"]),
    "forecast": lambda bridge, viewer: bridge.forecast(viewer=viewer, by=("owner",)),
    "kpi": lambda bridge, viewer: bridge.kpi(viewer=viewer, by=["owner"]),
    "risk list": lambda bridge, viewer: bridge.risk_list(viewer=viewer),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_manager_sees_the_three_reps_below_and_nothing_of_the_other_team(bridge: Bridge, what: str) -> None:
    assert owners(ASKED[what](bridge, "Ada")) == NORTH
    assert owners(ASKED[what](bridge, "Bea")) == EVERYBODY - NORTH
    assert owners(ASKED[what](bridge, "Ann")) == {"Ann"}


@pytest.mark.parametrize("what", ASKED)
def test_the_company_node_sees_all_as_without_a_viewer(bridge: Bridge, what: str) -> None:
    told = ASKED[what](bridge, "Cleo")
    assert owners(told) == EVERYBODY
    assert documents.document(told, catalog("en")) == documents.document(ASKED[what](bridge, None), catalog("en"))


def test_figures_are_those_of_the_team_alone(bridge: Bridge) -> None:
    assert {row["deals"] for row in rows(bridge.compliance(viewer="Ada"), "limits")} == {1}
    (whole,) = [row for row in rows(bridge.compliance(viewer="Ada"), "scores") if row["key"] == "all"]
    slices = [row for row in rows(bridge.compliance(viewer="Ada"), "scores") if row["key"] != "all"]
    assert whole["n"] == sum(row["n"] for row in slices) < rows(bridge.compliance(), "scores")[0]["n"]
    north = [row for row in rows(bridge.goals_pace(viewer="Ada"), "pace") if row["node"] == "North"]
    assert [(row["target"], row["actual"]) for row in north] == [("500.00", "60.00")]
    bands = rows(bridge.risk(viewer="Ada"), "bands")
    assert sum(row["deals"] for row in bands if row["band"] is not None) == len(NORTH)
    (whole,) = rows(bridge.funnel(viewer="Ada"), "whole")
    assert (whole["total"], whole["won"]) == (2 * len(NORTH), len(NORTH))
    assert [row["value"] for row in rows(bridge.kpi(["deals_won"], viewer="Ada"), "kpi")] == [len(NORTH)]
    assert [row["value"] for row in rows(bridge.kpi(["deals_won"], viewer="Cleo"), "kpi")] == [len(EVERYBODY)]


def test_records_behind_are_those_of_the_team_alone(bridge: Bridge) -> None:
    mine: Any = bridge.queue(viewer="Ada", explain=True).explain
    everything: Any = bridge.queue(explain=True).explain
    for name, ids in mine["records"].items():
        assert set(ids) < set(everything["records"][name])
    goals: Any = bridge.goals_pace(viewer="Ada", explain=True).explain
    assert len(goals["records"]["q1"]) == len(NORTH)


def test_behind_figures_stand_the_records_of_the_team_alone(bridge: Bridge) -> None:
    for ask in (bridge.funnel, bridge.kpi, bridge.forecast, bridge.quality):
        assert owners(ask(viewer="Ada", explain=True)) == NORTH or not owners(ask(explain=True)), ask


def test_duplicates_are_told_to_who_sees_all_records_of_a_group(bridge: Bridge) -> None:
    def groups(viewer: str) -> list[str]:
        return [row["certainty"] for row in rows(bridge.quality(check="duplicates", viewer=viewer), "duplicates")]

    assert groups("Cleo") == ["certain", "certain"]
    assert groups("Ada") == ["certain"]
    assert groups("Ann") == []


def test_forecasts_of_the_company_are_kept_by_who_sees_it(bridge: Bridge) -> None:
    with pytest.raises(ConfigError, match="of the whole company, which Ada does not see"):
        bridge.forecast(viewer="Ada", keep=True)
    with pytest.raises(ConfigError, match="which Ann does not see"):
        bridge.forecast(viewer="Ann", accuracy=True)


def test_an_item_of_the_register_that_the_viewer_does_not_see_is_none(bridge: Bridge) -> None:
    (other, *_) = rows(bridge.risk_list(viewer="Bea"), "items")
    assert rows(bridge.risk_list(name=other["item"], viewer="Bea"), "items") == [other]
    with pytest.raises(ConfigError, match="there is no risk"):
        bridge.risk_list(name=other["item"], viewer="Ada")


def test_the_weekly_report_of_a_team_is_about_its_people_alone(bridge: Bridge, folder: Path, tmp_path: Path) -> None:
    whole, north = bridge.report_weekly(), bridge.report_weekly(team="North")
    assert {rep for rep in EVERYBODY if f"{rep}-open" in whole} == EVERYBODY
    assert {rep for rep in EVERYBODY if f"{rep}-open" in north or f">{rep}<" in north} == NORTH
    assert "acme · North" in north
    assert "nobody-open" not in north
    file = tmp_path / "north.html"
    place = ["-w", str(folder), "--as-of", AS_OF.isoformat(), "-o", str(file)]
    assert app.run(["report", "weekly", "--team", "north", *place]) == 0
    assert "acme · North" in file.read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no team Nort"):
        bridge.report_weekly(team="Nort")


def test_a_user_is_chosen_among_those_that_the_viewer_sees(bridge: Bridge) -> None:
    assert owners(bridge.queue(viewer="Ada", owner="Ann")) == {"Ann"}
    with pytest.raises(ConfigError, match="Ada does not see what Bob has"):
        bridge.queue(viewer="Ada", owner="Bob")
    with pytest.raises(ConfigError, match="there is no user Adda"):
        bridge.compliance(viewer="Adda")


def test_the_option_stands_at_every_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for what in ASKED:
        place = ["-w", str(folder), "--as-of", AS_OF.isoformat(), "--json"]
        assert app.run([*what.split(), "--viewer", "Ada", *place]) == 0, what
        assert "Bob" not in capsys.readouterr().out
