"""Cards: made, changed, moved, archived, deleted, given to members (dossier B2)."""

from __future__ import annotations

import math
import re
from typing import Any

from crmbridge_sim.trello import changing, extras, rendering
from crmbridge_sim.trello.context import Ctx, is_id, moment
from crmbridge_sim.trello.errors import LONGEST, NO_BOARD, Refusal, invalid, not_found
from crmbridge_sim.trello.model import Card
from crmbridge_sim.wire import Response

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def told(ctx: Ctx, card: Card) -> Response:
    """A card as the answer."""
    return Response.of_json(rendering.card(ctx.sim, card, ctx.text("fields"), items=ctx.flag("customFieldItems")))


def _text(ctx: Ctx, name: str) -> str:
    found = ctx.value(name)
    if not isinstance(found, str) or len(found) > LONGEST:
        raise invalid(name)
    return found


def _time(ctx: Ctx, name: str) -> str | None:
    found = ctx.value(name)
    if found is None:
        return None
    if not isinstance(found, str):
        raise invalid(name)
    if found in {"", "null"}:
        return None
    if _DAY.fullmatch(found) and ctx.sim.switches.text("date_only_due") == "error":
        raise invalid(name)
    return rendering.instant(moment(found, name))


def _members(ctx: Ctx, board: str, wanted: list[str]) -> list[str]:
    """Who is put on a card; whoever is not on the board is refused, or left out (B5)."""
    there = ctx.sim.boards[board].members
    strangers = [one for one in wanted if one not in there]
    if strangers and ctx.sim.switches.text("stranger") == "400":
        raise Refusal(400, raw={"message": "Invalid objectId", "error": "ERROR"})
    return [one for one in dict.fromkeys(wanted) if one in there]


def _labels(ctx: Ctx, board: str, wanted: list[str]) -> list[str]:
    if any(one not in ctx.sim.boards[board].labels for one in wanted):
        raise invalid("idLabels")
    return list(dict.fromkeys(wanted))


def _values(ctx: Ctx, board: str) -> dict[str, Any]:
    """What a call says of a card, by our names."""
    values: dict[str, Any] = {name: _text(ctx, name) for name in ("name", "desc") if ctx.has(name)}
    values |= {name: _time(ctx, name) for name in ("due", "start") if ctx.has(name)}
    if ctx.has("dueComplete"):
        values["due_complete"] = ctx.flag("dueComplete")
    if ctx.has("closed"):
        values["closed"] = ctx.flag("closed")
    if ctx.has("idMembers"):
        values["members"] = _members(ctx, board, ctx.ids("idMembers"))
    if ctx.has("idLabels"):
        values["labels"] = _labels(ctx, board, ctx.ids("idLabels"))
    if ctx.has("pos"):
        values["pos"] = _pos(ctx)
    return values


def _pos(ctx: Ctx) -> str | float:
    found = ctx.value("pos")
    if isinstance(found, str) and found in {"top", "bottom"}:
        return found
    try:
        pos = float(found)
    except (TypeError, ValueError, OverflowError):
        raise invalid("pos") from None
    if not math.isfinite(pos):
        raise invalid("pos")
    return pos


def _place(ctx: Ctx) -> str:
    """The list that a body names: an id, no short link (OBS); of a board alone its first open list (CODE PYT)."""
    found = ctx.value("idList")
    if not ctx.has("idList") and is_id(ctx.value("idBoard")):
        here = [one for one in ctx.sim.lists.values() if one.board == ctx.value("idBoard") and not one.closed]
        found = min(here, key=lambda one: one.pos).id if here else "0" * 24
    if not is_id(found):
        raise invalid("idList")
    place = ctx.sim.lists.get(found)
    if place is None or ctx.member.id not in ctx.sim.boards[place.board].members:
        raise Refusal(404, NO_BOARD)
    return place.id


def create(ctx: Ctx) -> Response:
    """POST /cards; 200, and the card."""
    place = _place(ctx)
    values = {"name": "", **_values(ctx, ctx.sim.lists[place].board), "place": place}
    if ctx.sim.switches.flag("complete_needs_due") and not values.get("due"):
        values.pop("due_complete", None)
    made = changing.make(ctx.sim, values, ctx.member.id, ctx.client)
    if source := ctx.text("urlSource"):
        made.attachments.append(extras.link(ctx, source, source))
    return told(ctx, made)


def look(ctx: Ctx) -> Response:
    """GET /cards/{id}."""
    return told(ctx, ctx.card())


def update(ctx: Ctx) -> Response:
    """PUT /cards/{id}: partial; idMembers and idLabels replace the set."""
    card = ctx.card()
    goes = {"place": _place(ctx)} if ctx.has("idList") or ctx.has("idBoard") else {}
    values = {**goes, **_values(ctx, ctx.sim.lists[goes.get("place", card.place)].board)}
    if "pos" in values:
        values["pos"] = changing.position(ctx.sim, goes.get("place", card.place), values["pos"])
    if ctx.sim.switches.flag("complete_needs_due") and not values.get("due", card.due):
        values.pop("due_complete", None)
    changing.change(ctx.sim, card, values, ctx.member.id, ctx.client)
    return told(ctx, card)


def update_one(ctx: Ctx) -> Response:
    """PUT /cards/{id}/{name} with ``value``."""
    ctx.sent = {**ctx.sent, ctx.args["name"]: ctx.value("value")}
    return update(ctx)


def delete(ctx: Ctx) -> Response:
    """DELETE /cards/{id}: final."""
    changing.delete(ctx.sim, ctx.card(), ctx.member.id, ctx.client)
    return Response.of_json({"limits": {}})


def put_on(ctx: Ctx) -> Response:
    """POST /cards/{id}/idMembers: one more."""
    card, who = ctx.card(), ctx.value("value")
    if not is_id(who):
        raise invalid("value")
    found = [one for one in _members(ctx, card.board, [who]) if one not in card.members]
    changing.change(ctx.sim, card, {"members": [*card.members, *found]}, ctx.member.id, ctx.client)
    return Response.of_json([rendering.member(ctx.sim.members[one]) for one in card.members])


def take_off(ctx: Ctx) -> Response:
    """DELETE /cards/{id}/idMembers/{member}."""
    card, who = ctx.card(), ctx.args["member"]
    if who not in card.members:
        raise Refusal(400, "member is not on the card")
    left = [one for one in card.members if one != who]
    changing.change(ctx.sim, card, {"members": left}, ctx.member.id, ctx.client)
    return Response.of_json([rendering.member(ctx.sim.members[one]) for one in left])


def add_label(ctx: Ctx) -> Response:
    """POST /cards/{id}/idLabels."""
    card = ctx.card()
    wanted = _labels(ctx, card.board, [*card.labels, str(ctx.value("value"))])
    changing.change(ctx.sim, card, {"labels": wanted}, ctx.member.id, ctx.client)
    return Response.of_json(card.labels)


def drop_label(ctx: Ctx) -> Response:
    """DELETE /cards/{id}/idLabels/{label}."""
    card = ctx.card()
    if ctx.args["label"] not in card.labels:
        raise not_found()
    left = [one for one in card.labels if one != ctx.args["label"]]
    changing.change(ctx.sim, card, {"labels": left}, ctx.member.id, ctx.client)
    return Response.of_json({})


ROUTES = {
    "POST /cards": create,
    "GET /cards/{card}": look,
    "PUT /cards/{card}": update,
    "DELETE /cards/{card}": delete,
    "POST /cards/{card}/idMembers": put_on,
    "DELETE /cards/{card}/idMembers/{member}": take_off,
    "POST /cards/{card}/idLabels": add_label,
    "DELETE /cards/{card}/idLabels/{label}": drop_label,
    "POST /cards/{card}/members": put_on,  # CODE PYT
    "PUT /cards/{card}/{name}": update_one,
}
