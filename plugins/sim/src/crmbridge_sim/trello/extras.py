"""What hangs on a card: attachments, custom fields (dossier B2)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.trello import rendering
from crmbridge_sim.trello.context import Ctx
from crmbridge_sim.trello.errors import LONGEST, Refusal, invalid, not_found
from crmbridge_sim.trello.model import Card
from crmbridge_sim.wire import Response

KINDS = ("text", "number", "date", "checked")


def attachments(ctx: Ctx) -> Response:
    """GET /cards/{id}/attachments."""
    return Response.of_json(ctx.card().attachments)


def link(ctx: Ctx, url: str, name: str) -> dict[str, Any]:
    """An attachment that is a link."""
    told: dict[str, Any] = {
        "bytes": None,
        "date": rendering.instant(ctx.now),
        "edgeColor": None,
        "mimeType": "",
        "previews": [],
        "pos": 1,
    }
    return {"id": ctx.sim.new_id(), "idMember": ctx.member.id, "url": url, "name": name, "isUpload": False, **told}


def attach(ctx: Ctx) -> Response:
    """POST /cards/{id}/attachments: a link."""
    card, url = ctx.card(), ctx.text("url")
    if not url.startswith(("http://", "https://")) or len(url) > LONGEST:
        raise invalid("url")
    made = link(ctx, url, ctx.text("name") or url)
    card.attachments.append(made)
    card.at = ctx.now
    return Response.of_json(made)


def detach(ctx: Ctx) -> Response:
    """DELETE /cards/{id}/attachments/{attachment}."""
    card = ctx.card()
    left = [one for one in card.attachments if one["id"] != ctx.args["attachment"]]
    if len(left) == len(card.attachments):
        raise not_found()
    card.attachments, card.at = left, ctx.now
    return Response.of_json({"limits": {}})


def fill(ctx: Ctx) -> Response:
    """PUT /cards/{id}/customField/{field}/item: numbers, dates, checks are strings, a list's option an id; else 403."""
    card = ctx.card()
    if not ctx.sim.switches.flag("custom_fields"):
        raise Refusal(403, "custom fields are not on this plan")
    known = ctx.sim.boards[card.board].custom_fields.get(ctx.args["field"])
    if known is None:
        raise not_found()
    option = ctx.value("idValue")
    if option and known[1] == "list":
        if not isinstance(option, str) or option not in ctx.sim.boards[card.board].options[ctx.args["field"]]:
            raise invalid("idValue")
        return _filled(ctx, card, None, option)
    value = ctx.value("value")
    if value is None or value == "":
        card.items.pop(ctx.args["field"], None)
        return Response.of_json({})
    if not isinstance(value, dict) or list(value) != [known[1]] or not isinstance(value[known[1]], str):
        raise invalid("value")
    return _filled(ctx, card, value, None)


def _filled(ctx: Ctx, card: Card, value: object, option: str | None) -> Response:
    made = {
        "id": ctx.sim.new_id(),
        "idCustomField": ctx.args["field"],
        "value": value,
        "idValue": option,
        "modelType": "card",
    }
    card.items[ctx.args["field"]] = made
    card.at = ctx.now
    return Response.of_json(made)


def plugin_data(ctx: Ctx) -> Response:
    """GET /cards/{id}/pluginData: no Power-Up keeps anything (CODE PYT asks for it)."""
    ctx.card()
    return Response.of_json([])


def filled(ctx: Ctx) -> Response:
    """GET /cards/{id}/customFieldItems."""
    return Response.of_json(list(ctx.card().items.values()))


ROUTES = {
    "GET /cards/{card}/pluginData": plugin_data,
    "GET /cards/{card}/customFieldItems": filled,
    "GET /cards/{card}/attachments": attachments,
    "POST /cards/{card}/attachments": attach,
    "DELETE /cards/{card}/attachments/{attachment}": detach,
    "PUT /cards/{card}/customField/{field}/item": fill,
    "PUT /card/{card}/customField/{field}/item": fill,  # CODE PYT
}
