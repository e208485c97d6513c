"""What the client ``py-trello`` (PyPI) does with a board, told as JSON on stdout; run in a process of its own."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import requests
from trello import TrelloClient
from trello.exceptions import ResourceUnavailable

HOME = "https://api.trello.com"


class Redirected(requests.Session):
    """Its base address is built in: what goes there goes to the simulator."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self.to = to

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]
        """The same call, elsewhere."""
        return super().request(method, url.replace(HOME, self.to, 1), **more)


def main(given: dict[str, str]) -> dict[str, Any]:
    """The tour."""
    client = TrelloClient(api_key=given["key"], api_secret=given["token"], http_service=Redirected(given["api_url"]))
    board = next(one for one in client.list_boards() if one.id == given["board"])
    places = board.open_lists()
    card = places[0].add_card("Call Ada", desc="Deal D-88")
    card.set_name("edited")
    card.set_due(datetime(2026, 12, 3, 16, tzinfo=UTC))
    card.set_due_complete()
    card.comment("hello")
    card.attach(name="Deal", url="https://crm.example.com/1")
    boxes = card.add_checklist("Steps", ["one"])
    boxes.set_checklist_item("one", checked=True)
    boxes.add_checklist_item("two")
    boxes.rename_checklist_item("two", "three")
    card.add_label(next(one for one in board.get_labels() if one.name == "urgent"))
    card.assign(board.get_members()[1].id)
    fields = {one.name: one for one in board.get_custom_field_definitions()}
    card.set_custom_field("t-7f3a19", fields["CRM reference"])
    card.set_custom_field("large", fields["Size"])
    card.change_list(places[-1].id)
    read = client.get_card(card.id)
    told = {
        "boards": sorted(one.name for one in client.list_boards()),
        "lists": [one.name for one in places],
        "name": read.name,
        "desc": read.description,
        "due": read.due[:10],
        "list": read.get_list().name,
        "complete": read.is_due_complete,
        "comments": [one["data"]["text"] for one in read.get_comments()],
        "link": read.get_attachments()[0].url,
        "items": [(one["name"], one["checked"]) for one in read.fetch_checklists()[0].items],
        "person": client.get_member(board.get_members()[1].id).email,
        "members": len(board.get_members()),
        "labels": [one.name for one in read.labels],
        "assigned": len(read.member_id),
        "fields": {one.name: one.value for one in read.custom_fields},
    }
    other = next(one for one in client.list_boards() if one.id != board.id)
    read.change_board(other.id)
    told["moved"] = client.get_card(card.id).board_id == other.id
    read.set_closed(True)
    told["archived"] = client.get_card(card.id).closed
    read.delete()
    try:
        client.get_card(card.id)
        told["gone"] = False
    except ResourceUnavailable:
        told["gone"] = True
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
