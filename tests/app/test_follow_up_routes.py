"""Two CRMs that hold one company: a figure goes to both, a task to the first that takes it, and both only outwards."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import Asking, Wanted
from crmbridge.ledger import links
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.external_keys import task_key
from crmbridge.services.wants import FigureWanted, NoticeWanted, TaskWanted, Want
from crmbridge.sync.twoway.pairs import NEVER

CONNECTION = """
[connections.{name}]
adapter = "csv"
path = "{name}"
objects.people = {{ file = "people.csv", key = "No" }}
objects.companies = {{ file = "companies.csv", key = "ID", writable = true }}
objects.todos = {{ file = "todos.csv", key = "No", writable = true }}
"""
PAIR = '[pairs.main]\nleft = "crm"\nright = "shop"\nkinds = ["account"]\npolicy = "newest"\n'
MAPPING = """
format = 1
[objects.people]
kind = "user"
keys = ["email"]
fields = {{ name = "Name", email = "Mail" }}
[objects.companies]
kind = "account"
keys = ["registration_no"]
fields = {{ name = "Name", registration_no = "Reg", tier = "Tier", owner = {{ from = "Owner", object = "people" }} }}
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
content = "More"
account = {{ from = "Company", object = "companies" }}
owner = {{ from = "Who", object = "people" }}
{due}
"""
DUE = {
    "crm": 'due_date = { from = "Due", format = ["%Y-%m-%d"] }',
    "shop": 'due_at = { from = "Due", format = ["%Y-%m-%d %H:%M"], zone = "Asia/Shanghai" }',
}
KEY = task_key("by-hand", "account", "crm:A1", enrolment=1, occurrence=1)


def calls(asking: Asking) -> Wanted:
    with asking.wiring.ledger.read() as tx:
        (account,) = links.resolve(tx, 1, "companies", ["A1"]).values()
        (li,) = links.resolve(tx, 1, "people", ["P1"]).values()
    wants: list[Want] = [
        TaskWanted(KEY, "account", account, "Call", date(2026, 7, 2), "by-hand", content="Ask."),
        FigureWanted("account", account, "tier", "A", "tiers"),
        NoticeWanted("cb1-told", li, "Northwind waits", "by-hand"),
    ]
    return Wanted(wants)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {"by hand": calls})
    texts = {"crmbridge.toml": '[workspace]\nname = "acme"\ntimezone = "Asia/Shanghai"\n'}
    for name, company, person in (("crm", "A1", "P1"), ("shop", "C1", "M1")):
        texts["crmbridge.toml"] += CONNECTION.format(name=name)
        texts[f"mapping/{name}.toml"] = MAPPING.format(due=DUE[name])
        texts[f"{name}/people.csv"] = f"No,Name,Mail\n{person},Li,li@acme.example\n"
        texts[f"{name}/companies.csv"] = f"ID,Name,Reg,Tier,Owner\n{company},Northwind,R1,,{person}\n"
        texts[f"{name}/todos.csv"] = "No,What,More,Company,Who,Due\n"
    texts["crmbridge.toml"] += PAIR
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened(tmp_path) as bridge:
        bridge.sync([])
    return tmp_path


def opened(folder: Path) -> Bridge:
    return Bridge.open(folder, as_of=datetime(2026, 6, 30, 12, tzinfo=UTC), environ={})


def rows(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8", newline="") as read:
        return list(csv.DictReader(read))


def tiers(folder: Path) -> list[str]:
    return [rows(folder, f"{name}/companies.csv")[0]["Tier"] for name in ("crm", "shop")]


def test_a_figure_goes_to_every_system_and_a_task_to_the_first(folder: Path) -> None:
    with opened(folder) as bridge:
        for name in ("crm", "shop"):
            bridge.grant(name, "fields", ["tier"])
        for row in bridge.follow_up().rows:
            bridge.apply(str(row["plan"]))
    assert tiers(folder) == ["A", "A"]
    (task,) = rows(folder, "crm/todos.csv")
    assert (task["What"], task["More"], task["Company"], task["Who"], task["Due"]) == (
        "Call",
        "Ask.",
        "A1",
        "P1",
        "2026-07-02",
    )
    assert rows(folder, "shop/todos.csv") == []
    (notice,) = (folder / ".crmbridge" / "notices.ndjson").read_text(encoding="utf-8").splitlines()
    assert '"to":"li@acme.example"' in notice


def test_where_a_figure_s_records_are_is_asked_once_for_each_system(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    places = links.places

    def counted(
        tx: LedgerTx, kind_name: str, ids: Sequence[str], connection: int
    ) -> dict[str, list[tuple[int, str, str]]]:
        asked.append(connection)
        return places(tx, kind_name, ids, connection)

    def figures(asking: Asking) -> Wanted:
        return Wanted([want for want in calls(asking).wants if isinstance(want, FigureWanted)])

    with opened(folder) as bridge:
        for name in ("crm", "shop"):
            bridge.grant(name, "fields", ["tier"])
        monkeypatch.setattr(follow_up, "SERVICES", {"by hand": figures})
        monkeypatch.setattr("crmbridge.app.follow_up_routes.links.places", counted)
        assert bridge.follow_up().rows
    assert asked == [1, 2, 1, 2], "on the way, and when each system is written to"


def test_a_task_goes_where_tasks_may_be_made_in_its_words_and_stays_there(folder: Path) -> None:
    with opened(folder) as bridge:
        told = bridge.follow_up()
        assert (told.rows, [note.code for note in told.warnings]) == (
            (),
            ["FIGURE_NOT_GRANTED", "TASKS_NOT_GRANTED", "NOTICES_NOT_GRANTED"],
        )
        bridge.grant("shop", "tasks")
        bridge.apply(str(bridge.follow_up().rows[0]["plan"]))
        (task,) = rows(folder, "shop/todos.csv")
        assert (task["Company"], task["Who"], task["Due"]) == ("C1", "M1", "2026-07-02 18:00")
        bridge.grant("crm", "tasks")
        bridge.sync([])
        assert bridge.follow_up().rows == ()
    assert rows(folder, "crm/todos.csv") == []


def test_what_people_type_into_a_figure_is_put_back_and_never_carried_over(folder: Path) -> None:
    with opened(folder) as bridge:
        for name in ("crm", "shop"):
            bridge.grant(name, "two-way")
        for row in bridge.follow_up().rows:
            bridge.apply(str(row["plan"]))
        file = folder / "crm" / "companies.csv"
        file.write_text(file.read_text(encoding="utf-8").replace(",A,", ",C,"), encoding="utf-8")
        bridge.sync([])
        for row in bridge.plans().rows:
            if str(row["for"]).startswith("pair:") and row["plan_state"] == "open":
                bridge.apply(str(row["plan"]))
        assert tiers(folder) == ["C", "A"]
        (row,) = [row for row in bridge.follow_up().rows if row["state"] != "nothing"]
        assert (row["connection"], row["records"], row["written"]) == ("crm", 1, 1)
    assert tiers(folder) == ["A", "A"]


def granted(folder: Path) -> list[dict[str, str]]:
    """A follow-up run that may make tasks in the first system; the tasks there afterwards."""
    with opened(folder) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks", [])
        for row in bridge.follow_up().rows:
            bridge.apply(str(row["plan"]))
    return rows(folder, "crm/todos.csv")


@pytest.mark.parametrize("title", ["Call", "ＣＡＬＬ ", "call"])
def test_a_task_that_the_crm_s_own_workflow_made_with_the_same_title_is_not_doubled(folder: Path, title: str) -> None:
    """Requirement S2-18."""
    (folder / "crm" / "todos.csv").write_text(
        f"No,What,More,Company,Who,Due\nW1,{title},,A1,P1,2026-07-01\n", encoding="utf-8"
    )
    assert [task["No"] for task in granted(folder)] == ["W1"]
    with opened(folder) as bridge:
        assert "its own" not in str(bridge.follow_up().rows)
        notes = [str(note) for note in bridge.follow_up().warnings]
    assert any("1 tasks are not made: crm has some of its own" in note for note in notes)


TELLS_DONE = """
[objects.todos.fields.status]
from = "State"
values = { "open" = "open", "done" = "done", "off" = "cancelled" }
[objects.todos.fields.completed_at]
from = "Ended"
format = ["%Y-%m-%d %H:%M"]
zone = "Asia/Shanghai"
"""


@pytest.mark.parametrize(
    ("days", "row", "is_spared"),
    [
        (3, "2026-07-02,done,", True),
        (3, "2026-06-01,done,2026-06-29 09:00", True),  # due long ago, completed three workdays before ours is due
        (3, "2026-07-07,done,2026-06-01 09:00", True),  # a weekend lies between
        (3, "2026-07-08,done,2026-06-26 23:59", False),
        (0, "2026-07-02,done,", True),
        (0, "2026-07-03,done,2026-07-01 23:59", False),
        (3, ",done,", False),  # on which day nobody knows
        (3, "2026-07-02,off,2026-07-02 09:00", False),
        (3, "2026-01-05,open,", True),
    ],
)
def test_what_a_rep_did_with_a_workflow_s_task_is_not_asked_for_again(
    folder: Path, days: int, row: str, *, is_spared: bool
) -> None:
    """Requirement S2-18: ours is due on Thursday, 2 July; whether one that is done spares it depends on its days."""
    mapping = folder / "mapping" / "crm.toml"
    mapping.write_text(mapping.read_text(encoding="utf-8") + TELLS_DONE, encoding="utf-8")
    (folder / "follow_up.toml").write_text(f"spares_alike_days = {days}\n", encoding="utf-8")
    text = f"No,What,More,Company,Who,Due,State,Ended\nW1,Call,,A1,P1,{row}\nW2,Call,,A2,P1,2026-07-02,done,\n"
    (folder / "crm" / "todos.csv").write_text(text, encoding="utf-8")
    assert [task["What"] for task in granted(folder)] == ["Call"] * (2 if is_spared else 3)


def test_a_task_with_another_title_or_on_another_record_is_none_of_ours(folder: Path) -> None:
    (folder / "crm" / "todos.csv").write_text(
        "No,What,More,Company,Who,Due\nW1,Call back,,A1,P1,\nW2,Call,,A2,P1,\n", encoding="utf-8"
    )
    assert [task["What"] for task in granted(folder)] == ["Call back", "Call", "Call"]


def test_a_company_may_want_the_task_all_the_same(folder: Path) -> None:
    (folder / "follow_up.toml").write_text("spares_alike = false\n", encoding="utf-8")
    (folder / "crm" / "todos.csv").write_text("No,What,More,Company,Who,Due\nW1,Call,,A1,P1,\n", encoding="utf-8")
    assert [task["What"] for task in granted(folder)] == ["Call", "Call"]


def test_what_is_shown_is_never_merged_between_two_systems() -> None:
    """Nothing is read back of it: each system shows what was worked out, not what the other shows."""
    assert {"tier", "lifecycle_state", "score", "next_touch_at", "last_result"} <= NEVER
