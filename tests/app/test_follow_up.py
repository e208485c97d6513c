"""Follow-up through a workspace: what services want is planned, waits once, is written as granted, and never again."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError
from crmbridge.report.listing import Listing

CONFIG = """
[workspace]
name = "acme"
currency = "CNY"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.companies]
file = "companies.csv"
key = "ID"
writable = true
[connections.crm.objects.orders]
file = "orders.csv"
key = "No"
"""
MAPPING = """
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "Name"
tier = "Tier"
lifecycle_state = { from = "State", values = { "At risk" = "at_risk", "Active" = "active" } }
[objects.orders]
kind = "order"
[objects.orders.fields]
account = { from = "Company", object = "companies" }
amount = { from = "Amount", currency = "CNY" }
ordered_at = "Day"
"""
AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {name: follow_up.SERVICES[name] for name in ("tiers", "service")})
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "crm/companies.csv": "ID,Name,Tier,State\nA1,Northwind,B,\nA2,Contoso,,Active\n",
        "crm/orders.csv": "No,Company,Amount,Day\n1,A1,900,2026-06-01\n2,A2,100,2025-12-20\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened(tmp_path) as bridge:
        bridge.sync([])
    return tmp_path


def opened(folder: Path) -> Bridge:
    return Bridge.open(folder, as_of=AS_OF, environ={})


def companies(folder: Path) -> list[tuple[str, str]]:
    with (folder / "crm" / "companies.csv").open(encoding="utf-8", newline="") as file:
        return [(row["Tier"], row["State"]) for row in csv.DictReader(file)]


def codes(told: Listing) -> list[str]:
    return [note.code for note in told.warnings]


BEFORE, AFTER = [("B", ""), ("", "Active")], [("A", "Active"), ("B", "At risk")]


def test_figures_wait_once_for_a_person_are_written_and_a_second_run_writes_none(folder: Path) -> None:
    with opened(folder) as bridge:
        bridge.grant("crm", "fields", ["account.tier", "account.lifecycle_state"])
        (planned,) = bridge.plan_any()
        assert {row["field"] for row in planned.rows if row["section"] == "lines"} == {"tier", "lifecycle_state"}
        first = bridge.follow_up()
        assert (first.exit_code, first.rows[0]["state"], companies(folder)) == (3, "waiting", BEFORE)
        assert first.rows[0]["plan"] == planned.rows[0]["plan"], "the same plan, not another"
        assert f"crmbridge apply {first.rows[0]['plan']} carries it out" in str(first.warnings[-1])
        bridge.apply(str(first.rows[0]["plan"]))
        assert companies(folder) == AFTER
        bridge.sync([])
        second = bridge.follow_up()
        assert (second.exit_code, second.rows) == (0, ())
        assert "IN_STEP" in codes(bridge.plan_any("crm")[0])


def test_later_runs_go_by_themselves(folder: Path) -> None:
    with opened(folder) as bridge:
        bridge.grant("crm", "fields", ["tier", "lifecycle_state"])
        bridge.apply(str(bridge.follow_up().rows[0]["plan"]))
        with (folder / "crm" / "orders.csv").open("a", encoding="utf-8") as file:
            file.write("3,A2,9000,2026-06-20\n")
        bridge.sync([])
        (row,) = bridge.follow_up().rows
        assert (row["state"], row["records"], row["written"]) == ("done", 2, 2)
        assert [tier for tier, _ in companies(folder)] == ["B", "A"]
        assert companies(folder)[1][1] == "At risk", "a state stays for a day"
    with Bridge.open(folder, as_of=AS_OF.replace(year=2027, month=1, day=1), environ={}) as later:
        later.follow_up()
    assert [state for _, state in companies(folder)] == ["At risk", "At risk"]


def test_a_dry_run_sends_nothing_and_remembers_nothing(folder: Path) -> None:
    with opened(folder) as bridge:
        bridge.grant("crm", "fields", ["tier", "lifecycle_state"])
        told = bridge.follow_up(is_sent=False)
        assert told.rows[0]["records"] == 2
        assert companies(folder) == BEFORE
        assert [row for row in bridge.tiers().rows if row.get("was")] == [], "nothing was kept to compare with"


def test_what_was_not_granted_is_told_with_the_command_that_grants_it(folder: Path) -> None:
    with opened(folder) as bridge:
        told = bridge.follow_up()
        assert codes(told) == ["FIGURE_NOT_GRANTED"] * 2
        assert "crmbridge grant crm --mode fields --fields account.tier" in str(told.warnings[1])
        with pytest.raises(ConfigError, match="has no pairs"):
            bridge.plan_any()
        bridge.grant("crm", "fields", ["tier"])
        told = bridge.follow_up()
        assert told.rows[0]["records"] == 2
        note, _ = told.warnings
        assert "--fields tier,account.lifecycle_state" in str(note)


def test_a_figure_that_no_mapping_writes_is_told_unless_it_is_shown_nowhere(folder: Path) -> None:
    mapping = folder / "mapping" / "crm.toml"
    mapping.write_text("\n".join(line for line in MAPPING.splitlines() if "lifecycle" not in line), encoding="utf-8")
    with opened(folder) as bridge:
        bridge.grant("crm", "fields", ["tier"])
        note, _ = bridge.follow_up().warnings
        assert (note.code, note.params["field"]) == ("FIGURE_UNMAPPED", "account.lifecycle_state")
        (folder / "follow_up.toml").write_text('[shows.account]\nstate = ""\n', encoding="utf-8")
        assert codes(bridge.follow_up()) == ["FOLLOW_UP_NEXT"]


def test_a_service_that_fails_is_told_and_stops_no_other(folder: Path) -> None:
    (folder / "customers.toml").write_text("[vip]\npoint = 3\n", encoding="utf-8")
    with opened(folder) as bridge:
        told = bridge.follow_up()
        assert (told.exit_code, codes(told)) == (78, ["SERVICE_FAILED"])


TODOS = """
[connections.crm.objects.todos]
file = "todos.csv"
key = "No"
writable = true
"""
TODO = """
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
due_date = { from = "Due", format = ["%Y-%m-%d"] }
account = { from = "Company", object = "companies" }
status = { from = "Done", values = { "yes" = "done", "no" = "open" } }
"""


def todos(folder: Path) -> list[dict[str, str]]:
    with (folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_customer_at_risk_is_won_back_by_one_task_where_the_rep_works(folder: Path) -> None:
    (folder / "crmbridge.toml").write_text(CONFIG + TODOS, encoding="utf-8")
    (folder / "mapping" / "crm.toml").write_text(MAPPING + TODO, encoding="utf-8")
    (folder / "crm" / "todos.csv").write_text("No,What,Due,Company,Done\n", encoding="utf-8")
    with opened(folder) as bridge:
        bridge.sync([])
        bridge.grant("crm", "fields", ["tier", "lifecycle_state"])
        bridge.apply(str(bridge.follow_up().rows[0]["plan"]))
        assert todos(folder) == [], "due in two business days: beyond the end of the next"
    with Bridge.open(folder, as_of=AS_OF.replace(day=1, month=7), environ={}) as bridge:
        bridge.sync([])
        assert bridge.follow_up().rows[0]["tasks"] == 1
        (task,) = todos(folder)
        assert (task["What"], task["Due"], task["Company"]) == ("Win Contoso back", "2026-07-02", "A2")
        text = (folder / "crm" / "todos.csv").read_text(encoding="utf-8")
        (folder / "crm" / "todos.csv").write_text(text.replace("2026-07-02", "2026-07-20"), encoding="utf-8")
        bridge.sync([])
        assert bridge.follow_up().rows == ()
        assert [row["Due"] for row in todos(folder)] == ["2026-07-20"], "the rep's date"
