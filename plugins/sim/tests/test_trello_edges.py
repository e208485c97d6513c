"""The edges of the Trello simulator: what it tells with a refusal, big boards, long addresses, dead webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from plugins.sim.tests.trello_client import QUIET, TrelloClient

from crmbridge_sim.serve import Servers
from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.trello.errors import Refusal
from crmbridge_sim.trello.mishaps import TrelloFault
from crmbridge_sim.wire import Request, Response

REMAINING = "x-rate-limit-api-token-remaining"


@pytest.fixture
def client() -> TrelloClient:
    return TrelloClient(TrelloSimulator(deals=0, switches=QUIET))


class Ear:
    """Takes the HEAD, and answers posts as it is told to."""

    def __init__(self) -> None:
        self.status, self.heard = 200, 0

    def __call__(self, request: Request) -> Response:
        self.heard += request.method == "POST"
        return Response(self.status if request.method == "POST" else 200)


@pytest.fixture
def heard(client: TrelloClient) -> Iterator[tuple[Ear, str]]:
    """An ear and its webhook."""
    with Servers() as servers:
        ear = Ear()
        sent = {"callbackURL": servers.listen(ear, prefix="/"), "idModel": client.board}
        yield ear, client.ok("POST", "/webhooks", sent)["id"]


def test_key_and_token_go_in_the_body_too(client: TrelloClient) -> None:
    sent = {"key": client.sim.key, "token": client.sim.token, "idList": client.lists[0], "name": "x"}
    assert client.sim.handle(Request.of("POST", "https://api.trello.com/1/cards", json_body=sent)).status == 200


def test_refusals_tell_what_is_left_as_well() -> None:
    quick = TrelloClient(TrelloSimulator(deals=0, switches={"token_calls": 2}))
    gone = f"/cards/{'6a' * 12}"
    answers = [quick.send("GET", gone) for _ in range(3)]
    assert [(one.status, one.headers[REMAINING]) for one in answers] == [(404, "1"), (404, "0"), (429, "0")]
    assert answers[-1].json()["error"] == "API_TOKEN_LIMIT_EXCEEDED"
    quick.sim.switches.set("rate_headers", False)
    assert REMAINING not in quick.send("GET", gone).headers


def test_a_long_text_goes_in_the_body(client: TrelloClient) -> None:
    long = "d" * 2001
    assert client.send("POST", f"/cards?idList={client.lists[0]}&name=x&desc={long}").status == 414
    assert client.create(desc=long)
    client.sim.switches.set("longest_in_url", 0)
    assert client.send("POST", f"/cards?idList={client.lists[0]}&name=x&desc={long}").status == 200


def test_top_and_bottom_are_places_among_the_cards_of_the_list(client: TrelloClient) -> None:
    first, second, third = (client.create() for _ in range(3))
    client.ok("PUT", f"/cards/{second}", {"pos": "top"})
    client.ok("PUT", f"/cards/{third}", {"pos": "top"})
    client.ok("PUT", f"/cards/{second}", {"pos": "bottom"})
    here = client.ok("GET", f"/lists/{client.lists[0]}/cards")
    assert [one["id"] for one in here] == [third, first, second]


def test_a_batch_has_no_batch_in_it(client: TrelloClient) -> None:
    assert client.ok("GET", "/batch?urls=/batch?urls=/members/me") == [{"400": "invalid value for urls"}]


def test_boards_are_listed_by_a_filter(client: TrelloClient) -> None:
    client.sim.backdoor.close_board(client.board)
    names = {
        wanted: [one["name"] for one in client.ok("GET", f"/members/me/boards?filter={wanted}")]
        for wanted in ("all", "closed", "open")
    }
    assert names == {"all": ["Sales", "Operations"], "closed": ["Sales"], "open": ["Operations"]}
    assert client.refused("GET", "/members/me/boards?filter=x") == (400, "invalid value for filter")


def test_addresses_are_told_to_their_owner_alone(client: TrelloClient) -> None:
    told = [client.ok("GET", f"/members/{one}") for one in list(client.sim.members)[:2]]
    assert [one["email"] for one in told] == ["crm-sync@example.com", None]
    assert all(one.get("email") is None for one in client.ok("GET", f"/boards/{client.board}/members"))


def test_new_fields_and_nulls_come_unannounced_or_not(client: TrelloClient) -> None:
    client.create()
    paths = [f"/boards/{client.board}{rest}" for rest in ("", "/cards", "/actions")]
    with_them = [client.ok("GET", path) for path in paths]
    client.sim.switches.set("new_fields", False)
    without = [client.ok("GET", path) for path in paths]
    more = [
        set(a if isinstance(a, dict) else a[0]) - set(b if isinstance(b, dict) else b[0])
        for a, b in zip(with_them, without, strict=True)
    ]
    assert more == [{"nodeId", "datePluginDisable"}, {"nodeId", "pinned"}, {"appCreator", "limits"}]


def test_checklists_are_renamed_and_deleted(client: TrelloClient) -> None:
    card = client.create()
    box = client.ok("POST", f"/cards/{card}/checklists", {"name": "Steps"})["id"]
    item = client.ok("POST", f"/checklists/{box}/checkItems", {"name": "one", "checked": True})
    assert (item["state"], item["pos"]) == ("complete", 16384)
    assert client.ok("PUT", f"/checklists/{box}", {"name": "Other"})["name"] == "Other"
    assert client.ok("GET", f"/boards/{client.board}/checklists")[0]["checkItems"] == [item]
    client.ok("DELETE", f"/checklists/{box}/checkItems/{item['id']}")
    assert client.refused("PUT", f"/cards/{card}/checkItem/{item['id']}", {"state": "complete"})[0] == 404
    client.ok("DELETE", f"/checklists/{box}")
    assert client.ok("GET", f"/cards/{card}/checklists") == []


def test_a_mistake_at_the_back_door_changes_nothing(client: TrelloClient) -> None:
    card, door = client.create(), client.sim.backdoor
    before = client.sim.state()
    with pytest.raises(ValueError, match="nmae"):
        door.edit(card, {"nmae": "x"})
    with pytest.raises(Refusal, match="could not find the board"):
        door.move(card, "0" * 24)
    with pytest.raises(KeyError, match="no comment"):
        door.edit_comment(card, "x")
    assert client.sim.state() == before
    sent = {"card": card, "place": "nowhere"}
    told = client.sim.handle(Request.of("POST", "/__sim__/move", json_body=sent))
    assert (told.status, told.json()["message"]) == (400, "invalid value for idList")
    door.edit(card, {"due": "2026-12-03"})
    assert client.ok("GET", f"/cards/{card}")["due"] == "2026-12-03T00:00:00.000Z", "written as the API writes it"


def test_webhooks_die_with_their_token(client: TrelloClient, heard: tuple[Ear, str]) -> None:
    ear, _ = heard
    client.create()
    client.sim.faults.add(TrelloFault("token_death"))
    assert client.refused("GET", "/members/me") == (401, "invalid token")
    assert (client.sim.webhooks, client.sim.events.deliver(), ear.heard) == ({}, 0, 0)


def test_a_deleted_webhook_hears_nothing_more(client: TrelloClient, heard: tuple[Ear, str]) -> None:
    ear, hook = heard
    client.create()
    client.ok("DELETE", f"/webhooks/{hook}")
    assert (client.sim.events.deliver(), ear.heard) == (0, 0)


@pytest.mark.parametrize(("ends", "left"), [(False, 1), (True, 0)])
def test_an_address_that_is_gone_ends_its_webhook_by_a_switch(
    client: TrelloClient, heard: tuple[Ear, str], *, ends: bool, left: int
) -> None:
    ear, _ = heard
    client.sim.switches.set("gone_ends_webhook", ends)
    ear.status = 410
    client.create()
    client.sim.events.deliver()
    assert len(client.sim.webhooks) == left
    client.sim.clock.advance(30)
    client.sim.events.deliver()
    assert ear.heard == 1 + left


def test_a_webhook_needs_a_board_of_ones_own(client: TrelloClient, heard: tuple[Ear, str]) -> None:
    client.sim.backdoor.leave(client.board)
    sent = {"callbackURL": "http://127.0.0.1:9/", "idModel": client.board}
    assert client.refused("POST", "/webhooks", sent)[0] == 401
    assert heard[1] in client.sim.webhooks


def test_a_full_board_says_so(client: TrelloClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge_sim.trello.rendering.WARN_AT", 1)
    monkeypatch.setattr("crmbridge_sim.trello.rendering.DISABLE_AT", 2)

    def status() -> str:
        told = client.ok("GET", f"/boards/{client.board}?fields=limits")
        return str(told["limits"]["cards"]["openPerBoard"]["status"])

    seen = [status()]
    for _ in range(2):
        client.create()
        seen.append(status())
    assert seen == ["ok", "warn", "disabled"]
