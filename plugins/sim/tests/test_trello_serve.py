"""People, webhooks, the command, odd calls and a third-party client of the Trello simulator."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from plugins.sim.tests.trello_client import QUIET, TrelloClient

from crmbridge_sim.__main__ import main
from crmbridge_sim.serve import Servers
from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.trello.app import ROUTE_MODULES
from crmbridge_sim.trello.events import signature
from crmbridge_sim.trello.serving import serve
from crmbridge_sim.trello.switches import Switches
from crmbridge_sim.wire import Request, Response

TOUR = Path(__file__).with_name("trello_tour.py")
SOURCE = Path(__file__).parents[1] / "src" / "crmbridge_sim" / "trello"
ROUTES = [name for module in ROUTE_MODULES for name in import_module(f"crmbridge_sim.trello.{module}").ROUTES]
ODD: list[Any] = [None, True, -1, 1e300, "", "x", "\ud800", [], [None], {}, {"id": {}}, "6a" * 12]
KEYS = (
    "idList", "name", "desc", "due", "dueComplete", "idMembers", "idLabels", "pos", "value", "text", "url", "closed",
    "fields", "filter", "limit", "before", "since", "urls", "query", "state", "callbackURL", "idModel",
)  # fmt: skip


@pytest.fixture
def client() -> TrelloClient:
    return TrelloClient(TrelloSimulator(deals=0, switches=QUIET))


class Ear:
    """Somebody who takes webhooks, or does not."""

    def __init__(self) -> None:
        self.status, self.heard = 200, list[Request]()

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.heard.append(request)
        return Response(self.status)


@pytest.fixture
def ear() -> Iterator[tuple[Ear, str]]:
    with Servers() as servers:
        made = Ear()
        yield made, servers.listen(made, prefix="/")


def test_the_world_is_on_the_boards() -> None:
    told = TrelloSimulator(deals=60).state()
    assert len(told["cards"]) == 20
    assert {one["due_complete"] for one in told["cards"]} == {True, False}
    assert TrelloSimulator(deals=60).state() == told
    assert TrelloSimulator(deals=0).state()["members"] == told["members"]


def test_people_work_behind_the_clients_back(client: TrelloClient) -> None:
    door, made = client.sim.backdoor, client.create(desc="[crm:t]")
    copied = door.copy(made)
    assert client.ok("GET", f"/cards/{copied}")["desc"] == "[crm:t]", "a copy has the marker"
    said = door.comment(made, "hello")
    door.edit_comment(said, "hello again")
    assert client.ok("GET", f"/cards/{made}")["badges"]["comments"] == 1
    door.delete_comment(said)
    other = list(client.sim.boards)[1]
    place = next(one.id for one in client.sim.lists.values() if one.board == other)
    door.move(made, place)
    assert client.ok("GET", f"/cards/{made}")["idBoard"] == other
    assert client.ok("GET", f"/boards/{other}/actions")[0]["type"] == "moveCardToBoard"
    door.delete(copied)
    assert client.cards() == []


def test_the_signature_of_the_dossier() -> None:
    body = b'{"action":{"id":"6a1f00000000000000000001","type":"updateCard"},"model":{"id":"6a1e00000000000000000001"}}'
    assert signature("app-secret", body, "https://hooks.example.com/trello?b=1") == "CCgSnNi8NYRqUbuWUCgadY2vIjU="


def test_a_webhook_needs_a_head_is_signed_and_lost_after_three_retries(
    client: TrelloClient, ear: tuple[Ear, str]
) -> None:
    listener, url = ear
    listener.status = 404
    assert client.refused("POST", "/webhooks", {"callbackURL": url, "idModel": client.board})[0] == 400
    listener.status = 200
    made = client.ok("POST", "/webhooks", {"callbackURL": url, "idModel": client.board, "description": "crm"})
    assert client.ok("GET", f"/tokens/{client.sim.token}/webhooks") == [made]
    client.ok("POST", "/cards", {"idList": client.lists[0], "name": "x"}, X_Trello_Client_Identifier="crm-sync")
    assert client.sim.events.deliver() == 1
    (heard,) = listener.heard
    assert heard.headers["X-Trello-Webhook"] == signature(client.sim.secret, heard.body, url)
    assert heard.headers["X-Trello-Client-Identifier"] == "crm-sync"
    assert json.loads(heard.body)["action"]["type"] == "createCard"
    listener.status = 500
    client.create()
    for wait in (0, 30, 60, 120):
        client.sim.clock.advance(wait)
        assert client.sim.events.deliver() == 0
    assert len(client.sim.events.lost) == 1
    assert client.ok("GET", f"/webhooks/{made['id']}")["consecutiveFailures"] == 4
    assert client.sim.events.due() == []


def test_control(client: TrelloClient) -> None:
    def control(method: str, name: str, body: object = None) -> Any:
        return client.sim.handle(Request.of(method, f"/__sim__/{name}", json_body=body)).json()

    assert {"state", "events", "limits", "lists"} <= set(control("GET", "")["GET"])
    made = control("POST", "create", {"place": client.lists[0], "fields": {"name": "x"}})["result"]
    assert control("GET", f"card?id={made}")["name"] == "x"
    assert "no card" in control("POST", "delete", {"card": "1"})["error"]


def test_every_switch_is_looked_at_somewhere_and_has_its_source() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py") if file.name != "switches.py")
    assert [
        name for name in Switches().known if f'"{name}"' not in text and name not in {"key_calls", "token_calls"}
    ] == []
    assert all(one.source and one.sentence.endswith(".") for one in Switches().known.values())


def test_whatever_is_sent_is_answered(client: TrelloClient) -> None:
    rng = random.Random(7)  # noqa: S311 - odd calls, no secret
    card = client.create()
    boxes = client.ok("POST", f"/cards/{card}/checklists", {})["id"]
    said = client.ok("POST", f"/cards/{card}/actions/comments", {"text": "x"})["id"]
    ids = {
        "card": card,
        "board": client.board,
        "list": client.lists[0],
        "member": "me",
        "action": said,
        "checklist": boxes,
    }
    for name in ROUTES * 12:
        method, _, path = name.partition(" ")
        for key in ("card", "board", "list", "member", "action", "checklist"):
            path = path.replace(f"{{{key}}}", ids[key])
        path = path.replace("{name}", rng.choice(KEYS)).replace("{filter}", "all").replace("{", "").replace("}", "")
        body = rng.choice([*ODD, {key: rng.choice(ODD) for key in rng.sample(KEYS, 4)}])
        query = "&".join(
            f"{key}={rng.choice(['', 'x', '-1', '6a' * 12, 'all', '9999'])}" for key in rng.sample(KEYS, 2)
        )
        if (method, path) != ("DELETE", f"/cards/{card}"):
            answer = client.send(method, f"{path}?{query}", body)
            assert 200 <= answer.status < 500, (name, body, query)


def test_the_command_serves_until_its_stdin_closes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["switches", "trello"]) == 0
    assert "search_lag_s = 10" in capsys.readouterr().out
    line = [sys.executable, "-m", "crmbridge_sim", "serve", "trello", "--deals", "3"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        child.communicate(timeout=30)
    assert child.returncode == 0
    assert {"api_url", "control_url", "key", "token", "member_id", "board"} <= set(told)


def test_the_client_py_trello_of_other_people_works(tmp_path: Path) -> None:
    sim = TrelloSimulator(deals=0, switches=QUIET)
    with Servers() as servers:
        outer = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(
            [sys.executable, str(TOUR), json.dumps(serve(sim, servers))],
            cwd=tmp_path, env={**outer, "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told == {
        "boards": ["Operations", "Sales"],
        "lists": ["Inbox", "This week", "Waiting", "Done"],
        "name": "edited",
        "desc": "Deal D-88",
        "due": "2026-12-03",
        "list": "Done",
        "complete": True,
        "comments": ["hello"],
        "link": "https://crm.example.com/1",
        "items": [["one", True], ["three", False]],
        "person": None,
        "archived": True,
        "gone": True,
        "members": 6,
        "labels": ["urgent"],
        "assigned": 1,
        "fields": {"CRM reference": "t-7f3a19", "Size": "large"},
        "moved": True,
    }
