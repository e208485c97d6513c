"""A Trello of a few lines: boards with lists, members, cards and their comments."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from crmbridge.testing.clock import VirtualClock

URL = "http://127.0.0.1:7102"
KEY, TOKEN = "key-canary-1c20", "token-canary-9d41"
SECRET = json.dumps({"key": KEY, "token": TOKEN})
ME, ANN, BO = (f"{number:024x}" for number in (0xA1, 0xA2, 0xA3))
BOARD, OTHER = (f"{number:024x}" for number in (0xB1, 0xB2))
INBOX, DOING, FINISHED, OLD, ELSEWHERE = (f"{number:024x}" for number in range(0xC1, 0xC6))
PEOPLE = {ME: "bridge", ANN: "ann", BO: "bo"}
GONE = httpx.Response(404, text="The requested resource was not found.")
Answer = Callable[[httpx.Request], httpx.Response | None]
EMPTY: Mapping[str, Any] = {
    "desc": "",
    "due": None,
    "start": None,
    "dueComplete": False,
    "closed": False,
    "idMembers": [],
    "idLabels": [],
}


@dataclass
class FakeTrello:
    """`before` may answer, or break, a call; `after` may break it once it is done."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    """Cards and boards that the member has no right to."""
    calls: list[httpx.Request] = field(default_factory=list)
    writes: int = 0
    last: int = 0
    before: Answer | None = None
    after: Answer | None = None

    def __post_init__(self) -> None:
        names = {INBOX: "Inbox", DOING: "This week", FINISHED: "Done", OLD: "Old"}
        for place, (one, name) in enumerate(names.items(), 1):
            told = {"id": one, "name": name, "closed": one == OLD, "pos": place * 1024.5, "idBoard": BOARD}
            self.lists[one] = told
        self.lists[ELSEWHERE] = {"id": ELSEWHERE, "name": "All", "closed": False, "pos": 1, "idBoard": OTHER}

    # behind the adapter

    def make(self, **fields: object) -> str:
        found, place = self._id(), str(fields.get("idList", INBOX))
        known = {"id": found, "idList": place, "idBoard": self.lists[place]["idBoard"], "badges": {"comments": 0}}
        known |= {"shortLink": found[-8:], "shortUrl": f"https://trello.com/c/{found[-8:]}"}
        self.cards[found] = {**EMPTY, **known, "dateLastActivity": self.stamp(), **fields}
        return found

    def touch(self, card: str, **fields: object) -> None:
        self.cards[card] |= {**fields, "dateLastActivity": self.stamp()}

    def say(self, card: str, text: str, member: str = ANN) -> str:
        found = self._id()
        data = {"text": text, "card": {"id": card, "name": self.cards[card]["name"]}}
        told = {"id": found, "idMemberCreator": member, "type": "commentCard", "date": self.stamp(), "data": data}
        self.cards[card]["badges"] = {"comments": self.cards[card]["badges"]["comments"] + 1}
        self.touch(card)
        self.actions[found] = {**told, "idBoard": self.cards[card]["idBoard"]}
        return found

    def move(self, card: str, place: str) -> str:
        found, old = self._id(), self.cards[card]["idList"]
        moved = {"listBefore": {"id": old}, "listAfter": {"id": place}, "card": {"id": card}, "old": {"idList": old}}
        self.touch(card, idList=place)
        told = {"id": found, "idMemberCreator": ANN, "type": "updateCard", "date": self.stamp(), "data": moved}
        self.actions[found] = {**told, "idBoard": BOARD}
        return found

    def stamp(self) -> str:
        return self.clock.advance(0.001).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def _id(self) -> str:
        self.last += 1
        return f"{int(self.clock().timestamp()):08x}{self.last:016x}"

    # before the adapter

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        if self.before is not None and (found := self.before(request)) is not None:
            return found
        answer = self._answer(request)
        if self.after is not None and (lost := self.after(request)) is not None:
            return lost
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != f'OAuth oauth_consumer_key="{KEY}", oauth_token="{TOKEN}"':
            return httpx.Response(401, text="invalid token")
        assert request.headers["x-trello-client-identifier"] == "crmbridge"
        assert request.url.path.startswith("/1/")
        body = json.loads(request.content) if request.content else {}
        if request.method != "GET":
            self.writes += 1
        match request.url.path.removeprefix("/1/").split("/"):
            case ["members", "me"]:
                found = httpx.Response(200, json={"id": ME, "username": "bridge", "fullName": "Bridge"})
            case ["boards", board, *of]:
                found = self._board(board, of, request.url.params)
            case ["cards"]:
                found = self._made(body)
            case ["cards", card, *of] if card in self.cards and card not in self.hidden:
                found = self._card(request.method, card, of, body)
            case ["cards", card] if card in self.hidden:
                found = httpx.Response(401, text="unauthorized card permission requested")
            case _:
                found = GONE
        return found

    def _board(self, board: str, of: list[str], params: Mapping[str, str]) -> httpx.Response:
        if board in self.hidden:
            return httpx.Response(401, text="unauthorized permission requested")
        if board not in {BOARD, OTHER}:
            return GONE
        if not of:
            return httpx.Response(200, json={"id": board, "name": "Sales", "closed": False})
        if of == ["lists"]:
            return httpx.Response(200, json=[one for one in self.lists.values() if one["idBoard"] == board])
        if of == ["members"]:
            return httpx.Response(200, json=[{"id": one, "username": name} for one, name in PEOPLE.items()])
        kept = {"cards": self.cards, "actions": self.actions}[of[0]]
        before = params.get("before", "f" * 24)
        newest = sorted((one for one in kept if one < before and kept[one]["idBoard"] == board), reverse=True)
        if of == ["actions"]:
            since = params.get("since", "")[:23]
            newest = [one for one in newest if kept[one]["type"] == params["filter"] and kept[one]["date"] > since]
        return httpx.Response(200, json=[kept[one] for one in newest[: int(params["limit"])]])

    def _made(self, body: dict[str, Any]) -> httpx.Response:
        if body.get("idList") not in self.lists:
            return httpx.Response(400, text="invalid value for idList")
        return httpx.Response(200, json=self.cards[self.make(**body)])

    def _card(self, method: str, card: str, of: list[str], body: dict[str, Any]) -> httpx.Response:
        told = self.cards[card]
        match (method, of):
            case ("DELETE", []):
                return httpx.Response(200, json=self.cards.pop(card))
            case ("GET", ["actions"]):
                said = [one for one in self.actions.values() if one["data"]["card"]["id"] == card]
                return httpx.Response(200, json=said[::-1])
            case ("PUT", []) if body.get("name") == "refuse":
                return httpx.Response(400, text="invalid value for name")
            case ("PUT", []):
                self.touch(card, **body)
            case ("POST", ["idMembers"]) if body["value"] not in PEOPLE:
                return httpx.Response(400, json={"message": "Invalid objectId", "error": "ERROR"})
            case ("POST", ["idMembers"]):
                self.touch(card, idMembers=[*told["idMembers"], body["value"]])
            case ("DELETE", ["idMembers", member]):
                self.touch(card, idMembers=[one for one in told["idMembers"] if one != member])
        return httpx.Response(200, json=self.cards[card])
