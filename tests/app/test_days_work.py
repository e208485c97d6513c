"""The queue, first responses and the pool through a workspace: documents, what a run remembers, the commands."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.ledger import service_events
from crmbridge.model.errors import ConfigErrors
from crmbridge.report.listing import Listing

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.people]
file = "people.csv"
key = "ID"
[connections.crm.objects.done]
file = "done.csv"
key = "No"
[connections.crm.objects.reps]
file = "reps.csv"
key = "Rep"
"""
MAPPING = """
format = 1
[objects.reps]
kind = "user"
[objects.reps.fields]
name = "Rep"
[objects.people]
kind = "lead"
[objects.people.fields]
full_name = "Name"
tier = "Tier"
phones = "Phone"
owner = { from = "Rep", object = "reps" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d %H:%M"] }
[objects.done]
kind = "activity"
[objects.done.fields]
type = { from = "What", values = { Call = "call" } }
lead = { from = "Who", object = "people" }
started_at = { from = "When", format = ["%Y-%m-%d %H:%M"] }
"""
PEOPLE = """ID,Name,Tier,Phone,Rep,Created
1,李娜,A,13800000001,Wang,2026-03-06 17:30
2,Bo,B,13800000002,Wang,2026-03-06 17:30
3,Cy,C,13800000003,Li,2026-02-02 09:00
"""
DONE = "No,What,Who,When\n1,Call,2,2026-03-09 09:10\n2,Call,3,2026-02-02 10:00\n"
AS_OF = datetime(2026, 3, 9, 1, 20, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "response.toml": 'tier = "record"\n',
        "crm/people.csv": PEOPLE,
        "crm/done.csv": DONE,
        "crm/reps.csv": "Rep\nWang\nLi\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened(tmp_path) as bridge:
        bridge.sync([])
    return tmp_path


def opened(folder: Path) -> Bridge:
    return Bridge.open(folder, as_of=AS_OF, environ={})


def rows(listing: Listing, section: str) -> list[dict[str, object]]:
    return [dict(row) for row in listing.rows if row["section"] == section]


def events(bridge: Bridge, service: str) -> list[str]:
    with bridge.wiring.ledger.read() as tx:
        return sorted(json.dumps(json.loads(one.body)) for one in service_events.latest(tx, service, until_us=2**62))


def test_what_a_rep_sees_in_the_morning(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with opened(folder) as bridge:
        told = bridge.response(keep=True)
        (waiting,) = rows(told, "waiting")
        assert (waiting["lead"], waiting["status"], waiting["left_minutes"]) == ("李娜", "pending", 10)
        assert [(row["owner"], row["met"]) for row in rows(told, "owners")] == [("Li", 1), ("Wang", 1)]
        assert len(events(bridge, "response")) == 1
        again = bridge.pool(keep=True, explain=True)
        assert [(row["record"], row["state"]) for row in rows(again, "neglected")] == [("Cy", "return")]
        assert again.explain is not None
        assert len(events(bridge, "pool")) == 3
        queue = rows(bridge.queue(owner="wang"), "queue")
        assert [(row["record"], str(row["class"])) for row in queue] == [
            ("李娜", "first_response"),
            ("Bo", "follow_up"),
        ]
    command = ("queue", "--workspace", str(folder), "--as-of", "2026-03-09T09:20", "--lang", "zh", "--limit", "1")
    assert app.run(command) == 0
    printed, _ = capfd.readouterr()
    assert "尚无人答复，2026-03-09 到时限" in printed
    assert app.run((*command, "--json", "--explain")) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["definition"] == "queue/1"
    assert {name: len(ids) for name, ids in document["explain"]["records"].items()} == {
        "first_response": 1,
        "follow_up": 2,
    }


@pytest.mark.parametrize(
    ("file", "ask"), [("queue.toml", "queue"), ("pool.toml", "pool"), ("response.toml", "response")]
)
def test_a_slip_in_a_document_is_told_with_file_and_line(folder: Path, file: str, ask: str) -> None:
    (folder / file).write_text("\nformat = 1\nwieghts = 3\n", encoding="utf-8")
    with opened(folder) as bridge, pytest.raises(ConfigErrors, match=rf"{file}:3"):
        getattr(bridge, ask)()
