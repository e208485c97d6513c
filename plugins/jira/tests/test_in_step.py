"""Tasks of files kept in step with Jira: made once, done there and here, deleted and cancelled, and quiet again."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from plugins.jira.tests.simulated import SimulatedJira
from tests.systems.command_line import Answer, Runner, runner

from crmbridge.http import Door
from crmbridge.testing.clock import VirtualClock

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"

[connections.crm]
adapter = "csv"
path = "crm"
objects.people = { file = "people.csv", key = "No" }
objects.todos = { file = "todos.csv", key = "No", writable = true }

[connections.jira]
adapter = "jira"
site = "http://127.0.0.1:7101"
simulator = true
credentials = "env:JIRA_LOGIN"
people = { "ann@acme.example" = "ANN", "bo@acme.example" = "BO" }
mode = "two-way"

[connections.jira.objects.tasks]
project = "SALE"
type = "Follow-up"
states = { cancelled = "10007" }

[pairs.tasks]
left = "crm"
right = "jira"
kinds = ["task"]
creates = "right"
only = { status = ["open"] }
boards = { "*" = "tasks" }
deletes = "cancel"
remakes = true

[pairs.tasks.fields]
title = "left-owns"
due_date = "left-owns"
link = "left-owns"
status = "right"
assignee = "left"
comments = "right"
"""
MAPPING = """
format = 1
[objects.people]
kind = "user"
keys = ["email"]
fields = { name = "Name", email = "Mail" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
due_date = { from = "Due", format = ["%Y-%m-%d"] }
status = { from = "State", values = { "open" = "open", "done" = "done", "off" = "cancelled" } }
assignee = { from = "Who", object = "people" }
link = { from = "No", lens = "address", of = "https://crm.example.com/todo/{}" }
comments = "Said"
"""
PEOPLE = "No,Name,Mail\nP1,Bo,bo@acme.example\nP2,Ann,ann@acme.example\n"
HEAD = "No,What,Due,State,Who,Said"


class Now(VirtualClock):
    """The machine's own clock: the command line has it too."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


class Both:
    """The workspace, and the site behind it."""

    def __init__(self, folder: Path, run: Runner) -> None:
        self.folder, self.cli = folder, run
        self.site = SimulatedJira(Now())
        self.jira = self.site.sim.backdoor
        self.ann, bo = list(self.site.sim.people)[3:5]
        (folder / "crm").mkdir(parents=True)
        (folder / "mapping").mkdir()
        config = CONFIG.replace("ANN", self.ann).replace("BO", bo)
        (folder / "crmbridge.toml").write_text(config, "utf-8")
        (folder / "mapping" / "crm.toml").write_text(MAPPING, "utf-8")
        (folder / "crm" / "people.csv").write_text(PEOPLE, "utf-8")
        self.write([f"{number},Task {number},2026-07-0{number},open,P{number % 2 + 1}," for number in range(1, 6)])

    def write(self, lines: list[str]) -> None:
        (self.folder / "crm" / "todos.csv").write_text("\n".join([HEAD, *lines, ""]), "utf-8")

    def rows(self) -> dict[str, dict[str, str]]:
        with (self.folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
            return {row["No"]: row for row in csv.DictReader(file)}

    def run(self, *words: str) -> Answer:
        return self.cli("-w", str(self.folder), *words, environ={"JIRA_LOGIN": self.site.login})

    def sync(self) -> None:
        answer = self.run("sync", "--json")
        assert answer.code in {0, 1}, answer.text
        assert [row for row in answer.rows if row["result"] != "done" or row["quarantined"]] == []

    def issues(self) -> dict[str, dict[str, Any]]:
        """All issues, by their id."""
        names = ["summary", "status", "labels", "assignee", "duedate"]
        return {key: self.site.issue(key, names) for key in self.site.ids()}

    def titled(self, title: str) -> str:
        """The id of the one issue with that title."""
        (found,) = [key for key, one in self.issues().items() if one["fields"]["summary"] == title]
        return found

    def status(self, title: str) -> str:
        return str(self.issues()[self.titled(title)]["fields"]["status"]["id"])

    def grant(self) -> None:
        """Connects with writing, and allows it."""
        token = self.site.sim.token
        told = {"CRMBRIDGE_CONNECT_EMAIL": self.site.sim.caller.email, "CRMBRIDGE_CONNECT_TOKEN": token}
        asked = ("--enable-write", "tasks", "--enable-write", "fields", "--secret-file", str(self.folder / "secret"))
        answer = self.cli("-w", str(self.folder), "connect", "jira", "--name", "jira", *asked, environ=told)
        assert answer.code == 0, answer.text
        assert token not in answer.text
        for name in ("crm", "jira"):
            answer = self.run("grant", name, "--mode", "two-way", "--yes")
            assert answer.code == 0, answer.text

    def step(self) -> None:
        """Everything that is to be written, planned and carried out."""
        plan = str(self.run("plan", "tasks", "--json").rows[0]["plan"])
        answer = self.run("apply", plan)
        assert answer.code in {0, 1}, answer.text


@pytest.fixture
def both(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setattr("crmbridge.app.bridge.Bridge.first_findings", lambda _: ())
    both = Both(tmp_path / "acme", runner(capfd, monkeypatch))
    transport = httpx.MockTransport(both.site.handle)
    monkeypatch.setattr("crmbridge_jira.session.Door", lambda *a, **k: Door(*a, **{**k, "transport": transport}))
    both.sync()
    both.grant()
    both.step()
    return both


def test_five_tasks_are_five_issues_with_our_key_and_a_second_run_makes_none(both: Both) -> None:
    issues = both.issues()
    assert sorted(one["fields"]["summary"] for one in issues.values()) == [f"Task {number}" for number in range(1, 6)]
    assert all(one["properties"]["crm.task"]["id"] and "crm-sync" in one["fields"]["labels"] for one in issues.values())
    one = issues[both.titled("Task 1")]
    assert one["fields"]["assignee"]["accountId"] == both.ann
    assert one["fields"]["duedate"] == "2026-07-01"
    assert one["properties"]["crm.task"]["link"] == "https://crm.example.com/todo/1"
    before = both.site.writes
    both.sync()
    both.sync()
    assert (len(both.site.ids()), both.site.writes) == (5, before)


def test_an_issue_that_is_done_closes_its_task_once(both: Both) -> None:
    both.jira.transition(both.titled("Task 2"), "done")
    both.sync()
    both.sync()
    assert both.rows()["2"]["State"] == "done"
    assert [row["State"] for number, row in both.rows().items() if number != "2"] == ["open"] * 4
    assert both.status("Task 2") == "10004"


@pytest.mark.parametrize(("word", "status"), [("done", "10004"), ("off", "10007")])
def test_a_task_that_ends_here_moves_its_issue_and_deletes_none(both: Both, word: str, status: str) -> None:
    rows = both.rows()
    rows["3"]["State"] = word
    both.write([",".join(row.values()) for row in rows.values()])
    both.sync()
    both.sync()
    assert both.status("Task 3") == status
    assert len(both.site.ids()) == 5


def test_a_title_that_the_team_changes_is_put_back(both: Both) -> None:
    key = both.titled("Task 5")
    both.jira.edit(key, {"summary": "Something else"})
    both.sync()
    both.sync()
    assert both.titled("Task 5") == key


def test_an_issue_that_is_archived_leaves_its_task_open(both: Both) -> None:
    both.jira.archive(both.titled("Task 1"))
    both.sync()
    both.sync()
    assert [row["State"] for row in both.rows().values()] == ["open"] * 5
    assert len(both.site.ids()) == 5


def test_a_comment_there_is_read_here(both: Both) -> None:
    both.jira.comment(both.titled("Task 1"), "called")
    both.sync()
    both.sync()
    assert both.rows()["1"]["Said"].endswith(": called")
