"""Checklists of cards and their items (dossier B2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmbridge_sim.trello.context import Ctx
from crmbridge_sim.trello.errors import invalid, not_found
from crmbridge_sim.trello.model import Card
from crmbridge_sim.wire import Response

STATES = frozenset({"complete", "incomplete"})


def of_card(ctx: Ctx) -> Response:
    """GET /cards/{id}/checklists."""
    return Response.of_json(ctx.card().checklists)


def of_board(ctx: Ctx) -> Response:
    """GET /boards/{id}/checklists (CODE PYT)."""
    board = ctx.board()
    here = (one for one in ctx.sim.cards.values() if one.board == board.id and not one.closed)
    return Response.of_json([each for one in here for each in one.checklists])


def add(ctx: Ctx) -> Response:
    """POST /cards/{id}/checklists."""
    card = ctx.card()
    name = ctx.text("name", "Checklist")
    made = {"id": ctx.sim.new_id(), "name": name, "idCard": card.id, "idBoard": card.board, "checkItems": []}
    card.checklists.append({**made, "pos": _end(card.checklists)})
    card.at = ctx.now
    return Response.of_json(card.checklists[-1])


def _end(there: list[dict[str, Any]]) -> int:
    """The place after the last."""
    return max((one["pos"] for one in there), default=0) + 16384


def _found(ctx: Ctx) -> tuple[Card, dict[str, Any]]:
    """The checklist of the path, and its card."""
    for card in ctx.sim.cards.values():
        for one in card.checklists:
            if one["id"] == ctx.args["checklist"]:
                ctx.board(card.board)
                return card, one
    raise not_found()


def look(ctx: Ctx) -> Response:
    """GET /checklists/{id}."""
    return Response.of_json(_found(ctx)[1])


def rename(ctx: Ctx) -> Response:
    """PUT /checklists/{id}, or its name with ``value`` (CODE PYT)."""
    card, one = _found(ctx)
    name = ctx.text("name") or ctx.text("value")
    if not name:
        raise invalid("name")
    one["name"], card.at = name, ctx.now
    return Response.of_json(one)


def delete(ctx: Ctx) -> Response:
    """DELETE /checklists/{id}."""
    card, one = _found(ctx)
    card.checklists.remove(one)
    card.at = ctx.now
    return Response.of_json({"limits": {}})


def add_item(ctx: Ctx) -> Response:
    """POST /checklists/{id}/checkItems."""
    name = ctx.text("name")
    if not name:
        raise invalid("name")
    card, one = _found(ctx)
    state = "complete" if ctx.flag("checked") else "incomplete"
    made = {"id": ctx.sim.new_id(), "name": name, "state": state, "idChecklist": one["id"], "due": None}
    one["checkItems"].append({**made, "pos": _end(one["checkItems"])})
    card.at = ctx.now
    return Response.of_json(one["checkItems"][-1])


def delete_item(ctx: Ctx) -> Response:
    """DELETE /checklists/{id}/checkItems/{item} (CODE PYT)."""
    card, one = _found(ctx)
    item = next((each for each in one["checkItems"] if each["id"] == ctx.args["item"]), None)
    if item is None:
        raise not_found()
    one["checkItems"].remove(item)
    card.at = ctx.now
    return Response.of_json({"limits": {}})


def _items(card: Card) -> Iterator[dict[str, Any]]:
    return (item for one in card.checklists for item in one["checkItems"])


def change_item(ctx: Ctx) -> Response:
    """PUT /cards/{id}/checkItem/{item}: its state, or another name."""
    card = ctx.card()
    item = next((one for one in _items(card) if one["id"] == ctx.args["item"]), None)
    if item is None:
        raise not_found()
    state, name = ctx.text("state", item["state"]), ctx.text("name", item["name"])
    if state not in STATES:
        raise invalid("state")
    item["state"], item["name"], card.at = state, name, ctx.now
    return Response.of_json(item)


ROUTES = {
    "GET /cards/{card}/checklists": of_card,
    "POST /cards/{card}/checklists": add,
    "GET /boards/{board}/checklists": of_board,
    "GET /checklists/{checklist}": look,
    "PUT /checklists/{checklist}": rename,
    "PUT /checklists/{checklist}/name": rename,
    "DELETE /checklists/{checklist}": delete,
    "POST /checklists/{checklist}/checkItems": add_item,
    "DELETE /checklists/{checklist}/checkItems/{item}": delete_item,
    "PUT /cards/{card}/checkItem/{item}": change_item,
    "PUT /cards/{card}/checklist/{checklist}/checkItem/{item}": change_item,  # CODE PYT
}
