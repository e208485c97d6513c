"""A client of the Trello simulator for tests, written from the dossier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.wire import Request, Response

QUIET = {"token_calls": 0, "key_calls": 0, "member_calls": 0}


@dataclass
class TrelloClient:
    """Calls as the service member."""

    sim: TrelloSimulator

    @property
    def board(self) -> str:
        return next(iter(self.sim.boards))

    @property
    def lists(self) -> list[str]:
        return [one.id for one in self.sim.lists.values() if one.board == self.board]

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        signed = f'OAuth oauth_consumer_key="{self.sim.key}", oauth_token="{self.sim.token}"'
        head = {"Authorization": signed, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.sim.handle(Request.of(method, f"https://api.trello.com/1{path}", headers=head, json_body=body))

    def ok(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        answer = self.send(method, path, body, **headers)
        assert answer.status == 200, answer.body
        return answer.json()

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        answer = self.send(method, path, body)
        return answer.status, answer.body.decode()

    def create(self, **more: object) -> str:
        return str(self.ok("POST", "/cards", {"idList": self.lists[0], "name": "Call Ada", **more})["id"])

    def cards(self, query: str = "filter=all") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ok("GET", f"/boards/{self.board}/cards?{query}")
        return found
