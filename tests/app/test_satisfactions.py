"""Satisfaction in a workspace: answers out of files, calls after deliveries, what came of them, and low scores."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from crmbridge.app import follow_up, satisfactions
from crmbridge.app.bridge import Bridge
from crmbridge.app.notice_file import FILE as NOTICES
from crmbridge.cli import app
from crmbridge.report.listing import Listing, Rate

GV_1 = (5, 5, 4, 4, 3, 2, 5, 1, 4, 5)
CONFIG = """
[workspace]
name = "acme"
currency = "CNY"
calendar = "CN"
timezone = "Asia/Shanghai"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.people]
file = "people.csv"
key = "No"
[connections.crm.objects.companies]
file = "companies.csv"
key = "No"
[connections.crm.objects.deliveries]
file = "deliveries.csv"
key = "No"
[connections.crm.objects.answers]
file = "answers.csv"
key = "No"
[connections.crm.objects.todos]
file = "todos.csv"
key = "No"
writable = true
[connections.crm.objects.visits]
file = "visits.csv"
key = "No"
writable = true
[connections.crm.objects.calls]
file = "calls.csv"
key = "No"
writable = true
"""
MAPPING = """
format = 1
[objects.people]
kind = "user"
[objects.people.fields]
name = "Name"
manager = { from = "Manager", object = "people" }
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "Name"
owner = { from = "Owner", object = "people" }
[objects.deliveries]
kind = "delivery"
[objects.deliveries.fields]
account = { from = "Company", object = "companies" }
status = { from = "Status", values = { "on the way" = "on_way", "here" = "delivered" } }
delivered_at = { from = "Day", format = ["%Y-%m-%d"], precision = "day" }
[objects.answers]
kind = "survey_response"
[objects.answers.fields]
type = { from = "Kind", values = { "CSAT" = "csat", "NPS" = "nps" } }
score = "Score"
comment = "Comment"
account = { from = "Company", object = "companies" }
answered_at = { from = "Day", format = ["%Y-%m-%d"], precision = "day" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
due_date = { from = "Due", format = ["%Y-%m-%d"] }
account = { from = "Company", object = "companies" }
owner = { from = "Owner", object = "people" }
content = "Notes"
external_key = "Key"
status = { from = "State", values = { "done" = "done", "open" = "open" } }
completed_at = { from = "Done", format = ["%Y-%m-%d"], precision = "day" }
[objects.visits]
kind = "activity"
[objects.visits.fields]
type = { value = "visit" }
content = "Notes"
account = { from = "Company", object = "companies" }
[objects.calls]
kind = "activity"
[objects.calls.fields]
type = { value = "call" }
subject = "What"
content = "Notes"
customer_feedback = "Feedback"
next_step = "Next"
next_step_due = { from = "Next Day", format = ["%Y-%m-%d"] }
account = { from = "Company", object = "companies" }
owner = { from = "Owner", object = "people" }
external_key = "Key"
started_at = { from = "Day", format = ["%Y-%m-%d"], precision = "day" }
"""
FILES = {
    "people.csv": "No,Name,Manager\nU1,Wang,\nU2,Li,U1\n",
    "companies.csv": "No,Name,Owner\nA1,Northwind,U2\nA2,Contoso,U1\n",
    "deliveries.csv": "No,Company,Status,Day\n1,A1,here,2026-02-13\n2,A2,on the way,\n",
    "answers.csv": "No,Kind,Score,Comment,Company,Day\n",
    "todos.csv": "No,What,Due,Company,Owner,Notes,Key,State,Done\n",
    "visits.csv": "No,Notes,Company\n",
    "calls.csv": "No,What,Notes,Feedback,Next,Next Day,Company,Owner,Key,Day\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {"satisfaction": follow_up.SERVICES["satisfaction"]})
    texts = {f"crm/{name}": text for name, text in FILES.items()}
    for name, text in {"crmbridge.toml": CONFIG, "mapping/crm.toml": MAPPING, **texts}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened(tmp_path, "2026-02-13") as bridge:
        bridge.grant("crm", "tasks")
    return tmp_path


@contextmanager
def opened(folder: Path, day: str) -> Iterator[Bridge]:
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=UTC) + timedelta(hours=4)
    with Bridge.open(folder, as_of=noon, environ={}) as bridge:
        bridge.sync([])
        yield bridge


def run(folder: Path, day: str) -> Listing:
    """What one run of a day does; a first plan is approved at once."""
    with opened(folder, day) as bridge:
        told = bridge.follow_up()
        for row in told.rows:
            if row["state"] == "waiting":
                bridge.apply(str(row["plan"]))
        return told


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "crm" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, name: str, rows: Sequence[dict[str, str]]) -> None:
    with (folder / "crm" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def answered(folder: Path, *lines: str) -> None:
    text = "\n".join([FILES["answers.csv"].strip(), *lines])
    (folder / "crm" / "answers.csv").write_text(text, encoding="utf-8")


def section(told: Listing, name: str) -> list[dict[str, Any]]:
    return [dict(row) for row in told.rows if row["section"] == name]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_answers_out_of_a_file_that_somebody_sent_are_read_as_they_are(tmp_path: Path, ending: str) -> None:
    """GV-SAT-1 out of files alone: 10 answers of 40 asked, 7 satisfied; nobody writes a mapping."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "客户.csv").write_text("客户编号,客户名称,负责人\nA1,华东科技,王伟\nA2,南方贸易,李娜\n", encoding="utf-8")
    head = ["问卷编号", "问卷", "类型", "满分", "评分", "意见", "客户名称", "发送日期", "提交时间"]
    scores = [*(str(score) for score in GV_1), *[""] * 30]
    body = [
        [
            f"R{n}",
            "春季",
            "CSAT",
            "5",
            score,
            "",
            ("华东科技", "南方贸易")[n % 2],
            "2026-06-01",
            "2026-06-02" if score else "",
        ]
        for n, score in enumerate(scores)
    ]
    if ending == "csv":
        (files / "满意度问卷.csv").write_text("\n".join(",".join(row) for row in [head, *body]), encoding="utf-8")
    else:
        with xlsxwriter.Workbook(files / "满意度问卷.xlsx") as book:
            sheet = book.add_worksheet("满意度问卷")
            for at, row in enumerate([head, *body]):
                sheet.write_row(at, 0, row)
    Bridge.init(tmp_path / "acme", files=files, name="acme", currency="CNY", zone="Asia/Shanghai")
    with opened(tmp_path / "acme", "2026-06-30") as bridge:
        told = bridge.satisfaction(by=("owner",), explain=True)
    whole, *owners = section(told, "csat")
    assert whole["csat"] == Rate(7, 10, 10, pytest.approx(0.3968, abs=5e-5), pytest.approx(0.8922, abs=5e-5))  # type: ignore[arg-type]
    assert (whole["mean"], whole["enough"]) == (Fraction("3.8"), "sufficient")
    assert [(row["owner"], row["csat"].numerator, row["n"], row["enough"]) for row in owners] == [
        ("李娜", 3, 5, "insufficient"),
        ("王伟", 4, 5, "insufficient"),
    ]
    asked, *_ = section(told, "response")
    assert (asked["response"].numerator, asked["response"].denominator) == (10, 40)
    assert asked["response"].value == Fraction(1, 4)
    assert told.explain is not None
    records: Any = told.explain["records"]
    assert {name: len(ids) for name, ids in records["all"].items()} == {
        "satisfied": 7,
        "not_satisfied": 3,
        "asked": 40,
        "answered": 10,
    }


def test_calls_after_a_delivery_are_tasks_on_workdays_once(folder: Path) -> None:
    """GV-SAT-3: delivered 2026-02-13; what is only on its way has no calls yet."""
    for day in ("2026-02-13", "2026-02-22", "2026-02-24", "2026-03-13", "2026-03-14", "2026-05-13", "2026-05-20"):
        run(folder, day)
        assert run(folder, day).rows == (), "a second run makes none"
    tasks = read(folder, "todos")
    assert [(row["What"], row["Due"], row["Company"], row["Owner"]) for row in tasks] == [
        ("Call Northwind: does everything work?", "2026-02-24", "A1", "U2"),
        ("Call Northwind: how satisfied are you?", "2026-03-16", "A1", "U2"),
        ("Call Northwind: renewal and further needs", "2026-05-14", "A1", "U2"),
    ]
    assert len({row["Key"] for row in tasks}) == 3


def test_what_came_of_a_call_is_logged_on_the_account_once(folder: Path) -> None:
    run(folder, "2026-02-23")
    (task,) = read(folder, "todos")
    said = "Called, Ms Chen was there\nFeedback: all well, CSAT 4\nNext step: send the manual by 2026-03-02"
    write(folder, "todos", [{**task, "State": "done", "Done": "2026-02-24", "Notes": f"{task['Notes']}\n{said}"}])
    for day in ("2026-02-24", "2026-02-25", "2026-02-26"):
        run(folder, day)
    (call,) = read(folder, "calls")
    assert (call["What"], call["Company"], call["Owner"], call["Day"]) == (task["What"], "A1", "U2", "2026-02-24")
    assert (call["Feedback"], call["Next"], call["Next Day"]) == (
        "all well, CSAT 4",
        "send the manual by 2026-03-02",
        "2026-03-02",
    )
    assert call["Notes"] == "Called, Ms Chen was there", "without what the task said of itself"
    assert call["Key"].startswith("cb1-")
    assert call["Key"] != task["Key"], "it has a key of its own"
    assert read(folder, "visits") == []
    with opened(folder, "2026-02-27") as bridge:
        told = bridge.satisfaction()
        file = bridge.customer("A1")
    assert [(row["csat"].numerator, row["n"]) for row in section(told, "csat")] == [(1, 1)], "one answer, told twice"
    (row,) = [one for one in section(told, "calls") if one["due"] == date(2026, 2, 24)]
    assert (row["state"], row["feedback"], row["next_step"]) == ("done", call["Feedback"], call["Next"])
    assert "all well, CSAT 4" in str(file.rows), "the history of the customer has it"


def test_a_result_stays_in_its_task_where_nobody_wants_it_logged(folder: Path) -> None:
    (folder / "satisfaction.toml").write_text("[call_backs.result]\nlog = false\n", encoding="utf-8")
    run(folder, "2026-02-23")
    (task,) = read(folder, "todos")
    write(folder, "todos", [{**task, "State": "done", "Done": "2026-02-24", "Notes": "all well"}])
    run(folder, "2026-02-24")
    assert read(folder, "calls") == []


def test_a_low_score_of_friday_is_recovered_by_monday_and_told_once(folder: Path) -> None:
    (folder / "crm" / "answers.csv").write_text(
        "No,Kind,Score,Comment,Company,Day\n1,CSAT,2,Too slow,A1,2026-03-06\n2,CSAT,3,,A2,2026-03-06\n",
        encoding="utf-8",
    )
    for day in ("2026-03-06", "2026-03-06", "2026-03-09", "2026-03-12"):
        run(folder, day)
    tasks = [(row["What"], row["Due"], row["Owner"]) for row in read(folder, "todos") if "CSAT" in row["What"]]
    assert tasks == [
        ("Win back the trust of Northwind: CSAT 2", "2026-03-09", "U2"),
        ("Call Northwind again after CSAT 2", "2026-03-13", "U2"),
    ]
    notices = [json.loads(line) for line in (folder / NOTICES).read_text(encoding="utf-8").splitlines()]
    assert [(one["to"], one["text"]) for one in notices] == [("Wang", "Northwind gave CSAT 2 on 2026-03-06")]
    with opened(folder, "2026-03-12") as bridge:
        (item,) = bridge.backlog().rows
        assert (item["text"], item["source"], item["reported"]) == ("Too slow", "survey", 1)
        (low,) = section(bridge.satisfaction(), "lows")
        assert (low["customer"], low["score"], low["owner"]) == ("Northwind", 2, "Li")
        unhappy = {row["customer"]: row["unhappy"] for row in section(bridge.tiers(), "customers")}
    assert unhappy == {"Northwind": True, "Contoso": False}


def test_one_document_holds_for_every_figure_that_rests_on_answers(folder: Path) -> None:
    """What counts as an answer says satisfaction.toml: to the figures, to the customers and to the scorecards alike."""
    answered(folder, "1,CSAT,2,,A1,2026-03-06")
    (folder / "satisfaction.toml").write_text("min_n = 1\n[csat]\nscale = 10\n", encoding="utf-8")
    with opened(folder, "2026-03-06") as bridge:
        assert [row["enough"] for row in section(bridge.satisfaction(), "csat")] == ["sufficient"]
        (folder / "satisfaction.toml").write_text(
            "min_n = 1\n[csat]\nscale = 7\nsatisfied = { 10 = 9 }\n", encoding="utf-8"
        )
        assert [row["fault"] for row in section(bridge.satisfaction(), "rejected")] == []
        (folder / "satisfaction.toml").write_text("[csat]\nscale = 4\n", encoding="utf-8")
        told = bridge.satisfaction()
        assert [row["fault"] for row in section(told, "rejected")] == ["WRONG_SCALE"]
        unhappy = {row["customer"]: row["unhappy"] for row in section(bridge.tiers(), "customers")}
        assert unhappy == {"Northwind": False, "Contoso": False}
        (folder / "satisfaction.toml").write_text("min_m = 1\n", encoding="utf-8")
        with pytest.raises(Exception, match=r"satisfaction\.toml:1"):
            bridge.satisfaction()
    assert satisfactions.UNRANKED.code == "VIPS_UNKNOWN"


def test_the_command_by_customer_in_both_languages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered(folder, "1,CSAT,4,,A1,2026-03-06", "2,NPS,9,,A2,2026-03-07")
    with opened(folder, "2026-03-10"):
        pass
    words = ["satisfaction", "--by", "account", "--by", "month", "-w", str(folder), "--as-of", "2026-03-10"]
    assert app.run([*words, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "Satisfied customers (CSAT)" in told
    assert "insufficient" in told
    assert app.run([*words, "--lang", "zh"]) == 0
    assert "客户满意度（CSAT）" in capsys.readouterr().out
    assert app.run([*words, "--json", "--explain", "--owner", "Li"]) == 0
    answer = json.loads(capsys.readouterr().out)
    rows = [row for row in answer["rows"] if row["section"] == "csat"]
    assert [(row["account"], row.get("month"), row["csat"]["n"]) for row in rows] == [
        ("all", None, 1),
        ("Northwind", "2026-03", 1),
    ]
    assert [row for row in answer["rows"] if row["section"] == "nps"] == [], "of another owner"
    assert answer["explain"]["definition"]["csat"].startswith("satisfied / answers")
    assert answer["explain"]["records"]["all"].keys() == {"satisfied"}
