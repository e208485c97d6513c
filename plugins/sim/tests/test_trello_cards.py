"""Cards, boards and what hangs on them, as the dossier has them (part B)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.trello_client import QUIET, TrelloClient

from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.trello.mishaps import TrelloFault
from crmbridge_sim.wire import Request


@pytest.fixture
def client() -> TrelloClient:
    return TrelloClient(TrelloSimulator(deals=0, switches=QUIET))


def test_a_card_is_made_read_changed_moved_and_deleted(client: TrelloClient) -> None:
    sent = {"idList": client.lists[0], "name": "Call", "desc": "Deal\n\n[crm:t]", "due": "2026-12-03T16:00:00.000Z"}
    made = client.ok("POST", "/cards", {**sent, "pos": "top"})
    assert (made["due"], made["dueComplete"], made["closed"]) == ("2026-12-03T16:00:00.000Z", False, False)
    assert int(made["id"][:8], 16) == int(client.sim.clock.now()), "the first eight digits are the time"
    assert client.ok("GET", f"/cards/{made['shortLink']}")["id"] == made["id"]
    client.sim.clock.advance(5)
    changed = client.ok("PUT", f"/cards/{made['id']}", {"due": None, "idList": client.lists[-1], "dueComplete": True})
    assert (changed["due"], changed["idList"], changed["dueComplete"]) == (None, client.lists[-1], True)
    assert changed["name"] == "Call"
    assert changed["dateLastActivity"] > made["dateLastActivity"]
    client.ok("DELETE", f"/cards/{made['id']}")
    assert client.refused("GET", f"/cards/{made['id']}") == (404, "The requested resource was not found.")


def test_members_are_replaced_by_a_put_and_added_one_by_one(client: TrelloClient) -> None:
    _, one, two, *_ = client.sim.members
    made = client.create(idMembers=[one])
    client.ok("POST", f"/cards/{made}/idMembers", {"value": two})
    assert client.ok("GET", f"/cards/{made}")["idMembers"] == [one, two]
    client.ok("DELETE", f"/cards/{made}/idMembers/{one}")
    assert client.ok("PUT", f"/cards/{made}", {"idMembers": [one]})["idMembers"] == [one]


def test_refusals_in_their_own_words(client: TrelloClient) -> None:
    made = client.create()
    assert client.refused("GET", "/cards/nothing-like-it") == (400, "invalid id")
    assert client.refused("POST", "/cards", {"idList": "xYzWvU12"}) == (400, "invalid value for idList")
    assert (
        client.refused("POST", "/cards", {"idList": "6a" * 12})[1]
        == "could not find the board that the card belongs to"
    )
    assert client.refused("PUT", f"/cards/{made}", {"name": "x" * 16_385}) == (400, "invalid value for name")
    client.sim.backdoor.leave(client.board)
    assert client.refused("GET", f"/cards/{made}") == (401, "unauthorized card permission requested")
    assert client.refused("GET", f"/boards/{client.board}")[0] == 401


def test_a_stranger_on_a_card_is_a_switch(client: TrelloClient) -> None:
    stranger = list(client.sim.members)[2]
    client.sim.boards[client.board].members.remove(stranger)
    sent = {"idList": client.lists[0], "name": "x", "idMembers": [stranger]}
    assert client.send("POST", "/cards", sent).json() == {"message": "Invalid objectId", "error": "ERROR"}
    client.sim.switches.set("stranger", "ignored")
    assert client.ok("POST", "/cards", sent)["idMembers"] == []


def test_ids_are_looked_at_before_who_calls_and_then_key_and_token(client: TrelloClient) -> None:
    def call(path: str, method: str = "GET") -> tuple[int, str]:
        answer = client.sim.handle(Request.of(method, f"https://api.trello.com/1{path}"))
        return answer.status, answer.body.decode()

    key, token = client.sim.key, client.sim.token
    assert call("/cards/xxx") == (400, "invalid id")
    assert call("/members/me?key=no&token=no") == (401, "invalid key")
    assert call(f"/members/me?key={key}&token=no") == (401, "invalid token")
    assert call(f"/cards?key={key}", "POST") == (401, '{"message":"missing scopes"}')
    assert call(f"/members/me?key={key}&token={token}")[0] == 200
    only = client.sim.backdoor.new_token(["read"])
    assert call(f"/cards?key={key}&token={only}", "POST")[1] == '{"message":"missing scopes"}'
    assert all(client.sim.token not in str(row["query"]) for row in client.sim.calls.rows()), "no secret in the ledger"


def test_a_board_is_listed_by_its_filters_and_pages_of_what_was_made_before(client: TrelloClient) -> None:
    made = []
    for number in range(5):
        made.append(client.create(name=str(number)))
        client.sim.clock.advance(2)
    client.sim.backdoor.archive(made[0])
    client.sim.backdoor.complete(made[1])
    shut = client.sim.backdoor.add_list(client.board, "Old")
    client.sim.backdoor.move(made[2], shut)
    client.sim.backdoor.close_list(shut)
    names = {
        wanted: [one["name"] for one in client.cards(f"filter={wanted}&fields=name")]
        for wanted in ("all", "closed", "open", "visible", "complete")
    }
    assert names == {
        "all": ["0", "1", "2", "3", "4"],
        "closed": ["0"],
        "open": ["1", "2", "3", "4"],
        "visible": ["1", "3", "4"],
        "complete": ["1"],
    }
    newest = client.cards("filter=all&limit=2")
    assert [one["name"] for one in newest] == ["3", "4"]
    assert [one["name"] for one in client.cards(f"filter=all&limit=2&before={newest[0]['id']}")] == ["1", "2"]
    second = client.ok("GET", f"/cards/{made[3]}/actions?filter=createCard")[0]["date"]
    assert [one["name"] for one in client.cards(f"filter=all&before={second}")] == ["0", "1", "2"]
    assert client.refused("GET", f"/boards/{client.board}/cards?since=soon") == (400, "invalid value for since")
    assert set(client.cards("filter=all&fields=name")[0]) == {"id", "name"}
    assert client.cards("filter=all&actions=createCard")[0]["actions"][0]["type"] == "createCard"
    client.sim.switches.set("embedding_cards", 4)
    told = client.send("GET", f"/boards/{client.board}/cards?filter=all&actions=all")
    assert (told.status, told.json()["error"]) == (403, "API_TOO_MANY_CARDS_REQUESTED")


def test_the_feed_is_newest_first_and_tells_moves_and_comments(client: TrelloClient) -> None:
    made = client.create()
    client.sim.clock.advance(1)
    client.ok("PUT", f"/cards/{made}", {"idList": client.lists[1]})
    client.sim.clock.advance(1)
    said = client.ok("POST", f"/cards/{made}/actions/comments", {"text": "hello"})
    feed = client.ok("GET", f"/boards/{client.board}/actions?filter=commentCard,createCard,updateCard&limit=1000")
    assert [one["type"] for one in feed] == ["commentCard", "updateCard", "createCard"]
    assert feed[1]["data"]["listBefore"]["id"] == client.lists[0]
    assert feed[1]["data"]["old"] == {"idList": client.lists[0]}
    since = client.ok("GET", f"/boards/{client.board}/actions?since={feed[1]['id']}")
    assert [one["id"] for one in since] == [said["id"]]
    before = client.ok("GET", f"/boards/{client.board}/actions?before={feed[1]['id']}&limit=1")
    assert [one["type"] for one in before] == ["createCard"]
    client.ok("PUT", f"/actions/{said['id']}", {"text": "hello again"})
    (found,) = client.ok("GET", f"/cards/{made}/actions?filter=commentCard&limit=1000")
    assert found["data"]["text"] == "hello again"
    theirs = client.sim.backdoor.comment(made, "mine")
    assert client.refused("PUT", f"/actions/{theirs}", {"text": "x"})[0] == 401, "only its author edits it"


def test_another_board_has_other_labels_and_both_boards_tell_the_move(client: TrelloClient) -> None:
    label, *_ = client.sim.boards[client.board].labels
    text, *_ = client.sim.boards[client.board].custom_fields
    made = client.create(idLabels=[label, label])
    client.ok("PUT", f"/cards/{made}/customField/{text}/item", {"value": {"text": "x"}})
    assert client.ok("POST", f"/cards/{made}/idLabels", {"value": label}) == [label]
    other = list(client.sim.boards)[1]
    place = next(one.id for one in client.sim.lists.values() if one.board == other)
    there = {"idList": place, "idLabels": [label]}
    assert client.refused("PUT", f"/cards/{made}", there) == (400, "invalid value for idLabels"), "of the old board"
    client.ok("PUT", f"/cards/{made}", {"idList": place})
    now = client.ok("GET", f"/cards/{made}?customFieldItems=true")
    assert (now["idBoard"], now["idLabels"], now["customFieldItems"]) == (other, [], [])
    (left,) = client.ok("GET", f"/boards/{client.board}/actions?filter=moveCardFromBoard")
    (come,) = client.ok("GET", f"/boards/{other}/actions?filter=moveCardToBoard")
    assert (left["data"]["board"]["id"], left["data"]["boardTarget"]["id"]) == (client.board, other)
    assert (come["data"]["board"]["id"], come["data"]["boardSource"]["id"]) == (other, client.board)


def test_the_feed_names_members_and_copies_by_a_switch(client: TrelloClient) -> None:
    _, one, two, *_ = client.sim.members
    made = client.create(idMembers=[one])

    def feed(filter_: str = "all") -> list[str]:
        return [each["type"] for each in client.ok("GET", f"/boards/{client.board}/actions?filter={filter_}")]

    client.ok("PUT", f"/cards/{made}", {"idMembers": [two], "name": "other"})
    client.sim.backdoor.copy(made)
    assert sorted(feed()) == ["addMemberToCard", "copyCard", "createCard", "removeMemberFromCard", "updateCard"]
    assert feed("updateCard:idList") == []
    assert feed("updateCard:name") == ["updateCard"]
    client.sim.switches.set("set_actions", "updateCard")
    client.sim.switches.set("copy_action", "createCard")
    client.ok("PUT", f"/cards/{made}", {"idMembers": [one]})
    client.sim.backdoor.copy(made)
    assert feed()[:2] == ["createCard", "updateCard"]


@pytest.mark.parametrize("sent", [{"due": "0001-01-01T00:00:00+23:59"}, {"pos": "nan"}, {"pos": "inf"}, {"start": "x"}])
def test_what_is_no_time_and_no_place_is_refused(client: TrelloClient, sent: dict[str, str]) -> None:
    assert client.refused("PUT", f"/cards/{client.create()}", sent) == (400, f"invalid value for {next(iter(sent))}")


def test_what_hangs_on_a_card(client: TrelloClient) -> None:
    made = client.create()
    client.ok("POST", f"/cards/{made}/attachments", {"url": "https://crm.example.com/1", "name": "Deal"})
    boxes = client.ok("POST", f"/cards/{made}/checklists", {"name": "Steps"})
    item = client.ok("POST", f"/checklists/{boxes['id']}/checkItems", {"name": "one"})
    assert client.ok("PUT", f"/cards/{made}/checkItem/{item['id']}", {"state": "complete"})["state"] == "complete"
    text, number, size = client.sim.boards[client.board].custom_fields
    client.ok("PUT", f"/cards/{made}/customField/{text}/item", {"value": {"text": "t-7f3a19"}})
    assert client.refused("PUT", f"/cards/{made}/customField/{number}/item", {"value": {"number": 7}})[0] == 400
    (found,) = client.ok("GET", f"/cards/{made}?customFieldItems=true")["customFieldItems"]
    assert found["value"] == {"text": "t-7f3a19"}
    (small, _), path = client.sim.boards[client.board].options[size], f"/cards/{made}/customField/{size}/item"
    assert client.ok("PUT", path, {"idValue": small})["idValue"] == small
    assert client.refused("PUT", path, {"idValue": text})[0] == 400
    told = {one["name"]: one for one in client.ok("GET", f"/boards/{client.board}/customFields")}
    assert [one["value"]["text"] for one in told["Size"]["options"]] == ["small", "large"]
    client.sim.switches.set("custom_fields", False)
    assert client.refused("PUT", f"/cards/{made}/customField/{text}/item", {"value": {"text": "x"}})[0] == 403
    assert client.ok("GET", f"/cards/{made}")["badges"]["attachments"] == 1


def test_search_lags_and_a_batch_reads_ten(client: TrelloClient) -> None:
    made = client.create(name="needle")
    assert client.ok("GET", "/search?query=needle&modelTypes=cards")["cards"] == []
    client.sim.clock.advance(11)
    client.ok("PUT", f"/cards/{made}", {"name": "hay"})
    assert [one["id"] for one in client.ok("GET", "/search?query=needle")["cards"]] == [made], "the old words"
    assert client.ok("GET", "/search?query=hay")["cards"] == []
    client.sim.clock.advance(11)
    assert client.ok("GET", "/search?query=needle")["cards"] == []
    gone = "6a" * 12
    told = client.ok("GET", f"/batch?urls=/cards/{made},/cards/{gone}")
    assert [list(one) for one in told] == [["200"], ["404"]]
    assert client.refused("GET", "/batch?urls=" + ",".join(["/members/me"] * 11))[0] == 400


def test_three_buckets(client: TrelloClient) -> None:
    sim = TrelloSimulator(deals=0, switches={"token_calls": 3, "key_calls": 0, "member_calls": 2})
    quick = TrelloClient(sim)
    assert [quick.send("GET", f"/boards/{quick.board}").status for _ in range(4)] == [200, 200, 200, 429]
    sim.clock.advance(11)
    answers = [quick.send("GET", "/members/me") for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 429]
    assert answers[2].json() == {"error": "RATE_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
    assert "Retry-After" not in answers[2].headers
    assert answers[0].headers["x-rate-limit-api-token-remaining"] == "2"


def test_a_key_that_goes_on_is_shut_out_to_the_windows_end() -> None:
    quick = TrelloClient(TrelloSimulator(deals=0, switches={"token_calls": 1, "key_calls": 0, "most_refused": 3}))
    for _ in range(5):
        quick.send("GET", f"/boards/{quick.board}")
    quick.sim.switches.set("token_calls", 0)
    assert quick.send("GET", f"/boards/{quick.board}").status == 429
    quick.sim.clock.advance(11)
    assert quick.send("GET", f"/boards/{quick.board}").status == 200


def test_faults(client: TrelloClient) -> None:
    for kind, status in (("throttle", 429), ("server_error", 500), ("gateway_html", 502), ("garbage", 200)):
        client.sim.faults.add(TrelloFault(kind))
        assert client.send("GET", "/members/me").status == status
    client.sim.faults.add(TrelloFault("drop_after_commit", method="POST"))
    assert client.send("POST", "/cards", {"idList": client.lists[0], "name": "lost"}).dropped
    assert [one["name"] for one in client.cards()] == ["lost"], "the work was done"
    client.sim.faults.add(TrelloFault("token_death"))
    assert client.refused("GET", "/members/me") == (401, "invalid token")
