"""The cadence through a workspace: what is due, what a run remembers, what goes to the CRMs, and the command."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.app.cadences import cadence_wants
from crmbridge.cli import app
from crmbridge.ledger import service_events
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.wants import FigureWanted, NoticeWanted, TaskMade, TaskWanted

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.deals]
file = "deals.csv"
key = "ID"
[connections.crm.objects.people]
file = "people.csv"
key = "ID"
[connections.crm.objects.done]
file = "done.csv"
key = "No"
"""
MAPPING = """
format = 1
[pipelines.sales]
object = "deal"
[[pipelines.sales.stages]]
key = "negotiation"
names = { en = "Negotiation", zh = "谈判" }
category = "open"
labels = ["谈判"]
[objects.deals]
kind = "deal"
pipeline = "sales"
[objects.deals.fields]
name = "Name"
stage = "Stage"
owner = { from = "Owner", object = "people" }
vendor_created_at = { from = "Made", format = ["%Y-%m-%d"], precision = "day" }
[objects.people]
kind = "user"
[objects.people.fields]
name = "Name"
manager = { from = "Boss", object = "people" }
[objects.done]
kind = "activity"
[objects.done.fields]
type = { from = "What", values = { Call = "call", Mail = "email" } }
direction = { from = "Way", values = { in = "in", out = "out" } }
deal = { from = "Deal", object = "deals" }
started_at = { from = "When", format = ["%Y-%m-%d %H:%M"] }
"""
TODOS = """
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
deal = { from = "Deal", object = "deals" }
owner = { from = "Who", object = "people" }
due_date = { from = "Due", format = ["%Y-%m-%d"] }
"""
FILES = {
    "crmbridge.toml": CONFIG,
    "mapping/crm.toml": MAPPING,
    "crm/deals.csv": "ID,Name,Stage,Owner,Made\n1,启明,谈判,u1,2026-02-27\n2,Bo,谈判,u1,2026-03-04\n",
    "crm/people.csv": "ID,Name,Boss\nu1,Li,u2\nu2,Wang,\n",
    "crm/done.csv": "No,What,Way,Deal,When\n1,Call,out,1,2026-02-27 10:00\n2,Mail,in,2,2026-03-04 11:00\n",
}
AS_OF = datetime(2026, 3, 4, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cadence")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with opened(folder) as bridge:
        bridge.sync([])
    return folder


def opened(folder: Path, as_of: datetime = AS_OF) -> Bridge:
    return Bridge.open(folder, as_of=as_of, environ={})


def test_what_goes_to_the_crms_and_what_a_run_remembers(folder: Path) -> None:
    with opened(folder) as bridge:
        asked = (bridge.wiring, bridge._facts, bridge._pipelines)
        wants, events = cadence_wants(*asked, AS_OF, {}, shown=("deal",))
        tasks = {want.why: want for want in wants if isinstance(want, TaskWanted)}
        call, answer = tasks["negotiation-call"], tasks["answer"]
        assert (call.title, str(call.due), call.priority) == ("Call 启明: needs and feedback", "2026-03-02", None)
        assert (answer.title, str(answer.due), answer.priority) == ("Answer Bo", "2026-03-05", "high")
        notices = [want for want in wants if isinstance(want, NoticeWanted)]
        assert [one.text for one in notices] == [
            "Overdue since 2026-03-02, and still to be done by Li: Call 启明: needs and feedback",
            "Overdue since 2026-03-02: Call 启明: needs and feedback",
        ]
        assert len({one.to for one in notices}) == 2, "the manager is told, and the owner"
        assert [want.figure for want in wants if isinstance(want, FigureWanted)] == ["next_touch"]
        with bridge.wiring.ledger.begin() as tx:
            assert service_events.append(tx, "cadence", events) == 2
        bridge._forget()
        made = {one.key: TaskMade(one.key, "crm", "open", due=one.due) for one in tasks.values()}
        again, more = cadence_wants(bridge.wiring, bridge._facts, bridge._pipelines, AS_OF, made)
        assert again == [want for want in wants if not isinstance(want, FigureWanted)], "the same, under the same keys"
        assert more == [], "nothing has changed"
        gone = {**made, call.key: TaskMade(call.key, "crm", "gone")}
        left, _ = cadence_wants(*(bridge.wiring, bridge._facts, bridge._pipelines), AS_OF, gone)
        assert [want.why for want in left if isinstance(want, TaskWanted)] == ["answer"], (
            "what the owner deleted is not made again"
        )


def test_a_rung_that_nobody_could_be_told_of_is_told_once_it_may_be(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    mapping = (copy / "mapping/crm.toml").read_text(encoding="utf-8")
    (copy / "mapping/crm.toml").write_text(mapping + TODOS, encoding="utf-8")
    config = CONFIG + '[connections.crm.objects.todos]\nfile = "todos.csv"\nkey = "No"\nwritable = true\n'
    (copy / "crmbridge.toml").write_text(config, encoding="utf-8")
    (copy / "crm/todos.csv").write_text("No,What,Deal,Who,Due\n", encoding="utf-8")
    told = copy / ".crmbridge" / "notices.ndjson"
    with opened(copy) as bridge:
        bridge.sync([])
        assert "NOTICES_NOT_GRANTED" in [note.code for note in bridge.follow_up().warnings]
        assert not told.exists()
        bridge.grant("crm", "tasks", [])
        for row in bridge.follow_up().rows:
            bridge.apply(str(row["plan"]))
        lines = told.read_text(encoding="utf-8").splitlines()
        assert sum("启明" in line for line in lines) == 2, (
            "the owner and the manager, of what came while they could not"
        )
        bridge.sync([])
        bridge.follow_up()
        assert told.read_text(encoding="utf-8").splitlines() == lines, "and nobody is told twice"


def test_the_command_speaks_both_languages_and_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("cadence", "--workspace", str(folder), "--as-of", "2026-03-04T12:00")
    app.run((*asked, "--explain", "--lang", "zh"))
    shown = capfd.readouterr().out
    assert "谈判阶段每两天电话" in shown
    assert "客户来信" in shown
    app.run((*asked, "--json", "--enrolments", "--policy", "negotiation-call", "--owner", "li"))
    document = json.loads(capfd.readouterr().out)
    assert document["definition"] == "cadence/1"
    (task,) = [row for row in document["rows"] if row["section"] == "due"]
    assert (task["due_day"], task["overdue_bd"], task["why"], task["reasons"]) == (
        "2026-03-02",
        2,
        "LAST_TOUCH",
        ["LAST_TOUCH"],
    )
    assert {row["state"] for row in document["rows"] if row["section"] == "enrolments"} == {"active", "paused"}


def test_a_document_with_a_mistake_and_a_user_that_there_is_not_are_refused(folder: Path) -> None:
    with opened(folder, AS_OF + timedelta(days=1)) as bridge:
        with pytest.raises(ConfigError, match="there is no user Lu"):
            bridge.cadence(owner="Lu")
        file = folder / "cadence.toml"
        file.write_text("[caps]\nsame_channel = 3", encoding="utf-8")
        with pytest.raises(ConfigErrors, match=r"cadence.toml:2: unknown key caps.same_channel"):
            bridge.cadence()
        file.unlink()


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_a_mistake_in_the_document_stops_what_reads_it_and_no_other_figure(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "slip"
    shutil.copytree(folder, place)
    (place / "cadence.toml").write_text('horizn = "1bd"\n', encoding="utf-8")
    with opened(place) as bridge:
        told = bridge.funnel()
        assert [row for row in told.rows if row["section"] == "stages"]
        (note,) = [note for note in told.warnings if note.code == "NO_POLICIES"]
        assert "cadence.toml:1" in str(note)
        with pytest.raises(ConfigErrors):
            bridge.cadence()
