"""Tasks of a folder of files and the cards of two boards, kept in step over real HTTP, as docs/how-to has it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from plugins.trello.tests.fake import ANN, BO, BOARD, ELSEWHERE, FINISHED, INBOX, KEY, OTHER, SECRET, TOKEN, FakeTrello
from tests.systems.command_line import Runner, runner

CONFIG = """\
[workspace]
name = "acme"
timezone = "Asia/Shanghai"

[connections.crm]
adapter = "csv"
path = "crm"
objects.people = { file = "people.csv", key = "No" }
objects.teams = { file = "teams.csv", key = "No" }
objects.todos = { file = "todos.csv", key = "No", writable = true }
"""
REST = f"""
people = {{ "li@example.com" = "ann", "ann@example.com" = "{BO}" }}
objects.tasks = {{ board = "{BOARD}", list = "{INBOX}", done = ["{FINISHED}"] }}
objects.south = {{ board = "{OTHER}", list = "{ELSEWHERE}" }}

[pairs.tasks]
left = "crm"
right = "tool"
kinds = ["task"]
creates = "right"
only = {{ status = ["open"] }}
boards = {{ "North" = "tasks", "*" = "south" }}
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
FILES = {
    "mapping/tool.toml": 'format = 1\n[objects.south]\nlike = "tasks"\n',
    "mapping/crm.toml": """\
format = 1
[objects.teams]
kind = "org_unit"
fields = { name = "Name" }
[objects.people]
kind = "user"
keys = ["email"]
fields = { name = "Name", email = "Mail", org_unit = { from = "Team", object = "teams" } }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
due_date = { from = "Due", format = ["%Y-%m-%d"] }
status = { from = "State", values = { "open" = "open", "done" = "done" } }
assignee = { from = "Who", object = "people" }
link = { from = "No", lens = "address", of = "https://crm.example.com/todo/{}" }
comments = "Said"
""",
    "crm/teams.csv": "No,Name\nT1,North\nT2,South\n",
    "crm/people.csv": "No,Name,Mail,Team\nP1,Li,li@example.com,T1\nP2,Ann,ann@example.com,T2\n",
    "crm/todos.csv": "No,What,Due,State,Who,Said\n1,Call Northwind,2026-07-01,open,P1,\n"
    "2,Send the quote,2026-07-03,open,P2,\n3,Long done,2026-05-01,done,P1,\n",
}


@pytest.fixture
def trello() -> Iterator[tuple[FakeTrello, str]]:
    """The fake behind a port of this machine."""
    fake = FakeTrello()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            url = f"http://127.0.0.1{self.path}"
            found = fake.handle(httpx.Request(self.command, url, headers=dict(self.headers), content=body))
            self.send_response(found.status_code)
            self.send_header("content-type", found.headers["content-type"])
            self.send_header("content-length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield fake, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    return runner(capfd, monkeypatch)


def todos(folder: Path) -> list[list[str]]:
    return [line.split(",", 5) for line in (folder / "crm/todos.csv").read_text("utf-8").splitlines()[1:]]


def test_tasks_and_cards_are_kept_in_step(
    tmp_path: Path, trello: tuple[FakeTrello, str], cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, url = trello
    for name, text in {"crmbridge.toml": CONFIG, **FILES}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    answers = {"CRMBRIDGE_CONNECT_KEY": KEY, "CRMBRIDGE_CONNECT_TOKEN": TOKEN, "TOOL": SECRET}
    login = ("--credentials", "env:TOOL", "--secret-file", "login.json", "--set", f"api_url={url}")
    writing = ("--enable-write", "tasks", "--enable-write", "fields", "--set", "simulator=true")
    (tmp_path / "mapping/tool.toml").rename(tmp_path / "later.toml")
    connected = cli("connect", "trello", "--name", "tool", *login, *writing, environ=answers)
    assert connected.code == 0, connected.text
    assert json.loads((tmp_path / "login.json").read_text("utf-8")) == json.loads(SECRET)
    (tmp_path / "later.toml").rename(tmp_path / "mapping/tool.toml")
    config = (tmp_path / "crmbridge.toml").read_text("utf-8").replace('mode = "fields"', 'mode = "two-way"')
    (tmp_path / "crmbridge.toml").write_text(config + REST, "utf-8")

    def sync(code: int = 0) -> None:
        found = cli("sync", "--json")
        assert found.code == code, found.text
        assert [one for one in found.rows if one["result"] != "done" or one["quarantined"]] == []

    sync()
    for name in ("crm", "tool"):
        granted = cli("grant", name, "--mode", "two-way", "--yes")
        assert granted.code == 0, granted.text
    sync(3)
    (plan,) = cli("plan", "--list", "--json").rows
    done = cli("apply", plan["plan"])
    assert done.code == 0, done.text
    north, south = sorted(fake.cards.values(), key=lambda card: str(card["name"]))
    assert [(one["idBoard"], one["idMembers"], one["due"]) for one in (north, south)] == [
        (BOARD, [ANN], "2026-07-01T15:59:00.000Z"),
        (OTHER, [BO], "2026-07-03T15:59:00.000Z"),
    ]
    assert north["desc"].startswith("[CRM](https://crm.example.com/todo/1)\n[crm:cb2-")
    writes = fake.writes
    for _ in range(3):
        sync()
    assert fake.writes == writes, "what is in step is not written"

    fake.say(north["id"], "Called, wants a quote")
    fake.touch(north["id"], idList=FINISHED)
    fake.touch(south["id"], closed=True)
    sync()
    first, second, _ = todos(tmp_path)
    assert first[3] == "done"
    assert first[5].endswith(' ann: Called, wants a quote"')
    assert second[3] == "open", "what is set aside is neither done nor deleted"

    changed = (
        (tmp_path / "crm/todos.csv").read_text("utf-8").replace("the quote,2026-07-03", "the new quote,2026-07-05")
    )
    (tmp_path / "crm/todos.csv").write_text(changed, "utf-8")
    refused = cli("sync", "--json")
    assert [one["code"] for one in refused.warnings] != []
    assert fake.cards[south["id"]]["name"] == "Send the quote", "a card that is set aside takes no write"
    fake.touch(south["id"], closed=False)
    sync()
    assert fake.cards[south["id"]]["name"] == "Send the new quote"
    assert fake.cards[south["id"]]["due"] == "2026-07-05T15:59:00.000Z"
